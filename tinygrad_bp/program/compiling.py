"""From a function and arguments to its replay: traced twice, and refused where a replay would do something else."""

from __future__ import annotations

import contextvars
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..memory import shared
from ..node import Node
from ..run import names_of, padded
from ..tracing import Step, Tape, Tracer
from ..tree import leaves, map_leaves
from .agree import difference
from .emit import Replay, replayed
from .guards import Captured
from .program import Program
from .repeatable import differs, generators
from .signature import Names
from .simplify import simplify
from .trace import _traced, uncollected

#: what a function may give, besides arrays and containers
_IMMUTABLE = (int, float, complex, str, bytes, bool, type(None), np.generic, np.dtype, slice, type(Ellipsis))
#: what NumPy raises because of numbers; LinAlgError is a ValueError
_RAISED = (ArithmeticError, ValueError, IndexError)


class Compiled:
    """One program, and its replays that are not at work; f, if it may catch what is raised."""

    def __init__(
        self, make: Callable[[], Replay], source: str, space: dict[str, Any], f: Callable[..., Any] | None
    ) -> None:
        self.make, self.source, self.space, self.f = make, source, space, f
        self.free: list[Callable[[tuple[Any, ...], dict[str, Any]], Any]] = []

    def run(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """What the replay gives, or `miss`; what f gives where NumPy raises and f may catch that."""
        try:
            replay = self.free.pop()
        except IndexError:
            replay = _quiet(self.make())
        try:
            return replay(arguments, options)
        except _RAISED:
            if self.f is None:
                raise
            return self.f(*arguments, **options)
        finally:
            self.free.append(replay)


def _quiet(replay: Replay) -> Replay:
    """A replay that warns of nothing: it runs in a context of its own, where floating-point errors are ignored."""
    with np.errstate(all="ignore"):
        context = contextvars.copy_context()
    run: Callable[..., Any] = context.run
    return functools.partial(run, replay)


@uncollected()
def compile_(f: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> Compiled:
    """The program of f at these arguments, ready to be replayed; traced twice, to see whether it is the same."""
    captured = Captured(f, [x for _, x in leaves((arguments, options)) if not isinstance(x, (np.ndarray, *_IMMUTABLE))])
    stood = generators(captured.objects())
    try:
        first, tape = _watched(f, arguments, options)
        _unchanged(captured, f)
        second, _ = _watched(f, arguments, options)
        _unchanged(captured, f)
        of_themselves = _of_themselves(f, arguments, options, first)
        _unchanged(captured, f)
    except BaseException:
        captured.restore()
        raise
    differing = differs(first, second)
    if differing:
        raise RuntimeError(f"two runs of {name_of(f)} on the same arguments differ in {differing}: a random draw, a "
                           f"clock or a counter would stand still in a replay; pass it as an argument")  # fmt: skip
    if of_themselves:
        raise RuntimeError(f"{name_of(f)} gives something else of these arguments than of traced ones, in "
                           f"{of_themselves}: it hangs on their type or identity, as isinstance(x, np.ndarray) and "
                           f"x is y do, or writes to an array: ask for x.shape, pass a flag")  # fmt: skip
    if generators(captured.objects()) != stood:
        raise RuntimeError(f"{name_of(f)} draws random numbers, which would stand still in a replay: draw them "
                           f"outside, and pass them as an argument")  # fmt: skip
    met = [array for array, _ in tape.constants]
    del tape
    while met:
        array = met.pop()
        if shared(array):  # and not made by f itself
            captured.add_array(array, f"an array of shape {array.shape} that {name_of(f)} reads")
    names = Names()
    conditions = captured.conditions(names)
    make, source, space = replayed(simplify(first), len(arguments), conditions, names)
    return Compiled(make, source, space, f if captured.catches else None)


def _of_themselves(
    f: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any], of: Program
) -> str | None:
    """What f gives of arguments themselves that it did not give when it was traced."""
    try:
        with np.errstate(all="ignore"):
            eager = f(*arguments, **options)
    except ArithmeticError:  # of Python floats, which a Value and a trace compute without
        return None
    if any(type(x) is complex for _, x in leaves(eager)):  # likewise
        return None
    traced = map_leaves(lambda _, x: x.value if isinstance(x, Step) else x, of.outputs)
    return difference(traced, eager, among=(arguments, options, eager))


def _unchanged(captured: Captured, f: Callable[..., Any]) -> None:
    changed = captured.changed()
    if changed is not None:
        raise TypeError(f"{name_of(f)} changes {changed}, which a replay would not do: return it instead")


def _watched(f: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> tuple[Program, Tape]:
    """The program of f. TypeError where it gives what a replay cannot make anew."""

    def watched(*arguments: Any, **options: Any) -> Any:
        output = f(*arguments, **options)
        for path, x in leaves(output):
            where = f"{name_of(f)} returns a {type(x).__name__}{f' at {path}' if path else ''}"
            if isinstance(x, Node):
                raise TypeError(f"{where}: return value.data, and pass captured Values as arguments")
            if not isinstance(x, (Tracer, np.ndarray, *_IMMUTABLE)):
                raise TypeError(f"{where}, which a replay cannot make anew: return containers of numbers and arrays")
        return output

    watched.__name__ = name_of(f)
    tape = Tape()
    names = padded(names_of(f), arguments)[: len(arguments)]
    return _traced(_Named(watched, names), arguments, options, tape), tape


class _Named:
    """A function whose parameters have these names."""

    def __init__(self, function: Callable[..., Any], names: list[str]) -> None:
        self.function = function
        self.__name__ = function.__name__
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names]
        )

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self.function(*arguments, **options)


def name_of(f: Callable[..., Any]) -> str:
    return str(getattr(f, "__name__", "f"))
