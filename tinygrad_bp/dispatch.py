"""From what is called with Values to what is recorded of it; the most frequent calls in few steps.

`record` looks at everything that may be given. Where there are only Values, arrays of floats and numbers, little of
that is needed, and on small arrays it would take most of the time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np

from .calls import composed
from .context import paused, watched
from .memory import ALONE, FLOATS, lasting, references
from .node import Node, new_node
from .recording import plain, record
from .rules import COMPOSED, PLAIN, TABLE, Rule, refusal

_PYTHON = frozenset((float, int, bool))
_ARRAY = np.ndarray
_ARRAYS = frozenset((np.ndarray, np.float64, np.float32))
_FIXED = _PYTHON | _ARRAYS
_OPTIONS = frozenset((int, bool, type(None)))
_DOUBLE = np.dtype(np.float64)
#: what rules ask most often that is no derivative
_OUTLINES = {np.shape: attrgetter("shape"), np.ndim: attrgetter("ndim"), np.size: attrgetter("size")}
_FAILURES = (ArithmeticError, ValueError, IndexError, TypeError)


def apply(function: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A NumPy function called with Values, by whatever table knows it; TypeError that names it where none does."""
    rule = TABLE.get(function)
    if rule is not None:
        return given(rule, arguments, options)
    if function in _OUTLINES and len(arguments) == 1 and not options:
        return watched(_OUTLINES[function](arguments[0]))
    written = COMPOSED.get(function)
    if written is not None:
        return composed(function, written, arguments, options)
    if function in PLAIN:
        numbers = [plain(x) for x in arguments]
        with np.errstate(all="ignore") if all(type(x) in _PYTHON for x in numbers) else contextlib.nullcontext():
            return watched(function(*numbers, **{option: plain(x) for option, x in options.items()}))
    where = getattr(function, "__module__", None) or "numpy"
    raise TypeError(f"{where}.{getattr(function, '__name__', function)} of a Value {refusal(function)}")


def given(rule: Rule, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """`record`, by the shortest way."""
    if len(arguments) == 1:
        return one(rule, arguments[0], options)
    if len(arguments) == 2 and not options:
        return two(rule, *arguments)
    return record(rule, arguments, options)


def one(rule: Rule, argument: Any, options: dict[str, Any] | None = None) -> Any:
    """`record` of one argument."""
    direct = rule.direct
    if (
        direct is not None
        and isinstance(argument, Node)
        and (argument._shared or argument.rule is not None or _settled(argument))
    ):
        a = argument._primal
        if type(a) in _ARRAYS and not paused.get():
            try:
                if not options:
                    y = direct(a)
                    if (type(y) is _ARRAY and y.dtype is _DOUBLE) or _held(y):
                        return new_node(type(argument), y, rule, argument, None, (a, None))
                elif rule.options and rule.options.issuperset(options) and _plain(options):
                    y = direct(a, **options)
                    if (type(y) is _ARRAY and y.dtype is _DOUBLE) or _held(y):
                        return new_node(type(argument), y, rule, argument, None, (a, options))
            except _FAILURES:
                pass  # `record` says what is wrong
        del a  # `record` asks who else holds it
    return record(rule, (argument,), options or {})


def two(rule: Rule, left: Any, right: Any) -> Any:
    """`record` of two arguments, one of them a Value at least."""
    if left is right and rule.twice is not None:
        return one(rule.twice, left)
    direct = rule.direct
    if direct is not None and not paused.get():
        if isinstance(left, Node):
            kind = type(left)
            a = left._primal if left._shared or left.rule is not None or _settled(left) else None
        else:
            kind = type(right)
            a = left = lasting(left) if type(left) is _ARRAY and (rule.reads or rule.parametric) else left
        if type(right) is kind:
            settled = rule.stated > 1 and (right._shared or right.rule is not None or _settled(right))
            b = right._primal if settled else None
        else:
            b = right = lasting(right) if type(right) is _ARRAY and (rule.reads or rule.parametric) else right
        if type(b) in (_FIXED if type(a) in _ARRAYS else _ARRAYS if type(a) in _PYTHON else ()):
            try:
                y = direct(a, b)
                if (type(y) is _ARRAY and y.dtype is _DOUBLE) or _held(y):
                    return new_node(kind, y, rule, left, right, (a, b))
            except _FAILURES:
                pass  # `record` says what is wrong
        del a, b  # `record` asks who else holds them
    return record(rule, (left, right), {})


def _settled(leaf: Any) -> bool:
    """Whether a leaf's numbers are, from now on, such as nobody else can change; `record` looks closer if not."""
    leaf._shared = alone = type(leaf._primal) is not _ARRAY or references(leaf._primal) <= ALONE
    return alone


def _plain(options: dict[str, Any]) -> bool:
    """Whether all options are such that there is nothing to look into."""
    return _OPTIONS.issuperset(map(type, options.values()))


def _held(y: Any) -> bool:
    """Whether y is what a Value holds."""
    return type(y) in _ARRAYS and y.dtype.char in FLOATS  # not always NumPy's own dtype: an unpickled array has another
