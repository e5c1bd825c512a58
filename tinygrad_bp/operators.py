"""Python's operators on Values. Numbers take a short way; everything else leads to `record`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .context import paused, watched
from .dispatch import one, two
from .node import Node, index, new_node
from .recording import plain
from .rules import TABLE
from .tracing import Tracer

_NUMBERS = (float, int, np.float64)


def unary(function: Any) -> Callable[[Any], Any]:
    """An operator of one argument; Python floats take a short way."""
    rule = TABLE[function]
    scalar = rule.scalar or _no_scalar

    def method(self: Node) -> Any:
        a = self._primal
        if type(a) is float and not paused.get():
            try:
                return new_node(type(self), scalar(a), rule, self, None)
            except (ArithmeticError, ValueError):
                pass
        del a  # `one` asks who else holds it
        return one(rule, self)

    method.__doc__ = f"{rule.name} of self, entry by entry."
    return method


def binary(function: Any) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """An operator of two arguments, and its reflection; numbers take a short way."""
    rule = TABLE[function]
    arithmetic = rule.evaluate if function in (np.add, np.subtract, np.multiply, np.divide) else None
    scalar = rule.scalar or _no_scalar
    summing = function is np.add
    new, following, is_paused, array, number = object.__new__, index.__next__, paused.get, np.ndarray, np.float64

    def method(self: Node, other: Any) -> Any:
        a = self._primal
        if type(a) is float and not is_paused():
            try:
                kind = type(self)
                if type(other) is kind:
                    b = other._primal
                    if type(b) is float:
                        node = new(kind)  # new_node, written out: the most frequent call of all
                        node._primal = scalar(a, b)
                        node.rule = rule
                        node.left = self
                        node.right = other
                        node.general = None
                        node._shared = False
                        node.index = following()
                        return node
                elif type(other) is float or type(other) is int:
                    return new_node(kind, scalar(a, other), rule, self, other)
            except (ArithmeticError, ValueError):
                pass
        elif type(a) is array and type(other) is type(self):
            del a  # `two` asks who else holds it
            return two(rule, self, other)
        elif type(a) is number and arithmetic is not None and not is_paused():
            b = other._primal if type(other) is type(self) else other
            if type(b) in _NUMBERS:
                return new_node(type(self), arithmetic(a, b), rule, self, other)
        elif type(a) is Tracer and a.step.kind is float and not is_paused():
            b = other._primal if type(other) is type(self) else other
            if type(b) is float or type(b) is int or (type(b) is Tracer and b.step.kind is float):
                return new_node(type(self), rule.evaluate(a, b), rule, self, other)
        del a  # `two` asks who else holds it
        return two(rule, self, other) if type(other) is type(self) or _is_operand(other) else NotImplemented

    def reflected(self: Node, other: Any) -> Any:
        b = self._primal
        if type(b) in _NUMBERS and type(other) in _NUMBERS and arithmetic is not None and not is_paused():
            if summing and type(other) is int and other == 0 != b and self.rule is not None:
                return self  # sum(…) starts from 0, which changes nothing but the sign of a zero
            try:
                y = scalar(other, b) if type(b) is float and type(other) is not number else arithmetic(other, b)
                return new_node(type(self), y, rule, other, self)
            except (ArithmeticError, ValueError):
                pass
        del b
        return two(rule, other, self) if _is_operand(other) else NotImplemented

    return method, reflected


def comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A comparison: entry by entry, and plain."""

    def method(self: Node, other: Any) -> Any:
        return watched(compare(self._primal, plain(other)))

    return method


def _no_scalar(*operands: float) -> float:
    raise ValueError("no faster way on Python floats")


def _is_operand(x: Any) -> bool:
    """Whether an operator takes x, or leaves it to x's own."""
    return isinstance(x, (Node, float, int, np.ndarray, np.generic, complex, list, tuple, Tracer))
