"""Edits: changes of a formula in one place, as a person makes them by mistake; and where they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .. import writing
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


Made = Iterator["Edit | Fit"]


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


def at(x: Expression, path: Path) -> Expression:
    """The part at the end of the way."""
    for i in path:
        x = x.parts()[i]
    return x


def text_of(x: Any) -> str:
    """A formula, or anything in it, in words."""
    return writing.source(x) if isinstance(x, Expression) else str(x)
