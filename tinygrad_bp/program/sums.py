"""Sums that are faster as products, or with fewer logarithms: to a few roundings the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from .kernels import sum_log1p
from .op import Op

#: entries from which on logarithms cost more than what is done to take fewer of them
MANY = 1 << 14
_LONGEST = 4096  # axis that is summed as a product with ones


def made(how: str, function: Any, arguments: tuple[Any, ...], shape: tuple[int, ...], like: Op) -> Op:
    """An operation with an array as result, laid out row by row."""
    return Op(how, function, arguments, shape, like.dtype, np.ndarray, tuple(range(len(shape))))


def transposed(x: Op) -> Op:
    """The transpose of a matrix, none of a transpose."""
    if x.how == "view" and x.function == "T":
        original: Op = x.arguments[0]
        return original
    layout = None if x.layout is None else x.layout[::-1]
    return Op("view", "T", (x,), x.shape[::-1], x.dtype, np.ndarray, layout)


def _row_by_row(x: Any) -> bool:
    """Whether x lies row by row, or as the caller pleases."""
    return isinstance(x, Op) and x.is_array and (x.layout == tuple(range(len(x.shape))) or x.how == "given")


def _flat(x: Op) -> Op:
    return x if len(x.shape) == 1 else made("view", "ravel", (x,), (x.size,), x)


def axes_of(op: Op) -> tuple[int, ...]:
    """The axes of a sum or another reduction."""
    x, axis = op.arguments
    n = len(x.shape)
    return tuple(range(n)) if axis is None else tuple(a % n for a in (axis if type(axis) is tuple else (axis,)))


def sum_of_products(op: Op, uses: Counter[Op]) -> Op:
    if op.function != np.add.reduce or op.kind is not np.float64 or op.options.get("keepdims"):
        return op
    x = op.arguments[0]
    if x.how != "ufunc" or uses[x] != 1 or len(axes_of(op)) != len(x.shape):
        return op
    if x.function is np.square and _row_by_row(x.arguments[0]):
        a = b = x.arguments[0]
    elif x.function is np.multiply and all(_row_by_row(y) and y.shape == x.shape for y in x.arguments):
        a, b = x.arguments
    else:
        return op
    if a.dtype != op.dtype or b.dtype != op.dtype:
        return op
    flat = _flat(a)
    return Op("dot", "dot", (flat, flat if a is b else _flat(b)), (), op.dtype, np.float64)


def sum_of_logarithms(op: Op, uses: Counter[Op]) -> Op:
    """Σ log(1 + eˣ) with fewer logarithms."""
    if op.function != np.add.reduce or op.kind is not np.float64 or op.options.get("keepdims"):
        return op
    x = op.arguments[0]
    if x.how != "ufunc" or uses[x] > 1 or len(axes_of(op)) != len(x.shape):
        return op
    if _is_softplus(x):
        parts = [Op("call", op.function, (y, None), (), op.dtype, op.kind) for y in x.arguments]
        return Op("infix", "+", (parts[0], sum_of_logarithms(parts[1], uses)), (), op.dtype, op.kind)
    if x.function is not np.log1p:
        return op
    e = x.arguments[0]
    if not isinstance(e, Op) or e.how != "ufunc" or e.function is not np.exp or e.dtype != op.dtype or e.size < MANY:
        return op
    return Op("call", sum_log1p, (e,), (), op.dtype, np.float64)


def _is_softplus(x: Op) -> bool:
    """Whether x is max(…, 0) + log(1 + e^…), two terms for each entry that are never negative."""
    largest, logarithm = (x.arguments * 2)[:2]
    if x.function is not np.add or not all(isinstance(y, Op) and y.how == "ufunc" and y.shape == x.shape
                                           for y in (largest, logarithm)):  # fmt: skip
        return False
    if largest.function is not np.maximum or logarithm.function is not np.log1p:
        return False
    bound, power = largest.arguments[1], logarithm.arguments[0]
    zero = not isinstance(bound, Op) and np.ndim(bound) == 0 and bound == 0
    return zero and isinstance(power, Op) and power.how == "ufunc" and power.function is np.exp


def _is_sum(op: Op) -> bool:
    """Whether an operation sums floats over axes, and gives an array."""
    return (
        op.how == "reduce"
        and op.function == np.add.reduce
        and op.dtype.char in "fd"
        and op.arguments[0].dtype == op.dtype
    )


def sum_of_product_rows(op: Op, uses: Counter[Op]) -> Op:
    """Σ of the rows of a b = (Σ of the rows of a) b; and Σ −x = −Σ x."""
    if not _is_sum(op) or uses[op.arguments[0]] != 1:
        return op
    x, axes = op.arguments[0], axes_of(op)
    if x.how == "ufunc" and x.function is np.negative:
        total = Op(
            "reduce", op.function, (x.arguments[0], op.arguments[1]), op.shape, op.dtype, op.kind, op.layout, op.options
        )
        uses[x.arguments[0]] = min(uses[x.arguments[0]], 1)
        return Op("ufunc", np.negative, (sum_of_product_rows(total, uses),), op.shape, op.dtype, op.kind, op.layout)
    n = len(x.shape)
    if x.how != "product" or n < 2 or any(len(a.shape) != n for a in x.arguments) or axes != (n - 2,):
        return op
    a, b = x.arguments
    if a.dtype != op.dtype or b.dtype != op.dtype or not (a.is_array and b.is_array):
        return op
    row = made("reduce", np.add.reduce, (a, (n - 2,)), (*a.shape[:-2], 1, a.shape[-1]), op)
    row.options = {"keepdims": True}
    product = made("product", np.matmul, (sum_over_axis(row, uses), b), (*x.shape[:-2], 1, x.shape[-1]), op)
    return product if op.options["keepdims"] else made("view", "reshape", (product, op.shape), op.shape, op)


def sum_over_axis(op: Op, uses: Counter[Op]) -> Op:
    if not _is_sum(op):
        return op
    x, axes, n = op.arguments[0], axes_of(op), len(op.arguments[0].shape)
    if n < 2 or len(axes) != 1 or axes[0] < n - 2 or x.shape[axes[0]] > _LONGEST:
        return op
    if n > 2 and not _row_by_row(x):
        return op
    ones = np.ones(x.shape[axes[0]], op.dtype)
    kept = (*x.shape[: axes[0]], *x.shape[axes[0] + 1 :])
    product = made("product", np.matmul, (x, ones) if axes[0] == n - 1 else (ones, x), kept, op)
    return made("view", "reshape", (product, op.shape), op.shape, op) if op.options["keepdims"] else product
