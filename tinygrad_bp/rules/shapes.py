"""Functions that give an array another shape, or its axes another order: linear, so only the adjoint is stated."""

from __future__ import annotations

from typing import Any

import numpy as np

from .kinds import Rule, axes_of, composed, linear, unbroadcast


def _identity(x: Any) -> Any:
    """x itself, as a quantity of its own: what `name` records."""
    return x


def _cast(x: Any, dtype: Any) -> Any:
    """x in another floating dtype."""
    return np.asarray(x).astype(dtype)[()]


def _back(axes: Any) -> Any:
    """The permutation that undoes a permutation of axes."""
    return None if axes is None else tuple(int(i) for i in np.argsort(axes_of(axes, len(axes))))


# fmt: off
#       function                    adjoint of x ↦ f(x, …), applied to d
identity: Rule = linear( _identity, lambda d, y, x: d )
cast:     Rule = linear( _cast,     lambda d, y, x, dtype: cast(d, x.dtype) )
linear( np.reshape,                 lambda d, y, x, shape: np.reshape(d, np.shape(x)) )
linear( np.transpose,               lambda d, y, x, axes=None: np.transpose(d, _back(axes)) )
linear( np.broadcast_to,            lambda d, y, x, shape: unbroadcast(d, np.shape(x)) )
# fmt: on


def _outline(x: Any) -> Any:
    """An array of x's shape that takes no memory: what NumPy makes of it has the shape of the result."""
    return np.broadcast_to(0.0, np.shape(x))


def _axes(x: Any) -> Any:
    """An array whose axis i has length i, for each axis of x: where NumPy moves its axes, its shape says the order."""
    return np.empty(tuple(range(np.ndim(x))))


@composed(np.ravel)
def ravel(x: Any) -> Any:
    """All entries along one axis."""
    return np.reshape(x, np.size(x))


@composed(np.expand_dims)
def expand_dims(x: Any, axis: Any) -> Any:
    """New axes of length 1."""
    return np.reshape(x, np.expand_dims(_outline(x), axis).shape)


@composed(np.squeeze)
def squeeze(x: Any, axis: Any = None) -> Any:
    """Axes of length 1 left out."""
    return np.reshape(x, np.squeeze(_outline(x), axis).shape)


@composed(np.moveaxis)
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other positions, the rest in their order."""
    return np.transpose(x, np.moveaxis(_axes(x), source, destination).shape)


@composed(np.rollaxis)
def rollaxis(x: Any, axis: int, start: int = 0) -> Any:
    """An axis moved to before `start`."""
    return np.transpose(x, np.rollaxis(_axes(x), axis, start).shape)


@composed(np.swapaxes)
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    return np.transpose(x, np.swapaxes(_axes(x), axis1, axis2).shape)


@composed(np.matrix_transpose)
def matrix_transpose(x: Any) -> Any:
    """The last two axes exchanged."""
    return np.transpose(x, np.matrix_transpose(_axes(x)).shape)
