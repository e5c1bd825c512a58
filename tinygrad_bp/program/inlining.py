"""Which quantities get a line of their own, and which stand inside the expression that uses them."""

from __future__ import annotations

import operator
from collections import Counter
from typing import Any

import numpy as np

from ..rules.indexing import scattered
from ..tracing import Step
from ..tracing.step import map_steps, steps_in
from .naming import Names
from .program import Program, outputs_of

#: how wide an expression may become, roughly, in characters
WIDTH = 64
#: what a transpose or an index adds to the name of an array, and a call to its arguments
_SUFFIX, _CALL, _OPERATOR = 2, 8, 3


def own_lines(program: Program, names: Names) -> list[Step]:
    """The steps that get a line, in order: what is named, what is used twice, what would make a line too long.

    A transpose or an entry of an array that has a name is written wherever it is used.
    """
    uses = Counter(x for step in program.steps for x in step.parents())
    uses.update(outputs_of(program.outputs))
    uses.update(guard.step for guard in program.guards)
    widths: dict[Step, int] = {}
    lines: set[Step] = set()

    def width(x: Step) -> int:
        return widths[x] if x in widths and x not in lines else len(names[x])

    for step in program.steps:
        parents = [x for x in dict.fromkeys(step.parents()) if x in widths and x not in lines]
        rest = _literals(step)
        while parents and rest + sum(map(width, parents)) > WIDTH:
            widest = max(parents, key=width)
            parents.remove(widest)
            lines.add(widest)
            rest += 6
        widths[step] = (
            _SUFFIX + rest + sum(width(x) for x in step.parents() if x not in parents) + sum(map(width, parents))
        )
        if _needs_line(step) or (uses[step] > 1 and not _is_cheap(step, widths, lines)):
            lines.add(step)
    return [step for step in program.steps if step in lines]


def _needs_line(step: Step) -> bool:
    return step.name is not None or step.function is scattered.function


def _is_cheap(step: Step, widths: dict[Step, int], lines: set[Step]) -> bool:
    """Whether a step is a view of what has a name, and shortly written."""
    if not step.arguments or step.options or step.kind not in (np.ndarray, np.float64):
        return False
    x = step.arguments[0]
    named = isinstance(x, Step) and (x not in widths or x in lines)
    if step.function in (np.transpose, np.matrix_transpose):
        return named and len(step.arguments) == 1
    return named and step.function is operator.getitem and not any(steps_in(step.arguments[1:])) and widths[step] < 20


def _literals(step: Step) -> int:
    """How wide the text of a step is besides the quantities it mentions."""
    text = repr((map_steps(lambda x: 0 if isinstance(x, Step) else x, step.arguments), _plain(step.options)))
    return _CALL + min(len(text) - 4 - 3 * len(step.arguments), WIDTH // 2)


def _plain(x: Any) -> Any:
    return map_steps(lambda y: 0 if isinstance(y, Step) else y, x) or ""
