"""Recording: evaluate a function on the numbers, and remember what is needed to differentiate it.

Operators and NumPy's protocols all lead to `record`. What may change later is told apart from what may not: arrays of
the caller's are copied where a rule will read them; a leaf's own array is shared with the recording as long as nobody
else holds it (see `memory`). So a recording keeps the numbers it was made with.
"""

from __future__ import annotations

import contextlib
import contextvars
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .memory import FLOATS, held_alone
from .node import Node, new_leaf, new_node
from .rules import COMPOSED, PLAIN, REFUSED, TABLE, Rule
from .rules.shapes import identity

_recording: contextvars.ContextVar[bool] = contextvars.ContextVar("recording", default=True)
#: called with every plain outcome that a Value decides (comparisons, sign, argmax, …), where somebody watches
_watcher: contextvars.ContextVar[Callable[[Any], None] | None] = contextvars.ContextVar("watcher", default=None)


@contextlib.contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside, in this thread or task only: results are leaves. A context manager and a decorator."""
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)


@contextlib.contextmanager
def enable_grad() -> Iterator[None]:
    """Record inside, whatever is said outside: what the transforms do for the function they are given."""
    token = _recording.set(True)
    try:
        yield
    finally:
        _recording.reset(token)


@contextlib.contextmanager
def watching(watcher: Callable[[Any], None]) -> Iterator[None]:
    """Inside, in this thread or task only, hand every plain outcome that a Value decides to `watcher`."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def _watched(outcome: Any) -> Any:
    watcher = _watcher.get()
    if watcher is not None:
        watcher(outcome)
    return outcome


def is_recording() -> bool:
    """Whether operations are recorded here."""
    return _recording.get()


def name(value: Any, name: str) -> Any:
    """The same quantity under a name of its own, for derivations; anything but a Value is returned as it is."""
    if not isinstance(value, Node):
        return value
    named = record(identity, (value,), {})
    named.name = name
    return named


def apply(function: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A NumPy function called with Values, by whatever table knows it; TypeError that names it where none does."""
    rule = TABLE.get(function)
    if rule is not None:
        return record(rule, arguments, options)
    written = COMPOSED.get(function)
    if written is not None:
        return written(*arguments, **options)
    if function in PLAIN:
        return _watched(function(*map(plain, arguments), **{option: plain(x) for option, x in options.items()}))
    where = getattr(function, "__module__", None) or "numpy"
    why = REFUSED.get(function, "has no rule: state one with tinygrad_bp.primitive, or apply it to value.data")
    raise TypeError(f"{where}.{getattr(function, '__name__', function)} of a Value {why}")


def plain(x: Any) -> Any:
    """x with the numbers in place of the Values in it."""
    if isinstance(x, Node):
        return x._data
    return type(x)(map(plain, x)) if type(x) in (list, tuple) else x


def record(rule: Rule, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Evaluate a rule's function on Values and other arguments, and remember what is needed to differentiate it.

    TypeError for an option the rule does not know, for a Value where the function has no derivative, and for a result
    that a Value does not hold. An error of the function itself keeps its text, with the operation and its arguments.
    """
    if options:
        arguments, options = _positional(rule.function, arguments, options)
    if options or len(arguments) > rule.positions:
        rule.check(arguments, options)
    kind = Node
    parents: list[Node | None] = []
    operands: list[Any] = []
    scalar = True
    exposed = False  # whether somebody outside may write to an operand's memory
    for argument in arguments:
        operand = argument
        if isinstance(argument, Node):
            kind = type(argument)
            operand = argument._data
            if type(operand) is np.ndarray and argument.rule is None and not argument._shared:
                del operand
                if held_alone(argument):
                    argument._shared = True
                else:
                    exposed = True
                operand = argument._data.copy(order="K") if exposed and rule.reads else argument._data
            scalar = scalar and type(operand) is float
            parents.append(argument)
        else:
            if type(operand) is np.ndarray:
                operand = operand.copy(order="K") if rule.reads else operand
            elif rule.broadcasts and type(operand) in (list, tuple):
                operand = np.array(operand)
            scalar = scalar and type(operand) in (int, float)
            parents.append(None)
        operands.append(operand)
    for i in rule.undifferentiated:
        if i < len(parents) and parents[i] is not None:
            raise TypeError(f"{rule.name} has no derivative in its argument {i}: pass value.data there")
    if scalar:
        y = _evaluate_scalar(rule, operands, options)
    else:
        y = _evaluate(rule, operands, options, arguments)
        if exposed and not rule.reads and any(np.may_share_memory(y, x) for x in operands if type(x) is np.ndarray):
            y = y.copy(order="K")
    if not _recording.get():
        return new_leaf(kind, y if type(y) is float else np.array(y))
    return new_node(kind, y, rule, tuple(parents), tuple(operands), options or None)


def unary(function: Any) -> Callable[[Any], Any]:
    """An operator of one argument; Python floats take a short way."""
    rule = TABLE[function]
    scalar = rule.scalar or _no_scalar

    def method(self: Node) -> Any:
        a = self._data
        if type(a) is float and _recording.get():
            try:
                return new_node(type(self), scalar(a), rule, (self,), (a,), None)
            except (ArithmeticError, ValueError):
                pass
        return record(rule, (self,), {})

    method.__doc__ = f"{rule.name} of self, entry by entry."
    return method


def binary(function: Any) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """An operator of two arguments, and its reflection; Python floats take a short way."""
    rule = TABLE[function]
    scalar = rule.scalar or _no_scalar

    def method(self: Node, other: Any) -> Any:
        a = self._data
        if type(a) is float and _recording.get():
            try:
                if type(other) is type(self):
                    b = other._data
                    if type(b) is float:
                        return new_node(type(self), scalar(a, b), rule, (self, other), (a, b), None)
                elif type(other) is float or type(other) is int:
                    return new_node(type(self), scalar(a, other), rule, (self, None), (a, other), None)
            except (ArithmeticError, ValueError):
                pass
        return record(rule, (self, other), {}) if _is_operand(other) else NotImplemented

    def reflected(self: Node, other: Any) -> Any:
        return record(rule, (other, self), {}) if _is_operand(other) else NotImplemented

    return method, reflected


def comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A comparison: entry by entry, and plain."""

    def method(self: Node, other: Any) -> Any:
        return _watched(compare(self._data, plain(other)))

    return method


def _no_scalar(*operands: float) -> float:
    raise ValueError("no faster way on Python floats")


def _is_operand(x: Any) -> bool:
    """Whether an operator takes x, or leaves it to x's own."""
    return isinstance(x, (Node, int, float, complex, np.ndarray, np.generic, list, tuple))


def _evaluate_scalar(rule: Rule, operands: list[Any], options: dict[str, Any]) -> Any:
    """A function of Python numbers: a Python float, with NumPy's inf and nan where Python raises."""
    if rule.scalar is not None and not options:
        try:
            return rule.scalar(*operands)
        except (ArithmeticError, ValueError):
            pass
    with np.errstate(all="ignore"):
        y = rule.function(*(np.float64(x) if type(x) is float else x for x in operands), **options)
    return float(y) if np.shape(y) == () else y


def _evaluate(rule: Rule, operands: list[Any], options: dict[str, Any], arguments: tuple[Any, ...]) -> Any:
    """A function of arrays, its errors with the operation and what it was given."""
    try:
        y = rule.function(*operands, **options)
    except (ValueError, IndexError, TypeError) as error:
        kind = type(error) if type(error) in (ValueError, IndexError, np.exceptions.AxisError) else (
            ValueError if isinstance(error, ValueError) else TypeError)  # fmt: skip
        raise kind(f"{error} (in {rule.name} of {', '.join(map(_described, arguments))})") from error
    if isinstance(y, (np.ndarray, np.generic)) and y.dtype.char in FLOATS:
        return y
    got = getattr(y, "dtype", type(y).__name__)
    raise TypeError(f"{rule.name} of {', '.join(map(_described, arguments))} gave {got}, and a Value holds float32 or "
                    f"float64: convert the other argument")  # fmt: skip


def _described(x: Any) -> str:
    if isinstance(x, (Node, np.ndarray)):
        return f"{getattr(x, 'name', None) or type(x).__name__}{list(np.shape(plain(x)))}"
    return repr(x) if isinstance(x, (int, float, tuple, str, slice)) else type(x).__name__


def _positional(
    function: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Values given by keyword put in their places; NumPy's «not given» left out."""
    options = {option: x for option, x in options.items() if x is not np._NoValue}
    if any(isinstance(x, Node) for x in options.values()):
        names = list(inspect.signature(function).parameters)
        while len(arguments) < len(names) and names[len(arguments)] in options:
            arguments = (*arguments, options.pop(names[len(arguments)]))
        for option, x in options.items():
            if isinstance(x, Node):
                raise TypeError(f"{option}= of a Value has no derivative: pass value.data")
    return arguments, options
