"""Running sums and products, differences of neighbours, and what is summed from them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .arrays import along, array, axes_of, numbers
from .kinds import composed, linear, primitive


def recurrence(a: Any, b: Any) -> Any:
    """r of r_k = a_k r_{k−1} + b_k along the last axis, from r_{−1} = 0.

    By doubling (Hillis and Steele, 1986): log n steps on whole arrays, and no division.
    """
    n, step = np.shape(b)[-1], 1
    while step < n:
        b = np.concatenate([b[..., :step], b[..., step:] + a[..., step:] * b[..., :-step]], axis=-1)
        a = np.concatenate([a[..., :step], a[..., step:] * a[..., :-step]], axis=-1)
        step *= 2
    return b


def delayed(x: Any) -> Any:
    """1, x₀, x₁, … along the last axis, without the last entry of x."""
    return np.concatenate([np.ones_like(x[..., :1]), x[..., :-1]], axis=-1)


def _cumprod(x: Any) -> Any:
    """Running products along the last axis."""
    return np.cumprod(x, axis=-1)


def _cumprod_back(d: Any, y: Any, x: Any) -> Any:
    """y_{i−1} r_i, where r_i = d_i + x_{i+1} r_{i+1} sums the products that entry i goes into: zeros do no harm."""
    return delayed(y) * np.flip(recurrence(delayed(np.flip(x, -1)), np.flip(d, -1)), -1)


def _cumprod_forward(tangents: Any, y: Any, x: Any) -> Any:
    """ẏ_k = x_k ẏ_{k−1} + y_{k−1} ẋ_k."""
    return recurrence(x, delayed(y) * tangents[0])


def _cumsum_back(d: Any, x: Any, axis: int | None) -> Any:
    """Sums from the end."""
    axis, d = (0, d) if axis is None else (axis, d)
    return np.reshape(np.flip(np.cumsum(np.flip(d, axis), axis), axis), np.shape(x))


linear(np.cumsum, lambda d, y, a, axis=None: _cumsum_back(d, a, axis))
running_product = primitive(_cumprod, _cumprod_back, _cumprod_forward)


@composed(np.cumprod)
def cumprod(a: Any, axis: int | None = None) -> Any:
    """Running products along an axis; None: of all entries."""
    a, axis = (np.ravel(a), 0) if axis is None else (a, operator.index(axis))
    return np.moveaxis(running_product(np.moveaxis(a, axis, -1)), -1, axis)


def _cumulative(running: Any, first: float) -> Any:
    """`np.cumulative_sum` and its kin: a running sum that may include its start."""

    def cumulative(x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
        if axis is None and np.ndim(x) > 1:
            raise ValueError("an array of several axes needs axis=, the one to go along")
        x, axis = np.atleast_1d(x), 0 if axis is None else axis
        start = [np.full_like(np.take(x, [0], axis), first)] if include_initial else []
        return np.concatenate([*start, running(x, axis)], axis)

    return cumulative


if hasattr(np, "cumulative_sum"):  # NumPy 2.1
    composed(np.cumulative_sum)(_cumulative(np.cumsum, 0.0))
    composed(np.cumulative_prod)(_cumulative(np.cumprod, 1.0))


def _between(x: Any, axis: int) -> tuple[Any, Any]:
    """All entries along an axis but the last, and all but the first."""
    return along(x, axis, slice(None, -1)), along(x, axis, slice(1, None))


@composed(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours, n times over."""
    if n < 0:
        raise ValueError(f"diff is taken n={n} times: give n from 0")
    (axis,) = axes_of(axis, np.ndim(a))
    shape = list(np.shape(a))
    shape[axis] = 1
    ends = [np.broadcast_to(x, shape) if x is not None and np.ndim(x) == 0 else x for x in (prepend, append)]
    a = np.concatenate([x for x in (ends[0], a, ends[1]) if x is not None], axis) if n else a
    for _ in range(n):
        left, right = _between(a, axis)
        a = right - left
    return a


@composed(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours among all entries, with others before and after."""
    parts = [x for x in (to_begin, np.diff(np.ravel(ary)), to_end) if x is not None]
    return np.concatenate(list(map(np.ravel, parts)))


@composed(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of y along an axis by the trapezoidal rule, over steps dx or between points x."""
    y = array(y)
    if x is not None:
        dx = np.diff(x, axis=axis if np.ndim(x) > 1 else -1)
        if np.ndim(dx) == 1:
            dx = np.reshape(dx, (-1, *(1,) * (np.ndim(y) - 1 - axis % np.ndim(y))))
    left, right = _between(y, axis)
    return np.sum(dx * (left + right) / 2, axis=axis)


@composed(np.unwrap)
def unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    """Angles without jumps: multiples of the period are added, which is flat."""
    return p + (np.unwrap(numbers(p), discont, axis, period=period) - numbers(p))
