"""Where the results of operations go: buffers that are used again, in place where that is legal, or fresh memory."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from .blocks import Group, grouped
from .lower import FRESH
from .op import Op

_WRITES = ("ufunc", "reduce", "product")
_MANY = 400  # cells, beyond which it takes too long to compare each with each


class Plan:
    """The places of the results of some operations.

    roots    by operation: those in whose memory its result may lie
    order    the operations that are needed, and groups of them, each after those that it needs
    cell     by operation that writes where it is told: the cell of memory, a number; operations that follow each other
             in place have one
    fresh    the cells whose memory leaves the program, and is allocated in each run
    static   operations whose result is the same array in each run: it lies in a buffer
    offset   of each other cell: where it begins in one block of `nbytes` bytes
    """

    def __init__(self, outputs: Iterable[Op], guards: Iterable[Op]) -> None:
        outputs, guards = list(outputs), list(guards)
        order = _late([*guards, *outputs])  # the guards first: what follows may rely on a shape that they found
        self.order = grouped(order, [*outputs, *guards])
        place: dict[Op, int] = {}
        blockwise: set[Op] = set()  # members of groups
        for i, item in enumerate(self.order):
            members = item.members if isinstance(item, Group) else [item]
            place.update(dict.fromkeys(members, i))
            if isinstance(item, Group):
                blockwise.update(members)
        self.roots = roots = _roots(order)
        end = len(self.order)
        escaping = {root for op in outputs for root in roots[op]}
        last: dict[Op, int] = {}
        for i, item in enumerate(self.order):
            for parent in item.parents():
                for root in roots[parent]:
                    last[root] = i
        for root in escaping.union(*(roots[op] for op in guards)):
            last[root] = end

        self.cell: dict[Op, int] = {}
        cells: list[list[Op]] = []
        for i, item in enumerate(self.order):
            for op in item.members if isinstance(item, Group) else [item]:
                if not writes(op) or (isinstance(item, Group) and op not in item.whole):
                    continue
                target = None
                if op not in blockwise:
                    target = next((x for x in _candidates(op) if last.get(x) == i and x in self.cell
                                   and _overwritable(op, x, roots)), None)  # fmt: skip
                if target is None:
                    self.cell[op] = len(cells)
                    cells.append([op])
                else:
                    self.cell[op] = self.cell[target]
                    cells[self.cell[op]].append(op)
        self.fresh = {self.cell[op] for op in escaping if op in self.cell}
        self.static: set[Op] = set()
        for item in self.order:
            for op in item.whole if isinstance(item, Group) else [item]:
                if op in self.cell:
                    if self.cell[op] not in self.fresh:
                        self.static.add(op)
                elif op.how == "view" and op.arguments[0] in self.static and _steady(op):
                    self.static.add(op)
        spans = {c: (place[ops[0]], max(last.get(op, place[op]) for op in ops), ops[0].nbytes)
                 for c, ops in enumerate(cells) if c not in self.fresh}  # fmt: skip
        self.offset, self.nbytes = packed(spans)


def writes(op: Op) -> bool:
    """Whether an operation writes its result where it is told."""
    return op.how in _WRITES and op.is_array


def sequence(roots: Iterable[Op], parents: Callable[[Op], list[Op]] = Op.parents) -> list[Op]:
    """All operations that the roots need, each after those that it needs, in the order of the roots and parents."""
    done: dict[Op, None] = {}
    pending: list[tuple[Op, bool]] = [(op, False) for op in reversed(list(roots))]
    while pending:
        op, ready = pending.pop()
        if op in done:
            continue
        if ready:
            done[op] = None
            continue
        pending.append((op, True))
        pending += [(parent, False) for parent in reversed(parents(op)) if parent not in done]
    return list(done)


def _late(roots: list[Op]) -> list[Op]:
    """The same, and of the ways to one operation the longest first: what is soon done is done when it is needed."""
    height: dict[Op, int] = {}
    for op in sequence(roots):
        height[op] = 1 + max((height[x] for x in op.parents()), default=0)
    return sequence(roots, lambda op: sorted(op.parents(), key=height.__getitem__, reverse=True))


def _roots(order: list[Op]) -> dict[Op, frozenset[Op]]:
    """The operations in whose memory each result may lie."""
    roots: dict[Op, frozenset[Op]] = {}
    for op in order:
        own = frozenset((op,))
        if op.how == "view":
            roots[op] = roots[op.arguments[0]] | (frozenset() if _steady(op) else own)
        elif op.how == "call" and op.function not in FRESH:
            roots[op] = own.union(*(roots[parent] for parent in op.parents()))
        else:
            roots[op] = own
    return roots


def _steady(op: Op) -> bool:
    """Whether a view of a buffer is always in its memory: a reshape may have to copy."""
    return bool(
        op.function not in ("reshape", "ravel") or op.arguments[0].layout == tuple(range(len(op.arguments[0].shape)))
    )


def _candidates(op: Op) -> list[Op]:
    """The arguments in whose place an operation may write: those of its own shape, dtype and layout."""
    if op.how != "ufunc":
        return []
    return [x for x in op.arguments if isinstance(x, Op) and x.is_array
            and (x.shape, x.dtype, x.layout) == (op.shape, op.dtype, op.layout)]  # fmt: skip


def _overwritable(op: Op, target: Op, roots: dict[Op, frozenset[Op]]) -> bool:
    """Whether no other argument looks at the memory of the target in another way."""
    return all(x is target or target not in roots[x] for x in op.parents())


def packed(spans: dict[int, tuple[int, int, int]]) -> tuple[dict[int, int], int]:
    """Where to put cells that live from one operation to another, both included, so that none overlaps a living one.

    spans   first and last operation, and size in bytes, of each cell
    The largest come first, each as low as it fits; of very many, each takes the place of one of its size.
    """
    if len(spans) > _MANY:
        return _in_turn(spans)
    placed: list[tuple[int, int, int, int]] = []  # first, last, begin, end
    offset: dict[int, int] = {}
    total = 0
    for cell, (first, last, size) in sorted(spans.items(), key=lambda item: (-item[1][2], item[1][0])):
        size = -(-size // 64) * 64
        begin = 0
        for _, _, low, high in sorted((p for p in placed if p[0] <= last and first <= p[1]), key=lambda p: p[2]):
            if begin + size <= low:
                break
            begin = max(begin, high)
        offset[cell] = begin
        placed.append((first, last, begin, begin + size))
        total = max(total, begin + size)
    return offset, total


def _in_turn(spans: dict[int, tuple[int, int, int]]) -> tuple[dict[int, int], int]:
    """The same in the time that it takes to sort them."""
    living: list[tuple[int, int, int]] = []  # last, size, offset: a heap
    free: dict[int, list[int]] = defaultdict(list)
    offset: dict[int, int] = {}
    total = 0
    for cell, (first, last, size) in sorted(spans.items(), key=lambda item: item[1][0]):
        size = -(-size // 64) * 64
        while living and living[0][0] < first:
            _, freed, begin = heapq.heappop(living)
            free[freed].append(begin)
        if free[size]:
            offset[cell] = free[size].pop()
        else:
            offset[cell] = total
            total += size
        heapq.heappush(living, (last, size, offset[cell]))
    return offset, total


def buffer(
    block: np.ndarray, offset: int, shape: tuple[int, ...], dtype: np.dtype, layout: tuple[int, ...]
) -> np.ndarray:
    """An array of a shape and layout in a block of bytes."""
    inner = tuple(shape[i] for i in layout)
    array: np.ndarray = np.ndarray(inner, dtype, block, offset).transpose(np.argsort(layout))
    return array


def fresh(shape: tuple[int, ...], dtype: np.dtype, layout: tuple[int, ...]) -> np.ndarray:
    """An array of a shape and layout in memory of its own."""
    inner = tuple(shape[i] for i in layout)
    array: np.ndarray = np.empty(inner, dtype).transpose(np.argsort(layout))
    return array
