"""Reductions over axes. In a partial, d and y have their reduced axes back (see `kinds.reduction`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .exponential import below
from .kinds import reduction, select


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


# fmt: off
#          function      d · ∂y/∂x, which broadcasts against x
reduction( np.sum,       lambda d, y, x, axis: d,                                    reads=False )
reduction( np.mean,      lambda d, y, x, axis: d * (np.size(y) / max(np.size(x), 1)), reads=False )
reduction( np.max,       _ties )
reduction( np.min,       _ties )
logsumexp = reduction( _logsumexp, lambda d, y, x, axis: d * np.exp(below(x, y)) )
