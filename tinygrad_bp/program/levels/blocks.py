"""Blocks: what does the same on one level, done at once by NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .graph import ADD, Graph, Ids
from .machine import Machine, Memory, Part
from .products import Product, grids
from .segments import Segment
from .strides import Operand, View, common_shape, operand
from .sums import Sums


def planned(segment: Segment, graph: Graph, sums: Sums, memory: Memory) -> list[Part]:
    """The operations of a wide segment, and places for their results."""
    parts: list[Part] = []
    nodes = segment.nodes
    change = np.diff(sums.level[nodes]) | np.diff(sums.kind[nodes])
    for group in np.split(nodes, np.flatnonzero(change) + 1):
        code = int(graph.operation[group[0]])
        if code == ADD:
            parts.append(_summed(group, sums, memory))
            continue
        function, truths = graph.operations[code]
        arguments = memory.address[graph.arguments[group, : len(truths)]].T
        distinct = [np.unique(row).size for row in arguments]
        order = np.lexsort([arguments[i] for i in np.argsort(distinct, kind="stable")])
        arguments = arguments[:, order]
        out = memory.place(group[order])
        shape = common_shape(list(arguments))
        operands = [operand(row.reshape(shape), truth) for row, truth in zip(arguments, truths, strict=True)]
        parts.append(Entrywise(function, operands, out.reshaped(shape)))
    return parts


class Entrywise(NamedTuple):
    """out = function(*operands)"""

    function: Callable[..., Any]
    operands: list[Operand]
    out: View

    def lay_out(self, machine: Machine) -> None:
        operands = [machine.read(operand) for operand in self.operands]
        out = machine.array(self.out)
        if isinstance(self.function, np.ufunc):
            machine.code.append(partial(self.function, *operands, out=out))
        else:
            machine.code.append(partial(_store, out, self.function, operands))


def _store(out: Any, function: Callable[..., Any], operands: list[Any]) -> None:
    out[...] = function(*operands)


class Run(NamedTuple):
    """Some terms of sums, (terms, …): products of two operands, or numbers where `right` is None."""

    left: Operand
    right: Operand | None
    terms: int


class Summed(NamedTuple):
    """out = Σ products + Σ terms of runs, these in their order."""

    products: list[Product]
    runs: list[Run]
    out: View

    def lay_out(self, machine: Machine) -> None:
        out = machine.array(self.out)
        for i, product in enumerate(self.products):
            product.lay_out(machine, out, add=i > 0)
        if not self.runs:
            return
        started = bool(self.products)
        terms = sum(run.terms for run in self.runs)
        code = machine.code
        if terms == 1:
            (run,) = self.runs
            left = machine.read(run.left)[0]
            if run.right is not None:
                product_of = np.empty(out.shape) if started else out
                code.append(partial(np.multiply, left, machine.read(run.right)[0], product_of))
                left = product_of
            if started:
                code.append(partial(np.add, out, left, out))
            return
        if len(self.runs) == 1 and self.runs[0].right is None:
            table = machine.read(self.runs[0].left)
        else:
            table = np.empty((terms, *out.shape))
            at = 0
            for run in self.runs:
                rows = table[at : at + run.terms]
                left = machine.read(run.left)
                if run.right is not None:
                    code.append(partial(np.multiply, left, machine.read(run.right), rows))
                else:
                    code.append(partial(np.copyto, rows, left))
                at += run.terms
        total = np.empty(out.shape) if started else out
        if terms == 2:
            code.append(partial(np.add, table[0], table[1], total))
        else:
            code.append(partial(np.add.reduce, table, 0, None, total))
        if started:
            code.append(partial(np.add, out, total, out))


def _summed(group: Ids, sums: Sums, memory: Memory) -> Summed:
    """The sums of one kind on one level."""
    left, right = sums.terms(group)
    product = right[0] >= 0
    left = memory.address[left]
    right = np.where(product, memory.address[right], -1)
    found = grids(left, right, np.flatnonzero(product))
    rest = np.ones(len(product), dtype=bool)
    for grid in found:
        rest[grid.terms] = False
    whole = [grid for grid in found if grid.whole]
    shape: tuple[int, ...] = ()
    if whole:
        first = max(whole, key=lambda grid: grid.left.size + grid.right.size)
        found.sort(key=lambda grid: grid is not first)
        order, shape = np.argsort(first.pair), (len(first.left), len(first.right))
    else:
        columns = [*left[:, rest][:, :4].T, *right[:, rest & product][:, :4].T]
        distinct = [np.unique(column).size for column in columns]
        order = (
            np.lexsort([columns[i] for i in np.argsort(distinct, kind="stable")]) if columns else np.arange(len(group))
        )
    out = memory.place(group[order])
    left, right = left[order].T, right[order].T
    terms = np.flatnonzero(rest)
    if not shape:
        shape = common_shape([*(left[i] for i in terms[:4]), *(right[i] for i in terms[:4] if product[i])] or [left[0]])
    runs = []
    for run in np.split(terms, np.flatnonzero(np.diff(product[terms])) + 1) if terms.size else []:
        k = len(run)
        second = operand(right[run].reshape(k, *shape)) if product[run[0]] else None
        runs.append(Run(operand(left[run].reshape(k, *shape)), second, k))
    products = [grid.product(order, shape) for grid in found]
    return Summed(products, runs, out.reshaped(shape))
