"""The trigonometric functions, their inverses, hypot and sinc."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import select
from .kinds import elementwise


def share(d: Any, x: Any, y: Any) -> Any:
    """d·x/y, and 0 where y is 0."""
    return select(y == 0, 0.0, d * (x / select(y == 0, 1.0, y)))


#: j₁(t)/t = Σ cₖ t²ᵏ, highest power first, where j₁ is the spherical Bessel function
_BESSEL = (-1 / 518918400, 1 / 3991680, -1 / 45360, 1 / 840, -1 / 30, 1 / 3)


def _sinc_slope(x: Any, y: Any) -> Any:
    """(cos πx − sinc x)/x = −π j₁(πx); where that cancels, the series."""
    near = np.absolute(x) < 0.1
    t = np.pi * x
    series = 0.0
    for c in _BESSEL:
        series = series * (t * t) + c
    return select(near, -np.pi * t * series, (np.cos(t) - y) / select(near, 1.0, x))


# fmt: off
#            function          d · ∂y/∂x
elementwise( np.sin,           lambda d, y, x: d * np.cos(x) )
elementwise( np.cos,           lambda d, y, x: -d * np.sin(x) )
elementwise( np.tan,           lambda d, y, x: d * (1 + y * y) )
elementwise( np.arcsin,        lambda d, y, x: d / np.sqrt((1 - x) * (1 + x)) )
elementwise( np.arccos,        lambda d, y, x: -d / np.sqrt((1 - x) * (1 + x)) )
elementwise( np.arctan,        lambda d, y, x: d / (1 + x * x) )
elementwise( np.arctan2,       lambda d, y, a, b: d * (b / np.hypot(a, b)) / np.hypot(a, b),
                               lambda d, y, a, b: -d * (a / np.hypot(a, b)) / np.hypot(a, b) )
elementwise( np.hypot,         lambda d, y, a, b: share(d, a, y),          lambda d, y, a, b: share(d, b, y) )
elementwise( np.sinc,          lambda d, y, x: d * _sinc_slope(x, y) )
