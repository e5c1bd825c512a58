"""One thing that a function reads besides its arguments, kept as it was: compared, put back, or compared in code."""

from __future__ import annotations

import array
import collections
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..memory import is_lasting
from ..node import Node
from .attributes import stored
from .signature import Names

#: what cannot change
PLAIN = (int, float, complex, str, bytes, bool, type(None), np.generic, np.dtype, slice, range)


class Kept:
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


class Held(Kept):
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
            if isinstance(self.value, PLAIN)
            else f"{now} is {value}"
        )


class KeptCell(Held):
    def __init__(self, name: str, cell: types.CellType, value: Any) -> None:
        super().__init__(name, cell, "", value)

    def now(self) -> Any:
        return self.holder.cell_contents

    def restore(self) -> None:
        self.holder.cell_contents = self.value

    def condition(self, names: Names) -> str:
        return self._condition(f"{names.of(self.holder)}.cell_contents", names)


class KeptGlobal(Held):
    def now(self) -> Any:
        return self.holder[self.key]

    def restore(self) -> None:
        self.holder[self.key] = self.value

    def condition(self, names: Names) -> str:
        return self._condition(f"{names.of(self.holder)}[{self.key!r}]", names)


class KeptAbsent(Kept):
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


class KeptAttribute(Held):
    def now(self) -> Any:
        return getattr(self.holder, self.key)

    def restore(self) -> None:
        setattr(self.holder, self.key, self.value)

    def condition(self, names: Names) -> str:
        return self._condition(f"{names.of(self.holder)}.{self.key}", names)


class KeptMethod(Held):
    """What a class does for its objects: a method or property, as the class has it, and not the object."""

    def now(self) -> Any:
        return stored(self.holder if isinstance(self.holder, type) else type(self.holder), self.key)[0]

    def same(self) -> bool:
        of_class = isinstance(self.holder, type) or self.key not in getattr(self.holder, "__dict__", ())
        return of_class and self.now() is self.value

    def condition(self, names: Names) -> str:
        return f"{names.of(self.same)}()"


class KeptArray(Kept):
    """The numbers of an array, unless nobody can change them."""

    def __init__(self, name: str, array: np.ndarray) -> None:
        super().__init__(name)
        self.array = array
        self.strides, self.shape, self.dtype = array.strides, array.shape, array.dtype
        self.kept = None if is_lasting(array) else bytearray(self.bytes_of(array))

    @staticmethod
    def bytes_of(array: np.ndarray) -> Any:
        if array.ndim == 0 or array.dtype.kind in "mM":  # bytearray(n) would be n zeros; dates have no buffer
            return array.tobytes()
        return array if array.flags.c_contiguous else array.T if array.flags.f_contiguous else array.tobytes()

    def same(self) -> bool:
        """Whether they are as they were, bit for bit: as memory is compared."""
        array = self.array
        same = array.shape == self.shape and array.dtype == self.dtype and array.strides == self.strides
        return same and (self.kept is None or not array.size or bool(self.kept == self.bytes_of(array)))

    def restore(self) -> None:
        if self.kept is None:
            return
        old: np.ndarray = np.frombuffer(self.kept, self.dtype)
        forwards = not self.array.flags.f_contiguous or self.array.flags.c_contiguous
        self.array[...] = old.reshape(self.shape) if forwards else old.reshape(self.shape[::-1]).T


class KeptValue(Kept):
    """A captured Value: its numbers and its gradient."""

    def __init__(self, name: str, value: Node) -> None:
        super().__init__(name)
        self.value, self.primal, self.grad = value, value._primal, value._grad
        self.array = KeptArray(name, value._primal) if isinstance(value._primal, np.ndarray) else None

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


class KeptContainer(Kept):
    """What a list, deque, dict, set or array of objects contains, or one of Python's own arrays."""

    def __init__(self, name: str, container: Any) -> None:
        super().__init__(name)
        self.container = container
        self.kept = self._contents()

    def _contents(self) -> list[Any]:
        c = self.container
        return list(c.items() if isinstance(c, Mapping) else c.flat if isinstance(c, np.ndarray) else c)

    def same(self) -> bool:
        now = self._contents()
        if len(now) != len(self.kept):
            return False
        if isinstance(self.container, Mapping):
            return all(alike(k, m) and alike(x, y) for (k, x), (m, y) in zip(now, self.kept, strict=True))
        return all(alike(x, y) for x, y in zip(now, self.kept, strict=True))

    def restore(self) -> None:
        c = self.container
        if isinstance(c, np.ndarray):
            for i, x in enumerate(self.kept):
                c.flat[i] = x
        elif isinstance(c, (list, bytearray)):
            c[:] = self.kept
        elif isinstance(c, array.array):
            c[:] = array.array(c.typecode, self.kept)
        else:
            c.clear()
            (c.extend if isinstance(c, collections.deque) else c.update)(self.kept)


def alike(x: Any, y: Any) -> bool:
    """Whether two are one object, or equal ones that cannot change."""
    if x is y:
        return True
    return type(x) is type(y) and isinstance(x, PLAIN) and (x == y or (x != x and y != y)) and repr(x) == repr(y)
