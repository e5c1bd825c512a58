"""Node: what a recording is made of. `value.Value` is a node with operators."""

from __future__ import annotations

import itertools
from typing import Any, TypeVar

import numpy as np

from .rules import Rule

#: counts the nodes: what is recorded later has a larger index
index = itertools.count()
_new, _following = object.__new__, index.__next__
Kind = TypeVar("Kind", bound="Node")


class Node:
    """One quantity in a graph: a leaf, or the result y = f(x₀, x₁, …) of an operation.

    Nodes refer to what they were computed from and never to what is computed from them, so that a graph is freed by
    reference counting as soon as nobody holds its root.
    """

    __slots__ = ("__weakref__", "_name", "_primal", "_pulled", "_shared", "general", "index", "left", "right", "rule")
    __hash__ = object.__hash__

    #: y: a Python float, or a NumPy float array or scalar (not called _data, which NumPy's masked arrays would take)
    _primal: Any
    #: what the last backward pass left here; at a result not set until one has come by, as most have no use for it
    _pulled: Any
    #: leaf: whether a recording holds its array; result: the last pass that came by, whose cotangent may be another
    #: node's too, or False once it is the node's own
    _shared: Any
    #: the order of recording, which is a topological order
    index: int
    #: not set either, until somebody gives the node a name
    _name: str | None
    #: the rule of f; None for a leaf
    rule: Rule | None
    #: f of one or two arguments has them here, each a node or a constant (right is None where there is one only): a
    #: tuple more for each node would double the work of the garbage collector
    left: Any
    right: Any
    #: where those are arrays, a pair of their numbers as they were recorded, or where there is one only, of its numbers
    #: and the options that f was given by name, or None; None where they are numbers, which are those of the nodes, and
    #: for one entry of an array, which nobody needs. Any other f has (arguments, operands, options) here. () once a
    #: backward pass has let go of all that
    general: tuple[Any, ...] | None

    @property
    def name(self) -> str | None:
        """What the quantity is called, or None."""
        return getattr(self, "_name", None)

    @name.setter
    def name(self, name: str | None) -> None:
        self._name = name

    @property
    def _grad(self) -> Any:
        """What the last backward pass left here, or None."""
        return getattr(self, "_pulled", None)

    @_grad.setter
    def _grad(self, g: Any) -> None:
        self._pulled = g

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = () if type(self._primal) is float else self._primal.shape
        return shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return 1 if type(self._primal) is float else int(self._primal.size)

    @property
    def dtype(self) -> Any:
        return np.dtype(np.float64) if type(self._primal) is float else self._primal.dtype

    @property
    def computation(self) -> tuple[tuple[Any, ...], tuple[Any, ...], dict[str, Any]]:
        """Arguments, operands and options at once; nothing of each for a leaf."""
        left, right, general = self.left, self.right, self.general
        if left is None:
            arguments, operands, options = general or ((), (), {})
            return arguments, operands, options
        if right is None:
            operand, options = general or (left._primal if isinstance(left, Node) else left, None)
            return (left,), (operand,), options or {}
        arguments = left, right
        return arguments, general or tuple([x._primal if isinstance(x, Node) else x for x in arguments]), {}

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What f was given: nodes, and constants as they were recorded; () for a leaf."""
        return self.computation[0]

    @property
    def operands(self) -> tuple[Any, ...]:
        """The numbers of the arguments as they were recorded."""
        return self.computation[1]

    @property
    def options(self) -> dict[str, Any]:
        """What f was given by name."""
        return self.computation[2]

    @property
    def parents(self) -> list[Node]:
        """The nodes among the arguments."""
        return [x for x in self.arguments if isinstance(x, Node)]

    def let_go(self) -> None:
        """Forget what the node was computed from."""
        self.left = self.right = None
        self.general = ()


def become_leaf(node: Kind, data: Any, name: str | None = None) -> Kind:
    """Fill a new node as a leaf."""
    node._primal = data
    node.rule = node.left = node.right = node._pulled = None
    node.general = ()
    node._shared = False
    node._name = name
    node.index = next(index)
    return node


def new_leaf(kind: type[Kind], data: Any, name: str | None = None) -> Kind:
    """A leaf that holds the very data given."""
    return become_leaf(_new(kind), data, name)


def new_node(kind: type[Kind], y: Any, rule: Rule, left: Any, right: Any, general: Any = None) -> Kind:
    """The node of y = f(left, right), or of y = f of what `general` says."""
    node = _new(kind)
    node._primal = y
    node.rule = rule
    node.left = left
    node.right = right
    node.general = general
    node._shared = False
    node.index = _following()
    return node
