"""What is judged, and the judgement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from .notation import Notation
from .readings import HEADS, Head

Verdict = Literal["holds", "holds as", "does not hold"]


@dataclass(frozen=True)
class Claim:
    """left = right, for all indices, at every example, in a network with any of the heads.

    id, formula   which claim it is, and how it is written
    over(n)       the indices for which it is claimed, as tuples; a formula without free indices has one, ()
    left, right   left(n, *indices) and right(n, *indices), each a number, or as many numbers as the other; `n` is a
                  `Notation`, the symbols at one example
    heads         the output heads that it speaks of
    corrected     how it should read; given as a correction only after it has been found to hold as written
    beside        what is written beside the formula, judged in rows of its own
    """

    id: str
    formula: str
    over: Callable[[Notation], Iterable[tuple[Any, ...]]]
    left: Callable[..., Any]
    right: Callable[..., Any]
    heads: tuple[Head, ...] = HEADS
    corrected: Claim | None = None
    beside: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Row:
    """The judgement of one claim.

    verdict     "holds" (as written), "holds as" (under a reading), or "does not hold" (under none that was tried)
    reading     "as written"; or the readings under which it holds, the fewest that do; or how many were tried in vain
    correction  a formula that was found to hold in its place, or ""
    error       as written: the largest difference of the two sides, relative to the largest number on either; None
                where that is no number, since the formula names something that does not exist, or gives infinity or NaN
    beside      rows of what is written beside the formula
    """

    id: str
    formula: str
    verdict: Verdict
    reading: str
    correction: str
    error: float | None
    beside: tuple[Row, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "id": self.id,
            "formula": self.formula,
            "verdict": self.verdict,
            "reading": self.reading,
            "correction": self.correction,
            "error": self.error,
            "beside": [row.to_dict() for row in self.beside],
        }

    def __str__(self) -> str:
        lines = [f"{self.id:4} {self.formula}", f"{self.verdict}: {self.reading}"]
        if self.correction:
            lines.append(f"correction: {self.correction}")
        lines.append(f"error as written: {'undefined' if self.error is None else f'{self.error:.2g}'}")
        for row in self.beside:
            lines += str(row).splitlines()
        return "\n     ".join(lines)
