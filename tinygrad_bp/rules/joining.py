"""Arrays joined along an axis, and cut along it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .kinds import Rule, composed, variadic


def _joined(*arrays: Any, axis: int | None = 0) -> Any:
    """`np.concatenate` of arrays given one by one."""
    return np.concatenate(arrays, axis=axis)


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


joined: Rule = variadic(
    _joined,
    lambda i, d, y, *arrays, axis=0: _part(i, d, arrays, axis),
    lambda i, d, y, *arrays, axis=0: _placed(i, d, arrays, axis),
    reads=False,
)


@composed(np.concatenate)
def concatenate(arrays: Any, axis: int | None = 0) -> Any:
    """`np.concatenate` of a sequence of arrays."""
    return joined(*arrays, axis=axis)
