"""What a function is given, in fewer steps, and what it only gives back: to the last bit (see `simplify`)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..rules.shapes import cast, identity
from ..tracing import Constant, Step, number
from .alike import alike, in_one_order

#: whose result is rounded to the nearest number, however it is computed
_ARITHMETIC = frozenset((np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.where))
#: what gives its argument, if that is real
_SAME = frozenset((identity.function, np.positive, np.conjugate, np.copy, np.real))


def repeated_argument(step: Step) -> Step | None:
    """The argument that a step's function gives back as it is, if its dtype stays."""
    function, arguments = step.function, step.arguments
    if step.options or (step.dtype is not None and step.dtype.kind not in "fiub"):
        return None
    x: Any = None
    if len(arguments) == 1:
        x = arguments[0]
        if function is np.negative and isinstance(x, Step) and x.function is np.negative and not x.options:
            x = x.arguments[0]
        elif function not in _SAME:
            x = None
    elif function is cast.function:
        x = arguments[0]
    elif len(arguments) == 2:
        for unit, other in ((arguments[1], arguments[0]), (arguments[0], arguments[1])):
            left = unit is arguments[0]
            if _is_one(unit) and (function is np.multiply or (not left and function in (np.divide, operator.pow))):
                x = other
                break
            if function is np.bitwise_or and _is_false(unit):
                x = other
                break
    return x if isinstance(x, Step) else None


def _is_one(x: Any) -> bool:
    if isinstance(x, Constant):
        return x.dtype.kind == "f" and bool(np.all(x.value == 1))
    return isinstance(x, (int, float, np.integer, np.floating)) and not isinstance(x, bool) and bool(x == 1)


def _is_false(x: Any) -> bool:
    if isinstance(x, Constant):
        return x.dtype.kind == "b" and not np.any(x.value)
    return isinstance(x, (bool, np.bool_)) and not x


def settled(step: Step) -> bool:
    """Whether a step gives the same whatever it is given: x & False is False, x⁰ is 1, of nan as well."""
    if step.function is np.bitwise_and:
        return step.dtype.kind == "b" and any(map(_is_false, step.arguments))
    if step.function in (np.power, operator.pow):
        exponent = step.arguments[1]
        return step.dtype.kind == "f" and isinstance(exponent, (int, float)) and exponent == 0
    return False


def without_broadcasts(
    function: Callable[..., Any] | None, arguments: tuple[Any, ...], options: dict[str, Any], old: Step
) -> tuple[Any, ...]:
    """The arguments of an elementwise function, those that were only stretched to its shape as they were before."""
    elementwise = function is np.where or (isinstance(function, np.ufunc) and function.signature is None)
    if not elementwise or options:
        return arguments
    for i, x in enumerate(arguments):
        if isinstance(x, Step) and x.function is np.broadcast_to and x.name is None:
            narrow = x.arguments[0]
            if isinstance(narrow, Step) and narrow.kind in (int, float, bool):
                continue
            shapes = [np.shape(number(narrow if j == i else y)) for j, y in enumerate(arguments)]
            if np.broadcast_shapes(*shapes) == old.shape and _dtype(narrow) == x.dtype:
                arguments = (*arguments[:i], narrow, *arguments[i + 1 :])
    return arguments


def as_numbers(
    function: Callable[..., Any] | None, arguments: tuple[Any, ...], options: dict[str, Any], old: Step
) -> tuple[Any, ...]:
    """The arguments of an arithmetic function, a number in place of a constant array of nothing but that."""
    if function not in _ARITHMETIC or options or not old.shape:
        return arguments
    for i, x in enumerate(arguments):
        others = [y for y in arguments if y is not x and isinstance(y, Step) and in_one_order(y.value, old.value)]
        if others and isinstance(x, Constant) and x.value.size > 1:
            first = x.value.flat[0]
            if x.value.tobytes() == np.broadcast_to(first, x.shape).tobytes():
                arguments = (*arguments[:i], first, *arguments[i + 1 :])
    return arguments


def reshaped_once(
    function: Callable[..., Any] | None, arguments: tuple[Any, ...], options: dict[str, Any], old: Step
) -> tuple[Any, ...]:
    """The arguments of a reshape, without one before it."""
    x = arguments[0] if arguments else None
    if function is np.reshape and not options and isinstance(x, Step) and x.function is np.reshape and not x.options:
        first = x.arguments[0]
        if isinstance(first, Step) and alike(np.reshape(number(first), arguments[1]), old.value):
            return (first, *arguments[1:])
    return arguments


def _dtype(x: Any) -> Any:
    return getattr(x, "dtype", None)
