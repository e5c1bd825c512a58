"""What a workload is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Numbers = dict[str, np.ndarray]


@dataclass(frozen=True)
class Case:
    """One competitor's side of a workload, built in its own process.

    results   the numbers to be compared with the derivation by hand, by name; called once, before anything is timed
    run       what is timed: one call
    measures  other things to measure, by the name they are printed under, each a number; called after the timing
    """

    results: Callable[[], Numbers]
    run: Callable[[], Any] | None = None
    measures: Mapping[str, Callable[[], float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A row of a workload's table.

    label  as printed
    peer   a name in `environment.PEERS`, or None for what needs NumPy alone
    build  makes the case; it imports the peer itself
    per    how many operations one call of `run` is, where times are shown for one operation
    """

    label: str
    peer: str | None
    build: Callable[[], Case]
    per: int = 1


@dataclass(frozen=True)
class Wanted:
    """A ratio that is wanted: time of `entry` ≤ at_most × time of `other`, for one operation each."""

    entry: str
    other: str
    at_most: float


@dataclass(frozen=True)
class Limit:
    """A figure that is wanted: a measure of `entry` ≤ at_most."""

    entry: str
    measure: str
    at_most: float


@dataclass(frozen=True)
class Workload:
    """A table: what is measured, the numbers it must give, who takes part, and what is wanted.

    reference  the entry that the ratios are taken to
    expected   the numbers by hand; an entry's results may be a part of them, and must agree within `tolerance`,
               relative to the largest number of the array
    fresh      whether `--fresh` measures it again with an allocator as it starts
    """

    name: str
    title: str
    reference: str
    expected: Callable[[], Numbers]
    entries: tuple[Entry, ...]
    wanted: tuple[Wanted | Limit, ...] = ()
    unit: str = "call"
    tolerance: float = 1e-9
    fresh: bool = False

    def entry(self, label: str) -> Entry:
        return next(entry for entry in self.entries if entry.label == label)
