"""Single entries: all of them at once in batches, or the wrong ones found by halving (group testing, Dorfman 1943)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arguments import Array
from .batches import Batches
from .directions import power_of_two
from .report import Finding
from .trials import Subject
from .verdict import SAFETY, Trial, judge

#: the step of the first look at an entry, as a part of the size of x
LOOK = {np.dtype(np.float64): 2.0**-12, np.dtype(np.float32): 2.0**-6}
#: so many entries are looked at again by a ladder of their own
CLOSER = 64
#: so many are drawn where all cannot be
SAMPLE = 32


@dataclass
class Entries:
    """What is known of the entries of one block: NaN where nothing is."""

    numeric: Array
    bound: Array
    verdict: Array  # of "pass", "fail", "inconclusive", ""

    @property
    def known(self) -> Array:
        return np.asarray(self.verdict != "")

    @property
    def wrong(self) -> Array:
        return np.asarray(self.verdict == "fail")


def nothing_known(n: int) -> Entries:
    """Of n entries."""
    return Entries(np.full(n, np.nan), np.full(n, np.nan), np.full(n, "", dtype="U12"))


def one_entry(subject: Subject, b: int, i: int, tries: int = 18) -> Trial:
    """The trial of one entry, along its own axis."""
    v = np.zeros(subject.sizes[b].size)
    v[i] = 1.0
    trial, found = subject.trial({b: v}, {b: subject.sizes[b]}, True, tries=tries)
    return subject.settle(trial, found)


def note(entries: Entries, i: int, trial: Trial) -> None:
    """Put the trial of entry i down."""
    entries.numeric[i], entries.bound[i], entries.verdict[i] = trial.numeric, trial.bound, trial.verdict


def every_entry(subject: Subject, b: int, which: Array, batches: Batches, trusting: bool) -> Entries:
    """Each of the entries `which`: a look with two steps, then a ladder of its own for what that leaves open.

    `trusting`: the block is known to be wrong, so that a failing look needs no ladder to confirm it.
    """
    block, candidate = subject.arguments.blocks[b], subject.candidate
    entries = nothing_known(block.x.size)
    finer = min(subject.starts.get(b, subject.starts.get(-2, 0)), 0)
    h = power_of_two(LOOK[block.x.dtype] * subject.scales[b]) * 2.0**finer
    if not subject.lower and not subject.upper:
        numeric, error = _look(subject, b, which, h, batches)
        c, size = candidate.values[b][which], subject.sizes[b][which]
        budget = 2 * candidate.rounding[b][which] + 4 * candidate.roundoff * np.abs(c)
        bound = SAFETY * (error + budget)
        entries.numeric[which], entries.bound[which] = numeric, bound
        entries.verdict[which] = [
            judge(float(n), float(r), float(d), subject.tau * float(s)) or "inconclusive"
            for n, r, d, s in zip(numeric, bound, c, size, strict=True)
        ]
    else:
        entries.verdict[which] = "inconclusive"
    again = (entries.verdict == "inconclusive") | ((entries.verdict == "fail") & (not trusting))
    for i in np.flatnonzero(again)[: block.x.size if not trusting else CLOSER]:
        if subject.evaluator.affords(16):
            note(entries, int(i), one_entry(subject, b, int(i), tries=8 if trusting else 18))
    return entries


def _look(subject: Subject, b: int, which: Array, h: float, batches: Batches) -> tuple[Array, Array]:
    """The derivative by each entry from ±h and ±h/2, and its error: truncation, noise, and what a corner would do."""
    steps = np.array([h, h / 2, -h, -h / 2])
    values, magnitude = batches(b, which, steps)
    centre = subject.centre.value
    x = subject.arguments.blocks[b].x
    moved = [(x[which] + np.asarray(t, x.dtype)).astype(np.float64) - x[which].astype(np.float64) for t in steps]
    noise = max(subject.noise, 2 * subject.centre.roundoff * magnitude)
    with np.errstate(all="ignore"):
        coarse = (values[0] - values[2]) / (moved[0] - moved[2])
        fine = (values[1] - values[3]) / (moved[1] - moved[3])
        bend_coarse = ((values[0] - centre) + (values[2] - centre)) / (2 * h)
        bend_fine = ((values[1] - centre) + (values[3] - centre)) / h
        numeric = (4 * fine - coarse) / 3
        error = np.abs(fine - coarse) + noise * (4 / h) + np.abs(2 * bend_fine - bend_coarse)
    return numeric, np.where(np.isfinite(error), error, np.inf)


def by_halving(n: int, fails: Callable[[Array], bool]) -> tuple[list[int], list[Array], list[Array]]:
    """The entries that fail by themselves, the groups of which no half fails, and the groups given up as too many.

    About 2 log₂ n tests for each wrong entry. Halving stops where looking at every entry is cheaper.
    """
    single: list[int] = []
    open_groups: list[Array] = []
    groups = [np.arange(n)]
    while groups:
        levels = math.ceil(math.log2(max(len(groups[0]), 2)))
        if len(groups) > 1 and (8 * len(groups) * levels > sum(map(len, groups)) or len(groups) > SAMPLE // 2):
            return single, open_groups, groups
        following: list[Array] = []
        for group in groups:
            if len(group) == 1:
                single.append(int(group[0]))
                continue
            halves = [half for half in np.array_split(group, 2) if fails(half)]
            following += halves
            if not halves:
                open_groups.append(group)
        groups = following
    return single, open_groups, []


def findings_of(subject: Subject, b: int, entries: Entries, limit: int = 20) -> list[Finding]:
    """A finding for each wrong entry, the worst first."""
    block, c = subject.arguments.blocks[b], subject.candidate.values[b]
    wrong = np.flatnonzero(entries.wrong)
    with np.errstate(all="ignore"):
        distance = np.nan_to_num(np.abs(c - entries.numeric)[wrong], nan=np.inf)
    order = wrong[np.argsort(-distance, kind="stable")][:limit]
    return [
        Finding(
            block.where(int(i)), "fail", float(c[i]), float(entries.numeric[i]), float(entries.bound[i]), entry=True
        )
        for i in order
    ]
