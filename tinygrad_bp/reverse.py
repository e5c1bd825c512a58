"""A reverse pass under way: what comes to a node from its rule goes to the cotangents of the arguments.

On its way back, a number stands for an array that has it in all places, as the cotangent of what is summed has.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .handing import conform, full, in_numpy, is_float, joint_pullbacks, nodes_given
from .memory import guarded, owned, sole
from .rules.arrays import spread
from .rules.indexing import Scatter, scattered
from .tracing import Tracer, named_cotangent

_ARRAY, _total = np.ndarray, np.add.reduce


class Reverse:
    """A reverse pass under way."""

    __slots__ = ("apart", "cotangents", "kind", "members", "ours", "parts", "symbolic", "uniform")

    def __init__(
        self,
        cotangents: dict[Any, Any],
        kind: Any,
        *,
        symbolic: bool = False,
        apart: bool = False,
        members: set[Any] | None = None,
    ) -> None:
        self.cotangents = cotangents
        self.kind = kind
        #: whether nodes are handed to the rules, so that what they do is recorded
        self.symbolic = symbolic
        #: the nodes that cotangents go to; None for all
        self.members = members
        #: whether cotangents may be Values or traced, and nothing is added to them in place
        self.apart = apart
        #: whether there has been a number that stands for an array
        self.uniform = False
        #: nodes whose cotangent is an array made here, which may be added to in place
        self.ours: set[Any] = set()
        #: what was taken from a node piece by piece, where cotangents may be Values
        self.parts: dict[Any, list[Scatter]] = {}

    def of(self, node: Any) -> Any:
        """Take out the cotangent of a node, to which nothing will be added any more; None where none came."""
        d = self.cotangents.pop(node, None)
        if node in self.parts:
            d = _gathered(self.parts.pop(node), node, d)
        return d

    def gather(self) -> None:
        """Make one cotangent of the pieces of each node."""
        for node in list(self.parts):
            self.cotangents[node] = self.of(node)

    def through(self, node: Any, d: Any) -> None:
        """Add what node's cotangent d gives to the cotangents of its arguments."""
        rule, kind, members = node.rule, self.kind, self.members
        arguments, given, options = node.computation
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
        if type(g) is type(x) is _ARRAY and g.dtype is x.dtype:
            if g.shape != x.shape:
                bias = node.rule.entrywise and g.shape[1:] == x.shape  # what is broadcast most often
                g = _total(g, 0) if bias else conform(g, x, node, "cotangent", "argument")
        elif type(g) is Scatter:
            self.scatter(argument, g)
            return
        elif isinstance(g, np.generic) and type(x) is np.ndarray and node.rule.ours:
            g = x.dtype.type(g)
            self.uniform = True
        elif not _fits(g._primal if type(g) is self.kind else g, x):
            g = conform(g, x, node, "cotangent", "argument")
        total = cotangents.get(argument)
        if total is None:
            cotangents[argument] = g
        elif self.apart:
            cotangents[argument] = total + g
        elif argument in ours:
            total += g
            cotangents[argument] = total  # which a sum with a scalar may have made a scalar since: no array to add to
        elif argument.rule is None and type(total) is _ARRAY and sole(total):
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


def _fits(g: Any, x: Any) -> bool:
    """Whether g is of the type, shape and dtype of x."""
    if type(g) is Tracer:
        return g.step.kind is float and is_float(x)
    return type(g) is type(x) and (type(x) is float or (g.shape == x.shape and g.dtype is x.dtype))


def _gathered(parts: list[Scatter], node: Any, d: Any) -> Any:
    """d, and one recorded sum of what was taken from a node piece by piece."""
    gathered = scattered(np.shape(node._primal), tuple(part.index for part in parts), *(part.d for part in parts))
    return gathered if d is None else d + gathered
