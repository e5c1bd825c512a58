"""Numbers in even steps, and the slopes between numbers in steps; functions applied along an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .arrays import array, axes_of
from .kinds import composed


@composed(np.linspace)
def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, *, axis: int = 0
) -> Any:
    """Numbers from start to stop in even steps; with `retstep`, and the step."""
    start, stop = (x if isinstance(x, (int, float)) else array(x) for x in (start, stop))
    ndim = max(np.ndim(start), np.ndim(stop))
    dtype = np.result_type(start, stop, 0.0)
    share = np.reshape(np.linspace(0, 1, num, endpoint, dtype=dtype), (num, *(1,) * ndim))
    numbers = np.moveaxis(start * (1 - share) + stop * share, 0, axis)
    steps = num - 1 if endpoint else num
    return (numbers, (stop - start) / steps if steps else np.nan * (stop - start)) if retstep else numbers


@composed(np.logspace)
def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, *, axis: int = 0) -> Any:
    """Powers of the base, their exponents in even steps."""
    return base ** linspace(start, stop, num, endpoint, axis=axis)


@composed(np.geomspace)
def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *, axis: int = 0) -> Any:
    """Numbers from start to stop, each the same multiple of the one before."""
    start, stop = (array(x).astype(np.float64) for x in (start, stop))
    return start * np.exp(linspace(np.zeros_like(start), np.log(np.divide(stop, start)), num, endpoint, axis=axis))


def _weights(p: Any, q: Any, at: str) -> tuple[Any, Any, Any]:
    """The slope of the parabola through three points p and q apart, at one of them, as weights of their values."""
    if at == "first":
        return -(2 * p + q) / (p * (p + q)), (p + q) / (p * q), -p / (q * (p + q))
    if at == "last":
        return q / (p * (p + q)), -(p + q) / (p * q), (p + 2 * q) / (q * (p + q))
    return -q / (p * (p + q)), (q - p) / (p * q), p / (q * (p + q))


def _slope(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """Slopes along an axis: of parabolas inside, at the ends of lines (order 1) or parabolas (order 2)."""
    f = np.moveaxis(f, axis, -1)
    n = np.shape(f)[-1]
    if n < edge_order + 1:
        raise ValueError(
            f"gradient along an axis of length {n}: edge_order={edge_order} needs {edge_order + 1} entries"
        )
    gaps = np.diff(spacing) if np.ndim(spacing) else np.broadcast_to(array(spacing), n - 1)
    gaps = gaps.astype(f.dtype)

    def parabola(i: Any, j: Any, k: Any, at: str, p: Any, q: Any) -> Any:
        a, b, c = _weights(p, q, at)
        return a * f[..., i] + b * f[..., j] + c * f[..., k]

    first, last = slice(0, 1), slice(n - 1, n)
    if edge_order == 1:
        left = (f[..., 1:2] - f[..., :1]) / gaps[:1]
        right = (f[..., last] - f[..., n - 2 : n - 1]) / gaps[-1:]
    else:
        left = parabola(first, slice(1, 2), slice(2, 3), "first", gaps[:1], gaps[1:2])
        right = parabola(slice(n - 3, n - 2), slice(n - 2, n - 1), last, "last", gaps[n - 3 : n - 2], gaps[n - 2 :])
    inside = parabola(slice(0, n - 2), slice(1, n - 1), slice(2, n), "middle", gaps[:-1], gaps[1:])
    return np.moveaxis(np.concatenate([left, inside, right], -1), -1, axis)


@composed(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Slopes along each axis, for steps of 1, of the sizes or between the coordinates given."""
    axes = axes_of(axis, np.ndim(f))
    if len(varargs) not in (0, 1, len(axes)):
        raise TypeError(f"gradient takes one spacing, or one for each of {len(axes)} axes: not {len(varargs)}")
    spacings = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    f = array(f)
    slopes = [_slope(f, array(h) if np.ndim(h) else h, a, edge_order) for a, h in zip(axes, spacings, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


@composed(np.apply_along_axis)
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """A function of vectors, of each vector along an axis."""
    lines = np.moveaxis(arr, axis, -1)
    stack, axis = np.shape(lines)[:-1], axis % np.ndim(arr)
    results = np.stack([func1d(lines[i], *args, **kwargs) for i in np.ndindex(stack)])
    shape = np.shape(results)[1:]
    together = np.reshape(results, (*stack, *shape))
    return np.moveaxis(together, range(len(stack), len(stack) + len(shape)), range(axis, axis + len(shape)))


@composed(np.apply_over_axes)
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """A function of an array and an axis, over one axis after another, which are kept."""
    for axis in axes_of(axes, np.ndim(a)):
        result = func(a, axis)
        a = result if np.ndim(result) == np.ndim(a) else np.expand_dims(result, axis)
    return a
