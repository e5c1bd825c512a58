"""The two passes over a recorded graph, as pure functions: cotangents in and cotangents out, tangents likewise.

Sorting nodes by index is a topological order, since a node is recorded after its arguments (see `node.Node`). At first
order the passes hand raw numbers to the rules. `symbolic=True` hands the nodes themselves, so that what the rules do
is recorded in its turn, and can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from .handing import changed, conform, full, in_numpy, nodes_given
from .node import Node, new_leaf
from .quiet import quiet
from .reverse import Reverse
from .rules import TABLE
from .rules.arithmetic import same
from .tracing import Tracer

_INDEX = attrgetter("index")


def recorded(roots: Sequence[Any], since: int = 0) -> list[Any]:
    """All results that the roots depend on and that were recorded at index `since` or later, in the order of recording.

    RuntimeError if a backward pass has let go of one of them, or if the number of a leaf was set after it was recorded.
    """
    visit = object()
    kind = type(roots[0]) if roots else Node
    pending = [root for root in (dict.fromkeys(roots) if len(roots) > 1 else roots) if root.rule is not None]
    for root in pending:
        root._shared = visit
    nodes = []  # depth first, which leaves little to sort
    while pending:
        node = pending.pop()
        nodes.append(node)
        left, right = node.left, node.right
        if left is not None:
            if type(left) is kind:
                if left.rule is None:
                    if left.index > node.index and node.general is None:
                        raise RuntimeError(changed(left, node))
                elif left._shared is not visit and left.index >= since:
                    left._shared = visit
                    pending.append(left)
            if type(right) is kind:
                if right.rule is None:
                    if right.index > node.index and node.general is None:
                        raise RuntimeError(changed(right, node))
                elif right._shared is not visit and right.index >= since:
                    right._shared = visit
                    pending.append(right)
            continue
        if not node.general:
            raise RuntimeError(
                f"{node!r} has been let go of by an earlier backward pass (one that failed, perhaps): record again, "
                f"or pass retain_graph=True to the earlier pass"
            )
        for argument in node.general[0]:
            if type(argument) is not kind or argument.rule is None:
                continue
            if argument._shared is not visit and argument.index >= since:
                argument._shared = visit
                pending.append(argument)
    nodes.sort(key=_INDEX)
    return nodes


def reaches(nodes: Sequence[Any], before: int) -> bool:
    """Whether one of the results was computed from a node that is older than index `before`."""
    kind = type(nodes[0]) if nodes else Node
    for node in nodes:
        for argument in (node.left, node.right) if node.left is not None else node.general[0]:
            if type(argument) is kind and argument.index < before:
                return True
    return False


def pull(
    nodes: list[Any],
    cotangents: dict[Any, Any],
    *,
    symbolic: bool = False,
    release: bool = False,
    mark: bool = False,
    wanted: set[Any] | None = None,
) -> dict[Any, Any]:
    """The reverse pass: from cotangents of some nodes to those of the leaves, or of the nodes `wanted`.

    nodes       in the order of recording (see `recorded`); the list is emptied as the pass goes
    cotangents  by node, shaped as its data; what is left in it at the end are those of the leaves: it is returned
    wanted      stop at these, and go nowhere but to them and to `nodes`
    release     take every node's arguments from it once it is done, so that memory is let go as the pass goes
    mark        leave at every intermediate node its cotangent, as `.grad`

    ValueError if a rule gives a cotangent whose shape is not its argument's.
    """
    apart = symbolic
    for root, d in cotangents.items():
        if isinstance(d, (Node, Tracer)) or type(root._primal) is Tracer:
            apart = True
        elif type(d) is np.ndarray and isinstance(root._primal, np.generic):
            cotangents[root] = d[()]
    kind = type(nodes[0]) if nodes else Node
    if not apart and wanted is None:
        reverse = Reverse(cotangents, kind)
        _pull_numbers(nodes, reverse, release, mark)
    else:
        reverse = Reverse(cotangents, kind, symbolic=symbolic, apart=apart, members=wanted and wanted.union(nodes))
        cotangents.update(_pull_anything(nodes, reverse, release, mark, wanted or ()))
    if reverse.uniform or kind is Node:  # or there was nothing to pull: the roots are leaves
        for leaf, d in cotangents.items():
            cotangents[leaf] = full(d, leaf._primal)
    return cotangents


@quiet
def _pull_anything(
    nodes: list[Any], reverse: Reverse, release: bool, mark: bool, wanted: Collection[Any]
) -> dict[Any, Any]:
    """`pull`, whatever the cotangents are; returns those of the nodes wanted."""
    found = {}
    while nodes:
        node = nodes.pop()
        d = reverse.of(node)
        if d is not None and node in wanted:
            found[node] = d
            continue
        if d is not None:
            if mark:
                node._pulled = d if type(d) is reverse.kind or not reverse.symbolic else new_leaf(reverse.kind, d)
            reverse.through(node, d)
        if release:
            node.let_go()
    reverse.gather()
    return found


@quiet
def _pull_numbers(nodes: list[Any], reverse: Reverse, release: bool, mark: bool) -> None:
    """`pull`, where all cotangents are numbers: f of one or two arguments, by far the most frequent, is unrolled."""
    cotangents, add, kind, array = reverse.cotangents, reverse.add, reverse.kind, np.ndarray
    take = cotangents.pop
    for _ in range(len(nodes)):  # CPython 3.11 specialises `for` at once, `while` only after eight calls
        node = nodes.pop()
        d = take(node, None)
        if d is None:
            if release:
                node.let_go()
            continue
        if mark:
            node._pulled = d
        y = node._primal
        left = node.left
        given = node.general
        if given is None:  # single numbers, which are those of the nodes
            right = node.right
            pullbacks = node.rule.pullbacks
            if type(left) is kind:
                a = left._primal
                try:
                    if pullbacks[0] is same:
                        g = d
                    elif right is None:
                        g = pullbacks[0](d, y, a)
                    else:
                        g = pullbacks[0](d, y, a, right._primal if type(right) is kind else right)
                except ArithmeticError:
                    g = in_numpy(pullbacks[0], d, y, node.operands, {})
                if type(g) is type(a):
                    cotangents[left] = cotangents[left] + g if left in cotangents else g
                else:
                    add(left, g, a, node)
            if type(right) is kind:
                b = right._primal
                try:
                    if pullbacks[1] is same:
                        g = d
                    else:
                        g = pullbacks[1](d, y, left._primal if type(left) is kind else left, b)
                except ArithmeticError:
                    g = in_numpy(pullbacks[1], d, y, node.operands, {})
                if type(g) is type(b):
                    cotangents[right] = cotangents[right] + g if right in cotangents else g
                else:
                    add(right, g, b, node)
        elif left is None or type(d) is not type(y):
            reverse.through(node, d)
        elif (right := node.right) is None:
            a, options = given
            pullback = node.rule.pullbacks[0]
            g = pullback(d, y, a) if options is None else pullback(d, y, a, **options)
            if type(g) is type(a) is array and g.dtype is a.dtype and g.shape == a.shape and left not in cotangents:
                cotangents[left] = g
            else:
                add(left, g, a, node)
        else:
            a, b = given
            pullbacks = node.rule.pullbacks
            if type(left) is kind:
                g = d if pullbacks[0] is same else pullbacks[0](d, y, a, b)
                if type(g) is type(a) is array and g.dtype is a.dtype and g.shape == a.shape and left not in cotangents:
                    cotangents[left] = g
                else:
                    add(left, g, a, node)
            if type(right) is kind:
                g = d if pullbacks[1] is same else pullbacks[1](d, y, a, b)
                if (
                    type(g) is type(b) is array
                    and g.dtype is b.dtype
                    and g.shape == b.shape
                    and right not in cotangents
                ):
                    cotangents[right] = g
                else:
                    add(right, g, b, node)
        if release:
            node.left = node.right = None
            node.general = ()


@quiet
def push(nodes: Sequence[Any], tangents: dict[Any, Any], *, symbolic: bool = False) -> dict[Any, Any]:
    """The forward pass: from tangents of some nodes to those of all that depend on them (the given dict, filled).

    ValueError if a rule gives a tangent that does not broadcast to its output's shape.
    """
    kind: Any = type(nodes[0]) if nodes else Node
    for node in nodes:
        rule, y = node.rule, node._primal
        if rule is None or node in tangents:
            continue
        arguments, given, options = node.computation
        primal = y
        if symbolic:
            y, given = node, nodes_given(node, arguments, given)
        total = None
        for argument, pushforward in zip(arguments, rule.pushforwards):  # noqa: B905 (no end)
            d = tangents.get(argument) if type(argument) is kind else None
            if d is None:
                continue
            try:
                t = pushforward(d, y, *given, **options)
            except ArithmeticError:
                t = in_numpy(pushforward, d, y, given, options)
            # of a float or an array, as it should be and mostly is
            if type(t) is not type(primal) or (
                type(t) is not float and (t.shape != primal.shape or t.dtype is not primal.dtype)
            ):
                if rule.broadcasts and np.shape(t) != np.shape(primal):
                    t = TABLE[np.broadcast_to](t, np.shape(primal))
                t = conform(t, primal, node, "tangent", "output")
            total = t if total is None else total + t
        if total is not None:
            tangents[node] = total
    return tangents
