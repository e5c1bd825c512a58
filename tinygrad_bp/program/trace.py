"""trace: from a function and arguments to its program."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..node import Node
from ..run import names_of, padded
from ..tracing import MARK, Argument, Constant, Tape, Tracer
from ..tree import children, leaves, map_leaves
from .captured import name_constants
from .program import Program, ordered
from .simplify import simplify


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Nothing is garbage while a function is traced: looking for it, again and again, takes as long as all the rest."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@uncollected()
def trace(f: Callable[..., Any], *arguments: Any, **options: Any) -> Program:
    """The program of f at these arguments: what it does with them, and with any of the same shapes and dtypes.

    f          a function written in NumPy; also grad(f), value_and_grad(f), or any other transform of one
    arguments  numbers, arrays and containers of them. Python floats and arrays may vary from one run of the program to
               the next; ints, bools, strings and None are fixed, as are the outcomes of branches (`Program.guards`)

    TypeError where a number would leave the trace unseen (`float(x)`, `math.exp(x)`, `np.asarray(x)`, `array[i] = x`),
    and for a Value among the arguments.
    """
    if not callable(f):
        raise TypeError(f"trace is of a function, not of {type(f).__name__}")
    tape = Tape()
    program = _traced(f, arguments, options, tape)
    program.steps = ordered([*program.steps, *tape.named])  # whose names go to what they are names of
    return simplify(program, name_constants(f, tape))


def _traced(f: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any], tape: Tape) -> Program:
    def lift(path: str, x: Any) -> Any:
        if isinstance(x, Node):
            raise TypeError(f"{path} is a Value, and a program is of numbers: pass value.data")
        if type(x) is float or isinstance(x, np.generic):
            return Tracer(Argument(x, path), tape)
        if isinstance(x, np.ndarray):
            if type(x) is not np.ndarray or x.dtype.hasobject:
                raise TypeError(f"{path} is a {type(x).__name__} of {x.dtype}: pass an array of numbers")
            return Tracer(Argument(x, path), tape)
        return x

    given = dict(zip(padded(names_of(f), arguments), arguments, strict=False)) | options
    lifted = {name: map_leaves(lift, x, name) for name, x in given.items()}
    before = map_leaves(lambda _, x: x, lifted)  # other containers
    positional = list(lifted.values())[: len(arguments)]
    called = getattr(f, "__name__", "f")
    try:
        with uncollected():
            output = f(*positional, **{name: lifted[name] for name in options})
    except Exception as raised:  # f's own, whose text is to be as f wrote it
        raised.args = tuple(part.replace(MARK, "") if isinstance(part, str) else part for part in raised.args)
        raise
    for name, x in before.items():
        if not _same(x, lifted[name]):
            raise TypeError(f"{called} changes its argument {name}, which a replay would not do: return what is new")
    for path, x in leaves(output):
        if MARK in path or (isinstance(x, str) and MARK in x):
            raise TypeError(f"{called} returns text in which a traced number stands{path and f', at {path}'}: return "
                            f"the number")  # fmt: skip
    if tape.raised:
        error = tape.raised[0]
        raise TypeError(f"{called} catches the {type(error).__name__} “{error}”, and a trace does not follow where it "
                        f"goes without: branch on the numbers") from error  # fmt: skip
    return Program(
        called,
        {name: map_leaves(lambda _, x: _step(x), x) for name, x in before.items()},
        map_leaves(lambda _, x: _step(x), output),
        tape.guards,
        {delta: y for y, delta in tape.cotangents},
    )


def _same(tree: Any, other: Any) -> bool:
    """Whether two containers contain the same objects."""
    parts, others = children(tree), children(other)
    if parts is None or others is None:
        return tree is other
    if type(tree) is not type(other) or [suffix for suffix, _ in parts] != [suffix for suffix, _ in others]:
        return False
    return all(_same(x, y) for (_, x), (_, y) in zip(parts, others, strict=True))


def _step(x: Any) -> Any:
    """The step of a number that was handed back; that of an array that depends on nothing."""
    x = x._primal if isinstance(x, Node) else x
    if type(x) is Tracer:
        return x.step
    return Constant(np.array(x, order="K")) if isinstance(x, np.ndarray) else x
