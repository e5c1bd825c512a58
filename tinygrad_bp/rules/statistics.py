"""Spread, order statistics and covariance, and the functions that leave nan out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .arrays import axes_of
from .kinds import composed
from .reductions import euclidean_norm


def _count(x: Any, axis: Any) -> int:
    """How many entries are reduced to one."""
    return math.prod(np.shape(x)[a] for a in axes_of(axis, np.ndim(x)))


def _freedom(x: Any, axis: Any, ddof: float, correction: float | None) -> float:
    """The degrees of freedom, never below 0."""
    return max(_count(x, axis) - (ddof if correction is None else correction), 0)


@composed(np.var)
def var(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False, correction: float | None = None) -> Any:
    """The mean square distance from the mean."""
    away = a - np.mean(a, axis=axis, keepdims=True)
    total = np.sum(away * away, axis=axis, keepdims=keepdims)
    return total / _freedom(a, axis, ddof, correction)


@composed(np.std)
def std(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False, correction: float | None = None) -> Any:
    """The root mean square distance from the mean; flat where there is none."""
    away = a - np.mean(a, axis=axis, keepdims=True)
    length = euclidean_norm(away, axis=axis, keepdims=keepdims)
    return length / math.sqrt(_freedom(a, axis, ddof, correction))


@composed(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """The weighted mean; with `returned`, and the sum of the weights."""
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        total: Any = np.full_like(mean, _count(a, axis))
    else:
        if np.shape(weights) != np.shape(a):
            axes = axes_of(axis, np.ndim(a))
            order = tuple(np.argsort(axes).tolist())
            shape = [n if i in axes else 1 for i, n in enumerate(np.shape(a))]
            weights = np.reshape(np.transpose(weights, order) if np.ndim(weights) > 1 else weights, shape)
            weights = np.broadcast_to(weights, np.shape(a))
        total = np.sum(weights, axis=axis, keepdims=keepdims)
        mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


@composed(np.quantile)
def quantile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """Quantiles by linear interpolation between the sorted entries; nan where there is a nan."""
    if method != "linear":
        raise TypeError(f"quantile(method={method!r}) is not differentiated: leave method out")
    position = np.asarray(q, dtype=np.float64)
    if not np.all((position >= 0) & (position <= 1)):
        raise ValueError(f"q={q} is not within [0, 1]")
    axes = axes_of(axis, np.ndim(a))
    behind = np.moveaxis(a, axes, range(-len(axes), 0))
    rest = np.shape(behind)[: np.ndim(a) - len(axes)]
    n = _count(a, axis)
    ordered = np.sort(np.reshape(behind, (*rest, n)), axis=-1)
    position = position * (n - 1)
    below = np.clip(np.floor(position), 0, max(n - 2, 0)).astype(int)
    low, high = ordered[..., below], ordered[..., np.minimum(below + 1, n - 1)]
    share: Any = position - below if np.ndim(q) else float(position - below)
    result = _between(low, high, share)
    last = np.reshape(ordered[..., -1], (*rest, *(1,) * np.ndim(q)))
    result = np.where(np.isnan(last), last, result)
    result = np.moveaxis(result, range(len(rest), np.ndim(result)), range(np.ndim(q)))
    if not keepdims:
        return result
    return np.reshape(result, (*np.shape(q), *(1 if i in axes else s for i, s in enumerate(np.shape(a)))))


def _between(low: Any, high: Any, share: Any) -> Any:
    """low + share·(high − low), from the nearer end as NumPy does it; an infinite end without a share does no harm."""
    if type(share) is float:
        if share == 0:
            return low
        return low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share)
    with np.errstate(invalid="ignore"):
        gap = high - low
        return np.where(share == 0, low, np.where(share < 0.5, low + gap * share, high - gap * (1 - share)))


@composed(np.percentile)
def percentile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """Quantiles in percent."""
    return quantile(a, np.asarray(q, dtype=np.float64) / 100, axis, method=method, keepdims=keepdims)


@composed(np.median)
def median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The middle one of the sorted entries, or the mean of the two in the middle."""
    return quantile(a, 0.5, axis, keepdims=keepdims)


@composed(np.cov)
def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Any:
    """The covariance matrix of the rows of m, and of y, or of their columns."""
    rows = [np.atleast_2d(m) if rowvar or np.ndim(m) < 2 else np.transpose(m)]
    if y is not None:
        y = np.atleast_2d(y)
        rows.append(y if rowvar or np.shape(y)[0] == 1 else np.transpose(y))
    x = np.concatenate(rows, 0).astype(np.float64)
    away = x - np.mean(x, axis=1, keepdims=True)
    ddof = (0 if bias else 1) if ddof is None else ddof
    return np.squeeze(away @ np.transpose(away) / max(np.shape(x)[1] - ddof, 0))


@composed(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """The correlation matrix of the rows of x, and of y, or of their columns."""
    c = cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.diag(c))
    return c / deviation[:, None] / deviation[None, :]


def _without_nan(function: Any, instead: float) -> Any:
    """`np.nansum` and its kin: nan replaced by what does not count."""
    return lambda a, axis=None, *, keepdims=False: function(
        np.where(np.isnan(a), instead, a), axis=axis, keepdims=keepdims
    )


def _extreme(function: Any, instead: float) -> Any:
    """`np.nanmax` and its kin: nan where there is nothing else."""

    def extreme(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
        nan = np.isnan(a)
        alone = np.all(nan, axis=axis, keepdims=True)
        return function(np.where(nan & ~alone, instead, a), axis=axis, keepdims=keepdims)

    return extreme


def _present(a: Any, axis: Any, keepdims: bool) -> Any:
    """How many entries are not nan."""
    return np.sum(~np.isnan(a), axis=axis, keepdims=keepdims, dtype=a.dtype)


def _nan_away(a: Any, axis: Any) -> Any:
    """The distances from the mean, 0 for nan."""
    return np.where(np.isnan(a), 0.0, a - np.nanmean(a, axis=axis, keepdims=True))


@composed(np.nanmean)
def nanmean(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The mean of what is not nan."""
    return np.nansum(a, axis=axis, keepdims=keepdims) / _present(a, axis, keepdims)


@composed(np.nanvar)
def nanvar(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """The mean square distance from the mean, of what is not nan."""
    away = _nan_away(a, axis)
    return np.sum(away * away, axis=axis, keepdims=keepdims) / (_present(a, axis, keepdims) - ddof)


@composed(np.nanstd)
def nanstd(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Its root; flat where it is 0."""
    length = euclidean_norm(_nan_away(a, axis), axis=axis, keepdims=keepdims)
    return length / np.sqrt(_present(a, axis, keepdims) - ddof)


# fmt: off
composed( np.nansum )(     _without_nan(np.sum, 0.0) )
composed( np.nanprod )(    _without_nan(np.prod, 1.0) )
composed( np.nanmax )(     _extreme(np.max, -np.inf) )
composed( np.nanmin )(     _extreme(np.min, np.inf) )
composed( np.nancumsum )(  lambda a, axis=None: np.cumsum(np.where(np.isnan(a), 0.0, a), axis) )
composed( np.nancumprod )( lambda a, axis=None: np.cumprod(np.where(np.isnan(a), 1.0, a), axis) )
