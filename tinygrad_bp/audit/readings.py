"""The closed list of readings: what a reader may take a symbol or a word of the notes to mean, other than is written.

An axis is a question that the notes leave open; each of its readings is an answer. As written, no axis is answered, and
every symbol means what its own formula, or the one that introduced it, says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple


class Head(NamedTuple):
    """An output layer: its activation (None: the f of the hidden layers) and its cost, named as in `Network`."""

    output: str | None
    cost: str


TWO_CLASSES = Head("sigmoid", "cross-entropy")
SOFTMAX = Head("softmax", "cross-entropy")
SQUARED_ERROR = Head(None, "squared-error")
HEADS = (TWO_CLASSES, SOFTMAX, SQUARED_ERROR)
"""The three output heads of N3."""

SOFTMAX_SQUARED_ERROR = Head("softmax", "squared-error")


class Reading(NamedTuple):
    """One answer to one axis, and its words."""

    axis: str
    choice: str
    words: str


READINGS = (
    Reading("bias", "in the sum", "with the bias in the sum over j: w_i0 = b_i is the weight of a neuron a_0 = 1"),
    Reading("bias", "absent", "in a network without biases"),
    Reading("w_ij", "from i to j", "w_ij as the weight from neuron i to neuron j, which N1 calls w_ji"),
    Reading("delta", "z", "δ_i as ∂J/∂z_i"),
    Reading("delta", "a", "δ_i as ∂J/∂a_i"),
    Reading("cost", "one example", "J̄ as the cost of one example, J̄(w,b; x,y), which has no decay"),
    Reading("cost", "mean", "J̄ as the mean over the examples without the decay"),
    Reading("head", "two classes", "with a sigmoid output and cross-entropy as the cost"),
    Reading("head", "softmax", "with a softmax output and cross-entropy as the cost"),
    Reading("head", "squared error", "with the squared error as the cost"),
    Reading("x, y", "of the sum", "x, y as the x^(i), y^(i) of the sum"),
    Reading("i", "outside the sum", "the neuron's i as the one on the left, not the i of the sum it stands in"),
    Reading("bounds", "each layer's own", "n_1, n_2 as S_k, S_(k+1), the widths of the layers that w^(k) joins"),
    Reading("=", "assignment", "= as an assignment: on its left stands the value after the step"),
    Reading("不同", "不用", "不同 softmax (a different softmax) as 不用 softmax (without softmax)"),
    Reading("h", "entry", "h(x) as its entry h_i(x)"),
    Reading("h", "vector", "y_i − h(x) as the vector y − h(x)"),
)
"""Every reading that a formula is tried with, besides as written."""

HEAD_OF = {"two classes": TWO_CLASSES, "softmax": SOFTMAX, "squared error": SQUARED_ERROR}


@dataclass(frozen=True)
class Interpretation:
    """A choice of readings, at most one on each axis; it remembers which axes it has been asked about."""

    readings: tuple[Reading, ...] = ()
    asked: set[str] = field(default_factory=set, compare=False)

    def __call__(self, axis: str) -> str | None:
        """The choice on this axis; None: as written."""
        self.asked.add(axis)
        return self._choices.get(axis)

    @cached_property
    def _choices(self) -> dict[str, str]:
        return {reading.axis: reading.choice for reading in self.readings}

    def variants(self) -> list[Interpretation]:
        """One reading more, on an axis that was asked about and is as written so far."""
        return [
            Interpretation(tuple(r for r in READINGS if r in self.readings or r is more))  # in the order of the list
            for more in READINGS
            if more.axis in self.asked.difference(self._choices)
        ]

    def __str__(self) -> str:
        return "; ".join(reading.words for reading in self.readings) or "as written"
