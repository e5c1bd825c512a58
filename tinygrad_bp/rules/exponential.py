"""Exponentials, logarithms and the hyperbolic functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import select
from .kinds import elementwise

_LOG2 = float(np.log(2.0))
_LOG10 = float(np.log(10.0))


def below(x: Any, y: Any) -> Any:
    """x − y for y = log Σ exp x, so that exp of it is x's share of the sum: none where y is −∞, all where x is ∞."""
    return select(x == np.inf, 0.0, x - select(y == -np.inf, 0.0, y))


# fmt: off
#            function         d · ∂y/∂x
elementwise( np.exp,          lambda d, y, x: d * y )
elementwise( np.exp2,         lambda d, y, x: d * y * _LOG2 )
elementwise( np.expm1,        lambda d, y, x: d * np.exp(x) )
elementwise( np.log,          lambda d, y, x: d / x )
elementwise( np.log2,         lambda d, y, x: d / (x * _LOG2) )
elementwise( np.log10,        lambda d, y, x: d / (x * _LOG10) )
elementwise( np.log1p,        lambda d, y, x: d / (1 + x) )
elementwise( np.sinh,         lambda d, y, x: d * np.cosh(x) )
elementwise( np.cosh,         lambda d, y, x: d * np.sinh(x) )
elementwise( np.tanh,         lambda d, y, x: d * (1 - y * y) )
elementwise( np.arcsinh,      lambda d, y, x: d / np.hypot(x, 1) )
elementwise( np.arccosh,      lambda d, y, x: d / (np.sqrt(x - 1) * np.sqrt(x + 1)) )
elementwise( np.arctanh,      lambda d, y, x: d / ((1 - x) * (1 + x)) )
elementwise( np.logaddexp,    lambda d, y, a, b: d * np.exp(below(a, y)),   lambda d, y, a, b: d * np.exp(below(b, y)) )
elementwise( np.logaddexp2,   lambda d, y, a, b: d * np.exp2(below(a, y)), lambda d, y, a, b: d * np.exp2(below(b, y)) )
