"""Rounds, interleaved, and the ratios within them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import environment
from .case import Limit, Wanted, Workload
from .checks import compare
from .worker import Competitor, CompetitorError


@dataclass
class Row:
    """What came of one entry. `seconds`: one number a round, for one operation."""

    label: str
    status: str = "measured"  # or "not installed", or how it failed
    error: float = 0.0
    calls: int = 0
    seconds: list[float] = field(default_factory=list)
    measures: dict[str, float] = field(default_factory=dict)


@dataclass
class Outcome:
    """What came of one workload in one memory regime."""

    workload: Workload
    regime: str
    rows: dict[str, Row]

    def ratios(self, label: str, other: str) -> np.ndarray | None:
        """Quartiles of the ratio of two entries' times, round by round; None where one was not measured."""
        a, b = self.rows.get(label), self.rows.get(other)
        if a is None or b is None or not a.seconds or not b.seconds:
            return None
        return np.quantile(np.divide(a.seconds, b.seconds), [0.25, 0.5, 0.75])

    def reached(self, wanted: Wanted | Limit) -> float | None:
        """The figure that is wanted to be small, as measured; None where it was not."""
        if isinstance(wanted, Limit):
            row = self.rows.get(wanted.entry)
            return None if row is None else row.measures.get(wanted.measure)
        quartiles = self.ratios(wanted.entry, wanted.other)
        return None if quartiles is None else float(quartiles[1])

    def to_dict(self) -> dict[str, Any]:
        """For JSON: everything that was measured."""
        return {
            "workload": self.workload.name,
            "title": self.workload.title,
            "regime": self.regime,
            "reference": self.workload.reference,
            "unit": self.workload.unit,
            "rows": [
                {
                    **vars(row),
                    "ratio": None if (q := self.ratios(row.label, self.workload.reference)) is None else list(q),
                }
                for row in self.rows.values()
            ],
            "wanted": [{**vars(wanted), "measured": self.reached(wanted)} for wanted in self.workload.wanted],
        }


def measure(
    workload: Workload,
    *,
    regime: str,
    rounds: int,
    seconds: float,
    only: Callable[[str], bool],
    say: Callable[[str], None],
) -> Outcome:
    """Start everybody, compare their numbers, then time them in turn.

    regime   "warmed" or "fresh" (see the package's docstring)
    seconds  how long each competitor runs in a round, at least once
    only     which labels take part (the reference always does)

    DisagreementError if the numbers are not the same. A peer that fails is marked as failed; CompetitorError if we
    ourselves do.
    """
    rows = {
        entry.label: Row(entry.label)
        for entry in workload.entries
        if only(entry.label) or entry.label == workload.reference
    }
    expected = workload.expected()
    competitors: dict[str, Competitor] = {}
    try:
        for label, row in rows.items():
            entry = workload.entry(label)
            if entry.peer is not None and not environment.installed(entry.peer):
                row.status = "not installed"
                continue
            say(f"{workload.name}: {label} starts")
            try:
                competitor = Competitor(workload.name, label, regime)
                row.error = compare(workload.name, label, competitor.ask("results"), expected, workload.tolerance)
                if regime == "fresh":  # what was computed for the comparison has warmed the allocator
                    competitor.stop()
                    competitor = Competitor(workload.name, label, regime)
                if competitor.ask("times"):
                    row.calls = competitor.ask("calls", seconds)
            except CompetitorError as failure:
                if entry.peer in (None, "tinygrad_bp"):
                    raise
                row.status = "failed: " + str(failure).strip().splitlines()[-1]
                continue
            competitors[label] = competitor
        timed = [label for label in competitors if rows[label].calls]
        for i in range(rounds if timed else 0):
            say(f"{workload.name}: round {i + 1} of {rounds}")
            start = i % len(timed)
            for label in timed[start:] + timed[:start]:
                rows[label].seconds.append(
                    competitors[label].ask("round", rows[label].calls) / workload.entry(label).per
                )
        for label, competitor in competitors.items():
            rows[label].measures = competitor.ask("measures")
    finally:
        for competitor in competitors.values():
            competitor.stop()
    return Outcome(workload, regime, rows)
