"""A graph as a flat list: how a Value is pickled and copied, however deep its graph.

Python's own way would follow the arguments of arguments, and run out of stack. Leaves stay objects of their own, so
that what several Values have in common they still have in common afterwards; rules go by their function's name.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .handing import full
from .leaf import admit
from .node import Node, new_leaf, new_node
from .rules import Rule
from .sweep import recorded


class Place:
    """Where in the list an argument stands."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index

    def __reduce__(self) -> tuple[Any, ...]:
        return Place, (self.index,)


def flatten(root: Any) -> tuple[Any, ...]:
    """What `object.__reduce__` returns for a node: the function that restores it, its arguments, and `.grad`.

    A gradient may be a Value that depends on the very node, so it comes apart, once the node is there. The other
    results of a graph, which nobody holds in the copy, lose theirs. RuntimeError if a pass has let go of one of them.
    """
    if root.rule is None:
        return restore_leaf, (type(root), root._primal, root.name), root._grad
    if root.general == ():  # let go of by a backward pass: its numbers are left
        return restore_spent, (type(root), root._primal, root.name, root.rule), full(root._grad, root._primal)
    nodes = recorded([root])
    places = {node: Place(i) for i, node in enumerate(nodes)}
    entries = [
        (
            node.rule,
            tuple(places.get(x, x) if isinstance(x, Node) else x for x in node.arguments),
            node.operands if node.left is None else node.general,
            node.options if node.left is None else None,
            node._primal,
            node.name,
        )
        for node in nodes
    ]
    return restore, (type(root), entries), full(root._grad, root._primal)


def restore(kind: type[Node], entries: list[tuple[Any, ...]]) -> Node:
    """The root of a graph from its flat list."""
    nodes: list[Node] = []
    for rule, places, operands, options, y, name in entries:
        arguments = tuple(nodes[x.index] if isinstance(x, Place) else x for x in places)
        if options is None:
            node = new_node(kind, y, rule, arguments[0], arguments[1] if len(arguments) == 2 else None, operands)
        else:
            node = new_node(kind, y, rule, None, None, (arguments, operands, options))
        node.name = name
        nodes.append(node)
    return nodes[-1]


def restore_leaf(kind: type[Node], data: Any, name: str | None) -> Node:
    """A leaf, with an array of its own."""
    return new_leaf(kind, admit(data), name)


def restore_spent(kind: type[Node], data: Any, name: str | None, rule: Rule) -> Node:
    """A node whose arguments a backward pass has let go of."""
    node = new_leaf(kind, data, name)
    node.rule = rule
    return node


def own(x: Any) -> Any:
    """A copy of an array."""
    return x.copy(order="K") if type(x) is np.ndarray else x
