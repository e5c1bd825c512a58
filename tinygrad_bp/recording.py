"""Recording: evaluate a function on the numbers, and remember what is needed to differentiate it.

Operators and NumPy's protocols all lead to `record`. What may change later is told apart from what may not: arrays of
the caller's are copied where a rule will read them; a leaf's own array is shared with the recording as long as nobody
else holds it (see `memory`). So a recording keeps the numbers it was made with.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .context import paused
from .memory import FLOATS, guarded, held_alone, lasting, owned
from .node import Node, new_leaf, new_node
from .rules import Rule
from .rules.shapes import identity
from .tracing import Tracer

_NUMBERS = (float, int, bool)
_ARRAYS = (np.ndarray, np.generic, Tracer)
_IMMUTABLE = frozenset((float, int, bool, np.float64))


def name(value: Any, name: str) -> Any:
    """The same quantity under a name of its own, for derivations; anything but a Value is returned as it is.

    Where a graph is listed, a name used again becomes `z2[1]` (see `names`). TypeError for a name that is no string.
    """
    if not isinstance(name, str):
        raise TypeError(f"name is of type {type(name).__name__}: pass a string")
    if type(value) is Tracer:
        return value.named(name)
    if not isinstance(value, Node):
        return value
    named = record(identity, (value,), {})
    named.name = name
    if type(named._primal) is Tracer:
        named._primal.step.name = name
        named._primal.tape.named.append(named._primal.step)
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
        arguments, options = rule.accepted(arguments, options)
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
                    operand = lasting(operand)
                    copied = True
            elif type(operand) not in _NUMBERS:
                scalar = False
                if isinstance(operand, (list, tuple, np.ndarray)):
                    operand = _fixed(operand, rule)
                    copied = True
        operands.append(operand)
    if rule.undifferentiated or len(arguments) > rule.stated:
        for i in (*rule.undifferentiated, *range(rule.stated, len(arguments))):
            if i < len(arguments) and isinstance(arguments[i], Node):
                raise TypeError(f"{rule.name} has no derivative in its argument {i}: pass value.data there")
    if scalar:
        y = _evaluate_scalar(rule, operands, options)
    else:
        try:
            if rule.ours:
                evaluate = rule.function if type(operands[0]) is float else rule.evaluate  # which is for arrays
                y = evaluate(*operands, **options) if options else evaluate(*operands)
            else:
                y = rule.evaluate(*map(guarded, operands), **options)
                y = owned(y)
        except (ValueError, IndexError, TypeError) as error:
            raise explained(error, rule.name, arguments) from error
        if type(y) in (int, float):
            y = np.float64(y)
        elif type(y) is not np.float64 and not (
            isinstance(y, (np.ndarray, np.generic, Tracer)) and y.dtype.char in FLOATS
        ):
            raise TypeError(
                f"{rule.name} of {', '.join(map(_described, arguments))} gave {getattr(y, 'dtype', type(y).__name__)}, "
                f"and a Value holds float32 or float64: convert the other argument"
            )
        if exposed and not rule.reads and any(np.may_share_memory(y, x) for x in operands if type(x) is np.ndarray):
            y = y.copy(order="K")
    if paused.get():
        return new_leaf(kind, y if type(y) in (float, Tracer) else np.array(y))
    if copied:
        arguments = tuple([a if isinstance(a, Node) else x for a, x in zip(arguments, operands, strict=True)])
    fixed = type(y) is not np.ndarray and _IMMUTABLE.issuperset(map(type, operands))
    if (
        len(operands) > 2
        or (options and (fixed or len(operands) > 1))
        or rule.joint
        or not all(x is not None for x in operands)
        or not (rule.ours or fixed)
    ):
        return new_node(kind, y, rule, None, None, (arguments, tuple(operands), options))
    if len(operands) == 1:
        return new_node(kind, y, rule, arguments[0], None, None if fixed else (operands[0], options or None))
    return new_node(kind, y, rule, arguments[0], arguments[1], None if fixed else tuple(operands))


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


def explained(error: Exception, name: str, arguments: Iterable[Any]) -> Exception:
    """An error of NumPy's with its text, the operation, and what it was given."""
    kind: type[Exception] = TypeError
    if isinstance(error, (ValueError, IndexError)):
        kinds = IndexError, np.exceptions.AxisError, np.linalg.LinAlgError
        kind = type(error) if type(error) in kinds else ValueError
    return kind(f"{error} (in {name} of {', '.join(map(_described, arguments))})")


def _described(x: Any) -> str:
    if isinstance(x, (Node, np.ndarray)):
        return f"{getattr(x, 'name', None) or type(x).__name__}{list(np.shape(plain(x)))}"
    if isinstance(x, (list, tuple)) and any(isinstance(part, (Node, np.ndarray)) for part in x):
        return f"[{', '.join(map(_described, x))}]"
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
