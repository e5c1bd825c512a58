"""Single entries: all of them at once in batches, or the wrong ones found by halving (group testing, Dorfman 1943)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .arguments import Array
from .batches import Batches
from .directions import power_of_two
from .report import Finding
from .settling import confirmed, settle
from .trials import Subject
from .verdict import SAFETY, Trial

#: the step of the first look at an entry, as a part of the size of x
LOOK = {np.dtype(np.float64): 2.0**-16, np.dtype(np.float32): 2.0**-7}
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


def one_entry(subject: Subject, b: int, i: int, tries: int = 18, confirm: bool = False) -> Trial:
    """The trial of one entry, along its own axis; `confirm`: a failure is none until a second ladder has seen it."""
    v = np.zeros(subject.sizes[b].size)
    v[i] = 1.0
    along, sizes = {b: v}, {b: subject.sizes[b]}
    trial, found = subject.trial(along, sizes, True, tries=tries)
    trial = settle(subject, trial, found)
    if not confirm or trial.verdict != "fail":
        return trial
    trial = confirmed(subject, trial, found, along, sizes)
    if trial.verdict == "fail" and trial.kinked and subject.corners_meet:
        return replace(trial, verdict="inconclusive", reason="kink-near")
    return trial


def note(entries: Entries, i: int, trial: Trial) -> None:
    """Put the trial of entry i down."""
    entries.numeric[i], entries.bound[i], entries.verdict[i] = trial.numeric, trial.bound, trial.verdict


def every_entry(subject: Subject, b: int, which: Array, batches: Batches, trusting: bool) -> Entries:
    """Each of the entries `which`: a look, then a ladder of its own for what that leaves open.

    `trusting`: the block is known to be wrong, so that a failing look needs no ladder to confirm it.
    """
    block = subject.arguments.blocks[b]
    entries = look(subject, b, which, batches)
    again = (entries.verdict == "inconclusive") | ((entries.verdict == "fail") & (not trusting))
    for i in np.flatnonzero(again)[: block.x.size if not trusting else CLOSER]:
        if subject.evaluator.affords(16):
            note(entries, int(i), one_entry(subject, b, int(i), 8 if trusting else 18, confirm=not trusting))
    return entries


def look(subject: Subject, b: int, which: Array, batches: Batches) -> Entries:
    """The entries `which` by one central difference each: enough for most; what it leaves open is left open.

    The error is the noise, and the even part times the step's share of x: what is left out is of the next order.
    """
    block, candidate = subject.arguments.blocks[b], subject.candidate
    entries = nothing_known(block.x.size)
    if subject.lower or subject.upper:
        entries.verdict[which] = "inconclusive"
        return entries
    finer = 2.0 ** min(subject.starts.get(b, subject.starts.get(-2, 0)), 0)
    h = power_of_two(LOOK[block.x.dtype] * subject.scales[b]) * finer
    steps = np.array([h, -h], block.x.dtype)
    values, magnitude = batches(b, which, steps)
    x = block.x[which]
    moved = ((x + steps[0]).astype(np.float64) - (x + steps[1]).astype(np.float64)) / 2
    noise = max(subject.noise, 2 * subject.centre.roundoff * magnitude)
    c, size = candidate.values[b][which], subject.sizes[b][which]
    with np.errstate(all="ignore"):
        numeric = (values[0] - values[1]) / (2 * moved)
        even = np.abs((values[0] - subject.centre.value) + (values[1] - subject.centre.value)) / (2 * moved)
        error = noise / moved + even * LOOK[block.x.dtype]
        bound = SAFETY * (error + 2 * candidate.rounding[b][which] + 4 * candidate.roundoff * np.abs(c))
        distance, tolerance = np.abs(numeric - c), subject.tau * size
        passes, fails = distance + bound <= tolerance, distance - bound > np.maximum(tolerance, even)
    entries.numeric[which], entries.bound[which] = numeric, np.where(np.isfinite(bound), bound, np.inf)
    entries.verdict[which] = np.where(passes & (tolerance > 0), "pass", np.where(fails, "fail", "inconclusive"))
    return entries


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
