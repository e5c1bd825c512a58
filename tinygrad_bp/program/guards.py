"""What a function reads besides its arguments: found by name, kept as it was, and compared before each replay."""

from __future__ import annotations

import argparse
import array
import collections
import contextlib
import functools
import os
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ..node import Node
from ..rules.rule import Rule
from .attributes import METHODS, functions, implicit, own_names, stored
from .code import is_engine, is_library, read
from .kept import (
    PLAIN,
    Kept,
    KeptAbsent,
    KeptArray,
    KeptAttribute,
    KeptCell,
    KeptContainer,
    KeptGlobal,
    KeptMethod,
    KeptValue,
)
from .signature import Names

_MOST = 100_000  # objects that are looked at
_CONTAINERS = (dict, list, tuple, set, frozenset, bytearray, array.array, types.MappingProxyType, collections.deque,
               collections.ChainMap, collections.UserDict, collections.UserList, type(os.environ))  # fmt: skip
#: by which code reads attributes that it does not name, or finds that there is none
_BY_NAME = frozenset(("vars", "getattr", "hasattr", "dir", "__dict__", "asdict", "astuple", "fields", "replace",
                      "attrgetter", "methodcaller", "AttributeError", "__getattribute__"))  # fmt: skip


class Captured:
    """What a function names besides its arguments: closure variables, defaults, globals, and what they contain.

    Functions that it calls are looked into as well, where they are Python's and no library's, and so are the attributes
    of captured objects that the code names. What is found is kept: containers and arrays as copies.

    catches       whether code catches what is raised
    others        objects among the arguments, which it reads as it does what it captures

    changed()     a description of what is no longer as it was, or None
    restore()     put it back
    conditions()  the same check as generated code, for the path that is to be fast
    """

    def __init__(self, f: Callable[..., Any], others: Iterable[Any] = ()) -> None:
        self.found: list[Kept] = []
        self._functions: dict[int, Any] = {}
        self._seen: dict[int, Any] = {}
        self._objects: dict[int, tuple[str, Any]] = {}
        self._attributes: set[str] = set()
        self._guarded: set[tuple[int, str]] = set()
        self.catches = False
        self._by_name = False  # whether attributes are read that no code names
        self._name = getattr(f, "__name__", "f")
        self._function(f, getattr(f, "__name__", "f"))
        for x in others:
            self._value(x, f"the argument {type(x).__name__}")
        before = -1
        while before != len(self.found) + len(self._attributes):  # what is named may lead to code that names more
            before = len(self.found) + len(self._attributes)
            for name, x in list(self._objects.values()):
                self._named_attributes(name, x)
                if self._by_name and type(getattr(x, "__dict__", None)) is dict and type(x) is not types.ModuleType:
                    self._value(vars(x), name)
        if "grad" in self._attributes:
            for item in [item for item in self.found if isinstance(item, KeptValue)]:
                self.found.append(KeptAttribute(f"{item.name}.grad", item.value, "_grad", item.grad))
                self._value(item.grad, f"{item.name}.grad")

    def objects(self) -> list[Any]:
        """The captured objects that were looked at."""
        return list(self._seen.values())

    def changed(self) -> str | None:
        """What differs from when it was captured."""
        for item in self.found:
            if not item.unchanged():
                return item.name
        return None

    def restore(self) -> None:
        """Put back what differs, as far as it can be written to."""
        for item in self.found:
            if not item.unchanged():
                with contextlib.suppress(Exception):
                    item.restore()

    def conditions(self, names: Names) -> list[str]:
        """Lines of code that give `miss` where something differs."""
        return [f"if not ({item.condition(names)}): return miss" for item in self.found]

    def add_array(self, array: np.ndarray, name: str) -> None:
        """Keep an array that was met on the way, unless it is known."""
        if id(array) not in self._seen:
            self._seen[id(array)] = array
            self.found.append(KeptArray(name, array))

    # what is looked at

    def _function(self, f: Any, name: str) -> None:
        """Look into a function, or what stands for one."""
        if id(f) in self._functions:
            return
        self._count(f)
        self._functions[id(f)] = f
        if isinstance(f, functools.partial):
            self._value(f.func, f"{name}.func")
            self._value(f.args, f"{name}.args")
            self._value(f.keywords, f"{name}.keywords")
        elif isinstance(f, types.MethodType):
            self._value(f.__self__, name)
            self._function(f.__func__, name)
        elif isinstance(f, types.FunctionType):
            self._python(f, name)
        elif isinstance(f, Rule):
            if not f.ours:
                partials = [x if type(x) is tuple else (x,) for x in (f.pullbacks, f.pushforwards)]
                for stated in (f.function, *partials[0], *partials[1]):
                    self._function(getattr(stated, "function", stated), name)
        elif callable(f):
            self._object(f, name)
            for part in getattr(f, "__dict__", {}).values():  # what np.vectorize or a cache calls
                if isinstance(part, types.FunctionType):
                    self._function(part, name)

    def _count(self, x: Any) -> None:
        if len(self._seen) + len(self._functions) > _MOST:
            raise TypeError(f"{self._name} reads what holds more than {_MOST:,} objects, a {type(x).__name__} among "
                            f"them, which is too many to compare before each replay: put numbers into arrays, or pass "
                            f"them as arguments")  # fmt: skip

    def _python(self, f: types.FunctionType, name: str) -> None:
        if is_engine(f.__globals__.get("__name__", "")):  # a transform, or a rule's function
            for cell in f.__closure__ or ():
                if cell != types.CellType() and callable(cell.cell_contents):
                    self._function(cell.cell_contents, getattr(cell.cell_contents, "__name__", name))
            if hasattr(f, "__wrapped__"):
                self._function(f.__wrapped__, name)
            return
        for variable, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            if cell != types.CellType():  # not empty as yet
                self._item(KeptCell(f"{variable}, which {name} captures", cell, cell.cell_contents))
                self._value(cell.cell_contents, variable)
        if f.__defaults__:
            self._item(KeptAttribute(f"the defaults of {name}", f, "__defaults__", f.__defaults__))
            self._value(f.__defaults__, f"the defaults of {name}")
        if f.__kwdefaults__:
            self._value(f.__kwdefaults__, f"the defaults of {name}")
        if is_library(f.__globals__.get("__name__"), f.__code__.co_filename):
            return
        if f.__dict__:
            self._objects[id(f)] = (name, f)
        names, attributes, modules, catches = read(f.__code__)
        self.catches |= catches
        self._attributes |= attributes
        self._by_name |= not _BY_NAME.isdisjoint(names | attributes)
        for module in modules & sys.modules.keys():
            self._value(sys.modules[module], module)
        absent = tuple(sorted(names - f.__globals__.keys()))
        if absent:
            self._item(KeptAbsent(f"one of the globals {', '.join(absent)}", f.__globals__, absent))
        for variable in sorted(names):
            if variable in f.__globals__:
                what = f"the global {variable}"
                self._item(KeptGlobal(what, f.__globals__, variable, f.__globals__[variable]))
                self._value(f.__globals__[variable], variable)

    def _item(self, item: Kept) -> None:
        if item.identity not in self._guarded:
            self._guarded.add(item.identity)
            self.found.append(item)

    def _value(self, x: Any, name: str) -> None:
        """Look at a captured object, and at what it contains."""
        if isinstance(x, PLAIN) or id(x) in self._seen:
            return
        self._count(x)
        self._seen[id(x)] = x
        if isinstance(x, np.ndarray):
            self.found.append(KeptContainer(name, x) if x.dtype.hasobject else KeptArray(name, x))
            if x.dtype.hasobject:
                for part in x.flat:
                    self._value(part, f"an entry of {name}")
        elif isinstance(x, memoryview):
            self.found.append(KeptArray(name, np.asarray(x)))
        elif isinstance(x, Node):
            self.found.append(KeptValue(name, x))
        elif isinstance(x, _CONTAINERS):
            if type(x) not in (tuple, frozenset):
                self.found.append(KeptContainer(name, x))
            for path, part in x.items() if isinstance(x, Mapping) else enumerate(x):
                self._value(part, f"{name}[{path!r}]")
            self._object(x, name)
        elif isinstance(x, types.ModuleType):
            if not is_library(x.__name__, getattr(x, "__file__", None) or ""):
                self._is_object(x, name)
        elif isinstance(x, type):
            if not is_library(x.__module__, ""):
                self._is_object(x, name)
        elif isinstance(x, (types.FunctionType, types.MethodType, functools.partial)):
            self._function(x, getattr(x, "__name__", name))
        else:
            if callable(x):
                self._function(x, name)
            self._object(x, name)

    def _object(self, x: Any, name: str) -> None:
        if not is_library(type(x).__module__, "") or isinstance(x, (types.SimpleNamespace, argparse.Namespace)):
            self._is_object(x, name)
            self._seen[id(x)] = x

    def _is_object(self, x: Any, name: str) -> None:
        """Its attributes are looked at once it is known which code names, its special methods now."""
        self._objects[id(x)] = (name, x)
        for asked, method in implicit(x):
            if (id(asked), method) not in self._guarded:
                what, found = f"{asked.__name__}.{method}", stored(asked, method)
                kept = KeptAttribute if isinstance(found[0], types.FunctionType) else KeptMethod  # the quicker first
                self._item(kept(what, asked, method, found[0]))
                for function in functions(found):
                    self._function(function, what)

    def _named_attributes(self, name: str, x: Any) -> None:
        """Look at those attributes of a captured object that code names."""
        for attribute in sorted(self._attributes | (own_names(x) if self._by_name else set())):
            found = stored(x, attribute)
            if not found:
                continue
            what = f"{name}.{attribute}"
            first = found[0]
            of_class = isinstance(x, type) or attribute not in getattr(x, "__dict__", ())
            if of_class and isinstance(first, METHODS):
                self._item(KeptMethod(what, x, attribute, first))
            elif isinstance(first, types.MemberDescriptorType):  # a slot
                if hasattr(x, attribute):
                    self._attribute(what, x, attribute, getattr(x, attribute))
            elif not hasattr(type(first), "__get__") or isinstance(first, types.FunctionType):
                self._attribute(what, x, attribute, first)
            elif not isinstance(first, functools.cached_property):  # which changes the object when it is first asked
                self._value(first, what)
            for function in functions(found) if of_class else ():
                self._function(function, what)

    def _attribute(self, what: str, x: Any, attribute: str, value: Any) -> None:
        self._item(KeptAttribute(what, x, attribute, value))
        self._value(value, what)
