"""A graph as a flat list: how a Value is pickled and copied, however deep its graph.

Python's own way would follow the arguments of arguments, and run out of stack. Leaves stay objects of their own, so
that what several Values have in common they still have in common afterwards; rules go by their function's name.
"""

from __future__ import annotations

from typing import Any

from .node import Node, become_leaf, new_leaf, new_node
from .rules import TABLE, Rule
from .sweep import recorded


class Place:
    """Where in the list an argument stands."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index

    def __reduce__(self) -> tuple[Any, ...]:
        return Place, (self.index,)


def flatten(root: Any) -> tuple[Any, ...]:
    """What `object.__reduce__` returns for a node."""
    if root.rule is None:
        return restore_leaf, (type(root), root._data, root.name, root._grad)
    if root.general == ():  # let go of by a backward pass: its numbers are left
        return restore_spent, (type(root), root._data, root.name, root._grad, root.rule.function)
    nodes = recorded([root])
    places = {node: Place(i) for i, node in enumerate(nodes)}
    entries = [
        (
            node.rule.function,
            tuple(places.get(x, x) if isinstance(x, Node) else x for x in node.arguments),
            node.operands if node.general else None,
            node.options,
            node._data,
            node.name,
            node._grad,
        )
        for node in nodes
    ]
    return restore, (type(root), entries)


def restore(kind: type[Node], entries: list[tuple[Any, ...]]) -> Node:
    """The root of a graph from its flat list."""
    nodes: list[Node] = []
    for function, places, operands, options, y, name, grad in entries:
        arguments = tuple(nodes[x.index] if isinstance(x, Place) else x for x in places)
        if operands is None:
            node = new_node(kind, y, _rule(function), arguments[0], arguments[1] if len(arguments) == 2 else None)
        else:
            node = new_node(kind, y, _rule(function), None, None, (arguments, operands, options))
        node.name = name
        node._grad = grad
        nodes.append(node)
    return nodes[-1]


def restore_leaf(kind: type[Node], data: Any, name: str | None, grad: Any) -> Node:
    """A leaf."""
    leaf = new_leaf(kind, data, name)
    leaf._grad = grad
    return leaf


def restore_spent(kind: type[Node], data: Any, name: str | None, grad: Any, function: Any) -> Node:
    """A node whose arguments a backward pass has let go of."""
    node = become_leaf(object.__new__(kind), data, name)
    node._grad = grad
    node.rule = _rule(function)
    return node


def _rule(function: Any) -> Rule:
    rule = TABLE.get(function)
    if rule is None:
        raise LookupError(f"{function!r} has no rule here: state it (tinygrad_bp.primitive) before unpickling")
    return rule
