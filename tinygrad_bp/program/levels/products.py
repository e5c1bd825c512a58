"""Products: sums of products whose factors form a grid, as a product of two matrices."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .graph import Ids
from .strides import Gather, Operand, View, operand

if TYPE_CHECKING:
    from .machine import Machine

#: how many entries of a matrix product may be computed for each that is wanted
_WASTE = 1.5
#: and how many products it should have at least; smaller ones keep the order of their sums
_SMALL = 64


class Product(NamedTuple):
    """out = left @ rightᵀ, or the entries of it that are wanted: `pair` says which; None for all, in their order."""

    left: Operand
    right: Operand
    pair: Ids | None

    def lay_out(self, machine: Machine, out: np.ndarray[Any, Any], add: bool) -> None:
        left, right = machine.read(self.left), machine.read(self.right).T
        code = machine.code
        if self.pair is None and not add:
            code.append(partial(np.matmul, left, right, out))
            return
        matrix = np.empty((left.shape[0], right.shape[1]))
        code.append(partial(np.matmul, left, right, matrix))
        if self.pair is not None:
            wanted = np.empty(out.shape) if add else out
            code.append(partial(matrix.take, self.pair, None, wanted, "clip"))
            matrix = wanted
        if add:
            code.append(partial(np.add, out, matrix, out))


class Grid(NamedTuple):
    """Some terms of m sums that are a matrix product: the sum i has its entry `pair[i]`.

    terms        which
    left, right  the addresses of the factors: (rows, terms) and (columns, terms)
    pair         (m,) row · columns + column
    whole        whether each pair occurs once
    """

    terms: Ids
    left: Ids
    right: Ids
    pair: Ids
    whole: bool

    def product(self, order: Ids, shape: tuple[int, ...]) -> Product:
        """The product, for the sums in this order and shape."""
        pair = self.pair[order]
        same = self.whole and shape == (len(self.left), len(self.right)) and bool(np.all(np.diff(pair) == 1))
        return Product(_matrix(self.left), _matrix(self.right), None if same else pair.reshape(shape))


def grids(left: Ids, right: Ids, terms: Ids) -> list[Grid]:
    """The grids among the terms of m sums, whose factors have the addresses left and right, (m, all terms)."""
    found: list[Grid] = []
    if terms.size < 2:
        return found
    left, right = left[:, terms], right[:, terms]
    rows, columns = _labels(left), _labels(right)
    # factors can be exchanged: so that like terms look alike, that first in which the sums differ first
    differ = (rows != columns).argmax(axis=0)
    each = np.arange(len(terms))
    swap = rows[differ, each] > columns[differ, each]
    left, right = np.where(swap, right, left), np.where(swap, left, right)
    rows, columns = np.where(swap, columns, rows), np.where(swap, rows, columns)
    alike: dict[bytes, list[int]] = {}
    for i, key in enumerate(np.ascontiguousarray(np.concatenate([rows, columns]).T)):
        alike.setdefault(key.tobytes(), []).append(i)
    m = len(left)
    for some in alike.values():
        if len(some) < 2:
            continue
        u, row = np.unique(rows[:, some[0]], return_inverse=True)
        v, column = np.unique(columns[:, some[0]], return_inverse=True)
        size = u.size * v.size
        if size > _WASTE * m or size * len(some) < _SMALL:
            continue
        a, b = left[np.ix_(u, np.array(some))], right[np.ix_(v, np.array(some))]
        by_row, by_column = np.argsort(a[:, 0]), np.argsort(b[:, 0])
        by_term = np.argsort(a[by_row[0]] if u.size <= v.size else b[by_column[0]], kind="stable")
        pair = np.argsort(by_row)[row] * v.size + np.argsort(by_column)[column]
        whole = size == m == np.unique(pair).size
        found.append(Grid(terms[some], a[by_row][:, by_term], b[by_column][:, by_term], pair, whole))
    return found


def _labels(index: Ids) -> Ids:
    """For each entry of each column, the first row in which the column has the same."""
    order = np.argsort(index, axis=0, kind="stable")
    ranked = np.take_along_axis(index, order, axis=0)
    new = np.ones(index.shape, dtype=bool)
    new[1:] = ranked[1:] != ranked[:-1]
    start = np.maximum.accumulate(np.where(new, np.arange(len(index))[:, None], 0), axis=0)
    labels = np.empty_like(index)
    np.put_along_axis(labels, order, np.take_along_axis(order, start, axis=0), axis=0)
    return labels


def _matrix(index: Ids) -> Operand:
    """A matrix as BLAS takes it: with neighbours along one axis, and further apart along the other; copied if not."""
    found = operand(index)
    if isinstance(found, View):
        (rows, columns), (down, across) = found.shape, found.strides
        by_rows = (across == 1 or columns == 1) and (down >= columns or rows == 1)
        by_columns = (down == 1 or rows == 1) and (across >= rows or columns == 1)
        if not (by_rows or by_columns):
            return Gather(False, index)
    return found
