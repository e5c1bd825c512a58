"""Whether two arrays are the same as far as what is computed from them can tell: in kind, shape and order in memory."""

from __future__ import annotations

from typing import Any

import numpy as np


def alike(a: Any, b: Any) -> bool:
    """Whether two numbers are of one type, dtype and shape, and lie in memory in the same order."""
    if type(a) is not type(b) or isinstance(a, (tuple, list)) or np.shape(a) != np.shape(b):
        return False
    if not isinstance(a, np.ndarray):
        return True
    return a.dtype == b.dtype and strides(a) == strides(b)


def in_one_order(a: Any, b: Any) -> bool:
    """Whether two arrays have one shape and lie in memory in the same order."""
    return isinstance(a, np.ndarray) and a.shape == b.shape and a.itemsize == b.itemsize and strides(a) == strides(b)


def strides(a: Any) -> list[int]:
    """Those that matter: of axes of more than one entry."""
    return [stride for stride, n in zip(a.strides, a.shape, strict=True) if n != 1] if a.size else []


def address(a: Any) -> Any:
    return a.__array_interface__["data"][0] if isinstance(a, np.ndarray) else None
