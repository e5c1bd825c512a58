"""Which of NumPy's functions are differentiated: every one that a Value can reach, by class."""

from __future__ import annotations

import importlib
from typing import Any

from .plain import NOT_YET, PLAIN, REFUSED, REFUSED_MODULES
from .rule import COMPOSED, TABLE


def reachable() -> dict[str, Any]:
    """The functions and ufuncs that let a Value in (NEP 13, NEP 18), by the name they are called by."""
    for module in ("numpy.fft", "numpy.char", "numpy.strings"):
        importlib.import_module(module)
    overrides = importlib.import_module("numpy.testing.overrides")
    found = {
        *overrides.get_overridable_numpy_array_functions(),
        *overrides.get_overridable_numpy_ufuncs(),
    }
    named = {}
    for function in found:
        module = getattr(function, "__module__", None) or "numpy"
        name = f"{module}.{function.__name__}"
        named[name] = getattr(importlib.import_module(module), function.__name__, function)
    return dict(sorted(named.items()))


def classes_of(function: Any) -> list[str]:
    """The classes a function is in: one, if all is well."""
    tables: dict[str, Any] = {
        "differentiated": {*TABLE, *COMPOSED},
        "plain": PLAIN,
        "refused": REFUSED,
        "not yet": NOT_YET,
    }
    classes = [name for name, table in tables.items() if function in table]
    return classes or ["refused"] * (getattr(function, "__module__", None) in REFUSED_MODULES)


def coverage() -> dict[str, list[str]]:
    """The names of NumPy's overridable functions by class: differentiated, plain, refused, not yet."""
    table: dict[str, list[str]] = {name: [] for name in ("differentiated", "plain", "refused", "not yet")}
    for name, function in reachable().items():
        for of_function in classes_of(function):
            table[of_function].append(name)
    return table
