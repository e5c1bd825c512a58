"""What a function calls the arrays that it did not get as arguments: in its closure, its defaults, its globals."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..tree import leaves

_UNASSIGNED = types.CellType()


def captured(f: Callable[..., Any]) -> dict[int, str]:
    """The names of the arrays that f can reach, by their identity; of the functions that it reaches, theirs too."""
    names: dict[int, str] = {}
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
                    names.setdefault(id(leaf), path)
    return names


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
    for name in code.co_names:
        if name in f.__globals__ and getattr(f, "__module__", "") is not None:
            x = f.__globals__[name]
            if not (getattr(x, "__module__", None) or "").startswith(("numpy", "tinygrad_bp")):
                yield name, x
