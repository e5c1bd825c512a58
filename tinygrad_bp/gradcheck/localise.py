"""Which entries of a block are wrong, and in what pattern."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .arguments import Array
from .batches import Batches
from .directions import SMALLEST, gaussian
from .entries import SAMPLE, Entries, by_halving, every_entry, findings_of, note, nothing_known, one_entry
from .judged import Judged, replace_trial
from .patterns import pattern
from .trials import Subject
from .verdict import Trial


@dataclass
class Localiser:
    """Looks at the entries of a subject's blocks: at all of them, at those that halving leads to, or at a sample."""

    subject: Subject
    batches: Batches
    seed: int
    exhaustive: bool

    def failed(self, b: int, result: Judged) -> Judged:
        """A block that fails along a direction: which of its entries are wrong; or a pass, if all of them are right."""
        subject, n = self.subject, self.subject.sizes[b].size
        block, c = subject.arguments.blocks[b], subject.candidate.values[b]
        if n == 1:
            entries = nothing_known(1)
            note(entries, 0, one_entry(subject, b, 0, tries=8))
            if entries.wrong.any():
                result.entries = findings_of(subject, b, entries)
                result.pattern = _single(float(c[0]), float(entries.numeric[0])) if block.shape == () else None
            return result
        entries = self._find(b)
        if not entries.wrong.any():
            passed = entries.known.sum() >= min(n, SAMPLE) and not (entries.verdict == "inconclusive").any()
            if passed and _small_on_average(result.trial, subject.tau, n):
                said = "many small errors, each below tau, add up along the direction drawn"
                return replace_trial(result, replace(result.trial, verdict="pass", reason=None, note=said))
            return result
        result.entries = findings_of(subject, b, entries)
        result.pattern = pattern(c, entries, block.shape, block.x)
        return result

    def _find(self, b: int) -> Entries:
        """The wrong entries of block b: all of them looked at, or found by halving, or drawn."""
        subject, n = self.subject, self.subject.sizes[b].size
        if n <= SAMPLE or self.exhaustive:
            return every_entry(subject, b, np.arange(n), self.batches, trusting=True)
        stage = iter(range(1 << 30))
        found = nothing_known(n)

        def fails(group: Array) -> bool:
            if not subject.evaluator.affords(8):
                return False
            some = np.zeros(n, dtype=bool)
            some[group] = True
            random = np.random.default_rng([self.seed, 2, b, next(stage)])
            if subject.sizes[b].any():
                v = subject.whitened(b, random, some)
            else:
                v = np.where(some, gaussian(random, n), 0.0)
            return subject.trial({b: v}, {b: subject.sizes[b]}, True, tries=6)[0].verdict == "fail"

        single, _, many = by_halving(n, fails)
        for k in single:
            note(found, k, one_entry(subject, b, k, tries=8))
        left = np.concatenate(many) if many else np.arange(0)
        if not single and not many:
            left = np.arange(n)
        if left.size > 4096:
            left = np.sort(np.random.default_rng([self.seed, 3, b]).choice(left, SAMPLE, replace=False))
        if left.size:
            every = every_entry(subject, b, left, self.batches, trusting=True)
            for i in np.flatnonzero(every.known):
                found.numeric[i], found.bound[i], found.verdict[i] = every.numeric[i], every.bound[i], every.verdict[i]
        if single and not many:  # halving has been through all of the block: the rest is right
            rest = ~found.known
            found.numeric[rest], found.bound[rest] = subject.candidate.values[b][rest], 0.0
            found.verdict[rest] = "pass"
        return found

    def exhausted(self, b: int, result: Judged) -> Judged:
        """Each entry of a block that has passed, or could not be judged, as a whole."""
        subject = self.subject
        entries = every_entry(subject, b, np.arange(subject.sizes[b].size), self.batches, trusting=False)
        if entries.wrong.any():
            result.entries = findings_of(subject, b, entries)
            block = subject.arguments.blocks[b]
            result.pattern = pattern(subject.candidate.values[b], entries, block.shape, block.x)
            return replace_trial(result, replace(result.trial, verdict="fail", reason=None))
        if (entries.verdict == "inconclusive").any() and result.verdict == "pass":
            i = int(np.flatnonzero(entries.verdict == "inconclusive")[0])
            trial = one_entry(subject, b, i)
            where = subject.arguments.blocks[b].where(i)
            said = f"{where} could not be judged by itself ({trial.reason})"
            return replace_trial(result, replace(result.trial, note=said))
        if (entries.verdict == "pass").all() and result.verdict == "inconclusive" and result.trial.reason != "no-power":
            result.resolution, result.missed = float(np.max(entries.bound / subject.sizes[b])), 0.0
            return replace_trial(
                result, replace(result.trial, verdict="pass", reason=None, note="each entry by itself")
            )
        return result


def _small_on_average(trial: Trial, tau: float, n: int) -> bool:
    """Whether what was seen along v is no more than errors below τ in each entry add up to."""
    return abs(trial.numeric - trial.yours) - trial.bound <= 4 * tau * trial.size / SMALLEST * n


def _single(yours: float, numeric: float) -> str | None:
    if numeric == 0 or yours == 0 or not math.isfinite(numeric):
        return "zero" if yours == 0 else None
    ratio = yours / numeric
    return "sign flipped" if abs(ratio + 1) < 1e-3 else f"× {ratio:.4g}"
