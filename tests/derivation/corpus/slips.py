"""Slips: what is done to a derivation that is right, and how the fault may then be called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .steps import Steps

#: the closed vocabulary of explanations: what was done to a step
KINDS = frozenset({
    "factor-missing", "factor-added", "factor-doubled", "term-missing", "term-added", "term-doubled", "sign",
    "constant-factor", "sum-for-mean", "wrong-axis", "wrong-operand", "derivative-missing", "derivative-squared",
    "derivative-argument", "derivative-other", "elementwise-for-matrix-product", "operands-swapped", "transposed",
    "transpose-missing", "transpose-added", "sum-missing", "sum-added", "decay-missing", "decay-doubled",
    "decay-on-bias", "decay-scaled", "shifted", "rolled", "left-out",
})  # fmt: skip

#: a special word is a case of a general one: whoever says the general word says nothing false
GENERAL = {
    "decay-missing": ("term-missing",),
    "decay-doubled": ("term-doubled", "term-added", "constant-factor"),
    "decay-on-bias": ("term-added",),
    "decay-scaled": ("constant-factor",),
    "derivative-missing": ("factor-missing",),
    "derivative-squared": ("factor-doubled", "factor-added"),
    "factor-doubled": ("factor-added",),
    "rolled": ("shifted",),
    "sum-for-mean": ("constant-factor",),
    "term-doubled": ("term-added", "constant-factor"),
}


@dataclass(frozen=True)
class Edit:
    """A change of one step's text."""

    #: the step, by the name that it assigns: d_z2
    step: str
    #: what stands there, exactly once
    old: str
    #: what is written in its place
    new: str
    #: the words that name it rightly, the best first
    kinds: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.step}: {self.old!r} → {self.new!r} ({self.kinds[0]})"

    @property
    def acceptable(self) -> frozenset[str]:
        """All the words that name it without being false."""
        return frozenset(self.kinds).union(*(GENERAL.get(kind, ()) for kind in self.kinds))

    def apply(self, steps: Steps) -> Steps:
        """The derivation with this change. ValueError where the old text does not stand in the step exactly once."""
        text = steps.text(self.step)
        if text.count(self.old) != 1:
            raise ValueError(f"{self.old!r} stands {text.count(self.old)} times in {text!r}")
        return steps.with_text(self.step, text.replace(self.old, self.new))


@dataclass(frozen=True)
class Slip:
    """One change, or several at once, of which two may be in one step."""

    edits: tuple[Edit, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.edits))

    @property
    def changed(self) -> frozenset[str]:
        """The steps that are changed, by the names that they assign."""
        return frozenset(edit.step for edit in self.edits)

    def apply(self, steps: Steps) -> Steps:
        """The derivation with all the changes."""
        for edit in self.edits:
            steps = edit.apply(steps)
        return steps

    def plant(self, by_hand: Callable[..., Any]) -> Callable[..., Any]:
        """The function with all the changes, compiled from its changed source."""
        return self.apply(Steps.of(by_hand)).function()


def slip(step: str, old: str, new: str, *kinds: str) -> Slip:
    """One change. ValueError for a word that is not in the vocabulary."""
    if not kinds or not KINDS.issuperset(kinds):
        raise ValueError(f"{step}: kinds {kinds} are not all in the vocabulary")
    return Slip((Edit(step, old, new, kinds),))


def together(*slips: Slip) -> Slip:
    """Slips made at once in one derivation."""
    return Slip(tuple(edit for each in slips for edit in each.edits))
