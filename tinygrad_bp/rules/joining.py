"""Arrays joined along an axis, and cut along it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import along, axes_of
from .kinds import composed, variadic
from .rule import Rule


def _concatenate(*arrays: Any, axis: int | None = 0) -> Any:
    """`np.concatenate` of arrays given one by one."""
    return np.concatenate(arrays, axis=axis)


def _part(i: int, d: Any, arrays: tuple[Any, ...], axis: int | None) -> Any:
    """The part of a concatenation that came from array i."""
    if axis is None:
        start = sum(np.size(a) for a in arrays[:i])
        return np.reshape(d[start : start + np.size(arrays[i])], np.shape(arrays[i]))
    start = sum(np.shape(a)[axis] for a in arrays[:i])
    return along(d, axis, slice(start, start + np.shape(arrays[i])[axis]))


def _placed(i: int, d: Any, arrays: tuple[Any, ...], axis: int | None) -> Any:
    """A concatenation of zeros, with d in the place of array i."""
    return joined(*(d if j == i else np.zeros_like(a) for j, a in enumerate(arrays)), axis=axis)


joined: Rule = variadic(
    _concatenate,
    lambda i, d, y, *arrays, axis=0: _part(i, d, arrays, axis),
    lambda i, d, y, *arrays, axis=0: _placed(i, d, arrays, axis),
    reads=False,
)


@composed(np.concatenate)
def concatenate(arrays: Any, axis: int | None = 0) -> Any:
    """Arrays one after another along an axis."""
    return joined(*arrays, axis=axis)


@composed(np.stack)
def stack(arrays: Any, axis: int = 0) -> Any:
    """Arrays side by side along a new axis."""
    return concatenate([np.expand_dims(x, axis) for x in arrays], axis)


@composed(np.hstack)
def hstack(tup: Any) -> Any:
    """Arrays side by side along the second axis, vectors along their only one."""
    arrays = [np.atleast_1d(x) for x in tup]
    return concatenate(arrays, 0 if arrays and np.ndim(arrays[0]) == 1 else 1)


@composed(np.column_stack)
def column_stack(tup: Any) -> Any:
    """Vectors as the columns of a matrix."""
    return concatenate([x if np.ndim(x) > 1 else np.reshape(x, (np.size(x), 1)) for x in tup], 1)


@composed(np.block)
def block(arrays: Any) -> Any:
    """Blocks put together: those of the innermost lists along the last axis, these along the one before it."""
    depth = _depth(arrays)
    return _blocks(arrays, depth, max(depth, *map(np.ndim, _flat(arrays))))


def _blocks(arrays: Any, depth: int, ndim: int) -> Any:
    if depth == 0:
        return np.reshape(arrays, (1,) * (ndim - np.ndim(arrays)) + np.shape(arrays))
    return concatenate([_blocks(x, depth - 1, ndim) for x in arrays], -depth)


def _depth(arrays: Any) -> int:
    return 1 + _depth(arrays[0]) if isinstance(arrays, list) else 0


def _flat(arrays: Any) -> list[Any]:
    return [x for part in arrays for x in _flat(part)] if isinstance(arrays, list) else [arrays]


def _pieces(x: Any, where: Any, axis: int, split: Any) -> list[Any]:
    """x cut along an axis where NumPy would cut the numbers 0, 1, 2, … of its slices."""
    (axis,) = axes_of(axis, np.ndim(x))
    parts = split(np.arange(np.shape(x)[axis]), where)
    return [along(x, axis, slice(int(part[0]), int(part[-1]) + 1) if len(part) else slice(0, 0)) for part in parts]


def _atleast(least: Any, arrays: tuple[Any, ...]) -> Any:
    """`np.atleast_1d` and its kin: each array in the shape that NumPy gives it."""
    reshaped = tuple(np.reshape(x, np.shape(least(np.broadcast_to(0.0, np.shape(x))))) for x in arrays)
    return reshaped[0] if len(reshaped) == 1 else reshaped


# fmt: off
#        function              written in functions that have a rule
composed( np.append )(         lambda arr, values, axis=None: concatenate([arr, values], axis) )
composed( np.vstack )(         lambda tup: concatenate([np.atleast_2d(x) for x in tup], 0) )
composed( np.dstack )(         lambda tup: concatenate([np.atleast_3d(x) for x in tup], 2) )
composed( np.atleast_1d )(     lambda *arys: _atleast(np.atleast_1d, arys) )
composed( np.atleast_2d )(     lambda *arys: _atleast(np.atleast_2d, arys) )
composed( np.atleast_3d )(     lambda *arys: _atleast(np.atleast_3d, arys) )
composed( np.split )(          lambda ary, indices_or_sections, axis=0:
                                   _pieces(ary, indices_or_sections, axis, np.split) )
composed( np.array_split )(    lambda ary, indices_or_sections, axis=0:
                                   _pieces(ary, indices_or_sections, axis, np.array_split) )
composed( np.hsplit )(         lambda ary, indices_or_sections:
                                   np.split(ary, indices_or_sections, min(np.ndim(ary), 2) - 1) )
composed( np.vsplit )(         lambda ary, indices_or_sections: np.split(ary, indices_or_sections, 0) )
composed( np.dsplit )(         lambda ary, indices_or_sections: np.split(ary, indices_or_sections, 2) )
composed( np.broadcast_arrays )( lambda *args: _broadcast(args) )
# fmt: on


def _broadcast(arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    return tuple(np.broadcast_to(x, shape) for x in arrays)


@composed(np.meshgrid)
def meshgrid(*xi: Any, sparse: bool = False, indexing: str = "xy") -> Any:
    """Coordinates of the points of a grid, from those along each axis."""
    n = len(xi)
    axes = [i if indexing != "xy" or i > 1 or n < 2 else 1 - i for i in range(n)]
    shapes = [tuple(np.size(x) if i == axis else 1 for i in range(n)) for x, axis in zip(xi, axes, strict=True)]
    lines = [np.reshape(x, shape) for x, shape in zip(xi, shapes, strict=True)]
    return tuple(lines) if sparse else _broadcast(tuple(lines))


if hasattr(np, "unstack"):  # NumPy 2.1

    @composed(np.unstack)
    def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
        """The slices along an axis."""
        return tuple(np.moveaxis(x, axis, 0))
