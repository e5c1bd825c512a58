"""From a wrong step to explanations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import writing
from ..blame import Judgement, Point
from ..expression import Expression
from ..finding import Explanation
from .context import Context
from .edit import Edit
from .pattern import pattern
from .search import Target, explained

#: no more are told than these, and others than the first only where they are as short
MOST = 3


def _fault(point: Point, quantity: str, formula: Expression) -> float:
    """By how much a step is off at a point, relative to what follows."""
    with np.errstate(all="ignore"):
        yours, expected = np.asarray(point.hand[quantity], dtype=float), formula.evaluate(point.quantities)
        if yours.shape != np.shape(expected):
            return 0.0
        fault = np.max(np.abs(yours - expected), initial=0.0) / (np.max(np.abs(expected), initial=0.0) or 1.0)
    return float(fault) if np.isfinite(fault) else 0.0


def explanations(
    judgement: Judgement,
    quantity: str,
    points: list[Point],
    held_out: list[Point],
    far: Callable[[], list[list[Point]]],
) -> tuple[Explanation, ...]:
    """What seems to have been done to a step, the simplest first.

    points    where an edit is sought
    held_out  where it must hold as well, before it is told
    far       where signs, or the data, differ too, so that the derivation may mean nothing: where one edit holds there,
              those that do not are not told
    """
    formula = judgement.formulas[quantity]
    given = {name for name in judgement.given if name not in judgement.unfit}
    points = sorted(points, key=lambda point: -_fault(point, quantity, formula))
    context = Context(judgement.derivation, quantity, formula, points[0].quantities, given)
    targets = [Target(context, point) for point in points]
    source = writing.source(formula)
    found: list[tuple[Edit, float]] = []
    there = [Target(context, point) for point in held_out]
    for edit, residual in explained(context, targets):
        misses = [target.residual(edit.formula) for target in there]
        if all(miss is not None for miss in misses):
            found.append((edit, max([residual, *(miss for miss in misses if miss is not None)])))
    for beyond in far() if len(found) > 1 else ():
        there = [Target(context, point) for point in beyond]
        found = [
            each for each in found if all(target.residual(each[0].formula) is not None for target in there)
        ] or found
    if not found:
        seen = pattern(targets[0].value, targets[0].expected)
        return (Explanation("unknown", f"no edit of the step gives these numbers: {seen}", source, None, None),)
    made = [Explanation(edit.kind, edit.text, source, writing.source(edit.formula), off) for edit, off in found]
    first = made[0]
    told = {first.kind: first}
    for other in sorted(made[1:], key=_length):
        if _length(other) <= _length(first) and other.suspect not in [each.suspect for each in told.values()]:
            told.setdefault(other.kind, other)
    return tuple(told.values())[:MOST]


def _length(explanation: Explanation) -> int:
    return len(explanation.suspect or "")
