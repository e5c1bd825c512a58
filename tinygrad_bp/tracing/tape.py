"""Tape: what one tracing notes besides its steps: the arrays it met, and the outcomes that it relied on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .step import Constant, Step


class Guard(NamedTuple):
    """An outcome that Python asked for, as a branch does: the program is right only where `step` gives `expected`."""

    step: Step
    expected: Any


class Tape:
    """One tracing."""

    def __init__(self) -> None:
        self.guards: list[Guard] = []
        self._guarded: set[Step] = set()
        #: the quantities that were named, in the order in which they were
        self.named: list[Step] = []
        #: each named quantity that a reverse pass came through, and the step of its cotangent, in that order
        self.cotangents: list[tuple[Step, Step]] = []
        #: what was raised on the way: f may not catch it, as with other numbers, or without a trace, others are
        self.raised: list[Exception] = []
        #: by the identity of the array, which is kept alive here so that the identity stays its own
        self._constants: dict[int, tuple[Any, Constant]] = {}

    def constant(self, array: Any) -> Constant:
        """The step of an array that was not among the arguments: a copy of it, made when it is first met."""
        known = self._constants.get(id(array))
        if known is None:
            known = self._constants[id(array)] = (array, Constant(np.array(array, order="K")))
        return known[1]

    @property
    def constants(self) -> list[tuple[Any, Constant]]:
        """Each array that was met, and its step, in their order."""
        return list(self._constants.values())

    def guard(self, step: Step, expected: Any) -> None:
        """Note that Python went on with this outcome."""
        if step not in self._guarded:
            self._guarded.add(step)
            self.guards.append(Guard(step, expected))
