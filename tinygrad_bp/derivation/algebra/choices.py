"""Parts of arrays: one of two by a condition, entries taken at an index, entries put in places."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ...rules.indexing import scattered as scatter
from ..compound import Call, MatMul, Product
from ..expression import Expression, Number, Shape
from .linear import let_out, reshape
from .products import ONE, ZERO, broadcast, multiply, split, unbroadcast


def where(condition: Expression, a: Expression, b: Expression) -> Expression:
    """a where the condition holds, else b; what both are multiples of stands before it, times the choice of numbers."""
    shape = np.broadcast_shapes(condition.shape, a.shape, b.shape)
    if _flat_anyway(condition, a, b):
        return broadcast(b, shape)
    ca, ra = split(unbroadcast(a))
    cb, rb = split(unbroadcast(b))
    if isinstance(ra, Number):
        ca, ra = ca * ra.value, ONE
    if isinstance(rb, Number):
        cb, rb = cb * rb.value, ONE
    if ca == cb == 0:
        return broadcast(ZERO, shape)
    core = rb if ca == 0 else ra
    if condition.shape != () and (ca == 0 or cb == 0 or ra == rb):
        unit = ca or cb
        choice = Call(np.where, (condition, Number(ca / unit), Number(cb / unit)))
        return broadcast(multiply(Number(unit), core, choice), shape)
    return Call(np.where, (condition, a, b), shape=shape)


def _flat_anyway(condition: Expression, a: Expression, b: Expression) -> bool:
    """Whether it is x == 0, where b is a multiple of sign(x) or of 1 / x, and a is 0."""
    if not (isinstance(condition, Call) and condition.function in (np.equal, operator.eq)):
        return False
    x, zero = condition.arguments
    if isinstance(zero, (Expression, np.ndarray)) or zero != 0 or split(a)[1] is not ONE or split(a)[0] != 0:
        return False
    factors = b.factors if isinstance(b, Product) else ((b, 1.0),)
    return any(
        (isinstance(f, Call) and f.function is np.sign and f.arguments[0] == x) or (f == x and p < 0)
        for f, p in factors
    )


def scattered(shape: Shape, indices: tuple[Any, ...], *parts: Expression) -> Expression:
    """Zeros, with each part added at its index; an index that only gave axes is undone."""
    if len(parts) == 1:
        index = indices[0] if isinstance(indices[0], tuple) else (indices[0],)
        if not any(map(_is_array, index)) and all(part in (None, Ellipsis, slice(None)) for part in index):
            return reshape(parts[0], shape)
        out, inner = let_out(parts[0])
        return multiply(*out, Call(scatter.function, (shape, indices, broadcast(inner, parts[0].shape)), shape=shape))
    return Call(scatter.function, (shape, indices, *parts), shape=shape)


def _is_array(x: Any) -> bool:
    return isinstance(x, (Expression, np.ndarray, list))


def getitem(x: Expression, index: Any) -> Expression:
    """x[index]; one that only gives axes is a reshape."""
    parts = index if isinstance(index, tuple) else (index,)
    if all(part is None or part is Ellipsis or (type(part) is slice and part == slice(None)) for part in parts):
        return reshape(x, np.zeros(x.shape)[index].shape)
    out, inner = let_out(x)
    inner = broadcast(inner, x.shape)
    if isinstance(inner, MatMul) and index in ((Ellipsis, 0), (Ellipsis, 0, slice(None))):
        shape = np.zeros(x.shape)[index].shape
        if math.prod(shape) == math.prod(x.shape):
            return reshape(x, shape)
    return multiply(*out, Call(operator.getitem, (inner, index)))
