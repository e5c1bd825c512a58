"""Recording: evaluate a function on the numbers, and remember what is needed to differentiate it.

Operators and NumPy's protocols all lead to `record`. What may change later is told apart from what may not: arrays of
the caller's are copied where a rule will read them; a leaf's own array is shared with the recording as long as nobody
else holds it (see `memory`). So a recording keeps the numbers it was made with.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from .memory import FLOATS, guarded, held_alone, owned
from .node import Node, index, new_leaf, new_node
from .rules import COMPOSED, PLAIN, TABLE, Rule, refusal
from .rules.shapes import identity

_NUMBERS = (float, int, bool)
_IMMUTABLE = frozenset((float, int, bool, np.float64))
_FLOAT64 = (float, int, np.float64)
#: the no_grad blocks that are open here; a generator may close its own after others were opened, or in another task
_paused: contextvars.ContextVar[tuple[object, ...]] = contextvars.ContextVar("paused", default=())
#: called with every plain outcome that a Value decides (comparisons, sign, argmax, …), where somebody watches
_watcher: contextvars.ContextVar[Callable[[Any], None] | None] = contextvars.ContextVar("watcher", default=None)


class _NoGrad(contextlib.ContextDecorator):
    """A block in which nothing is recorded."""

    def __enter__(self) -> None:
        _paused.set((*_paused.get(), self))

    def __exit__(self, *error: object) -> None:
        blocks = list(_paused.get())
        if self in blocks:
            blocks.remove(self)
        _paused.set(tuple(blocks))

    def __call__(self, function: Any) -> Any:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"no_grad() cannot decorate the generator {function.__name__}, which runs after it is "
                            f"called: write `with no_grad():` inside it")  # fmt: skip
        if not inspect.iscoroutinefunction(function):
            return super().__call__(function)

        @functools.wraps(function)
        async def coroutine(*arguments: Any, **options: Any) -> Any:
            with self:
                return await function(*arguments, **options)

        return coroutine


def no_grad() -> _NoGrad:
    """Record nothing inside, in this thread or task only: results are leaves. A context manager and a decorator."""
    return _NoGrad()


@contextlib.contextmanager
def enable_grad() -> Iterator[None]:
    """Record inside, whatever is said outside: what the transforms do for the function they are given."""
    token = _paused.set(())
    try:
        yield
    finally:
        _paused.reset(token)


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
    return not _paused.get()


def name(value: Any, name: str) -> Any:
    """The same quantity under a name of its own, for derivations; anything but a Value is returned as it is.

    Where a graph is listed, a name used again becomes `z2[1]` (see `names`). TypeError for a name that is no string.
    """
    if not isinstance(name, str):
        raise TypeError(f"name is of type {type(name).__name__}: pass a string")
    if not isinstance(value, Node):
        return value
    named = record(identity, (value,), {})
    named.name = name
    return named


def names(nodes: Iterable[Node]) -> dict[Node, str]:
    """What the named among some nodes are called: the second z2 is `z2[1]`, the third `z2[2]`, in the order given."""
    called: dict[Node, str] = {}
    taken: set[str] = set()
    uses: dict[str, int] = {}
    for node in nodes:
        if node.name is None:
            continue
        unique = node.name
        while unique in taken:
            uses[node.name] = uses.get(node.name, 0) + 1
            unique = f"{node.name}[{uses[node.name]}]"
        taken.add(unique)
        called[node] = unique
    return called


def apply(function: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A NumPy function called with Values, by whatever table knows it; TypeError that names it where none does."""
    rule = TABLE.get(function)
    if rule is not None:
        return record(rule, arguments, options)
    written = COMPOSED.get(function)
    if written is not None:
        return written(*arguments, **options)
    if function in PLAIN:
        numbers = [plain(x) for x in arguments]
        with np.errstate(all="ignore") if all(type(x) in _NUMBERS for x in numbers) else contextlib.nullcontext():
            return _watched(function(*numbers, **{option: plain(x) for option, x in options.items()}))
    where = getattr(function, "__module__", None) or "numpy"
    raise TypeError(f"{where}.{getattr(function, '__name__', function)} of a Value {refusal(function)}")


def plain(x: Any) -> Any:
    """x with the numbers in place of the Values in it."""
    if isinstance(x, Node):
        return x._primal
    return type(x)(map(plain, x)) if type(x) in (list, tuple) else x


def record(rule: Rule, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Evaluate a rule's function on Values and other arguments, and remember what is needed to differentiate it.

    TypeError for an option the rule does not know, for a Value where the function has no derivative, and for a result
    that a Value does not hold. An error of the function itself keeps its text, with the operation and its arguments.
    """
    if options or len(arguments) > rule.positions:
        arguments, options = _positional(rule.function, arguments, options)
        rule.check(arguments, options)
    kind = Node
    operands: list[Any] = []
    scalar = True
    copied = False
    exposed = False  # whether somebody outside may write to an operand's memory
    for argument in arguments:
        if isinstance(argument, Node):
            kind = type(argument)
            operand = argument._primal
            if type(operand) is not float:
                scalar = False
                if argument.rule is None and not argument._shared and type(operand) is np.ndarray:
                    del operand
                    if held_alone(argument):
                        argument._shared = True
                        operand = argument._primal
                    else:
                        exposed = True
                        operand = argument._primal.copy(order="K") if rule.reads else argument._primal
        else:
            operand = argument
            if type(operand) is np.ndarray:
                scalar = False
                if rule.reads or rule.parametric:
                    operand = operand.copy(order="K")
                    copied = True
            elif type(operand) not in _NUMBERS:
                scalar = False
                if isinstance(operand, (list, tuple, np.ndarray)):
                    operand = _fixed(operand, rule)
                    copied = True
        operands.append(operand)
    for i in rule.undifferentiated:
        if i < len(arguments) and isinstance(arguments[i], Node):
            raise TypeError(f"{rule.name} has no derivative in its argument {i}: pass value.data there")
    if scalar:
        y = _evaluate_scalar(rule, operands, options)
    else:
        try:
            if rule.ours:
                y = rule.evaluate(*operands, **options) if options else rule.evaluate(*operands)
            else:
                y = rule.evaluate(*map(guarded, operands), **options)
                y = owned(y)
        except (ValueError, IndexError, TypeError) as error:
            raise _explained(error, rule, arguments) from error
        if type(y) in (int, float):
            y = np.float64(y)
        elif type(y) is not np.float64 and not (isinstance(y, (np.ndarray, np.generic)) and y.dtype.char in FLOATS):
            raise TypeError(
                f"{rule.name} of {', '.join(map(_described, arguments))} gave {getattr(y, 'dtype', type(y).__name__)}, "
                f"and a Value holds float32 or float64: convert the other argument"
            )
        if exposed and not rule.reads and any(np.may_share_memory(y, x) for x in operands if type(x) is np.ndarray):
            y = y.copy(order="K")
    if _paused.get():
        return new_leaf(kind, y if type(y) is float else np.array(y))
    if len(operands) <= 2 and not options and not rule.joint and _IMMUTABLE.issuperset(map(type, operands)):
        return new_node(kind, y, rule, arguments[0], arguments[1] if len(operands) == 2 else None)
    if copied:
        arguments = tuple([a if isinstance(a, Node) else x for a, x in zip(arguments, operands, strict=True)])
    return new_node(kind, y, rule, None, None, (arguments, tuple(operands), options))


def unary(function: Any) -> Callable[[Any], Any]:
    """An operator of one argument; Python floats take a short way."""
    rule = TABLE[function]
    scalar = rule.scalar or _no_scalar

    def method(self: Node) -> Any:
        a = self._primal
        if type(a) is float and not _paused.get():
            try:
                return new_node(type(self), scalar(a), rule, self, None)
            except (ArithmeticError, ValueError):
                pass
        del a  # `record` asks who else holds it
        return record(rule, (self,), {})

    method.__doc__ = f"{rule.name} of self, entry by entry."
    return method


def binary(function: Any) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """An operator of two arguments, and its reflection; numbers take a short way."""
    rule = TABLE[function]
    arithmetic = rule.evaluate if function in (np.add, np.subtract, np.multiply, np.divide) else None
    square = TABLE[np.square] if function is np.multiply else None  # x·x: one partial instead of two
    scalar = rule.scalar or _no_scalar
    new, following, paused = object.__new__, index.__next__, _paused.get

    def method(self: Node, other: Any) -> Any:
        a = self._primal
        if type(a) is float and not paused():
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
                        node.general = node._grad = node.name = None
                        node._shared = False
                        node.index = following()
                        return node
                elif type(other) is float or type(other) is int:
                    return new_node(kind, scalar(a, other), rule, self, other)
            except (ArithmeticError, ValueError):
                pass
        elif type(a) is np.float64 and arithmetic is not None and not paused():
            b = other._primal if type(other) is type(self) else other
            if type(b) in _FLOAT64:
                return new_node(type(self), arithmetic(a, b), rule, self, other)
        del a  # `record` asks who else holds it
        if other is self and square is not None:
            return record(square, (self,), {})
        return record(rule, (self, other), {}) if _is_operand(other) else NotImplemented

    def reflected(self: Node, other: Any) -> Any:
        return record(rule, (other, self), {}) if _is_operand(other) else NotImplemented

    return method, reflected


def comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A comparison: entry by entry, and plain."""

    def method(self: Node, other: Any) -> Any:
        return _watched(compare(self._primal, plain(other)))

    return method


def _no_scalar(*operands: float) -> float:
    raise ValueError("no faster way on Python floats")


def _fixed(x: Any, rule: Rule | None = None) -> Any:
    """An argument or option that nobody else can change. TypeError for a masked array and others of their own kind."""
    if rule is not None and rule.broadcasts and type(x) in (list, tuple):
        return np.array(x)
    if type(x) in (list, tuple):
        return type(x)(map(_fixed, x))
    if not isinstance(x, np.ndarray):
        return x
    if type(x) not in (np.ndarray, np.memmap):
        raise TypeError(f"a {type(x).__name__} does not mix with Values: pass np.asarray(…) of it")
    return np.array(x, order="K")


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


def _explained(error: Exception, rule: Rule, arguments: tuple[Any, ...]) -> Exception:
    """An error of NumPy's with its text, the operation, and what it was given."""
    kind: type[Exception] = TypeError
    if isinstance(error, (ValueError, IndexError)):
        kind = type(error) if type(error) in (IndexError, np.exceptions.AxisError) else ValueError
    return kind(f"{error} (in {rule.name} of {', '.join(map(_described, arguments))})")


def _described(x: Any) -> str:
    if isinstance(x, (Node, np.ndarray)):
        return f"{getattr(x, 'name', None) or type(x).__name__}{list(np.shape(plain(x)))}"
    return repr(x) if isinstance(x, (int, float, tuple, str, slice)) else type(x).__name__


def _positional(
    function: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Values given by keyword put in their places; NumPy's «not given» left out."""
    options = {option: _fixed(x) for option, x in options.items() if x is not np._NoValue}
    if any(isinstance(x, Node) for x in options.values()):
        names = list(inspect.signature(function).parameters)
        while len(arguments) < len(names) and names[len(arguments)] in options:
            arguments = (*arguments, options.pop(names[len(arguments)]))
        for option, x in options.items():
            if isinstance(x, Node):
                raise TypeError(f"{option}= of a Value has no derivative: pass value.data")
    return arguments, options
