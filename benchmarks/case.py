"""What a workload is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Numbers = dict[str, np.ndarray]
SECONDS = "seconds"  # the measure that every timed entry has


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
    slow   whether it takes so long to start that `--quick` leaves it out
    """

    label: str
    peer: str | None
    build: Callable[[], Case]
    per: int = 1
    slow: bool = False


@dataclass(frozen=True)
class Wanted:
    """A ratio that is wanted: time of `entry` ≤ at_most × time of `other`, for one operation each."""

    entry: str
    other: str
    at_most: float


@dataclass(frozen=True)
class Limit:
    """A figure that is wanted: a measure of `entry`, or its SECONDS for one operation, ≤ at_most."""

    entry: str
    measure: str
    at_most: float


@dataclass(frozen=True)
class Workload:
    """A table: what is measured, the numbers it must give, who takes part, and what is wanted.

    reference  the entry that the ratios are taken to
    expected   the numbers by hand; an entry's results may be a part of them, and must agree within `tolerance`
    roundings  how many roundings follow one another on the longest way from the data to a number, in any order of its
               sums that a competitor may choose
    fresh      whether `--fresh` measures it again with an allocator as it starts
    slow       whether `--quick` leaves it out, unless it is asked for
    absent     peers that cannot take part, and why
    """

    name: str
    title: str
    reference: str
    expected: Callable[[], Numbers]
    entries: tuple[Entry, ...]
    roundings: int
    wanted: tuple[Wanted | Limit, ...] = ()
    unit: str = "call"
    fresh: bool = False
    slow: bool = False
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def tolerance(self) -> float:
        """Of the largest number of an array: what so many roundings of both sides, by ½ε each, come to at worst.

        That bound is one on Σ|terms| where numbers are summed. They cancel here as numbers of random signs do, which
        loses no more than the bound has in hand: errors of random signs add up to the root of their number.
        """
        return float(self.roundings * np.finfo(np.float64).eps)

    def entry(self, label: str) -> Entry:
        return next(entry for entry in self.entries if entry.label == label)
