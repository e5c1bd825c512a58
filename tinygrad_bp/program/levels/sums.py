"""Sums: additions of additions as one sum of many terms, each a number or a product of two; and the level of each."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .graph import ADD, MULTIPLY, Graph, Ids


class Sums(NamedTuple):
    """What is left to do when sums are taken together.

    kept    (n,) bool: whether a node is computed for itself (no input, constant, or part of a sum)
    start   (n + 1,) the terms of the sum i are left[start[i]:start[i + 1]], in the program's order
    left    nodes; a term is left·right, or left where
    right   is -1
    level   (n,) 1 more than the highest level among what a node needs; 0 for inputs and constants
    kind    (n,) whole numbers, alike for the nodes that do the same: operation, terms, which of them are products
    """

    kept: np.ndarray[Any, np.dtype[np.bool_]]
    start: Ids
    left: Ids
    right: Ids
    level: Ids
    kind: Ids

    def terms(self, nodes: Ids) -> tuple[Ids, Ids]:
        """The terms of some sums of the same kind: left and right, (sums, terms)."""
        k = self.start[nodes[0] + 1] - self.start[nodes[0]]
        at = self.start[nodes][:, None] + np.arange(k)
        return self.left[at], self.right[at]

    def edges(self, graph: Graph) -> tuple[Ids, Ids]:
        """Each use of a node: what uses it, and the node."""
        owner = np.repeat(np.arange(len(graph)), np.diff(self.start))
        product = self.right >= 0
        others = np.flatnonzero(self.kept & (graph.operation != ADD))
        arguments = graph.arguments[others]
        given = arguments >= 0
        users = [owner, owner[product], np.broadcast_to(others[:, None], arguments.shape)[given]]
        return np.concatenate(users), np.concatenate([self.left, self.right[product], arguments[given]])


def with_sums(graph: Graph) -> Sums:
    """Take sums together: ((t₀ + t₁) + t₂) + … where nothing else uses what is between."""
    n = len(graph)
    operation, arguments = graph.operation, graph.arguments
    uses = np.bincount(arguments[arguments >= 0], minlength=n)
    for _, ids in graph.outputs:
        uses[ids.ravel()] += 2
    single = uses == 1
    add = operation == ADD
    adds = np.flatnonzero(add)
    left, right = arguments[adds, 0], arguments[adds, 1]
    inside_left = add[left] & single[left]
    inside_right = add[right] & single[right] & ~inside_left
    inner = np.where(inside_left, left, np.where(inside_right, right, -1))
    root = np.arange(n)
    root[inner[inner >= 0]] = adds[inner >= 0]
    while True:  # each goes to the user of its user
        further = root[root]
        if np.array_equal(further, root):
            break
        root = further
    # a term for each addition, two for the first of a sum
    term = np.concatenate([left[~inside_left], right[inside_left | (inner < 0)]])
    user = np.concatenate([adds[~inside_left], adds[inside_left | (inner < 0)]])
    order = np.argsort(user, kind="stable")
    term, owner = term[order], root[user[order]]
    order = np.argsort(owner, kind="stable")
    term, owner = term[order], owner[order]
    product = (operation[term] == MULTIPLY) & single[term]
    kept = operation >= 0
    kept[inner[inner >= 0]] = False
    kept[term[product]] = False
    start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n))])
    level = _levels(graph, kept)
    return Sums(
        kept,
        start,
        np.where(product, arguments[term, 0], term),
        np.where(product, arguments[term, 1], -1),
        level,
        _kinds(graph, kept, start, product),
    )


def _levels(graph: Graph, kept: Any) -> Ids:
    level = [0] * (len(graph) + 1)  # the last is the level of no argument, -1
    for i, ((a, b, c), more) in enumerate(zip(graph.arguments.tolist(), kept.tolist(), strict=True)):
        x, y, z = level[a], level[b], level[c]
        if y > x:
            x = y
        level[i] = (z if z > x else x) + more
    return np.array(level[:-1])


def _kinds(graph: Graph, kept: Any, start: Ids, product: Any) -> Ids:
    """For sums: how many terms, and which of them are products (by a sum of random numbers that go with the places)."""
    n = len(graph)
    counts = np.diff(start)
    places = np.arange(len(product)) - np.repeat(start[:-1], counts)
    marks = np.random.default_rng(0).integers(1, 2**62, size=int(counts.max(initial=0)), dtype=np.uint64)
    owner = np.repeat(np.arange(n), counts)
    pattern = np.zeros(n, dtype=np.uint64)
    np.add.at(pattern, owner[product], marks[places[product]])
    nodes = np.flatnonzero(kept)
    distinct = np.stack([graph.operation[nodes].astype(np.uint64), counts[nodes].astype(np.uint64), pattern[nodes]])
    kind = np.full(n, -1)
    kind[nodes] = np.unique(distinct, axis=1, return_inverse=True)[1].ravel()
    return kind
