"""Matrix products of every dimension."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .kinds import bilinear, composed


def _matrices(d: Any, a: Any, b: Any) -> tuple[Any, Any, Any]:
    """d, a and b as (stacks of) matrices: a vector on the left is a row, one on the right a column."""
    if b.ndim == 1:
        b, d = b[:, None], d[..., None]
    if a.ndim == 1:
        a, d = a[None, :], d[..., None, :]
    return d, a, b


def _rows(x: Any) -> Any:
    """All rows of a stack of matrices, as one matrix."""
    return np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _matmul_left(d: Any, y: Any, a: Any, b: Any) -> Any:
    """d bᵀ."""
    if a.ndim == b.ndim == 2:
        return d @ b.T
    d, _, b = _matrices(d, a, b)
    left = d @ b.mT
    return left[..., 0, :] if a.ndim == 1 else left


def _matmul_right(d: Any, y: Any, a: Any, b: Any) -> Any:
    """aᵀ d; for one b to a stack of a, its sum over the stack, as one product."""
    if a.ndim == b.ndim == 2:
        return a.T @ d
    one = b.ndim <= 2
    vector = b.ndim == 1
    d, a, b = _matrices(d, a, b)
    right = _rows(a).T @ _rows(d) if one else a.mT @ d
    return right[..., 0] if vector else right


# fmt: off
#         function    adjoints of a ↦ f(a, b) and of b ↦ f(a, b), applied to d
bilinear( np.matmul,  _matmul_left,  _matmul_right )
# fmt: on


@composed(np.vecdot)
def vecdot(a: Any, b: Any, /, *, axis: int = -1) -> Any:
    """Inner products of the vectors along an axis."""
    return np.sum(np.moveaxis(a, axis, -1) * np.moveaxis(b, axis, -1), axis=-1)


if hasattr(np, "matvec"):  # NumPy 2.2

    @composed(np.matvec)
    def matvec(a: Any, x: Any, /) -> Any:
        """Products of matrices and vectors, over the stacks of both."""
        return (a @ x[..., None])[..., 0]

    @composed(np.vecmat)
    def vecmat(x: Any, a: Any, /) -> Any:
        """Products of vectors and matrices, over the stacks of both."""
        return (x[..., None, :] @ a)[..., 0, :]
