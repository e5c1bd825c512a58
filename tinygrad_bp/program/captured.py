"""What a function calls the arrays that it did not get as arguments: in its closure, its defaults, its globals."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..tracing import Constant, Step, Tape
from ..tree import leaves
from .alike import alike
from .code import read

_UNASSIGNED = types.CellType()


def name_constants(f: Callable[..., Any], tape: Tape) -> dict[Constant, Step]:
    """Call the arrays that a tracing of f met as f does: each by its identity, or a copy of it by its numbers. Gives
    the steps of those that are a transpose of such a one."""
    transposed: dict[Constant, Step] = {}
    if not tape.constants:
        return transposed
    reached = captured(f)
    named: dict[str, Constant] = {}
    for array, constant in tape.constants:
        found = (name for name, x in reached if x is array)
        constant.name = next(found, None) or (next(_alike(array, reached), (None,))[0] if array.size > 1 else None)
        if constant.name is not None:
            named.setdefault(constant.name, constant)
    for array, constant in tape.constants:
        if constant.name is None and array.ndim == 2 and array.size > 1:
            for name, x in _alike(array.T, reached):
                of = named.setdefault(name, Constant(np.array(x, order="K"), name))
                step = Step(np.transpose, (of,), {}, of.value.T)
                if alike(step.value, constant.value):
                    step.index = constant.index  # before all that is given it
                    transposed[constant] = step
                break
    return transposed


def _alike(array: np.ndarray, reached: list[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Those that are the same to the last bit."""
    return ((name, x) for name, x in reached if x.shape == array.shape and x.dtype == array.dtype and _equal(x, array))


def captured(f: Callable[..., Any]) -> list[tuple[str, Any]]:
    """The arrays that f can reach, with the path of each: in its closure, its defaults, its globals; and in those of
    the functions that it reaches."""
    arrays: list[tuple[str, Any]] = []
    seen: set[int] = set()
    pending: list[Any] = [f]
    while pending:
        function = pending.pop()
        if id(function) in seen:
            continue
        seen.add(id(function))
        for name, x in _reached(function):
            if callable(x) and not isinstance(x, type):
                pending.append(x)
                continue
            for path, leaf in leaves(x, name):
                if isinstance(leaf, np.ndarray):
                    arrays.append((path, leaf))
    return arrays


def _equal(a: Any, b: Any) -> bool:
    return bool(np.array_equal(a, b)) and a.tobytes() == b.tobytes()


def _reached(f: Any) -> Iterator[tuple[str, Any]]:
    """What a function names, with the name."""
    if hasattr(f, "__wrapped__"):
        yield "", f.__wrapped__
    if hasattr(f, "func"):  # functools.partial
        yield "", f.func
        yield from f.keywords.items()
        yield from zip(getattr(getattr(f.func, "__code__", None), "co_varnames", ()), f.args, strict=False)
    if hasattr(f, "__self__") and hasattr(f, "__func__"):
        yield "", f.__func__
        yield from vars(f.__self__).items() if hasattr(f.__self__, "__dict__") else ()
        return
    code = getattr(f, "__code__", None)
    if code is None:
        yield from getattr(f, "__dict__", {}).items()
        return
    cells = zip(code.co_freevars, f.__closure__ or (), strict=True)
    yield from ((name, cell.cell_contents) for name, cell in cells if cell != _UNASSIGNED)
    defaults = f.__defaults__ or ()
    yield from zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True)
    yield from (f.__kwdefaults__ or {}).items()
    for name in sorted(read(code).names):
        if name in f.__globals__ and getattr(f, "__module__", "") is not None:
            x = f.__globals__[name]
            if not (getattr(x, "__module__", None) or "").startswith(("numpy", "tinygrad_bp")):
                yield name, x
