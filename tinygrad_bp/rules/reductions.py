"""Reductions over axes. In a partial, d and y have their reduced axes back (see `kinds.reduction`)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .arrays import axes_of, select
from .exponential import below
from .kinds import composed, reduction
from .rule import Rule
from .scans import delayed
from .trigonometric import share


def _ties(d: Any, y: Any, x: Any, axis: Any) -> Any:
    """d shared equally among the entries that are the extreme one; where that is nan, among those that are nan."""
    extreme = (x == y) | (x != x)
    return select(extreme, d / np.sum(extreme, axis=axis, keepdims=True), 0.0)


def _logsumexp(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """log Σ exp x over `axis` (None: all), without overflow; −∞ where every entry is −∞."""
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(top), top, 0.0)
    total = np.add.reduce(np.exp(x - shift), axis=axis, keepdims=True)
    with np.errstate(divide="ignore"):
        y = np.log(total) + shift
    return y if keepdims else np.squeeze(y, axis=axis)[()]


def _others(x: Any, axis: Any) -> Any:
    """For each entry the product of those before it and those after it along the axes: zeros do no harm."""
    axes = axes_of(axis, np.ndim(x))
    last = tuple(range(-len(axes), 0))
    behind = np.moveaxis(x, axes, last)
    shape = np.shape(behind)
    flat = np.reshape(behind, (*shape[: len(shape) - len(axes)], math.prod(shape[len(shape) - len(axes) :])))
    before, after = (np.cumprod(delayed(run), axis=-1) for run in (flat, np.flip(flat, -1)))
    return np.moveaxis(np.reshape(before * np.flip(after, -1), shape), last, axes)


def _euclidean_norm(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """√Σ x² over `axis`."""
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


# fmt: off
#                          function     d · ∂y/∂x, which broadcasts against x
reduction(                 np.sum,      lambda d, y, x, axis: d,                                     reads=False )
reduction(                 np.mean,     lambda d, y, x, axis: d * (np.size(y) / max(np.size(x), 1)), reads=False )
reduction(                 np.max,      _ties )
reduction(                 np.min,      _ties )
reduction(                 np.prod,     lambda d, y, x, axis: d * _others(x, axis) )
euclidean_norm: Rule = reduction( _euclidean_norm, lambda d, y, x, axis: share(d, x, y) )
logsumexp: Rule = reduction( _logsumexp, lambda d, y, x, axis: d * np.exp(below(x, y)) )

#        function      written in functions that have a rule
composed( np.amax )(   lambda a, axis=None, *, keepdims=False: np.max(a, axis=axis, keepdims=keepdims) )
composed( np.amin )(   lambda a, axis=None, *, keepdims=False: np.min(a, axis=axis, keepdims=keepdims) )
composed( np.ptp )(    lambda a, axis=None, *, keepdims=False:
                           np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims) )
