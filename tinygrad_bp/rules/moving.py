"""Functions that move, repeat and drop entries.

What NumPy does to the entries of an array it does to their places too: `np.tile(x, 2)` is
`moved(x, np.tile(places(x), 2))`, which is taken by index, and whose adjoint is that of indexing. Where the adjoint is
a NumPy function itself, it is stated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .arrays import along, array, axes_of, numbers, unbroadcast
from .indexing import scattered
from .kinds import composed, linear


def places(x: Any) -> Any:
    """The place of each entry: an array shaped as x, with 0, 1, 2, …"""
    return np.arange(np.size(x)).reshape(np.shape(x))


def moved(x: Any, where: Any) -> Any:
    """The entries of x that stand at some places."""
    return np.reshape(x, np.size(x))[where]


# fmt: off
#       function     adjoint of x ↦ f(x, …), applied to d
linear( np.flip,     lambda d, y, m, axis=None: np.flip(d, axis) )
linear( np.roll,     lambda d, y, a, shift, axis=None: np.roll(d, np.negative(shift), axis) )
linear( np.tril,     lambda d, y, m, k=0: unbroadcast(np.tril(d, k), np.shape(m)) )  # a vector becomes all rows
linear( np.triu,     lambda d, y, m, k=0: unbroadcast(np.triu(d, k), np.shape(m)) )

#        function               written in functions that have a rule
composed( np.fliplr )(          lambda m: np.flip(m, 1) )
composed( np.flipud )(          lambda m: np.flip(m, 0) )
composed( np.rot90 )(           lambda m, k=1, axes=(0, 1): moved(m, np.rot90(places(m), k, axes)) )
composed( np.tile )(            lambda A, reps: moved(A, np.tile(places(A), numbers(reps))) )
composed( np.repeat )(          lambda a, repeats, axis=None: moved(a, np.repeat(places(a), repeats, axis)) )
composed( np.resize )(          lambda a, new_shape: moved(a, np.resize(places(a), new_shape)) )
composed( np.delete )(          lambda arr, obj, axis=None: moved(arr, np.delete(places(arr), numbers(obj), axis)) )
composed( np.diagonal )(        lambda a, offset=0, axis1=0, axis2=1:
                                    moved(a, np.diagonal(places(a), offset, axis1, axis2)) )
composed( np.linalg.diagonal )( lambda x, /, *, offset=0: np.diagonal(x, offset, -2, -1) )
composed( np.diagflat )(        lambda v, k=0: np.diag(np.ravel(v), k) )
composed( np.compress )(        lambda condition, a, axis=None:
                                    moved(a, np.compress(numbers(condition), places(a), axis)) )
composed( np.extract )(         lambda condition, arr: moved(arr, np.extract(numbers(condition), places(arr))) )
composed( np.take_along_axis )( lambda arr, indices, axis=-1:
                                    moved(arr, np.take_along_axis(places(arr), numbers(indices), axis)) )
composed( np.fft.fftshift )(    lambda x, axes=None: moved(x, np.fft.fftshift(places(x), axes)) )
composed( np.fft.ifftshift )(   lambda x, axes=None: moved(x, np.fft.ifftshift(places(x), axes)) )
composed( sliding_window_view )( lambda x, window_shape, axis=None:
                                    moved(x, sliding_window_view(places(x), window_shape, axis)) )
# fmt: on


@composed(np.take)
def take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    """Entries, or whole slices along an axis, by number."""
    if axis is None:
        a, axis = np.ravel(a), 0
    (axis,) = axes_of(axis, np.ndim(a))
    which: Any = np.arange(np.shape(a)[axis])
    return along(a, axis, which.take(indices, mode=mode))


@composed(np.sort)
def sort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None) -> Any:
    """In rising order along an axis; None: all entries."""
    a, axis = (np.ravel(a), 0) if axis is None else (a, axis)
    return np.take_along_axis(a, np.argsort(a, axis=axis, kind=kind, stable=stable), axis)


@composed(np.partition)
def partition(a: Any, kth: Any, axis: int | None = -1, kind: Any = "introselect") -> Any:
    """The k-th smallest at its place, the smaller before it, the larger after it."""
    a, axis = (np.ravel(a), 0) if axis is None else (a, axis)
    return np.take_along_axis(a, np.argpartition(a, kth, axis=axis, kind=kind), axis)


@composed(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Values inserted before some places along an axis."""
    arr = array(arr)
    both = np.concatenate([np.ravel(arr), np.ravel(array(values).astype(arr.dtype))])
    return both[np.insert(places(arr), numbers(obj), np.size(arr) + places(values), axis)]


@composed(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """A vector on a diagonal of a matrix of zeros, or a matrix's diagonal."""
    if np.ndim(v) != 1:
        if np.ndim(v) != 2:
            raise ValueError(f"diag is of a vector or a matrix, not of an array of {np.ndim(v)} axes")
        return np.diagonal(v, k)
    n = np.size(v) + abs(k)
    rows = np.arange(np.size(v)) + max(-k, 0)
    return scattered((n, n), ((rows, rows + k),), v)


@composed(np.pad)
def pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    """Entries put around an array: constants, or (edge, reflect, symmetric, wrap) entries of its own."""
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        return moved(array, np.pad(places(array), pad_width, mode=mode))  # type: ignore[call-overload]
    if mode != "constant":
        raise TypeError(f"pad(mode={mode!r}) is not differentiated: write it with np.concatenate")
    shape = np.shape(array)
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(i, pad_width.get(i - len(shape), 0)) for i in range(len(shape))]
        pad_width = [np.broadcast_to(width, 2) for width in pad_width]
    before = np.broadcast_to(pad_width, (len(shape), 2))[:, 0].tolist()
    around = np.pad(np.zeros(shape), pad_width, constant_values=constant_values)
    middle = tuple(slice(start, start + n) for start, n in zip(before, shape, strict=True))
    return around.astype(array.dtype) + scattered(around.shape, (middle,), array)
