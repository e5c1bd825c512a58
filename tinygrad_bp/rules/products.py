"""Matrix products of every dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from .kinds import bilinear


def _rows(a: Any) -> Any:
    """The left factor of a product as a (stack of) matrix: a vector is one row."""
    return a[None, :] if np.ndim(a) == 1 else a


def _columns(b: Any) -> Any:
    """The right factor of a product as a (stack of) matrix: a vector is one column."""
    return b[:, None] if np.ndim(b) == 1 else b


def _matrix(d: Any, a: Any, b: Any) -> Any:
    """A product's cotangent with the axes back that a vector factor took from it."""
    if np.ndim(b) == 1:
        d = np.reshape(d, (*np.shape(d), 1))
    if np.ndim(a) == 1:
        d = np.reshape(d, (*np.shape(d)[:-1][: np.ndim(d) - 1 - (np.ndim(b) == 1)], 1, np.shape(d)[-1]))
    return d


def _matmul_left(d: Any, y: Any, a: Any, b: Any) -> Any:
    """d bᵀ."""
    if np.ndim(a) == np.ndim(b) == 2:
        return d @ b.T
    left = _matrix(d, a, b) @ np.matrix_transpose(_columns(b))
    return left[..., 0, :] if np.ndim(a) == 1 else left


def _matmul_right(d: Any, y: Any, a: Any, b: Any) -> Any:
    """aᵀ d."""
    if np.ndim(a) == np.ndim(b) == 2:
        return a.T @ d
    right = np.matrix_transpose(_rows(a)) @ _matrix(d, a, b)
    return right[..., 0] if np.ndim(b) == 1 else right


# fmt: off
#         function    adjoints of a ↦ f(a, b) and of b ↦ f(a, b), applied to d
bilinear( np.matmul,  _matmul_left,  _matmul_right )
