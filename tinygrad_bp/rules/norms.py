"""Norms of vectors and matrices, of every order; flat where they are 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .arrays import axes_of
from .kinds import composed
from .reductions import euclidean_norm


def _of_vectors(x: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    """The norm over `axis` (several: of all their entries together)."""
    if hasattr(order, "__record__"):
        raise TypeError("norm has no derivative in its order: pass value.item()")
    if order is None or order == 2:
        return euclidean_norm(x, axis=axis, keepdims=keepdims)
    if order == 0:
        return np.sum(x != 0, axis=axis, keepdims=keepdims, dtype=x.dtype)
    size = np.absolute(x)
    if order == math.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if order == -math.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if isinstance(order, str):
        raise ValueError(f"norm of order {order!r} is not one of vectors")
    total = np.sum(size if order == 1 else size**order, axis=axis, keepdims=keepdims)
    if order == 1:
        return total
    none = total == 0
    return np.where(none, 0.0, np.where(none, 1.0, total) ** (1 / order))


def _of_matrices(x: Any, order: Any, axes: tuple[int, int], keepdims: bool) -> Any:
    """The norm over two axes, of rows and of columns."""
    if order is None or order == "fro":
        return euclidean_norm(x, axis=axes, keepdims=keepdims)
    behind = np.moveaxis(x, axes, (-2, -1))
    if order in (1, -1, math.inf, -math.inf):
        sums = np.sum(np.absolute(behind), axis=-2 if abs(order) == 1 else -1)
        y = np.max(sums, axis=-1) if order > 0 else np.min(sums, axis=-1)
    elif order in (2, -2, "nuc"):
        values = np.linalg.svdvals(behind)
        y = np.sum(values, axis=-1) if order == "nuc" else values[..., 0 if order == 2 else -1]
        y = np.where(y == 0, 0.0, y)
    else:
        raise ValueError(f"norm of order {order!r} is not one of matrices")
    return np.expand_dims(y, axes_of(axes, np.ndim(x))) if keepdims else y


@composed(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of vectors along one axis or of matrices along two; without axis, of all of x."""
    if axis is None:
        if ord is None:
            return euclidean_norm(x, keepdims=keepdims)
        axis = tuple(range(np.ndim(x)))
    axes = axes_of(axis, np.ndim(x))
    if len(axes) == 1:
        return _of_vectors(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ValueError(f"norm is of vectors or matrices: give one axis or two, not {len(axes)}")
    return _of_matrices(x, ord, axes, keepdims)


@composed(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The norm of all entries along some axes, as of one vector."""
    return _of_vectors(x, ord, axes_of(axis, np.ndim(x)), keepdims)


@composed(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of the matrices in the last two axes."""
    return _of_matrices(x, ord, (-2, -1), keepdims)


@composed(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """How much larger than the input's a solution's relative error can be: ‖x‖ ‖x⁻¹‖."""
    if p is None or p in (2, -2):
        values = np.linalg.svdvals(x)
        ratio = values[..., 0] / values[..., -1]
        return 1 / ratio if p == -2 else ratio
    return _of_matrices(x, p, (-2, -1), False) * _of_matrices(np.linalg.inv(x), p, (-2, -1), False)
