"""Numbers as factors, where they cost less: to a few roundings the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from .op import Op
from .sums import transposed


def scaled_sum(op: Op, uses: Counter[Op]) -> Op:
    """A number times a product with ones is a product with that number."""
    if op.how != "ufunc" or op.function is not np.multiply:
        return op
    for c, x in (op.arguments, op.arguments[::-1]):
        if _is_factor(c) and isinstance(x, Op) and x.dtype == op.dtype == np.float64:
            return _times(float(c), x, uses) or op
    return op


def decayed(op: Op, uses: Counter[Op]) -> Op:
    """x − c (d x + y) = k (x − c/k y) with k = 1 − c d, and the same with +: a step of gradient descent with decay.

    Two passes, in the memory of y. Where |c d| ≤ ½, so that k and c/k change no exponent by more than one. An infinite
    x stays infinite, where x − c (d x + y) may be nan.
    """
    if op.how != "ufunc" or op.function not in (np.subtract, np.add) or op.dtype != np.float64:
        return op
    x, change = op.arguments
    if not (_is_whole(x, op) and _is_whole(change, op)) or uses[change] > 1:
        return op
    c, total = _factor(change)
    if total.how != "ufunc" or total.function is not np.add or uses[total] > 1:
        return op
    for term, y in (total.arguments, total.arguments[::-1]):
        if not (_is_whole(term, op) and _is_whole(y, op)) or uses[term] > 1:
            continue
        d, of = _factor(term)
        if of is x and term is not x and abs(c * d) <= 0.5:
            k = 1 - c * d if op.function is np.subtract else 1 + c * d
            scaled = _times(c / k, y, uses) or _scaled(c / k, y)
            moved = Op("ufunc", op.function, (x, scaled), op.shape, op.dtype, np.ndarray, op.layout)
            return Op("ufunc", np.multiply, (k, moved), op.shape, op.dtype, np.ndarray, op.layout)
    return op


def signs(op: Op, uses: Counter[Op]) -> Op:
    """Of single numbers: (−x) / c = x / −c, (−x) c = x (−c), and 0 + a · a = a · a, where the bits are the same."""
    if op.how != "infix" or len(op.arguments) != 2:
        return op
    x, c = op.arguments
    if op.function == "+" and type(x) in (int, float) and x == 0 and isinstance(c, Op) and c.how == "dot":
        return c if c.arguments[0] is c.arguments[1] else op
    negated = isinstance(x, Op) and x.how == "infix" and x.function == "-" and len(x.arguments) == 1
    if op.function in "*/" and negated and uses[x] == 1 and _is_factor(c):
        return Op("infix", op.function, (x.arguments[0], -float(c)), (), op.dtype, op.kind)
    return op


def _factor(x: Op) -> tuple[float, Op]:
    """c and y of x = c y; 1 and x where it has no such factor."""
    if x.how == "ufunc" and x.function is np.multiply:
        for c, y in (x.arguments, x.arguments[::-1]):
            if _is_factor(c) and _is_whole(y, x):
                return float(c), y
    return 1.0, x


def _is_whole(x: Any, op: Op) -> bool:
    """Whether x has an entry for each of op's, of the same kind."""
    return isinstance(x, Op) and x.shape == op.shape and x.dtype == op.dtype


def _is_factor(c: Any) -> bool:
    """Whether c is a number, and one that may go elsewhere: beyond 2^±64 partial results might over- or underflow."""
    return not isinstance(c, Op) and np.ndim(c) == 0 and 2.0**-64 <= abs(c) <= 2.0**64


def _times(c: float, x: Op, uses: Counter[Op]) -> Op | None:
    """c x where that costs less than a pass over x: in a sum of c' W and a product, and in the lesser factor."""
    if uses[x] > 1:
        return None
    if x.how == "ufunc" and x.function is np.add:
        for term, product in (x.arguments, x.arguments[::-1]):
            if not (isinstance(term, Op) and isinstance(product, Op)) or uses[term] != 1 or product.how != "product":
                continue
            scaled = _times(c, product, uses) if product.shape == x.shape else None
            if term.how == "ufunc" and term.function is np.multiply and scaled is not None:
                factor, W = term.arguments if _is_factor(term.arguments[0]) else term.arguments[::-1]
                if _is_factor(factor) and isinstance(W, Op):
                    decay = Op(
                        "ufunc", np.multiply, (c * float(factor), W), term.shape, x.dtype, np.ndarray, term.layout
                    )
                    return Op("ufunc", np.add, (decay, scaled), x.shape, x.dtype, np.ndarray, x.layout)
        return None
    if x.how != "product":
        return None
    a, b = x.arguments
    ones = isinstance(a, np.ndarray) or isinstance(b, np.ndarray)
    if ones:
        given = tuple(y * c if isinstance(y, np.ndarray) else y for y in (a, b))
    elif min(a.size, b.size) * 4 > x.size or a is b:
        return None
    else:
        given = (_scaled(c, a), b) if a.size <= b.size else (a, _scaled(c, b))
    return Op("product", np.matmul, given, x.shape, x.dtype, np.ndarray, x.layout)


def _scaled(c: float, x: Op) -> Op:
    if x.how == "view" and x.function == "T":
        return transposed(_scaled(c, x.arguments[0]))
    factor, x = _factor(x)
    c *= factor
    layout = x.layout or tuple(range(len(x.shape)))
    return Op("ufunc", np.multiply, (c, x), x.shape, x.dtype, np.ndarray, layout)
