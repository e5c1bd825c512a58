"""How far rounding can take a formula: a running bound on its error, beside its value (Higham 2002, section 3.1).

Every operation adds its own roundoff, on the absolute values, to what the errors of its operands make of it; a function
that is not arithmetic passes errors on as it passes on small changes, which is tried.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..rules.indexing import scattered
from .compound import Call, MatMul, Product, Sum
from .expression import Array, Expression, Number, Symbol

#: how much larger than the error a trial change is, so that its own roundoff does not show
STRETCH = 2.0**12
#: what only moves entries, or adds them up
_MOVING = frozenset((np.transpose, np.reshape, np.broadcast_to, operator.getitem, scattered.function, np.sum))
_ENTRYWISE = frozenset(("sigmoid", "relu", "leaky_relu", "softplus"))

Bounded = tuple[Any, Any]


def bounded(
    x: Expression,
    quantities: Mapping[str, Any],
    errors: Mapping[str, Any],
    known: dict[Expression, Bounded] | None = None,
    roundoff: float = 2.0**-53,
) -> Bounded:
    """The value of a formula, and a bound on the error of its entries, from those of the quantities."""
    known = {} if known is None else known
    if x in known:
        return known[x]
    if isinstance(x, Symbol):
        result = quantities[x.name], errors.get(x.name, 0.0)
    elif isinstance(x, (Number, Array)):
        result = x.value, roundoff * np.abs(x.value)
    else:
        parts = [bounded(part, quantities, errors, known, roundoff) for part in x.parts()]
        value = x.compute([value for value, _ in parts])
        result = value, _error(x, value, parts, roundoff)
    known[x] = result
    return result


def _error(x: Expression, value: Any, parts: list[Bounded], u: float) -> Any:
    if isinstance(x, Sum):
        return sum(error + len(parts) * u * np.abs(part) for part, error in parts)
    if isinstance(x, Product):
        return _product_error(x, value, parts, u)
    if isinstance(x, MatMul):
        (a, error_a), (b, error_b) = parts
        sizes, terms = np.abs(a), np.abs(b)
        error = (np.shape(a)[-1] + 2) * u * np.matmul(sizes, terms)
        if np.any(error_b):
            error = error + np.matmul(sizes, np.broadcast_to(error_b, np.shape(b)))
        return error + np.matmul(np.broadcast_to(error_a, np.shape(a)), terms) if np.any(error_a) else error
    assert isinstance(x, Call)
    return _call_error(x, value, parts, u)


def _product_error(x: Product, value: Any, parts: list[Bounded], u: float) -> Any:
    error = (2 + sum(1 + abs(p) for _, p in x.factors)) * u * np.abs(value)
    for i, ((part, of), (_, p)) in enumerate(zip(parts, x.factors, strict=True)):
        if not np.any(of):
            continue
        change = abs(x.coefficient * p) * np.abs(of)
        if p != 1:
            change = change * np.abs(part) ** (p - 1)
        for j, ((other, _), (_, q)) in enumerate(zip(parts, x.factors, strict=True)):
            if j != i:
                change = change * np.abs(other) ** q
        error = error + change
    return error


def _call_error(x: Call, value: Any, parts: list[Bounded], u: float) -> Any:
    kind = np.asarray(value).dtype.kind
    if kind != "f" or not parts:
        return 0.0
    if x.function in _MOVING:
        sizes = [np.abs(part) if np.asarray(part).dtype.kind == "f" else part for part, _ in parts]
        errors = [
            np.broadcast_to(error, np.shape(part)) if np.asarray(part).dtype.kind == "f" else part
            for part, error in parts
        ]
        added = max((np.size(part) for part, _ in parts), default=1) / max(1, np.size(value)) + 1
        return x.compute(errors) + u * added * x.compute(sizes)
    if x.function is np.where:
        return x.compute([part if np.asarray(part).dtype.kind == "b" else error + 0.0 * part for part, error in parts])
    return 4 * _tried(x, value, parts, u) + 8 * u * np.abs(value)


def _tried(x: Call, value: Any, parts: list[Bounded], u: float) -> Any:
    """What changes of the size of the errors make of the value, each entry up or down."""
    entrywise = isinstance(x.function, np.ufunc) or x.name in _ENTRYWISE
    rng = np.random.default_rng(0)
    largest: Any = 0.0
    for _ in range(2):
        moved = [
            part + STRETCH * (error + u * np.abs(part)) * rng.choice((-1.0, 1.0), np.shape(part))
            if np.asarray(part).dtype.kind == "f"
            else part
            for part, error in parts
        ]
        change = np.abs(x.compute(moved) - value) / STRETCH
        largest = np.maximum(largest, change)
    return largest if entrywise else np.max(largest, initial=0.0)
