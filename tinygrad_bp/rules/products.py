"""Matrix products of every dimension."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .arrays import axes_of
from .kinds import bilinear, both_ways, composed
from .rule import Rule

_ARRAY = np.ndarray


def _rows(x: Any) -> Any:
    """All rows of a stack of matrices, as one matrix."""
    return np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _by_columns(x: Any) -> bool:
    """Whether x lies in memory column by column, as Wᵀ does: then its cotangent should too, to be added to W's."""
    if type(x) is _ARRAY:
        return bool(x.flags.fnc)
    flags: Any = getattr(x, "flags", None)
    return flags is not None and flags.f_contiguous and not flags.c_contiguous


def product(a: Any, b: Any) -> Any:
    """a @ b; of two matrices that lie in memory whole, by the method that leads to the same bits in half the time."""
    whole = type(a) is type(b) is _ARRAY and a.ndim == b.ndim == 2 and a.dtype == b.dtype
    return a.dot(b) if whole and a.flags.forc and b.flags.forc else a @ b


def _matmul_left(d: Any, y: Any, a: Any, b: Any) -> Any:
    """d bᵀ."""
    if a.ndim <= 2 == b.ndim:
        return product(b, d.T).T if _by_columns(a) else product(d, b.T)
    if b.ndim == 1:
        return d * b if a.ndim == 1 else d[..., None] * b
    if a.ndim == 1:
        return (b @ d[..., None])[..., 0]
    return d @ b.mT


def _matmul_right(d: Any, y: Any, a: Any, b: Any) -> Any:
    """aᵀ d; for one b to a stack of a, its sum over the stack, as one product."""
    if a.ndim == 2 >= b.ndim:
        return product(d.T, a).T if _by_columns(b) else product(a.T, d)
    if a.ndim == 1:
        return d * a if b.ndim == 1 else a[:, None] * (d if b.ndim == 2 else d[..., None, :])
    if b.ndim == 1:
        return _rows(a).T @ np.reshape(d, (-1,))
    return _rows(a).T @ _rows(d) if b.ndim == 2 else a.mT @ d


def _squared_norm(x: Any) -> Any:
    """Σ xᵢ² over all entries."""
    return np.vdot(x, x)


def _like(d: Any, x: Any) -> Any:
    """d in the shape of x, entry by entry."""
    if type(d) is type(x) is np.ndarray:
        return d if d.shape == x.shape else d.reshape(x.shape)
    return d if np.shape(d) == np.shape(x) else np.reshape(d, np.shape(x))


# fmt: off
#         function    adjoints of a ↦ f(a, b) and of b ↦ f(a, b), applied to d
bilinear( np.matmul,  _matmul_left,  _matmul_right ).direct = product
inner_product: Rule = bilinear(
          np.vdot,    lambda d, y, a, b: _like(d * b, a),   lambda d, y, a, b: _like(d * a, b),   broadcasts=False )

#                                     function        of d: its cotangent in x, and its tangent
squared_norm: Rule = both_ways( _squared_norm,  lambda d, y, x: 2 * d * x,  lambda d, y, x: 2 * np.vdot(d, x) )
inner_product.twice = squared_norm
# fmt: on
_vdot = getattr(np.vdot, "_implementation", np.vdot)  # which does not ask whether it is given Values
squared_norm.direct = lambda x: _vdot(x, x)


@composed(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of products over some axes of a and of b: a number of them, last and first, or a pair of lists."""
    left, right = (range(-axes, 0), range(axes)) if isinstance(axes, (int, np.integer)) else axes
    left, right = axes_of(_listed(left), np.ndim(a)), axes_of(_listed(right), np.ndim(b))
    if [np.shape(a)[i] for i in left] != [np.shape(b)[i] for i in right]:
        raise ValueError(f"tensordot sums axes {left} of shape {np.shape(a)} with axes {right} of shape {np.shape(b)}: "
                         f"their lengths differ")  # fmt: skip
    kept_left = [i for i in range(np.ndim(a)) if i not in left]
    kept_right = [i for i in range(np.ndim(b)) if i not in right]
    rows, columns = [np.shape(a)[i] for i in kept_left], [np.shape(b)[i] for i in kept_right]
    n = math.prod(np.shape(a)[i] for i in left)
    a = np.reshape(np.transpose(a, (*kept_left, *left)), (math.prod(rows), n))
    b = np.reshape(np.transpose(b, (*right, *kept_right)), (n, math.prod(columns)))
    return np.reshape(a @ b, (*rows, *columns))


def _listed(axes: Any) -> tuple[int, ...]:
    return (int(axes),) if isinstance(axes, (int, np.integer)) else tuple(axes)


@composed(np.dot)
def dot(a: Any, b: Any) -> Any:
    """The sum of products over the last axis of a and the last but one of b (its only one, if it has one)."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(b) <= 2:
        return np.matmul(a, b)
    return tensordot(a, b, (-1, -2))


def _inner(a: Any, b: Any) -> Any:
    """`np.inner`; of vectors and matrices as the product a b, b a or a bᵀ, which has the same bits."""
    dimensions = _dimensions(a, b)
    if dimensions == (2, 2):
        return product(a, b.T)
    if dimensions in ((1, 1), (2, 1)):
        return a @ b
    return b @ a if dimensions == (1, 2) else np.inner(a, b)


def _inner_left(d: Any, y: Any, a: Any, b: Any) -> Any:
    """The sum of d·b over the leading axes of b: of two matrices d b; with a vector as that of a @ b, or of b @ a."""
    dimensions = _dimensions(a, b)
    if dimensions == (2, 2):
        return product(d, b)
    if 0 not in dimensions and 1 in dimensions:
        return _matmul_left(d, y, a, b) if dimensions[1] == 1 else _matmul_right(d, y, b, a)
    if np.ndim(a) and np.ndim(b):
        return tensordot(d, b, np.ndim(b) - 1)
    return d * b if np.ndim(a) else np.sum(d * b)


def _inner_right(d: Any, y: Any, a: Any, b: Any) -> Any:
    """The sum of d·a over the leading axes of a: of two matrices dᵀ a; with a vector as that of a @ b, or of b @ a."""
    dimensions = _dimensions(a, b)
    if dimensions == (2, 2):
        return product(d.T, a)
    if 0 not in dimensions and 1 in dimensions:
        return _matmul_right(d, y, a, b) if dimensions[1] == 1 else _matmul_left(d, y, b, a)
    if np.ndim(a) and np.ndim(b):
        leading = list(range(np.ndim(a) - 1))
        return tensordot(d, a, (leading, leading))
    return d * a if np.ndim(b) else np.sum(d * a)


def _dimensions(a: Any, b: Any) -> tuple[int, int]:
    """`np.ndim` of each, 0 of a list."""
    return getattr(a, "ndim", 0), getattr(b, "ndim", 0)


_rows_by_rows = bilinear(np.inner, _inner_left, _inner_right, broadcasts=False)
_rows_by_rows.evaluate = _rows_by_rows.direct = _inner


@composed(np.kron)
def kron(a: Any, b: Any) -> Any:
    """b times each entry of a, in the place of that entry."""
    n = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in (a, b))
    product = np.expand_dims(a, tuple(range(1, 2 * n, 2))) * np.expand_dims(b, tuple(range(0, 2 * n, 2)))
    return np.reshape(product, [i * j for i, j in zip(np.shape(a), np.shape(b), strict=True)])


@composed(np.cross)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The vector products of vectors of three entries, along an axis."""
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if np.shape(a)[-1] != 3 or np.shape(b)[-1] != 3:
        raise ValueError(f"cross takes vectors of 3 entries, not {np.shape(a)[-1]} and {np.shape(b)[-1]}")
    product = a[..., [1, 2, 0]] * b[..., [2, 0, 1]] - a[..., [2, 0, 1]] * b[..., [1, 2, 0]]
    return np.moveaxis(product, -1, axisc)


@composed(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Σ a_i v_{k−i}: the rows of a's windows, reversed, times v."""
    a, v = (np.atleast_1d(x) for x in ((a, v) if np.size(a) >= np.size(v) else (v, a)))
    n = np.size(v)
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"mode={mode!r} is none of full, same and valid")
    windows = sliding_window_view(np.pad(a, n - 1), n)
    full = windows @ np.flip(v)
    start, stop = {"full": (0, None), "same": ((n - 1) // 2, (n - 1) // 2 + np.size(a)), "valid": (n - 1, np.size(a))}[
        mode
    ]
    return full[start:stop]


@composed(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Σ a_{i+k} v_i."""
    if np.size(a) < np.size(v):
        return np.flip(correlate(v, a, mode))
    return convolve(a, np.flip(v), mode)


@composed(np.vecdot)
@composed(np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Inner products of the vectors along an axis."""
    return np.sum(np.moveaxis(x1, axis, -1) * np.moveaxis(x2, axis, -1), axis=-1)


def _multiplied(arrays: list[Any]) -> Any:
    if len(arrays) < 2:
        raise ValueError("multi_dot is of two arrays or more")
    return functools.reduce(np.dot, arrays)


# fmt: off
#        function                 written in functions that have a rule
composed( np.outer )(             lambda a, b: np.reshape(a, (np.size(a), 1)) * np.reshape(b, (1, np.size(b))) )
composed( np.trace )(             lambda a, offset=0, axis1=0, axis2=1:
                                      np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1) )
composed( np.linalg.trace )(      lambda x, /, *, offset=0: np.trace(x, offset, -2, -1) )
composed( np.linalg.matmul )(     lambda x1, x2, /: np.matmul(x1, x2) )
composed( np.linalg.outer )(      lambda x1, x2, /: np.outer(x1, x2) )
composed( np.linalg.tensordot )(  lambda x1, x2, /, *, axes=2: np.tensordot(x1, x2, axes) )
composed( np.linalg.cross )(      lambda x1, x2, /, *, axis=-1: np.cross(x1, x2, axis=axis) )
composed( np.linalg.multi_dot )(  lambda arrays: _multiplied(list(arrays)) )

if hasattr(np, "matvec"):         # NumPy 2.2
    composed( np.matvec )(        lambda x1, x2, /: (x1 @ x2[..., None])[..., 0] )
    composed( np.vecmat )(        lambda x1, x2, /: (x1[..., None, :] @ x2)[..., 0, :] )
