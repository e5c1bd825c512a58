"""What an object has under a name, as it is stored; and the methods that Python calls without one."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

from .code import is_library

METHODS = (types.FunctionType, staticmethod, classmethod, property)


def stored(x: Any, name: str) -> list[Any]:
    """What is stored under a name in an object, its class, and the classes above: the first is what `x.name` is."""
    own = x.__mro__ if isinstance(x, type) else (x,)
    spaces = [getattr(space, "__dict__", {}) for space in (*own, *type(x).__mro__)]
    return [space[name] for space in spaces if name in space]


def functions(found: list[Any]) -> Iterator[Any]:
    """The functions of what is stored under a name, as they were written: a method may call those above it."""
    for x in found:
        if isinstance(x, property):
            yield from (f for f in (x.fget, x.fset) if f is not None)
        elif isinstance(x, METHODS):
            yield getattr(x, "__func__", x)
        elif hasattr(type(x), "__get__"):  # a cached property, a partial method
            yield from (f for f in getattr(x, "__dict__", {}).values() if isinstance(f, types.FunctionType))


def own_names(x: Any) -> set[str]:
    """The names under which something is stored in an object and in its class, but for special and libraries' ones."""
    spaces = [*_classes(x), x] if not isinstance(x, types.ModuleType) else [x]
    return {name for space in spaces for name in getattr(space, "__dict__", ()) if not _special(name)}


#: what happened when an object was made
_MAKING = {"__new__", "__init__", "__init_subclass__", "__set_name__", "__prepare__"}


def implicit(x: Any) -> Iterator[tuple[type, str]]:
    """The special methods by which Python does x[i], x + y, f"{x}" and so on, each with the class that has it."""
    for asked in (x, type(x)) if isinstance(x, type) else (type(x),):
        names = {name for space in _classes(asked) for name in vars(space) if _special(name)}
        names -= _MAKING if asked is not x else set()
        yield from ((asked, name) for name in sorted(names) if isinstance(stored(asked, name)[0], METHODS))


def _classes(x: Any) -> list[type]:
    """A class, or that of an object, and the classes above it; not libraries'."""
    return [space for space in (x if isinstance(x, type) else type(x)).__mro__ if not is_library(space.__module__, "")]


def _special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
