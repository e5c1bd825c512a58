"""The search for the edit of a formula that gives the numbers of the derivation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..blame import SAFETY, Point
from ..expression import Expression
from ..rounding import bounded
from . import additions, factors, matrices, operands, slopes
from .context import Context
from .edit import Edit, Fit, FitMany, Made
from .pairs import pairs

#: the edits, the simplest first
TIERS: tuple[tuple[Callable[[Context], Made], ...], ...] = (
    (factors.constant,),
    (slopes.slopes, factors.terms, factors.missing_factors, matrices.products, slopes.other_slopes),
    (factors.many_terms, factors.many_factors, matrices.axes, matrices.turned, operands.indices),
    (operands.operands, operands.families, matrices.left_out),
    (matrices.rolled, matrices.sums, additions.terms, additions.factors, additions.slopes, operands.swapped),
    (factors.scaled_parts, factors.inlined, operands.late_operands, additions.matrices, operands.within,
     matrices.partial_sums),
    (additions.two_terms,),
)  # fmt: skip

#: so many tiers are asked for what else gives the same numbers, as a sum of products does where δ is 2 a
ALTERNATIVES = 6

#: those that are also made of one x alone in x · x
SINGLY = (operands.operands, matrices.sums, matrices.left_out, matrices.rolled, matrices.turned)

#: relative to what the derivation has: so near must a candidate come, and by so much less than the fault itself
NEAR, LESS = 1e-9, 1e-3


class Target:
    """What the derivation has for a quantity, at one point."""

    def __init__(self, context: Context, point: Point, convention_of: Any = None) -> None:
        self.point = point
        self.quantities = point.quantities
        self.value = np.asarray(point.hand[context.quantity], dtype=float)
        self.known: dict[Expression, Any] = {}
        with np.errstate(all="ignore"):
            self.expected = np.asarray(context.formula.evaluate(self.quantities, self.known), dtype=float)
        size = float(np.max(np.abs(self.value), initial=0.0))
        fault = float(np.max(np.abs(self.value - self.expected), initial=0.0)) if self._fits(self.expected) else size
        self.size, self.fault = max(size, fault), fault

    def _fits(self, value: Any) -> bool:
        return bool(np.shape(value) == self.value.shape)

    def of(self, formula: Expression) -> Any:
        """The formula's value, shaped as the derivation's; None where it has none."""
        try:
            value = np.asarray(formula.evaluate(self.quantities, self.known), dtype=float)
            if value.shape != self.value.shape:
                if value.ndim > self.value.ndim:
                    return None
                value = np.broadcast_to(value, self.value.shape)
        except (ValueError, IndexError, TypeError, KeyError, np.linalg.LinAlgError):
            return None
        return value

    def residual(self, formula: Expression) -> float | None:
        """By how much the formula misses at most; None where it misses."""
        value = self.of(formula)
        if value is None:
            return None
        off = float(np.max(np.abs(value - self.value), initial=0.0))
        if not off <= 1e-6 * self.size:
            return None
        near = min(NEAR * self.size, LESS * self.fault)
        if not off <= near:
            _, error = bounded(formula, self.quantities, self.point.errors)
            allowed = near + SAFETY * float(np.max(error, initial=0.0))
            if not (off <= allowed and allowed < 0.1 * max(self.fault, near)):
                return None
        return off / self.size if self.size else 0.0

    def fitted(self, none: Expression | None, one: Expression) -> float | None:
        """The α for which none + α (one - none) is what the derivation has, if there is one."""
        there = self.of(one)
        away = np.zeros_like(self.value) if none is None else self.of(none)
        if there is None or away is None:
            return None
        direction, wanted = there - away, self.value - away
        length = float(np.vdot(direction, direction))
        if not (length > 0 and np.isfinite(length)):
            return None
        c = float(np.vdot(direction, wanted) / length)
        if not np.max(np.abs(wanted - c * direction), initial=0.0) <= 1e-6 * self.size:
            return None
        return c

    def fitted_many(self, none: Expression, ones: tuple[Expression, ...]) -> tuple[float, ...] | None:
        """The α_i for which none + Σ α_i (ones_i - none) is what the derivation has, if they are determined."""
        away = self.of(none)
        there = [self.of(one) for one in ones]
        if away is None or any(value is None for value in there):
            return None
        columns = np.array([np.ravel(value - away) for value in there]).T
        wanted = np.ravel(self.value - away)
        if not (np.isfinite(columns).all() and np.isfinite(wanted).all()) or len(columns) < columns.shape[1]:
            return None
        found, _, rank, _ = np.linalg.lstsq(columns, wanted, rcond=1e-8)
        if rank < columns.shape[1] or np.max(np.abs(columns @ found - wanted), initial=0.0) > 1e-6 * self.size:
            return None
        return tuple(map(float, found))


def explained(context: Context, targets: list[Target]) -> list[tuple[Edit, float]]:
    """The edits that give the derivation's numbers at every target, with their residuals, the simplest tier first.

    Where one of a tier fits, the later ones are asked for alternatives alone, and the last not at all.
    """
    with np.errstate(all="ignore"):
        found: list[tuple[Edit, float]] = []
        for i, tier in enumerate(TIERS):
            if found and i >= ALTERNATIVES:
                break
            fitting = list(_fitting(context, _made(context, tier), targets))
            found += sorted(fitting, key=lambda each: len(list(each[0].formula.walk())))
        if found:
            return found
        by_two = context.expanded()
        if by_two is not None:
            found = list(_fitting(by_two, _made(by_two, SINGLY), targets))
            if found:
                return found
        return list(pairs(context, targets))


def _made(context: Context, tier: Iterable[Callable[[Context], Made]]) -> Made:
    for family in tier:
        yield from family(context)


def _fitting(context: Context, made: Made, targets: list[Target]) -> Iterator[tuple[Edit, float]]:
    tried: set[Expression] = set()
    for candidate in made:
        edit = _settled(candidate, targets[0])
        if edit is None or edit.formula in tried:
            continue
        tried.add(edit.formula)
        residuals = []
        for target in targets:
            residual = target.residual(edit.formula)
            if residual is None:
                break
            residuals.append(residual)
        else:
            yield edit, max(residuals)


def _settled(candidate: Edit | Fit | FitMany, target: Target) -> Edit | None:
    """The edit, its constant found."""
    if isinstance(candidate, Edit):
        return candidate
    if isinstance(candidate, FitMany):
        found = target.fitted_many(candidate.none, candidate.ones)
        return None if found is None else candidate.of(found)
    c = target.fitted(candidate.none, candidate.one)
    return None if c is None else candidate.of(c)
