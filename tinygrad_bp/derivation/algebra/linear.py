"""What is linear and changes the shape: matrix products, transposes, reshapes, sums over axes. It lets numbers out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..compound import Call, MatMul, Product
from ..expression import Expression, Number, Shape
from .products import ONE, broadcast, multiply, power, product, scale, unbroadcast


def let_out(x: Expression) -> tuple[list[Expression], Expression]:
    """The factors of x that are single numbers, and the rest: what anything linear lets out."""
    x = unbroadcast(x)
    if not isinstance(x, Product):
        return ([x], ONE) if isinstance(x, Number) else ([], x)
    numbers = {base: p for base, p in x.factors if base.shape == ()}
    rest = {base: p for base, p in x.factors if base.shape != ()}
    return [product(x.coefficient, numbers)], product(1.0, rest)


def matmul(a: Expression, b: Expression) -> Expression:
    """a @ b."""
    shape = MatMul(a, b).shape
    out_a, inner_a = let_out(a)
    out_b, inner_b = let_out(b)
    inner = MatMul(broadcast(inner_a, a.shape), broadcast(inner_b, b.shape))
    inner._shape = shape
    return multiply(*out_a, *out_b, inner)


def transpose(x: Expression, axes: Any = None) -> Expression:
    """x with its axes reversed, or in the given order."""
    n = x.ndim
    order = tuple(range(n))[::-1] if axes is None else tuple(int(a) % n for a in axes)
    if order == tuple(range(n)):
        return x
    shape = tuple(x.shape[i] for i in order)
    out, inner = let_out(x)
    if inner.shape == ():
        return broadcast(multiply(*out, inner), shape)
    if inner.shape != x.shape:
        return multiply(*out, _transposed(broadcast(inner, x.shape), order, shape))
    if isinstance(inner, MatMul) and n == 2 and inner.left.ndim == inner.right.ndim == 2:
        return multiply(*out, matmul(transpose(inner.right), transpose(inner.left)))
    if isinstance(inner, Call) and inner.function is np.transpose:
        before = inner.arguments[1] if len(inner.arguments) > 1 else tuple(range(n))[::-1]
        return multiply(*out, transpose(inner.arguments[0], tuple(before[i] for i in order)))
    return multiply(*out, _transposed(inner, order, shape))


def _transposed(x: Expression, order: tuple[int, ...], shape: Shape) -> Expression:
    reversed_ = order == tuple(range(len(order)))[::-1]
    return Call(np.transpose, (x,) if reversed_ else (x, order), shape=shape)


_REDUCTIONS = (np.sum, np.max, np.min, np.mean, np.prod)


def reshape(x: Expression, shape: Any) -> Expression:
    """x in another shape."""
    shape = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(n) for n in shape)
    if -1 in shape:
        shape = np.zeros(x.shape).reshape(shape).shape
    if x.shape == shape:
        return x
    out, inner = let_out(x)
    if inner.shape == ():
        return broadcast(multiply(*out, inner), shape)
    if inner.shape == x.shape[x.ndim - inner.ndim :] and set(x.shape[: x.ndim - inner.ndim]) == {1}:
        return multiply(*out, reshape(inner, shape))
    inner = broadcast(inner, x.shape)
    if shape == (1,) * (len(shape) - x.ndim) + x.shape:
        return broadcast(x, shape)
    if isinstance(inner, Call) and inner.function is np.reshape:
        return multiply(*out, reshape(inner.arguments[0], shape))
    if isinstance(inner, Call) and inner.function in _REDUCTIONS and inner.options.get("keepdims"):
        (of,) = inner.parts()
        axis = inner.options.get("axis")
        if inner.function(np.zeros(of.shape), axis=axis).shape == shape:
            options = {key: value for key, value in inner.options.items() if key != "keepdims"}
            return multiply(*out, Call(inner.function, inner.arguments, options, shape))
    if isinstance(inner, Call) and inner.function in _REDUCTIONS and not inner.options.get("keepdims"):
        (of,) = inner.parts()
        kept = inner.function(np.zeros(of.shape), axis=inner.options.get("axis"), keepdims=True).shape
        if kept == shape:
            return multiply(*out, Call(inner.function, inner.arguments, {**inner.options, "keepdims": True}, shape))
    if isinstance(inner, MatMul):
        a, b = inner.left, inner.right
        if _is_reshape(b) and b.shape[-1] == 1 and b.ndim == 2 and shape == inner.shape[:-1]:
            return multiply(*out, matmul(a, reshape(b, b.shape[:1])))
        if _is_reshape(a) and a.shape[0] == 1 and a.ndim == 2 and shape == inner.shape[1:]:
            return multiply(*out, matmul(reshape(a, a.shape[1:]), b))
    return multiply(*out, Call(np.reshape, (inner, shape), shape=shape))


def _is_reshape(x: Expression) -> bool:
    return isinstance(x, Call) and x.function is np.reshape


def total(x: Expression, axis: Any = None, *, keepdims: bool = False) -> Expression:
    """Σ x over axes; what is the same along them stands before the sum."""
    n = x.ndim
    axes = tuple(range(n)) if axis is None else tuple(a % n for a in (axis if isinstance(axis, tuple) else (axis,)))
    shape = np.sum(np.zeros(x.shape), axis=axes, keepdims=keepdims).shape
    if keepdims and sorted(axes) == list(range(len(axes))):  # leading axes come back by themselves
        return broadcast(total(x, axis), shape)
    bare = unbroadcast(x)
    factors = dict(bare.factors) if isinstance(bare, Product) else {bare: 1.0}
    coefficient = bare.coefficient if isinstance(bare, Product) else 1.0
    before: list[Expression] = [Number(coefficient)]
    inside: dict[Expression, float] = {}
    for base, p in factors.items():
        padded = (1,) * (n - base.ndim) + base.shape
        flat = all(padded[a] == 1 or x.shape[a] == 1 for a in axes)
        fits = keepdims or base.ndim == 0 or all(a < n - base.ndim for a in axes)
        if flat and fits:
            before.append(power(base, p))
        else:
            inside[base] = p
    rest = product(1.0, inside)
    padded = (1,) * (n - rest.ndim) + rest.shape
    repeated = [a for a in axes if padded[a] == 1 != x.shape[a]]
    before.append(Number(float(math.prod(x.shape[a] for a in repeated))))
    if rest.shape != x.shape:
        wide = tuple(1 if a in repeated else x.shape[a] for a in range(n))
        rest = rest if not inside else broadcast(reshape(rest, padded) if n != rest.ndim else rest, wide)
    if not inside:
        return broadcast(multiply(*before), shape)
    summed = tuple(a for a in axes if x.shape[a] != 1 and a not in repeated)
    if not summed:
        return broadcast(multiply(*before, reshape(rest, shape)), shape)
    if rest.ndim == n and not repeated:
        options: dict[str, Any] = {} if len(axes) == n > 1 else {"axis": axes[0] if len(axes) == 1 else axes}
        inner: Expression = Call(np.sum, (rest,), options | ({"keepdims": True} if keepdims else {}), shape)
    else:
        options = {"axis": axes[0] if len(axes) == 1 else axes} | ({"keepdims": True} if keepdims else {})
        inner = Call(np.sum, (rest,), options)
    return broadcast(multiply(*before, inner), shape)


def mean(x: Expression, axis: Any = None, *, keepdims: bool = False) -> Expression:
    """Σ x / n over axes."""
    summed = total(x, axis, keepdims=keepdims)
    n = math.prod(x.shape) / max(1, math.prod(summed.shape))
    return scale(1 / n, summed)
