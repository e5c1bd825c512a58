"""Operations on large arrays that are carried out together, a few rows at a time, so that what they hand on stays in
the cache: elementwise functions, reductions of each row, products of stacks of matrices, and sums of everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from .kernels import sum_log1p
from .op import Op

ENTRIES = 1 << 17  # of the longest part of an array in a block: more calls cost more than the second-level cache gains
LARGE = 1 << 18  # entries of an array that is worth it
_WIDEST = 1 << 17  # entries of a row
SUMS = (np.add.reduce, sum_log1p)  # functions of which a sum over blocks is made


class Group:
    """Operations carried out together, over the first axis of their arrays.

    members  in their order; `sums` are those whose result is a number, the sum of what the blocks give
    n, rows  the length of that axis, and how much of it one block takes
    whole    members whose result is needed outside, in an array of full length
    """

    def __init__(self, members: list[Op], sums: set[Op], whole: set[Op]) -> None:
        self.members, self.sums, self.whole = members, sums, whole
        self.n = next(op.shape[0] for op in members if op not in sums)
        self.rows = max(1, ENTRIES // max(_row(op) for op in members if op not in sums))

    def parents(self) -> list[Op]:
        """What the members need from outside: views of other members are made on the way."""
        inside = set(self.members)
        return [x for op in self.members for x in op.parents() if base(x) not in inside]


def _row(op: Op) -> int:
    return int(np.prod(op.shape[1:], dtype=int))


def base(x: Op) -> Op:
    """What x is a view of, row by row."""
    while x.how == "view" and x.arguments[0].is_array and x.is_array and _by_rows(x):
        x = x.arguments[0]
    return x


def _by_rows(x: Op) -> bool:
    """Whether row i of a view is a view of row i."""
    of = x.arguments[0]
    if x.function == "swapaxes":
        return all(a % len(of.shape) != 0 for a in x.arguments[1:])
    if x.function == "transpose":
        return bool(x.arguments[1][0] == 0)
    contiguous = of.layout == tuple(range(len(of.shape)))
    if x.function == "ravel":
        return bool(contiguous)
    return bool(x.function == "reshape" and contiguous and x.shape[0] == of.shape[0])


def grouped(order: list[Op], needed: Iterable[Op]) -> list[Op | Group]:
    """The operations, in an order in which those that belong together are together.

    needed  the operations whose results are wanted at the end
    """
    needed = set(needed)
    consumers: dict[Op, list[Op]] = defaultdict(list)
    for op in order:
        for parent in op.parents():
            consumers[parent].append(op)
    items: list[Op | Group] = list(order)
    place = 0
    while place < len(items):
        first = items[place]
        if isinstance(first, Op) and _joins(first, set(), _length(first)):
            found = _together(items, place, consumers, needed)
            if found is not None:
                items = found
                continue
        place += 1
    return items


def _length(op: Op) -> int:
    of = op if op.is_array else next((x for x in op.parents() if x.is_array), op)
    if of.how == "view" and of.function == "ravel":
        of = of.arguments[0]
    return of.shape[0] if of.shape else 0


def _together(
    items: list[Op | Group], place: int, consumers: dict[Op, list[Op]], needed: set[Op]
) -> list[Op | Group] | None:
    """The items with a group in place of those that belong to the first; None where it stays alone."""
    first = items[place]
    assert isinstance(first, Op)
    n = _length(first)
    inside: set[Op] = set()
    sums: set[Op] = set()
    views: set[Op] = set()  # of members, made block by block
    after: set[Op | Group] = set()
    last = place
    for i in range(place, len(items)):
        item = items[i]
        parents = item.parents()
        if isinstance(item, Group):
            if any(p in after or p in sums or base(p) in inside for p in parents):
                after.update((item, *item.members))
        elif any(p in after or p in sums for p in parents):
            after.add(item)
        elif item.how == "view" and base(item) in inside:
            views.add(item)
        elif _joins(item, inside, n):
            inside.add(item)
            last = i
            if not item.is_array:
                sums.add(item)
        elif any(base(p) in inside or p in views for p in parents):
            after.add(item)
    members = [x for x in items if isinstance(x, Op) and x in inside]
    if len(members) < 2 or len(inside - sums) < 1:
        return None
    outside = {v for v in views if v in needed or any(c not in inside and c not in views for c in consumers[v])}
    for v in sorted(views, key=items.index, reverse=True):
        if any(c in outside for c in consumers[v]):
            outside.add(v)
    elsewhere = outside.union(*consumers.values()) - inside - (views - outside)
    whole = {op for op in inside - sums if op in needed or not elsewhere.isdisjoint(consumers[op])}
    group = Group(members, sums, whole)
    if group.n < 2 * group.rows:
        return None
    segment = [x for x in items[place : last + 1] if x not in inside]
    before = [x for x in segment if x not in after and x not in views]
    behind = [x for x in segment if x in after or x in outside]
    rest = [x for x in items[last + 1 :] if x not in views or x in outside]
    return [*items[:place], *before, group, *behind, *rest]


def _joins(op: Op, inside: set[Op], n: int) -> bool:
    """Whether an operation can be carried out with those inside, over a first axis of length n."""
    if n < 2:
        return False
    arrays = [x for x in op.parents() if x.is_array]
    large = any(base(x) in inside for x in arrays) or max([op.size, *(x.size for x in arrays)]) >= LARGE
    if not large:
        return False

    def by_rows(x: Op) -> bool:
        """Whether x is there block by block, or can be cut."""
        return x.shape[0] == n and (base(x) not in inside or x.how != "view" or x.function != "ravel")

    def fits(x: Op) -> bool:
        if len(x.shape) == len(op.shape) and by_rows(x):
            return True
        return base(x) not in inside and (len(x.shape) < len(op.shape) or x.shape[0] == 1)

    if op.how == "ufunc" and op.function is not np.copyto:
        return _fills(op, n) and all(map(fits, arrays)) and len(arrays) == len(op.parents())
    if op.how == "reduce" or (op.how == "call" and op.kind in (np.float64, np.float32)):
        if op.how == "call" and op.function not in SUMS:
            return False
        x = op.arguments[0]
        if not isinstance(x, Op) or not x.is_array or not by_rows(x):
            return False
        if op.how == "call":
            return base(x) in inside and not op.options.get("keepdims") and op.dtype == x.dtype
        axis = op.arguments[1]
        axes = [a % len(x.shape) for a in (axis if type(axis) is tuple else (axis,))] if axis is not None else [0]
        return _fills(op, n) and 0 not in axes
    if op.how == "dot":
        return all(_flat_rows(x, n) for x in arrays)
    if op.how == "product":
        a, b = op.arguments
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):  # sums, as products with ones
            x = next(x for x in (a, b) if isinstance(x, Op))
            summed = x.shape[:-1] if x is a else (*x.shape[:-2], x.shape[-1])
            return len(x.shape) > 1 + (x is b) and summed == op.shape and _fills(op, n) and by_rows(x)
        if not (isinstance(a, Op) and isinstance(b, Op) and _fills(op, n) and by_rows(a)):
            return False
        return len(a.shape) == len(b.shape) == len(op.shape) > 2 and by_rows(b)
    return False


def _fills(op: Op, n: int) -> bool:
    ordered = op.layout == tuple(range(len(op.shape)))
    return op.is_array and ordered and op.shape[0] == n and _row(op) <= _WIDEST


def _flat_rows(x: Op, n: int) -> bool:
    """Whether x is an array with n rows, as one axis."""
    of = x.arguments[0] if x.how == "view" and x.function == "ravel" else x
    return of.is_array and of.shape[0] == n and (of is x or _row(of) <= _WIDEST)
