"""Node: what a recording is made of. `value.Value` is a node with operators."""

from __future__ import annotations

import itertools
from typing import Any, TypeVar

from .rules import Rule

_index = itertools.count()
_new = object.__new__
Kind = TypeVar("Kind", bound="Node")


class Node:
    """One quantity in a graph: a leaf, or the result y = f(x₀, x₁, …) of an operation.

    Nodes refer to what they were computed from and never to what is computed from them, so that a graph is freed by
    reference counting as soon as nobody holds its root.
    """

    __slots__ = ("__weakref__", "_data", "_grad", "_shared", "index", "left", "name", "operands", "options", "others",
                 "right", "rule")  # fmt: skip
    __hash__ = object.__hash__

    #: y: a Python float, or a NumPy float array or scalar
    _data: Any
    #: what the last backward pass left here, or None
    _grad: Any
    #: leaf: a recording holds its array; otherwise: its cotangent may be another node's too
    _shared: bool
    #: the order of recording, which is a topological order
    index: int
    name: str | None
    #: the rule of f; None for a leaf
    rule: Rule | None
    #: the nodes that the first two arguments were, None for a constant, and those of all further arguments; no tuple of
    #: them, because a container more for each node doubles the work of the garbage collector
    left: Node | None
    right: Node | None
    others: tuple[Node | None, ...]
    #: the numbers of all arguments as they were recorded, which never change; None once a pass has let go of them
    operands: tuple[Any, ...] | None
    options: dict[str, Any] | None

    @property
    def parents(self) -> tuple[Node | None, ...]:
        """For each argument the node it was, or None for a constant."""
        return (self.left, self.right, *self.others)[: len(self.operands or ())]

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What f was given: nodes, and constants as they were recorded."""
        return tuple(x if p is None else p for p, x in zip(self.parents, self.operands or (), strict=True))

    def let_go(self) -> None:
        """Forget what the node was computed from."""
        self.left = self.right = self.operands = None
        self.others = ()


def become_leaf(node: Kind, data: Any, name: str | None = None) -> Kind:
    """Fill a new node as a leaf."""
    node._data = data
    node.rule = node.left = node.right = node.operands = node.options = node._grad = None
    node.others = ()
    node._shared = False
    node.name = name
    node.index = next(_index)
    return node


def new_leaf(kind: type[Kind], data: Any, name: str | None = None) -> Kind:
    """A leaf that holds the very data given."""
    return become_leaf(_new(kind), data, name)


def new_node(
    kind: type[Kind],
    y: Any,
    rule: Rule,
    left: Node | None,
    right: Node | None,
    operands: tuple[Any, ...],
    others: tuple[Node | None, ...] = (),
    options: dict[str, Any] | None = None,
) -> Kind:
    """The node of y = f(operands, **options)."""
    node = _new(kind)
    node._data = y
    node.rule = rule
    node.left = left
    node.right = right
    node.others = others
    node.operands = operands
    node.options = options
    node._grad = node.name = None
    node._shared = False
    node.index = next(_index)
    return node


def next_index() -> int:
    """The index that marks now: all that is recorded later has a larger one."""
    return next(_index)
