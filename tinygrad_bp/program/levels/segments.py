"""Segments: which stretches of levels are done side by side by NumPy, and which one by one by Python."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .graph import ADD, Graph, Ids
from .line import in_python
from .sums import Sums

# seconds, roughly: only their ratios matter, and these little
_CALL, _ENTRY = 4e-6, 4e-9  # of one kind of operation on one level, and of a number in it, by NumPy
_TERM, _FUNCTION, _SLOW = 40e-9, 80e-9, 3e-6  # of a term, a function, and one that NumPy has to be asked for, in Python
_SWITCH = 5e-6

#: how many operations make one stretch of Python (a multiple of 1 to 10: where they recur, so do the stretches); and
#: how many terms of sums
_LENGTH, _TERMS = 2520, 20000


class Segment(NamedTuple):
    """Some levels, one after another.

    wide   whether NumPy does them
    nodes  what is computed: sorted by level, and then by kind, where it is wide; in the program's order elsewhere, and
           then not too many
    """

    wide: bool
    nodes: Ids


def escaping(graph: Graph, sums: Sums, parts: list[Segment]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(n,) whether a node is used outside its own segment."""
    part = np.full(len(graph), -1)
    for i, segment in enumerate(parts):
        part[segment.nodes] = i
    users, used = sums.edges(graph)
    escapes = np.zeros(len(graph), dtype=bool)
    escapes[used[part[users] != part[used]]] = True
    for _, ids in graph.outputs:
        escapes[ids] = True
    return escapes


def segments(graph: Graph, sums: Sums) -> list[Segment]:
    """The levels in stretches, each done in the way that makes the whole fastest."""
    nodes = np.flatnonzero(sums.kept)
    if not nodes.size:
        return []
    nodes = nodes[np.lexsort((nodes, sums.kind[nodes], sums.level[nodes]))]
    level, kind = sums.level[nodes] - 1, sums.kind[nodes]
    terms = np.diff(sums.start)[nodes]
    depth = int(level[-1]) + 1
    first = np.flatnonzero(np.diff(level, prepend=-1) | np.diff(kind, prepend=-1))
    wide = np.bincount(level[first], minlength=depth) * _CALL
    wide += np.bincount(level, weights=np.maximum(terms, 1) * _ENTRY, minlength=depth)
    single = np.array([_FUNCTION if in_python(function) else _SLOW for function, _ in graph.operations])
    operation = graph.operation[nodes]
    thin = np.bincount(level, weights=np.where(operation == ADD, terms * _TERM, single[operation]), minlength=depth)
    choice = _cheapest(thin.tolist(), wide.tolist())
    bounds = [0, *(np.flatnonzero(np.diff(choice)) + 1).tolist(), depth]
    ends = np.searchsorted(level, bounds)
    found = []
    for i, (start, end) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)):
        side_by_side = bool(choice[bounds[i]])
        if side_by_side:
            found.append(Segment(True, nodes[start:end]))
            continue
        some = np.sort(nodes[start:end])
        part = np.arange(some.size) // _LENGTH + np.cumsum(np.diff(sums.start)[some]) // _TERMS
        found += [Segment(False, chunk) for chunk in np.split(some, np.flatnonzero(np.diff(part)) + 1)]
    return found


def _cheapest(thin: list[float], wide: list[float]) -> list[bool]:
    """For each level whether it is done the wide way, so that the sum of costs and of changes is least."""
    cost = (0.0, 0.0)
    came: list[tuple[bool, bool]] = []  # whether the level before was done the wide way, if this is done thin or wide
    for t, w in zip(thin, wide, strict=True):
        a, b = cost
        to_thin, to_wide = b + _SWITCH < a, b <= a + _SWITCH
        came.append((to_thin, to_wide))
        cost = ((b + _SWITCH if to_thin else a) + t, (b if to_wide else a + _SWITCH) + w)
    state = cost[1] < cost[0]
    choice = []
    for before in reversed(came):
        choice.append(state)
        state = before[state]
    return choice[::-1]
