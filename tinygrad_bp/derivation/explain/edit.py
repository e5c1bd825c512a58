"""Edits: changes of a formula in one place, as a person makes them by mistake; and where they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .. import writing
from ..compound import Product
from ..expression import Expression

#: the closed vocabulary of explanations: what was done to a step
KINDS = (
    "factor-missing", "factor-added", "factor-doubled", "term-missing", "term-added", "term-doubled", "sign",
    "constant-factor", "sum-for-mean", "wrong-axis", "wrong-operand", "derivative-missing", "derivative-squared",
    "derivative-argument", "derivative-other", "elementwise-for-matrix-product", "operands-swapped", "transposed",
    "transpose-missing", "transpose-added", "sum-missing", "sum-added", "decay-missing", "decay-doubled",
    "decay-on-bias", "decay-scaled", "shifted", "rolled", "left-out", "unknown",
)  # fmt: skip

Path = tuple[int, ...]


@dataclass(frozen=True)
class Edit:
    """A formula as it may have been written by mistake, and what the mistake is."""

    formula: Expression
    kind: str
    text: str


@dataclass(frozen=True)
class Fit:
    """Formulas none + α (one - none), with α to be found: `of(α)` is the edit."""

    none: Expression | None
    one: Expression
    of: Callable[[float], Edit | None]


@dataclass(frozen=True)
class FitMany:
    """Formulas none + Σ α_i (ones_i - none), with all α to be found: `of(α)` is the edit."""

    none: Expression
    ones: tuple[Expression, ...]
    of: Callable[[tuple[float, ...]], Edit | None]


Made = Iterator["Edit | Fit | FitMany"]


def places(x: Expression, path: Path = ()) -> Iterator[tuple[Path, Expression]]:
    """Every part of a formula, itself first, with the way to it."""
    yield path, x
    for i, part in enumerate(x.parts()):
        yield from places(part, (*path, i))


def replaced(x: Expression, path: Path, new: Expression) -> Expression:
    """The formula with another part at the end of the way."""
    if not path:
        return new
    parts = list(x.parts())
    parts[path[0]] = replaced(parts[path[0]], path[1:], new)
    return x.with_parts(tuple(parts))


def exchanged(x: Expression, *pairs: tuple[Expression, Expression]) -> Expression:
    """The formula with one part for another wherever it stands."""
    new = dict(pairs)
    return x.substitute(new.get)


def expanded(x: Expression) -> Expression:
    """The formula with x · x for x², so that one of them can be changed alone."""

    def replace(part: Expression) -> Expression | None:
        if not isinstance(part, Product) or all(p not in (2.0, 3.0) for _, p in part.factors):
            return None
        factors = [
            (expanded(base), 1.0 if p in (2.0, 3.0) else p)
            for base, p in part.factors
            for _ in range(int(p) if p in (2.0, 3.0) else 1)
        ]
        return Product(part.coefficient, tuple(factors))

    return x.substitute(replace)


def at(x: Expression, path: Path) -> Expression:
    """The part at the end of the way."""
    for i in path:
        x = x.parts()[i]
    return x


def text_of(x: Any) -> str:
    """A formula, or anything in it, in words."""
    return writing.source(x) if isinstance(x, Expression) else str(x)
