"""Rounds, interleaved, and the ratios within them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import environment
from .case import SECONDS, Entry, Limit, Wanted, Workload
from .checks import compare
from .worker import Competitor, CompetitorError

FAILED = "failed: "


@dataclass
class Row:
    """What came of one entry. `seconds`: one number a round, for one operation."""

    label: str
    status: str = "measured"  # or why it was not
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

    def failures(self) -> list[str]:
        """Rows of ours that failed; that a peer did is for him to see to."""
        ours = {
            entry.label for entry in self.workload.entries if entry.peer in (None, "tinygrad_bp", "tinygrad_bp jit")
        }
        return [row.label for row in self.rows.values() if row.status.startswith(FAILED) and row.label in ours]

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
            if row is None or (wanted.measure == SECONDS and not row.seconds):
                return None
            return float(np.median(row.seconds)) if wanted.measure == SECONDS else row.measures.get(wanted.measure)
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
                    "peer": self.workload.entry(row.label).peer,
                    "per": self.workload.entry(row.label).per,
                    "ratio": None if (q := self.ratios(row.label, self.workload.reference)) is None else q.tolist(),
                }
                for row in self.rows.values()
            ],
            "absent": dict(self.workload.absent),
            "wanted": [{**vars(wanted), "measured": self.reached(wanted)} for wanted in self.workload.wanted],
        }


def measure(
    workload: Workload,
    *,
    regime: str = "warmed",
    rounds: int = 3,
    seconds: float = 0.03,
    slow: bool = True,
    only: Callable[[str], bool] = lambda label: True,
    say: Callable[[str], None] = lambda what: None,
) -> Outcome:
    """Start everybody, compare their numbers, then time them in turn.

    regime   "warmed" or "fresh" (see the package's docstring)
    seconds  how long each competitor runs in a round, at least once
    slow     whether those take part that take long
    only     which labels take part (the reference always does)

    DisagreementError if the numbers are not the same. Who fails is marked as failed; CompetitorError if that is the
    reference.
    """
    rows = {
        entry.label: Row(entry.label, status=_status(entry, slow))
        for entry in workload.entries
        if only(entry.label) or entry.label == workload.reference
    }
    competitors: dict[str, Competitor] = {}
    try:
        _start(workload, regime, seconds, rows, competitors, say)
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


def _status(entry: Entry, slow: bool) -> str:
    if entry.peer == "tinygrad_bp jit" and not environment.installed(entry.peer):
        return "not in this version"
    if entry.peer is not None and not environment.installed(entry.peer):
        return "not installed"
    return "measured" if slow or not entry.slow else "left out of a quick run"


def _start(
    workload: Workload,
    regime: str,
    seconds: float,
    rows: dict[str, Row],
    competitors: dict[str, Competitor],
    say: Callable[[str], None],
) -> None:
    """Start those that are to be measured, as many at a time as there are cores, and compare their numbers."""
    labels = [label for label, row in rows.items() if row.status == "measured"]
    expected: dict[str, Any] | None = None
    for i, label in enumerate(labels):
        for ahead in labels[i : i + (os.cpu_count() or 1)]:
            if ahead not in competitors:
                competitors[ahead] = Competitor(workload.name, ahead, regime)
        say(f"{workload.name}: {label} starts")
        if expected is None:
            expected = workload.expected()
        row = rows[label]
        try:
            row.error = compare(workload.name, label, competitors[label].started(), expected, workload.tolerance)
            if regime == "fresh":  # what was computed for the comparison has warmed the allocator
                competitors[label].stop()
                competitors[label] = Competitor(workload.name, label, regime, results=False)
                competitors[label].started()
        except CompetitorError as failure:
            _failed(workload, row, competitors, failure)
    for label in list(competitors):
        _calibrate(workload, rows[label], competitors, seconds)


def _calibrate(workload: Workload, row: Row, competitors: dict[str, Competitor], seconds: float) -> None:
    """How many calls a round of this competitor has."""
    try:
        if competitors[row.label].ask("times"):
            row.calls = competitors[row.label].ask("calls", seconds)
    except CompetitorError as failure:
        _failed(workload, row, competitors, failure)


def _failed(workload: Workload, row: Row, competitors: dict[str, Competitor], failure: CompetitorError) -> None:
    """Mark a competitor as failed; without the reference there is nothing to go on with."""
    if row.label == workload.reference:
        raise failure
    row.status = FAILED + str(failure).strip().splitlines()[-1]
    competitors.pop(row.label).stop()
