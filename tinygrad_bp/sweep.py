"""The two passes over a recorded graph, as pure functions: cotangents in and cotangents out, tangents likewise.

Sorting nodes by index is a topological order, since a node is recorded after its arguments (see `node.Node`). At first
order the passes hand raw numbers to the rules. `symbolic=True` hands the nodes themselves, so that what the rules do
is recorded in its turn, and can be differentiated again.

On its way back, a number stands for an array that has it in all places, as the cotangent of what is summed has.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from .handing import changed, conform, full, in_numpy, is_float, joint_pullbacks, nodes_given
from .memory import guarded, owned, sole
from .node import Node
from .rules import TABLE
from .rules.arithmetic import same
from .rules.arrays import spread
from .rules.indexing import Scatter, scattered
from .tracing import Tracer, named_cotangent

_INDEX = attrgetter("index")


def recorded(roots: Sequence[Any], since: int = 0) -> list[Any]:
    """All results that the roots depend on and that were recorded at index `since` or later, in the order of recording.

    RuntimeError if a backward pass has let go of one of them, or if the number of a leaf was set after it was recorded.
    """
    visit = object()
    kind = type(roots[0]) if roots else Node
    pending = [root for root in dict.fromkeys(roots) if root.rule is not None]
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


@np.errstate(all="ignore")
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
    reverse = _Reverse(cotangents, type(nodes[0]) if nodes else Node, symbolic, apart, wanted and wanted.union(nodes))
    kind: Any = reverse.kind
    parts = reverse.parts
    plain = not apart and wanted is None
    array = np.ndarray
    found: dict[Any, Any] = {}  # of nodes at which the pass stops
    while nodes:
        node = nodes.pop()
        d = cotangents.pop(node, None)
        if parts and node in parts:
            d = _gathered(parts.pop(node), node, d)
        if d is None:
            if release:
                node.let_go()
            continue
        if wanted is not None and node in wanted:
            found[node] = full(d, node._primal)
            continue
        if mark:
            node._pulled = d
        # f of one or two arguments, by far the most frequent, is unrolled here
        y, left, right, given = node._primal, node.left, node.right, node.general
        if given is None and plain:
            a = left._primal if type(left) is kind else left
            b = right._primal if type(right) is kind else right
        elif left is not None and plain and type(d) is type(y):
            a, b = given
        else:
            reverse.through(node, d)
            if release:
                node.let_go()
            continue
        pullbacks = node.rule.pullbacks
        if type(left) is kind:
            try:
                pullback = pullbacks[0]
                g = d if pullback is same else pullback(d, y, a) if right is None else pullback(d, y, a, b)
            except ArithmeticError:
                g = in_numpy(pullbacks[0], d, y, (a,) if right is None else (a, b), {})
            if type(g) is not type(a):
                reverse.add(left, g, a, node)
            elif type(g) is not array:
                cotangents[left] = cotangents[left] + g if left in cotangents else g
            elif left not in cotangents and g.dtype is a.dtype and g.shape == a.shape:
                cotangents[left] = g
            else:
                reverse.add(left, g, a, node)
        if type(right) is kind:
            try:
                pullback = pullbacks[1]
                g = d if pullback is same else pullback(d, y, a, b)
            except ArithmeticError:
                g = in_numpy(pullbacks[1], d, y, (a, b), {})
            if type(g) is not type(b):
                reverse.add(right, g, b, node)
            elif type(g) is not array:
                cotangents[right] = cotangents[right] + g if right in cotangents else g
            elif right not in cotangents and g.dtype is b.dtype and g.shape == b.shape:
                cotangents[right] = g
            else:
                reverse.add(right, g, b, node)
        if release:
            node.left = node.right = None
            node.general = ()
    for leaf, taken in parts.items():
        cotangents[leaf] = _gathered(taken, leaf, cotangents.get(leaf))
    for leaf, d in cotangents.items():
        if type(d) is not type(leaf._primal):
            cotangents[leaf] = full(d, leaf._primal)
    cotangents.update(found)
    return cotangents


class _Reverse:
    """A reverse pass under way."""

    __slots__ = ("apart", "cotangents", "kind", "members", "ours", "parts", "symbolic")

    def __init__(
        self, cotangents: dict[Any, Any], kind: Any, symbolic: bool, apart: bool, members: set[Any] | None
    ) -> None:
        self.cotangents = cotangents
        self.kind = kind
        self.symbolic = symbolic
        #: the nodes that cotangents go to; None for all
        self.members = members
        #: whether cotangents may be Values or traced, and nothing is added to them in place
        self.apart = apart
        #: nodes whose cotangent is an array made here, which may be added to in place
        self.ours: set[Any] = set()
        #: what was taken from a node piece by piece, where cotangents may be Values
        self.parts: dict[Any, list[Scatter]] = {}

    def through(self, node: Any, d: Any) -> None:
        """Add what node's cotangent d gives to the cotangents of its arguments."""
        rule, kind, members = node.rule, self.kind, self.members
        arguments, given, options = node.general if node.left is None else (node.arguments, node.operands, {})
        y, operands = node._primal, given
        if type(y) is Tracer and node.name is not None:
            d = named_cotangent(d, y)
        uniform = type(d) is not type(y) and isinstance(d, np.generic) and type(y) is np.ndarray  # stands for an array
        if uniform and not (rule.entrywise and not self.symbolic):
            d, uniform = full(d, y), False
        if self.symbolic:
            y, given = node, nodes_given(node, arguments, operands)
        elif not rule.ours:
            d, y, given = guarded(d), guarded(y), tuple(map(guarded, given))
        pullbacks = joint_pullbacks(rule, d, y, given, options) if rule.joint else rule.pullbacks
        for argument, x, pullback in zip(arguments, operands, pullbacks):  # noqa: B905 (pullbacks may have no end)
            if type(argument) is not kind or (members is not None and argument not in members):
                continue
            try:
                g = pullback(d, y, *given, **options) if options else pullback(d, y, *given)
            except ArithmeticError:
                g = in_numpy(pullback, d, y, given, options)
            if uniform and np.shape(g) != y.shape:
                g = y.dtype.type(g) if np.ndim(g) == 0 else g
                if np.ndim(g) or np.shape(x) != y.shape:
                    g = spread(g, y.shape)
            if not rule.ours:
                g = owned(g)
            self.add(argument, g, x, node)

    def add(self, argument: Any, g: Any, x: Any, node: Any) -> None:
        """Add what a node's rule gave to the cotangent of an argument, whose numbers are x."""
        cotangents, ours = self.cotangents, self.ours
        if type(g) is Tracer and g.step.kind is float and is_float(x):
            total = cotangents.get(argument)
            cotangents[argument] = g if total is None else total + g
            return
        data = g._primal if type(g) is self.kind else g
        fits = type(data) is type(x) and type(x) is not Tracer
        if fits and type(g) is np.ndarray and g.ndim > x.ndim and _is_sum(g, x, node):
            g = np.add.reduce(g, 0)  # of a bias, which is what is broadcast most often
        elif not fits or (type(x) is not float and (data.shape != x.shape or data.dtype is not x.dtype)):
            if type(g) is Scatter:
                self.scatter(argument, g)
                return
            if isinstance(g, np.generic) and type(x) is np.ndarray and node.rule.ours:
                g = x.dtype.type(g)
            else:
                g = conform(g, x, node, "cotangent", "argument")
        total = cotangents.get(argument)
        if total is None:
            cotangents[argument] = g
        elif self.apart:
            cotangents[argument] = total + g
        elif argument in ours:
            total += g
            cotangents[argument] = total  # which a sum with a scalar may have made a scalar since: no array to add to
        elif argument.rule is None and type(total) is np.ndarray and sole(total):
            total += g  # not for a node, where what the rules then give might depend on who else holds its cotangent
        elif type(g) is np.ndarray and sole(g):
            g += total
            cotangents[argument] = g
            ours.add(argument)
        else:
            cotangents[argument] = total = total + g
            if type(total) is np.ndarray:  # a sum of 0-d arrays is a scalar
                ours.add(argument)

    def scatter(self, argument: Any, g: Scatter) -> None:
        """Add what was taken from places of an argument to its cotangent, at those places."""
        if self.apart:
            self.parts.setdefault(argument, []).append(g)
            return
        total = self.cotangents.get(argument)
        if argument not in self.ours:
            x = argument._primal
            self.ours.add(argument)
            self.cotangents[argument] = total = np.zeros_like(x) if total is None else np.array(full(total, x))
        g.add_to(total)


@np.errstate(all="ignore")
def push(nodes: Sequence[Any], tangents: dict[Any, Any], *, symbolic: bool = False) -> dict[Any, Any]:
    """The forward pass: from tangents of some nodes to those of all that depend on them (the given dict, filled).

    ValueError if a rule gives a tangent that does not broadcast to its output's shape.
    """
    kind: Any = type(nodes[0]) if nodes else Node
    for node in nodes:
        rule, y = node.rule, node._primal
        if rule is None or node in tangents:
            continue
        arguments, given, options = node.general if node.left is None else (node.arguments, node.operands, {})
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


def _is_sum(g: np.ndarray, x: np.ndarray, node: Any) -> bool:
    """Whether what a node's rule gave belongs, summed over its first axis, to the argument x (see `conform`)."""
    whole: bool = node.rule.entrywise and g.shape == node._primal.shape
    return whole and g.shape[1:] == x.shape and g.dtype is x.dtype


def _gathered(parts: list[Scatter], node: Any, d: Any) -> Any:
    """d, and one recorded sum of what was taken from a node piece by piece."""
    gathered = scattered(np.shape(node._primal), tuple(part.index for part in parts), *(part.d for part in parts))
    return gathered if d is None else d + gathered
