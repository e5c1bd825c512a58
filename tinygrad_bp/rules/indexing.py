"""Indexing, and its adjoint: what was taken from places of an array is added back at those places.

`x[i]` hands its cotangent back as a `Scatter`, which the sweep adds into one array: a loop over the n entries of x
then costs O(n) and not O(n²).
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .kinds import linear, variadic
from .rule import Rule


class Scatter:
    """The cotangent of x where only x[index] was used: d at the index, zero elsewhere."""

    __slots__ = ("basic", "d", "index")

    def __init__(self, d: Any, index: Any) -> None:
        self.d = d
        self.index = index
        #: whether no place is taken twice, so that += adds each entry once
        self.basic = all(
            isinstance(part, (int, np.integer, slice)) or part is None or part is Ellipsis
            for part in (index if type(index) is tuple else (index,))
        )

    def add_to(self, total: Any) -> None:
        """Add d to total[index], in place."""
        if self.basic:
            total[self.index] += self.d
        else:
            np.add.at(total, self.index, self.d)


def _scatter(shape: tuple[int, ...], indices: tuple[Any, ...], *parts: Any) -> Any:
    """Zeros of `shape` with every part added at its index."""
    total = np.zeros(shape, dtype=np.result_type(*parts))
    for index, part in zip(indices, parts, strict=True):
        Scatter(part, index).add_to(total)
    return total


getitem: Rule = linear(operator.getitem, lambda d, y, x, index: Scatter(d, index))
scattered: Rule = variadic(
    _scatter,
    lambda i, d, y, shape, indices, *parts: getitem(d, indices[i - 2]),
    lambda i, d, y, shape, indices, *parts: scattered(shape, (indices[i - 2],), d),
    reads=False,
)
