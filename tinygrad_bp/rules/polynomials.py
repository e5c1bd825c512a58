"""Polynomials as arrays of coefficients, the highest power first."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import array
from .kinds import composed


@composed(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials."""
    a1, a2 = np.atleast_1d(array(a1)), np.atleast_1d(array(a2))
    n = max(np.size(a1), np.size(a2))
    return np.pad(a1, (n - np.size(a1), 0)) + np.pad(a2, (n - np.size(a2), 0))


@composed(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """The polynomial's value at x, by Horner's rule."""
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


@composed(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    """The m-th derivative."""
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composed(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The m-th integral, with integration constants k."""
    constants = np.broadcast_to(0.0, m) if k is None else np.broadcast_to(k, m)
    for constant in constants:
        p = np.concatenate([p / np.arange(len(p), 0, -1), np.reshape(constant, 1)])
    return p


@composed(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    """The polynomial with these zeros."""
    if np.ndim(seq_of_zeros) != 1:
        raise TypeError("poly of a matrix is not differentiated: give it the zeros")
    seq_of_zeros = array(seq_of_zeros)
    result: Any = np.ones(1, dtype=seq_of_zeros.dtype)
    for zero in seq_of_zeros:
        result = np.convolve(result, np.stack([np.ones_like(zero), -zero]))
    return result


@composed(np.polyfit)
def polyfit(x: Any, y: Any, deg: int) -> Any:
    """The polynomial of that degree that fits y at x with the least squares."""
    return np.linalg.lstsq(np.vander(array(x), deg + 1), array(y))[0]


@composed(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of each entry, a row each, the highest first."""
    n = np.size(x) if N is None else N
    powers = np.arange(n) if increasing else np.arange(n)[::-1]
    return np.expand_dims(x, -1) ** powers


# fmt: off
composed( np.polysub )( lambda a1, a2: polyadd(a1, np.negative(a2)) )
composed( np.polymul )( lambda a1, a2: np.convolve(array(a1), array(a2)) )
