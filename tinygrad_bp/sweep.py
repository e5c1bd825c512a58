"""The two passes over a recorded graph, as pure functions: cotangents in and cotangents out, tangents likewise.

A node is what `value.Value` is: `_data` (the output y), `rule`, `parents` (for each argument the node it came from, or
None), `operands` (for each argument the numbers it had when it was recorded), `options`, `index` (the order of
recording). Sorting by index is a topological order, since a node is recorded after its arguments.

At first order the passes hand raw numbers to the rules. `symbolic=True` hands the nodes themselves, so that what the
rules do is recorded in its turn, and can be differentiated again.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np

from .rules.indexing import Scatter, scattered
from .rules.kinds import TABLE, Rule, unbroadcast
from .rules.shapes import cast

Node = Any
_INDEX = attrgetter("index")


def recorded(roots: list[Node], since: int = 0) -> list[Node]:
    """All nodes that the roots depend on and that were recorded at index `since` or later, in the order of recording.

    RuntimeError if a backward pass has already let go of one of them.
    """
    seen = set(roots)
    pending = list(seen)
    nodes = []
    while pending:
        node = pending.pop()
        nodes.append(node)
        if node.parents is None:
            raise RuntimeError(
                f"{node!r} has been let go by an earlier backward pass (one that failed, perhaps): record again, "
                f"or pass retain_graph=True to the earlier pass"
            )
        for parent in node.parents:
            if parent is not None and parent not in seen and parent.index >= since:
                seen.add(parent)
                pending.append(parent)
    nodes.sort(key=_INDEX)
    return nodes


def pull(
    nodes: list[Node],
    cotangents: dict[Node, Any],
    *,
    symbolic: bool = False,
    release: bool = False,
    mark: bool = False,
    wanted: set[Node] | None = None,
) -> dict[Node, Any]:
    """The reverse pass: from cotangents of some nodes to those of the leaves among them, or of the nodes `wanted`.

    nodes       in the order of recording (see `recorded`); the list is emptied as the pass goes
    cotangents  by node, shaped as its data; the dict is emptied likewise
    release     take every node's arguments from it once it is done, so that memory is let go as the pass goes
    mark        leave at every intermediate node its cotangent, as `.grad`

    ValueError if a rule gives a cotangent whose shape is not its argument's.
    """
    leaves: dict[Node, Any] = {}
    summed: set[Node] = set()  # nodes whose cotangent is a sum made here, which may be added to in place
    members = set(nodes) if wanted is not None else None
    scattered_parts: dict[Node, list[Scatter]] = {}
    with np.errstate(all="ignore"):
        while nodes:
            node = nodes.pop()
            d = cotangents.pop(node, None)
            if scattered_parts and node in scattered_parts:
                part = _gather(scattered_parts.pop(node), node)
                d = part if d is None else d + part
            if d is None:
                if release and node.rule is not None:
                    node.parents = node.operands = None
                continue
            rule = node.rule
            if rule is None or (wanted is not None and node in wanted):
                leaves[node] = d
                continue
            if mark:
                node._grad = d
                node._shared = True
            parents, operands, options = node.parents, node.operands, node.options
            if symbolic:
                y = node
                arguments = _arguments(node)
            else:
                y = node._data
                arguments = operands
            pullbacks = rule.pullbacks
            if rule.joint:
                pullbacks = _joint(rule, d, y, arguments, options)
            i = -1
            for parent in parents:
                i += 1
                if parent is None or (members is not None and parent not in members):
                    continue
                try:
                    if options is None:
                        g = pullbacks[i](d, y, *arguments)
                    else:
                        g = pullbacks[i](d, y, *arguments, **options)
                except ArithmeticError:  # Python floats raise where NumPy has inf and nan
                    if type(y) is not float:
                        raise
                    g = float(pullbacks[i](np.float64(d), np.float64(y), *map(np.float64, arguments), **options or {}))
                if type(g) is Scatter:
                    if symbolic:
                        scattered_parts.setdefault(parent, []).append(g)
                        continue
                    total = cotangents.get(parent)
                    if parent not in summed:
                        total = np.zeros_like(operands[i]) if total is None else np.array(total)
                        summed.add(parent)
                        cotangents[parent] = total
                    g.add_to(total)
                    continue
                x = operands[i]
                if type(g) is not float or type(x) is not float:
                    g = conform(g, x, rule, "cotangent", "argument")
                total = cotangents.get(parent)
                if total is None:
                    cotangents[parent] = g
                elif parent in summed:
                    total += g
                else:
                    cotangents[parent] = total = total + g
                    if type(total) is np.ndarray:
                        summed.add(parent)
            if release:
                node.parents = node.operands = None
    return leaves


def push(nodes: list[Node], tangents: dict[Node, Any], *, symbolic: bool = False) -> dict[Node, Any]:
    """The forward pass: from tangents of some nodes to those of all that depend on them (the given dict, filled).

    ValueError if a rule gives a tangent that does not broadcast to its output's shape.
    """
    with np.errstate(all="ignore"):
        for node in nodes:
            rule = node.rule
            if rule is None or node in tangents:
                continue
            y = node if symbolic else node._data
            arguments = _arguments(node) if symbolic else node.operands
            total = None
            for i, parent in enumerate(node.parents):
                d = None if parent is None else tangents.get(parent)
                if d is None:
                    continue
                try:
                    t = rule.pushforwards[i](d, y, *arguments, **node.options or {})
                except ArithmeticError:
                    if type(y) is not float:
                        raise
                    t = float(rule.pushforwards[i](np.float64(d), np.float64(y), *map(np.float64, arguments)))
                if type(t) is not float or type(node._data) is not float:
                    if np.shape(t) != np.shape(node._data) and rule.broadcasts:
                        t = TABLE[np.broadcast_to](t, np.shape(node._data))
                    t = conform(t, node._data, rule, "tangent", "output")
                total = t if total is None else total + t
            if total is not None:
                tangents[node] = total
    return tangents


def conform(g: Any, x: Any, rule: Rule, what: str, whose: str) -> Any:
    """g with the shape and dtype of x; the rule is named where it gave another shape."""
    shape = np.shape(x)
    if np.shape(g) != shape:
        if rule.broadcasts and np.ndim(g) >= len(shape):
            g = unbroadcast(g, shape)
        if np.shape(g) != shape:
            raise ValueError(
                f"the rule of {rule.name} gave a {what} of shape {np.shape(g)} for an {whose} of shape {shape}"
            )
    if type(g) is np.ndarray:
        if type(x) is float:
            return float(g)
        return g if g.dtype == x.dtype else g.astype(x.dtype)
    if hasattr(g, "__record__"):
        dtype = np.float64 if type(x) is float else x.dtype
        return g if g.dtype == dtype else cast(g, dtype)
    if type(x) is float:
        return g if type(g) is float else float("nan") if isinstance(g, complex) else float(g)
    return x.dtype.type(g)


def _arguments(node: Node) -> tuple[Any, ...]:
    """What the node was computed from, as nodes where there are any. RuntimeError if a leaf has changed since."""
    arguments = list(node.operands)
    for i, parent in enumerate(node.parents):
        if parent is None:
            continue
        if parent._data is not arguments[i] and not np.array_equal(parent._data, arguments[i], equal_nan=True):
            raise RuntimeError(
                f"{parent!r} was changed after {node.rule.name} had recorded it: differentiate (create_graph=True) "
                f"before the change, or record again"
            )
        arguments[i] = parent
    return tuple(arguments)


def _joint(rule: Rule, d: Any, y: Any, arguments: tuple[Any, ...], options: dict[str, Any] | None) -> list[Any]:
    """A joint pullback, called once, as one pullback for each argument."""
    cotangents = rule.pullbacks(d, y, *arguments, **options or {})
    if not isinstance(cotangents, tuple):
        cotangents = (cotangents,)
    if len(cotangents) != len(arguments):
        raise ValueError(f"the pullback of {rule.name} gave {len(cotangents)} cotangents for {len(arguments)} arguments")

    def stated(i: int) -> Any:
        if cotangents[i] is None:
            raise TypeError(f"the pullback of {rule.name} gave None for argument {i}, which a Value reached")
        return cotangents[i]

    return [lambda *_, i=i, **__: stated(i) for i in range(len(cotangents))]


def _gather(parts: list[Scatter], node: Node) -> Any:
    """One recorded sum of what was taken from a node piece by piece."""
    return scattered(np.shape(node._data), tuple(p.index for p in parts), *(p.d for p in parts))
