"""Two edits together, where one does not suffice.

Any edit and a constant, of the whole or of a term, is found by fitting; two edits of different terms by looking up what
the one must give for the other; any other two by making the second in what the first has left.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from .. import algebra
from ..compound import Sum
from ..expression import Expression
from . import factors, matrices, operands, slopes
from .context import Context
from .edit import Edit, Fit, FitMany

if TYPE_CHECKING:
    from .search import Target

#: how many second edits are tried at most
MOST = 12_000
_FIRST = (matrices.products, slopes.slopes, slopes.other_slopes, factors.missing_factors, matrices.axes,
          operands.indices, factors.terms)  # fmt: skip
_SECOND = (factors.constant, factors.terms, slopes.slopes, slopes.other_slopes, factors.missing_factors,
           matrices.products, matrices.axes, matrices.turned, operands.indices, operands.operands, matrices.rolled,
           matrices.left_out)  # fmt: skip


def pairs(context: Context, targets: list[Target]) -> Iterator[tuple[Edit, float]]:
    """The first two edits that together give the derivation's numbers."""
    for search in (_with_constant, _two_terms, _in_turn):
        try:
            found = next(search(context, targets), None)
        except (ValueError, IndexError, np.linalg.LinAlgError):  # the first edit left shapes that do not fit
            found = None
        if found is not None:
            yield found
            return


def _holds(edit: Edit | None, targets: list[Target]) -> Iterator[tuple[Edit, float]]:
    if edit is None:
        return
    residuals = [target.residual(edit.formula) for target in targets]
    if all(residual is not None for residual in residuals):
        yield edit, max(residual for residual in residuals if residual is not None)


def _all(context: Context) -> Iterator[Edit]:
    """Every edit that has no constant to be found, and the usual constants of those that have."""
    from .search import TIERS

    for tier in TIERS:
        for family in tier:
            for made in family(context):
                if isinstance(made, Edit):
                    yield made
                elif family is factors.terms and isinstance(made, Fit):
                    for c in (0.0, -1.0, 2.0, 0.5):
                        edit = made.of(c)
                        if edit is not None:
                            yield edit


def _with_constant(context: Context, targets: list[Target]) -> Iterator[tuple[Edit, float]]:
    """An edit, and a constant that has a name: of the whole, or of a term that the edit leaves as it is."""
    target = targets[0]
    for first in _all(context):
        value = target.of(first.formula)
        if value is None or not np.isfinite(value).all():
            continue
        c = target.fitted(None, first.formula)
        if c is not None and context.constants.name(c) not in (None, "1"):
            yield from _holds(_scaled(context, first, c), targets)
        if isinstance(first.formula, Sum):
            for i, term in enumerate(first.formula.terms):
                rest = first.formula.terms[:i] + first.formula.terms[i + 1 :]
                without = algebra.broadcast(rest[0] if len(rest) == 1 else Sum(rest), first.formula.shape)
                c = target.fitted(without, first.formula)
                if c is not None and c != 1:
                    changed = Context(context.derivation, context.quantity, first.formula, context.known, context.given)
                    second = factors.of_term(changed, (), first.formula, term, without).of(c)
                    yield from _holds(_both(first, second), targets)


def _scaled(context: Context, first: Edit, c: float) -> Edit:
    c = context.constants.exact(c)
    of = "the sign is wrong" if c == -1 else f"the step is {context.constants.says(c)} times that"
    return Edit(context.times(c, first.formula), first.kind, f"{first.text}; and {of}")


def _both(first: Edit, second: Edit | None) -> Edit | None:
    return None if second is None else Edit(second.formula, first.kind, f"{first.text}; and {second.text}")


def _two_terms(context: Context, targets: list[Target]) -> Iterator[tuple[Edit, float]]:
    """An edit in each of two terms."""
    formula, target = context.formula, targets[0]
    if not isinstance(formula, Sum):
        return
    made: list[list[tuple[Edit, np.ndarray]]] = []
    for term in formula.terms:
        inside = Context(context.derivation, context.quantity, term, context.known, context.given)
        valued = ((edit, target.of(edit.formula)) for edit in _all(inside))
        made.append([(edit, value) for edit, value in valued if value is not None and np.isfinite(value).all()])
    for j, seconds in enumerate(made):
        for i, firsts in enumerate(made[:j]):
            rest = tuple(term for k, term in enumerate(formula.terms) if k not in (i, j))
            others = sum((target.of(term) for term in rest), np.zeros_like(target.value))
            table = np.array([np.ravel(value) for _, value in firsts])
            if not len(table):
                continue
            for second, value in seconds:
                wanted = np.ravel(target.value - others - value)
                off = np.max(np.abs(table - wanted), axis=1, initial=0.0)
                for k in np.flatnonzero(off <= 1e-6 * target.size)[:3]:
                    first = firsts[k][0]
                    terms = (*rest, first.formula, second.formula)
                    yield from _holds(Edit(Sum(terms), first.kind, f"{first.text}; and {second.text}"), targets)


def _in_turn(context: Context, targets: list[Target]) -> Iterator[tuple[Edit, float]]:
    """A second edit in what a first has left."""
    seen: set[Expression] = {context.formula}
    yield from islice(_second(context, targets, seen), MOST)


def _second(context: Context, targets: list[Target], seen: set[Expression]) -> Iterator[tuple[Edit, float]]:
    target, tried = targets[0], 0
    for family in _FIRST:
        for first in family(context):
            edit = first if isinstance(first, Edit) else first.of(0.0) if isinstance(first, Fit) else None
            if edit is None or edit.formula in seen or target.of(edit.formula) is None:
                continue
            seen.add(edit.formula)
            changed = Context(context.derivation, context.quantity, edit.formula, context.known, context.given)
            for further in _SECOND:
                for second in further(changed):
                    tried += 1
                    if tried > MOST:
                        return
                    if isinstance(second, FitMany):
                        continue
                    if isinstance(second, Fit):
                        c = target.fitted(second.none, second.one)
                        if c is None or context.constants.name(c) is None:
                            continue
                        second_edit = second.of(c)
                    else:
                        second_edit = second
                    if second_edit is None or second_edit.formula in seen:
                        continue
                    if target.residual(second_edit.formula) is not None:
                        yield from _holds(_both(edit, second_edit), targets)
