"""What a function reads besides its arguments: found by name, kept as it was, and compared before each replay."""

from __future__ import annotations

import contextlib
import dis
import functools
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..node import Node
from .signature import Names

_PLAIN = (int, float, complex, str, bytes, bool, type(None), np.generic, np.dtype, slice, range)
_MOST = 10_000  # objects that are looked at


class Captured:
    """What a function names besides its arguments: closure variables, defaults, globals, and what they contain.

    Functions that it calls are looked into as well, where they are Python's and no library's, and so are the attributes
    of captured objects that the code names. What is found is kept: containers and arrays as copies.

    changed()     a description of what is no longer as it was, or None
    restore()     put it back
    conditions()  the same check as generated code, for the path that is to be fast
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self.found: list[_Item] = []
        self._functions: dict[int, Any] = {}
        self._seen: dict[int, Any] = {}
        self._objects: dict[int, tuple[str, Any]] = {}
        self._attributes: set[str] = set()
        self._guarded: set[tuple[int, str]] = set()
        self._function(f, getattr(f, "__name__", "f"))
        before = -1
        while before != len(self.found) + len(self._attributes):  # what is named may lead to code that names more
            before = len(self.found) + len(self._attributes)
            for name, x in list(self._objects.values()):
                self._named_attributes(name, x)
        if "grad" in self._attributes:
            for item in [item for item in self.found if isinstance(item, _Value)]:
                self.found.append(_Attribute(f"{item.name}.grad", item.value, "_grad", item.grad))
                self._value(item.grad, f"{item.name}.grad")

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
            self.found.append(_Array(name, array))

    # what is looked at

    def _function(self, f: Any, name: str) -> None:
        """Look into a function, or what stands for one."""
        if id(f) in self._functions or len(self._functions) > _MOST:
            return
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
        elif callable(f):
            self._object(f, name)
            self._attributes.add("__call__")

    def _python(self, f: types.FunctionType, name: str) -> None:
        if f.__globals__.get("__name__", "").partition(".")[0] == "tinygrad_bp":  # a transform, or a rule's function
            for cell in f.__closure__ or ():
                if callable(cell.cell_contents):
                    self._function(cell.cell_contents, getattr(cell.cell_contents, "__name__", name))
            return
        for variable, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            with contextlib.suppress(ValueError):  # empty as yet
                what = f"{variable}, which {name} captures"
                self._item(_Cell(what, cell, cell.cell_contents))
                self._value(cell.cell_contents, variable)
        if f.__defaults__:
            self._item(_Attribute(f"the defaults of {name}", f, "__defaults__", f.__defaults__))
            self._value(f.__defaults__, f"the defaults of {name}")
        if f.__kwdefaults__:
            self._value(f.__kwdefaults__, f"the defaults of {name}")
        if _library(f.__globals__.get("__name__"), f.__code__.co_filename):
            return
        names, attributes = _named(f.__code__)
        self._attributes |= attributes
        absent = tuple(sorted(names - f.__globals__.keys()))
        if absent:
            self._item(_Absent(f"one of the globals {', '.join(absent)}", f.__globals__, absent))
        for variable in sorted(names):
            if variable in f.__globals__:
                what = f"the global {variable}"
                self._item(_Global(what, f.__globals__, variable, f.__globals__[variable]))
                self._value(f.__globals__[variable], variable)

    def _item(self, item: _Item) -> None:
        if item.identity not in self._guarded:
            self._guarded.add(item.identity)
            self.found.append(item)

    def _value(self, x: Any, name: str) -> None:
        """Look at a captured object, and at what it contains."""
        if isinstance(x, _PLAIN) or id(x) in self._seen or len(self._seen) > _MOST:
            return
        self._seen[id(x)] = x
        if isinstance(x, np.ndarray):
            if not x.dtype.hasobject:
                self.found.append(_Array(name, x))
        elif isinstance(x, Node):
            self.found.append(_Value(name, x))
        elif isinstance(x, (dict, list, tuple, set, frozenset)):
            if type(x) not in (tuple, frozenset):
                self.found.append(_Container(name, x))
            for path, part in x.items() if isinstance(x, dict) else enumerate(x):
                self._value(part, f"{name}[{path!r}]")
        elif isinstance(x, types.ModuleType):
            if not _library(x.__name__, getattr(x, "__file__", None) or ""):
                self._objects[id(x)] = (name, x)
        elif isinstance(x, type):
            if not _library(x.__module__, ""):
                self._objects[id(x)] = (name, x)
        elif isinstance(x, (types.FunctionType, types.MethodType, functools.partial)):
            self._function(x, getattr(x, "__name__", name))
        elif not _library(type(x).__module__, ""):
            if callable(x):
                self._function(x, name)
            self._object(x, name)

    def _object(self, x: Any, name: str) -> None:
        if not _library(type(x).__module__, ""):
            self._objects[id(x)] = (name, x)
            self._seen[id(x)] = x

    def _named_attributes(self, name: str, x: Any) -> None:
        """Look at those attributes of a captured object that code names."""
        for attribute in sorted(self._attributes):
            own = _attribute(x, attribute)
            if own is None:
                continue
            what = f"{name}.{attribute}"
            of_class = not isinstance(x, type) and attribute not in getattr(x, "__dict__", ())
            if isinstance(own[0], types.FunctionType) and of_class:
                self._item(_Method(what, x, attribute, own[0]))
                self._function(own[0], what)
            else:
                self._item(_Attribute(what, x, attribute, own[0]))
                self._value(own[0], what)


class _Item:
    """One thing that is compared."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def identity(self) -> tuple[int, str]:
        return id(self), ""

    def same(self) -> bool:
        raise NotImplementedError

    def unchanged(self) -> bool:
        """Whether it is there, and the same."""
        try:
            return self.same()
        except Exception:  # such as an attribute that is gone
            return False

    def restore(self) -> None:
        """Put it back."""

    def condition(self, names: Names) -> str:
        return f"{names.of(self.same)}()"


class _Held(_Item):
    """A variable or attribute that holds an object."""

    def __init__(self, name: str, holder: Any, key: str, value: Any) -> None:
        super().__init__(name)
        self.holder, self.key, self.value = holder, key, value

    @property
    def identity(self) -> tuple[int, str]:
        return id(self.holder), self.key

    def now(self) -> Any:
        raise NotImplementedError

    def same(self) -> bool:
        return alike(self.now(), self.value)

    def _condition(self, now: str, names: Names) -> str:
        value = names.of(self.value)
        return (
            f"{now} is {value} or {names.of(alike)}({now}, {value})"
            if isinstance(self.value, _PLAIN)
            else f"{now} is {value}"
        )


class _Cell(_Held):
    def __init__(self, name: str, cell: types.CellType, value: Any) -> None:
        super().__init__(name, cell, "", value)

    def now(self) -> Any:
        return self.holder.cell_contents

    def restore(self) -> None:
        self.holder.cell_contents = self.value

    def condition(self, names: Names) -> str:
        return self._condition(f"{names.of(self.holder)}.cell_contents", names)


class _Global(_Held):
    def now(self) -> Any:
        return self.holder[self.key]

    def restore(self) -> None:
        self.holder[self.key] = self.value

    def condition(self, names: Names) -> str:
        return self._condition(f"{names.of(self.holder)}[{self.key!r}]", names)


class _Absent(_Item):
    """Names that are no globals: those of Python's own functions, unless somebody defines them."""

    def __init__(self, name: str, space: dict[str, Any], keys: tuple[str, ...]) -> None:
        super().__init__(name)
        self.space, self.keys = space, keys

    def same(self) -> bool:
        return self.space.keys().isdisjoint(self.keys)

    def restore(self) -> None:
        for key in self.keys:
            self.space.pop(key, None)

    def condition(self, names: Names) -> str:
        return f"{names.of(self.space)}.keys().isdisjoint({names.of(self.keys)})"


class _Attribute(_Held):
    def now(self) -> Any:
        return getattr(self.holder, self.key)

    def restore(self) -> None:
        setattr(self.holder, self.key, self.value)

    def condition(self, names: Names) -> str:
        return self._condition(f"{names.of(self.holder)}.{self.key}", names)


class _Method(_Held):
    """A method: of an object's class, and not of the object."""

    def now(self) -> Any:
        return getattr(type(self.holder), self.key)

    def same(self) -> bool:
        return self.now() is self.value and self.key not in getattr(self.holder, "__dict__", ())

    def restore(self) -> None:
        setattr(type(self.holder), self.key, self.value)

    def condition(self, names: Names) -> str:
        return f"{names.of(self.same)}()"


class _Array(_Item):
    """The numbers of an array."""

    def __init__(self, name: str, array: np.ndarray) -> None:
        super().__init__(name)
        self.array = array
        self.strides, self.shape, self.dtype = array.strides, array.shape, array.dtype
        self.kept = bytearray(self.bytes_of(array))

    @staticmethod
    def bytes_of(array: np.ndarray) -> Any:
        return array if array.flags.c_contiguous else array.T if array.flags.f_contiguous else array.tobytes()

    def same(self) -> bool:
        """Whether they are as they were, bit for bit: as memory is compared."""
        array = self.array
        same = array.shape == self.shape and array.dtype == self.dtype and array.strides == self.strides
        return same and bool(self.kept == self.bytes_of(array) if array.size else True)

    def restore(self) -> None:
        old: np.ndarray = np.frombuffer(self.kept, self.dtype)
        forwards = not self.array.flags.f_contiguous or self.array.flags.c_contiguous
        self.array[...] = old.reshape(self.shape) if forwards else old.reshape(self.shape[::-1]).T


class _Value(_Item):
    """A captured Value: its numbers and its gradient."""

    def __init__(self, name: str, value: Node) -> None:
        super().__init__(name)
        self.value, self.primal, self.grad = value, value._primal, value._grad
        self.array = _Array(name, value._primal) if isinstance(value._primal, np.ndarray) else None

    def same(self) -> bool:
        return self.value._grad is self.grad and self.same_numbers()

    def same_numbers(self) -> bool:
        """Whether what a program reads is as it was."""
        value = self.value
        if self.array is None:
            return alike(value._primal, self.primal)
        self.array.array = value._primal
        return isinstance(value._primal, np.ndarray) and self.array.same()

    def restore(self) -> None:
        self.value._primal, self.value._grad = self.primal, self.grad
        if self.array is not None:
            self.array.restore()

    def condition(self, names: Names) -> str:
        return f"{names.of(self.same_numbers)}()"


class _Container(_Item):
    """What a list, dict or set contains."""

    def __init__(self, name: str, container: Any) -> None:
        super().__init__(name)
        self.container = container
        self.kept = self._contents()

    def _contents(self) -> list[Any]:
        c = self.container
        return list(c.items() if isinstance(c, dict) else c)

    def same(self) -> bool:
        now = self._contents()
        if len(now) != len(self.kept):
            return False
        if isinstance(self.container, dict):
            return all(alike(k, m) and alike(x, y) for (k, x), (m, y) in zip(now, self.kept, strict=True))
        return all(alike(x, y) for x, y in zip(now, self.kept, strict=True))

    def restore(self) -> None:
        if isinstance(self.container, list):
            self.container[:] = self.kept
        else:
            self.container.clear()
            self.container.update(self.kept)


def alike(x: Any, y: Any) -> bool:
    """Whether two are one object, or equal ones that cannot change."""
    if x is y:
        return True
    return type(x) is type(y) and isinstance(x, _PLAIN) and (x == y or (x != x and y != y)) and repr(x) == repr(y)


def _attribute(x: Any, name: str) -> tuple[Any] | None:
    """An attribute that is stored, in the object or in its class; none that is computed."""
    for space in (x, type(x)) if not isinstance(x, type) else (x,):
        for owner in getattr(space, "__mro__", (space,)) if isinstance(space, type) else (space,):
            stored = getattr(owner, "__dict__", {})
            if name in stored:
                value = stored[name]
                if isinstance(value, types.MemberDescriptorType):  # a slot
                    return (getattr(x, name),) if hasattr(x, name) else None
                if isinstance(value, (staticmethod, classmethod)):
                    return (value.__func__,)
                return (
                    None if hasattr(type(value), "__get__") and not isinstance(value, types.FunctionType) else (value,)
                )
    return None


def _named(code: types.CodeType) -> tuple[set[str], set[str]]:
    """The globals and the attributes that code names, in functions inside it too."""
    names: set[str] = set()
    attributes: set[str] = set()
    for part in _codes(code):
        for instruction in dis.get_instructions(part):
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL"):
                names.add(instruction.argval)
            elif instruction.opname in ("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "LOAD_SUPER_ATTR"):
                attributes.add(instruction.argval)
    return names, attributes


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _library(module: str | None, file: str) -> bool:
    """Whether code is a library's, which does not change while a program runs."""
    root = (module or "").partition(".")[0]
    return root in ("numpy", "tinygrad_bp", "builtins") or root in sys.stdlib_module_names - {"__main__"} or (
        "site-packages" in file or "dist-packages" in file
    )  # fmt: skip
