"""The trigonometric functions, their inverses, hypot and sinc."""

from __future__ import annotations

from typing import Any

import numpy as np

from .kinds import elementwise, select


def _share(d: Any, x: Any, y: Any) -> Any:
    """d·x/y, and 0 where y is 0."""
    return select(y == 0, 0.0, d * (x / select(y == 0, 1.0, y)))


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
elementwise( np.hypot,         lambda d, y, a, b: _share(d, a, y),          lambda d, y, a, b: _share(d, b, y) )
