"""What NumPy lacks for networks, on arrays and Values alike; stable at any x."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..quiet import quiet
from .arrays import select, total
from .kinds import both_ways, elementwise


@np.errstate(over="ignore")
def _sigmoid(x: Any) -> Any:
    """1 / (1 + exp(−x)), entry by entry; an exp(−x) that overflows gives the right 0."""
    return 1.0 / (1.0 + np.exp(-x))


def _relu(x: Any) -> Any:
    """x where x > 0, else 0; the slope at 0 is 0."""
    return np.where(x <= 0, 0.0, x)


def _leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """x where x > 0, else slope·x; the slope at 0 is `slope`."""
    return np.where(x <= 0, slope * x, x)


def _softplus(x: Any) -> Any:
    """log(1 + exp(x)), entry by entry, as max(x, 0) + log(1 + exp(−|x|)): no exp overflows."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-1.0 * np.abs(x)))


def _softmax(x: Any, axis: Any = None) -> Any:
    """exp(x) / Σ exp(x), the sum over `axis` (None: all)."""
    e = np.exp(x - np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf))
    return e / np.add.reduce(e, axis=axis, keepdims=True)


def _log_softmax(x: Any, axis: Any = None) -> Any:
    """log softmax(x), the sum over `axis` (None: all), without underflow."""
    x = x - np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    return x - np.log(np.add.reduce(np.exp(x), axis=axis, keepdims=True))


# fmt: off
#                        function      d · ∂y/∂x; the Jacobian of softmax is its own transpose too
sigmoid    = elementwise( _sigmoid,    lambda d, y, x: d * y * (1 - y) )
relu       = elementwise( _relu,       lambda d, y, x: select(x <= 0, 0.0, d) )
leaky_relu = elementwise( _leaky_relu, lambda d, y, x, slope=0.01: select(x <= 0, slope * d, d) )
softplus   = elementwise( _softplus,   lambda d, y, x: d * sigmoid(x) )
softmax    = elementwise( _softmax,    lambda d, y, x, axis=None: y * (d - total(d * y, axis)) )
log_softmax = both_ways( _log_softmax, lambda d, y, x, axis=None: d - np.exp(y) * total(d, axis),
                                       lambda d, y, x, axis=None: d - total(np.exp(y) * d, axis) )
# fmt: on


@quiet
def _sigmoid_in_place(x: Any) -> Any:
    e = np.negative(x)
    if type(e) is not np.ndarray:
        return 1.0 / (1.0 + np.exp(e))
    np.exp(e, e)
    np.add(1.0, e, e)
    return np.divide(1.0, e, e)


sigmoid.direct = _sigmoid_in_place  # the same bits, with fewer arrays
