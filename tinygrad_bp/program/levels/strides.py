"""Where operands lie: at even distances in memory, so that they can be used where they are, or anywhere."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .graph import Ids


class View(NamedTuple):
    """Numbers at even distances: entry (i, j, …) at start + i·strides[0] + j·strides[1] + …"""

    truth: bool
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def reshaped(self, shape: tuple[int, ...]) -> View:
        """Contiguous numbers in another shape."""
        strides = np.cumprod((1, *shape[:0:-1]))[::-1]
        return View(self.truth, self.start, shape, tuple(strides.tolist()))


class Gather(NamedTuple):
    """Numbers anywhere."""

    truth: bool
    addresses: np.ndarray[Any, np.dtype[np.intp]]


Operand = View | Gather


def strides_of(index: Ids) -> tuple[int, ...] | None:
    """The distances between addresses along each axis, where they are even."""
    start = index[(0,) * index.ndim]
    expected = np.full((1,) * index.ndim, start)
    strides = []
    for axis, n in enumerate(index.shape):
        stride = int(index[(0,) * axis + (1,) + (0,) * (index.ndim - axis - 1)] - start) if n > 1 else 0
        strides.append(stride)
        expected = expected + stride * np.arange(n).reshape((-1,) + (1,) * (index.ndim - axis - 1))
    return tuple(strides) if np.array_equal(expected, index) else None


def operand(index: Ids, truth: bool = False) -> Operand:
    """The numbers at these addresses."""
    strides = strides_of(index)
    if strides is None:
        return Gather(truth, np.ascontiguousarray(index))
    return View(truth, int(index[(0,) * index.ndim]), index.shape, strides)


def common_shape(indices: list[Ids]) -> tuple[int, ...]:
    """The shape, of one axis or two, in which most of these operands, (…, m), lie at even distances."""
    m = indices[0].shape[-1]
    best: tuple[int, ...] = (m,)
    rows = [index[(0,) * (index.ndim - 1)] for index in indices]
    most = sum(strides_of(row) is not None for row in rows)
    for row in rows:
        if most == len(rows):
            break
        step = np.diff(row)
        breaks = np.flatnonzero(step != step[0]) if m > 1 else step
        n = int(breaks[0]) + 1 if breaks.size else m
        if 1 < n < m and m % n == 0:
            even = sum(strides_of(other.reshape(m // n, n)) is not None for other in rows)
            if even > most:
                best, most = (m // n, n), even
    return best
