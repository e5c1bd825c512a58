"""A program run on new numbers, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..tracing import Argument, Constant, Step
from ..tracing.evaluate import evaluate
from ..tracing.step import map_steps
from ..tree import map_leaves, same_structure

if TYPE_CHECKING:
    from .program import Program


def call(program: Program, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What the program gives for these arguments (see `Program.__call__`)."""
    numbers = bound(program, arguments, options)

    def number(x: Any) -> Any:
        if isinstance(x, Constant):
            return x.value
        return numbers[x] if isinstance(x, Step) else x

    expected = {guard.step: guard.expected for guard in program.guards}

    def relied_on(step: Step) -> None:
        if step in expected and outcome(numbers[step], expected[step]) != expected[step]:
            raise ValueError(
                f"{program.name} went on where {program.written.names.quantity(step)} is {expected[step]!r}, and here "
                f"it is {outcome(numbers[step], expected[step])!r}: trace it again with these arguments"
            )

    for x in program.inputs:
        relied_on(x)
    with np.errstate(all="ignore"):
        for step in program.steps:
            assert step.function is not None
            numbers[step] = evaluate(step.function, map_steps(number, step.arguments), map_steps(number, step.options))
            relied_on(step)
    taken: list[Any] = list(numbers.values())[: len(program.inputs)]

    def handed(_: str, x: Any) -> Any:
        y = number(x)
        if isinstance(y, np.ndarray):
            if isinstance(x, Constant) or any(np.may_share_memory(y, z) for z in taken if isinstance(z, np.ndarray)):
                y = y.copy(order="K")
            taken.append(y)
        return y

    return map_leaves(handed, program.outputs)


def outcome(y: Any, expected: Any) -> Any:
    """A number as Python asked for it: as a truth value, a whole number, a shape."""
    return bool(y) if type(expected) is bool else y if type(expected) is tuple else int(y)


def bound(program: Program, arguments: tuple[Any, ...], options: dict[str, Any]) -> dict[Step, Any]:
    """The number of each argument of the program. TypeError or ValueError that names what does not fit."""
    names = list(program.arguments)
    if len(arguments) > len(names):
        raise TypeError(f"{program.name} takes {len(names)} arguments: {', '.join(names)}, not {len(arguments)}")
    given = dict(zip(names, arguments, strict=False))
    for option, x in options.items():
        if option not in program.arguments or option in given:
            raise TypeError(f"{program.name} was traced with {', '.join(names)}: it does not take {option}= here")
        given[option] = x
    missing = [name for name in names if name not in given]
    if missing:
        raise TypeError(f"{program.name} is missing {', '.join(missing)}")
    numbers: dict[Step, Any] = {}
    for name in names:
        for path, expected, x in same_structure(program.arguments[name], given[name], name, ""):
            if isinstance(expected, Argument):
                numbers[expected] = _fitting(path, expected, x)
            elif type(x) is not type(expected) or (x is not expected and x != expected):
                raise ValueError(f"{path} is fixed at {expected!r} in this program, and here it is {x!r}: trace again")
    return numbers


def _fitting(path: str, expected: Argument, x: Any) -> Any:
    """The number or array given for an argument."""
    if expected.kind is float and isinstance(x, (float, int, np.floating)) and not isinstance(x, bool):
        return float(x)
    if expected.kind is not float and isinstance(x, float) and expected.shape == () and expected.dtype == np.float64:
        x = np.float64(x)
    if not isinstance(x, (np.ndarray, np.generic)) or expected.kind is float:
        what = "a Python float" if expected.kind is float else f"an array of {expected.dtype}"
        raise TypeError(f"{path} is {what} in this program, and here it is of type {type(x).__name__}")
    if x.shape != expected.shape:
        raise ValueError(f"{path} has shape {expected.shape} in this program, and here {x.shape}: trace again")
    if x.dtype != expected.dtype:
        raise TypeError(f"{path} is of {expected.dtype} in this program, and here of {x.dtype}: trace again")
    return x
