"""From what is called with Values to what is recorded of it; the most frequent calls in few steps.

`record` looks at everything that may be given. Where there are only Values, arrays of floats and numbers, little of
that is needed, and on small arrays it would take most of the time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

from .context import paused, watched
from .memory import held_alone, lasting
from .node import Node, new_node
from .recording import plain, record
from .rules import COMPOSED, PLAIN, TABLE, Rule, refusal

_PYTHON = frozenset((float, int, bool))
_ARRAYS = frozenset((np.ndarray, np.float64, np.float32))
_FIXED = _PYTHON | _ARRAYS
_OPTIONS = frozenset((int, bool, type(None)))
_SINGLE, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
_FAILURES = (ArithmeticError, ValueError, IndexError, TypeError)


def apply(function: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A NumPy function called with Values, by whatever table knows it; TypeError that names it where none does."""
    rule = TABLE.get(function)
    if rule is not None:
        return given(rule, arguments, options)
    written = COMPOSED.get(function)
    if written is not None:
        return written(*arguments, **options)
    if function in PLAIN:
        numbers = [plain(x) for x in arguments]
        with np.errstate(all="ignore") if all(type(x) in _PYTHON for x in numbers) else contextlib.nullcontext():
            return watched(function(*numbers, **{option: plain(x) for option, x in options.items()}))
    where = getattr(function, "__module__", None) or "numpy"
    raise TypeError(f"{where}.{getattr(function, '__name__', function)} of a Value {refusal(function)}")


def given(rule: Rule, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """`record`, by the shortest way."""
    if len(arguments) == 1 and isinstance(arguments[0], Node):
        return one(rule, arguments[0], options)
    if len(arguments) == 2 and not options:
        return two(rule, *arguments)
    return record(rule, arguments, options)


def one(rule: Rule, argument: Any, options: dict[str, Any] | None = None) -> Any:
    """`record` of one Value."""
    a = _settled(argument, rule)
    if type(a) in _ARRAYS and rule.direct is not None and not paused.get():
        try:
            if not options:
                y = rule.direct(a)
                if _is_held(y):
                    return new_node(type(argument), y, rule, argument, None, (a, None))
            elif rule.options and options.keys() <= rule.options and _OPTIONS.issuperset(map(type, options.values())):
                y = rule.direct(a, **options)
                if _is_held(y):
                    return new_node(type(argument), y, rule, None, None, ((argument,), (a,), options))
        except _FAILURES:
            pass  # `record` says what is wrong
    del a  # `record` asks who else holds it
    return record(rule, (argument,), options or {})


def two(rule: Rule, left: Any, right: Any) -> Any:
    """`record` of two arguments, one of them a Value at least."""
    if left is right and rule.twice is not None:
        return one(rule.twice, left)
    a = left._primal if isinstance(left, Node) and (left._shared or left.rule is not None) else _settled(left, rule)
    b = (
        right._primal
        if isinstance(right, Node) and (right._shared or right.rule is not None)
        else _settled(right, rule)
    )
    if type(a) in _FIXED and type(b) in _FIXED and not (type(a) in _PYTHON and type(b) in _PYTHON):
        try:
            if rule.direct is not None and _is_held(y := rule.direct(a, b)) and not paused.get():
                if isinstance(left, Node):
                    return new_node(type(left), y, rule, left, right if isinstance(right, Node) else b, (a, b))
                return new_node(type(right), y, rule, a, right, (a, b))
        except _FAILURES:
            pass  # `record` says what is wrong
    del a, b  # `record` asks who else holds them
    return record(rule, (left, right), {})


def _settled(x: Any, rule: Rule) -> Any:
    """The numbers of an argument as nobody else can change them; None where `record` has to look closer."""
    if isinstance(x, Node):
        if x.rule is not None or x._shared or type(x._primal) is not np.ndarray:
            return x._primal
        if held_alone(x):
            x._shared = True
            return x._primal
        return None
    if type(x) is np.ndarray:
        return lasting(x) if rule.reads or rule.parametric else x
    return x


def _is_held(y: Any) -> bool:
    """Whether a Value holds y."""
    if type(y) is np.ndarray:
        return y.dtype is _DOUBLE or y.dtype is _SINGLE
    return type(y) is np.float64 or type(y) is np.float32
