"""Functions that move entries about: linear, so only the adjoint is stated."""

from __future__ import annotations

from typing import Any

import numpy as np

from .kinds import axes_of, composed, linear, unbroadcast, variadic


def _identity(x: Any) -> Any:
    """x itself, as a quantity of its own: what `name` records."""
    return x


def _cast(x: Any, dtype: Any) -> Any:
    """x in another floating dtype."""
    return np.asarray(x).astype(dtype)[()]


def _back(axes: Any) -> Any:
    """The permutation that undoes a permutation of axes."""
    return None if axes is None else tuple(int(i) for i in np.argsort(axes_of(axes, len(axes))))


def _part(i: int, d: Any, arrays: tuple[Any, ...], axis: int | None) -> Any:
    """The part of a concatenation that came from array i."""
    if axis is None:
        start = sum(np.size(a) for a in arrays[:i])
        return np.reshape(d[start : start + np.size(arrays[i])], np.shape(arrays[i]))
    axis = axis % np.ndim(d)
    start = sum(np.shape(a)[axis] for a in arrays[:i])
    return d[(slice(None),) * axis + (slice(start, start + np.shape(arrays[i])[axis]),)]


def _placed(i: int, d: Any, arrays: tuple[Any, ...], axis: int | None) -> Any:
    """A concatenation of zeros, with d in the place of array i."""
    return joined(*(d if j == i else np.zeros_like(a) for j, a in enumerate(arrays)), axis=axis)


def _joined(*arrays: Any, axis: int | None = 0) -> Any:
    """`np.concatenate` of arrays given one by one."""
    return np.concatenate(arrays, axis=axis)


# fmt: off
#       function              adjoint of x ↦ f(x, …), applied to d
identity = linear( _identity, lambda d, y, x: d )
cast     = linear( _cast,     lambda d, y, x, dtype: cast(d, x.dtype) )
linear( np.reshape,           lambda d, y, x, shape: np.reshape(d, np.shape(x)) )
linear( np.transpose,         lambda d, y, x, axes=None: np.transpose(d, _back(axes)) )
linear( np.broadcast_to,      lambda d, y, x, shape: unbroadcast(d, np.shape(x)) )
joined = variadic( _joined,   lambda i, d, y, *arrays, axis=0: _part(i, d, arrays, axis),
                              lambda i, d, y, *arrays, axis=0: _placed(i, d, arrays, axis), reads=False )


@composed(np.concatenate)
def concatenate(arrays: Any, axis: int | None = 0) -> Any:
    """`np.concatenate` of a sequence of arrays."""
    return joined(*arrays, axis=axis)
