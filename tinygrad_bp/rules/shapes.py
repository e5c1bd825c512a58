"""Functions that give an array another shape, or its axes another order: linear, so only the adjoint is stated."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import axes_of, unbroadcast
from .kinds import composed, linear
from .rule import Rule


def _identity(x: Any) -> Any:
    """x itself, as a quantity of its own: what `name` records."""
    return x


def _cast(x: Any, dtype: Any) -> Any:
    """x in another floating dtype."""
    return np.asarray(x).astype(dtype)[()]


def _back(axes: Any) -> Any:
    """The permutation that undoes a permutation of axes."""
    return None if axes is None else tuple(int(i) for i in np.argsort(axes_of(axes, len(axes))))


def _transposed(d: Any, axes: Any) -> Any:
    """d with a permutation of its axes undone."""
    return d.T if axes is None and type(d) is not float else np.transpose(d, _back(axes))


# fmt: off
#       function                    adjoint of x ↦ f(x, …), applied to d
identity: Rule = linear( _identity, lambda d, y, x: d )
cast:     Rule = linear( _cast,     lambda d, y, x, dtype: d )  # in the dtype of x, as all cotangents are given
linear( np.reshape,                 lambda d, y, x, shape: np.reshape(d, np.shape(x)) )
linear( np.transpose,               lambda d, y, x, axes=None: _transposed(d, axes) )
linear( np.broadcast_to,            lambda d, y, x, shape: unbroadcast(d, np.shape(x)) )
# fmt: on


def _outline(x: Any) -> Any:
    """An array of x's shape that takes no memory: what NumPy makes of it has the shape of the result."""
    return np.broadcast_to(0.0, np.shape(x))


def _axes(x: Any) -> Any:
    """An array whose axis i has length i, for each axis of x: where NumPy moves its axes, its shape says the order."""
    return np.empty(tuple(range(np.ndim(x))))


# fmt: off
#        function                       written in functions that have a rule
composed( np.ravel )(                   lambda a: np.reshape(a, np.size(a)) )
composed( np.expand_dims )(             lambda a, axis: np.reshape(a, np.expand_dims(_outline(a), axis).shape) )
composed( np.squeeze )(                 lambda a, axis=None: np.reshape(a, np.squeeze(_outline(a), axis).shape) )
composed( np.moveaxis )(                lambda a, source, destination:
                                            np.transpose(a, np.moveaxis(_axes(a), source, destination).shape) )
composed( np.rollaxis )(                lambda a, axis, start=0:
                                            np.transpose(a, np.rollaxis(_axes(a), axis, start).shape) )
composed( np.swapaxes )(                lambda a, axis1, axis2:
                                            np.transpose(a, np.swapaxes(_axes(a), axis1, axis2).shape) )
composed( np.matrix_transpose )(        lambda x, /: np.transpose(x, np.matrix_transpose(_axes(x)).shape) )
composed( np.linalg.matrix_transpose )( lambda x, /: np.matrix_transpose(x) )
composed( np.copy )(                    lambda a: np.positive(a) )
composed( np.real )(                    lambda val: np.positive(val) )
composed( np.real_if_close )(           lambda a, tol=100: np.positive(a) )
composed( np.astype )(                  lambda x, dtype, /, *, copy=True: x.astype(dtype) )
