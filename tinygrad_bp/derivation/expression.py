"""Expressions: formulas as trees that can be read, evaluated, and changed in one place.

    Symbol     a quantity by its name: z2, W1, d_z3, params["W2"]
    Number     a number
    Array      an array that is nobody's argument

`compound.py` has those that are made of others. They are compared by what they say, and never changed. `algebra/` makes
them in their normal form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Shape = tuple[int, ...]


class Expression:
    """A formula. `shape` is that of its value."""

    __slots__ = ("_hash", "_key", "_shape")

    def __init__(self, key: tuple[Any, ...], shape: Shape | None = None) -> None:
        self._key = key
        self._hash = hash(key)
        self._shape = shape

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            type(self) is type(other)
            and isinstance(other, Expression)
            and self._hash == other._hash
            and self._key == other._key
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._key}"

    @property
    def shape(self) -> Shape:
        if self._shape is None:
            self._shape = self._find_shape()
        return self._shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def _find_shape(self) -> Shape:
        raise NotImplementedError

    def parts(self) -> tuple[Expression, ...]:
        """The expressions that it is made of, in the order in which `with_parts` takes them."""
        return ()

    def with_parts(self, parts: tuple[Expression, ...]) -> Expression:
        """The same of other parts, as they are given: nothing is simplified."""
        return self

    def compute(self, values: list[Any]) -> Any:
        """Its value, from those of its parts."""
        raise NotImplementedError

    def evaluate(self, quantities: Mapping[str, Any], known: dict[Expression, Any] | None = None) -> Any:
        """Its value, where the symbols have the given values. `known` keeps the values of parts."""
        known = {} if known is None else known
        value = known.get(self)
        if value is None:
            if isinstance(self, Symbol):
                value = quantities[self.name]
            else:
                value = self.compute([part.evaluate(quantities, known) for part in self.parts()])
            known[self] = value
        return value

    def walk(self) -> Iterator[Expression]:
        """Itself and all that it is made of, as often as it stands there."""
        yield self
        for part in self.parts():
            yield from part.walk()

    def symbols(self) -> dict[str, Symbol]:
        """The symbols in it by name, in the order in which they stand there."""
        return {part.name: part for part in self.walk() if isinstance(part, Symbol)}

    def substitute(self, replace: Callable[[Expression], Expression | None]) -> Expression:
        """The expression with replace(part) for each part that it gives one for, from the outside in."""
        new = replace(self)
        if new is not None:
            return new
        parts = self.parts()
        changed = tuple([part.substitute(replace) for part in parts])
        return self if all(a is b for a, b in zip(parts, changed, strict=True)) else self.with_parts(changed)


class Symbol(Expression):
    """A quantity by its name; `positive` where it is known to be so."""

    __slots__ = ("name", "positive")

    def __init__(self, name: str, shape: Shape, positive: bool = False) -> None:
        super().__init__(("symbol", name), shape)
        self.name, self.positive = name, positive


class Number(Expression):
    """A number."""

    __slots__ = ("value",)

    def __init__(self, value: float) -> None:
        super().__init__(("number", value), ())
        self.value = value

    def compute(self, values: list[Any]) -> Any:
        return self.value


class Array(Expression):
    """An array that is nobody's argument, called constant0, constant1, …"""

    __slots__ = ("name", "value")

    def __init__(self, value: Any, name: str) -> None:
        super().__init__(("array", name), value.shape)
        self.value, self.name = value, name

    def compute(self, values: list[Any]) -> Any:
        return self.value
