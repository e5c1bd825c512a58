"""Which quantities get a line of their own, and which stand inside the expression that uses them."""

from __future__ import annotations

import ast
import operator
from collections import Counter

import numpy as np

from ..rules.indexing import scattered
from ..tracing import Constant, Step
from ..tracing.step import map_steps, steps_in
from .expression import INFIX
from .literals import small_array
from .naming import Names
from .program import Program, outputs_of

#: how wide an expression may become, roughly, in characters
WIDTH = 64
#: how wide the name is that a quantity gets here
_TEMPORARY = 6
#: how wide a view may be that is written again wherever it is used
_SHORT = 16


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
        if x in widths and x not in lines:
            return widths[x]
        if isinstance(x, Constant) and x.name is None and (small := small_array(x.value)) is not None:
            return len(ast.unparse(small))
        return len(names[x]) if x.name is not None or x.function is None else _TEMPORARY

    for step in program.steps:
        parents = list(step.parents())
        inside = [x for x in dict.fromkeys(parents) if x in widths and x not in lines]
        rest = _besides(step) if step.function is not scattered.function else -sum(map(width, parents))
        while inside and rest + sum(map(width, parents)) > WIDTH:
            widest = max(inside, key=width)
            inside.remove(widest)
            lines.add(widest)
        widths[step] = rest + sum(map(width, parents))
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
    return (
        named and step.function is operator.getitem and not any(steps_in(step.arguments[1:])) and widths[step] < _SHORT
    )


def _besides(step: Step) -> int:
    """How wide the text of a step is besides the quantities that it mentions."""
    plain: list[str] = []
    map_steps(lambda x: plain.append("" if isinstance(x, Step) else repr(x)), (step.arguments, step.options))
    name = getattr(step.function, "__name__", "")
    call = 3 if step.function in INFIX else len(name) + 5
    return call + min(sum(len(text) + 2 for text in plain if text), WIDTH // 2)
