"""One scalar function and one candidate, argument by argument: trials, failures confirmed and localised."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from .arguments import Array
from .batches import Batches
from .directions import DENSITY, SMALLEST, gaussian
from .entries import SAMPLE, Entries, by_halving, every_entry, findings_of, look, note, nothing_known, one_entry
from .patterns import pattern
from .report import Finding
from .settling import by_complex_step, confirmed, settle
from .trials import Subject, smallest_part
from .verdict import Trial, doubted, judge, proves_it_can_fail


@dataclass
class Judged:
    """The verdict on one block, its trials, and the findings on its entries."""

    path: str
    trial: Trial
    entries: list[Finding] = field(default_factory=list)
    pattern: str | None = None
    resolution: float = math.inf
    missed: float = 1.0

    @property
    def verdict(self) -> str:
        return self.trial.verdict

    def finding(self) -> Finding:
        t = self.trial
        return Finding(
            self.path, t.verdict, t.yours, t.numeric, t.bound, False, t.reason, self.pattern, t.note, t.witness
        )


class Examination:
    """All blocks of a subject."""

    def __init__(self, subject: Subject, seed: int, exhaustive: bool) -> None:
        self.subject = subject
        self.seed = seed
        self.exhaustive = exhaustive
        self.batches = Batches(subject.evaluator, subject.centre)

    def run(self) -> list[Judged]:
        """Every block, each by directions of its own; then all of them together."""
        judged = [self._block(b) for b in range(len(self.subject.arguments.blocks))]
        judged = self._together(judged)
        return [self._without_doubt(j) if j.verdict == "fail" else j for j in judged]

    def _without_doubt(self, judged: Judged) -> Judged:
        trial = doubted(judged.trial, self.subject.lost, self.subject.tau)
        return judged if trial.verdict == "fail" else Judged(judged.path, trial)

    def _random(self, *stage: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *stage])

    def _block(self, b: int) -> Judged:
        subject, path = self.subject, self.subject.arguments.blocks[b].path
        c = subject.candidate.values[b]
        if not np.isfinite(c).all():
            return self._not_finite(b)
        n, random = c.size, self._random(1, b)
        if self.exhaustive and c.any():
            seen = look(subject, b, np.arange(n), self.batches)
            if (seen.verdict == "pass").all():
                return self._all_seen(b, seen)
        trials: list[Trial] = []
        if c.any():
            trials.append(self._trial({b: subject.whitened(b, random)}, {b: subject.sizes[b]}, True))
        doubted = bool(trials) and (trials[0].verdict == "fail" or trials[0].witness == "wider type")
        if (n > 1 and subject.evaluator.affords(6) and not doubted) or not trials:
            sizes = np.full(n, float(np.abs(c).max()))
            trials.append(self._trial({b: gaussian(random, n)}, {b: sizes}, False))
        chosen = _decisive(trials)
        result = Judged(path, chosen)
        if chosen.verdict == "fail":
            return self._localised(b, result)
        if chosen.verdict == "pass":
            result = self._proven(b, result, trials)
        if self.exhaustive:
            result = self._exhausted(b, result)
        return result

    def _all_seen(self, b: int, seen: Entries) -> Judged:
        """The pass of a block of which every entry has passed, if the judgement fails a planted error and zeros."""
        subject, c = self.subject, self.subject.candidate.values[b]
        size, worst = subject.sizes[b], int(np.argmax(seen.bound / subject.sizes[b]))
        numeric, bound = float(seen.numeric[worst]), float(seen.bound[worst])
        trial = Trial("pass", None, numeric, float(c[worst]), bound, float(size[worst]), True)
        largest = int(np.argmax(np.abs(c)))
        zero_fails = judge(
            float(seen.numeric[largest]), float(seen.bound[largest]), 0.0, subject.tau * float(size[largest])
        )
        if zero_fails != "fail" or not proves_it_can_fail(trial, subject.tau):
            trial = replace(trial, verdict="inconclusive", reason="no-power")
        return Judged(subject.arguments.blocks[b].path, trial, resolution=trial.resolution, missed=0.0)

    def _trial(self, v: dict[int, Array], sizes: dict[int, Array], whitened: bool) -> Trial:
        trial, found = self.subject.trial(v, sizes, whitened)
        trial = settle(self.subject, trial, found)
        return confirmed(self.subject, trial, found, v, sizes) if trial.verdict == "fail" else trial

    def _proven(self, b: int, result: Judged, trials: list[Trial]) -> Judged:
        """The pass with its resolution, if the same judgement fails a planted error and a candidate of zeros."""
        subject, trial = self.subject, result.trial
        kink = trial.note is not None
        zero_fails = kink or any(judge(t.numeric, t.bound, 0.0, subject.tau * t.size) == "fail" for t in trials)
        if not (zero_fails and (kink or proves_it_can_fail(trial, subject.tau))):
            return replace_trial(result, replace(trial, verdict="inconclusive", reason="no-power"))
        result.resolution = trial.resolution
        result.missed = 0.0 if subject.sizes[b].size == 1 else chance(trial, subject.tau)
        return result

    def _not_finite(self, b: int) -> Judged:
        """NaN or infinite where the differences are finite is wrong; where they are not, nothing can be said."""
        subject = self.subject
        bad = ~np.isfinite(subject.candidate.values[b])
        v = np.where(bad, gaussian(self._random(1, b), bad.size), 0.0)
        ones = {b: np.ones(bad.size)}
        kept = subject.candidate.values[b]
        subject.candidate.values[b] = np.zeros(bad.size)
        trial, found = subject.trial({b: v}, ones, False)
        subject.candidate.values[b] = kept
        size = float(kept[bad][0])
        small = trial.bound * subject.first_step({b: v}) <= 1e-3 * subject.centre.magnitude
        settled = math.isfinite(trial.numeric) and (small or trial.bound <= 0.5 * abs(trial.numeric))
        settled = settled and found.reason in (None, "noise", "truncation", "kink")
        path = subject.arguments.blocks[b].path
        if not settled:
            return Judged(path, replace(trial, verdict="inconclusive", yours=size, reason=found.reason or "truncation"))
        entries = nothing_known(bad.size)
        entries.verdict[bad] = "fail"
        result = Judged(path, replace(trial, verdict="fail", reason=None, yours=size))
        result.entries = findings_of(subject, b, entries, 5)
        result.pattern = "not finite, where f has a finite slope"
        return result

    def _localised(self, b: int, result: Judged) -> Judged:
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
            random = self._random(2, b, next(stage))
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
            left = np.sort(self._random(3, b).choice(left, SAMPLE, replace=False))
        if left.size:
            every = every_entry(subject, b, left, self.batches, trusting=True)
            for i in np.flatnonzero(every.known):
                found.numeric[i], found.bound[i], found.verdict[i] = every.numeric[i], every.bound[i], every.verdict[i]
        if single and not many:  # halving has been through all of the block: the rest is right
            rest = ~found.known
            found.numeric[rest], found.bound[rest] = subject.candidate.values[b][rest], 0.0
            found.verdict[rest] = "pass"
        return found

    def _exhausted(self, b: int, result: Judged) -> Judged:
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

    def _together(self, judged: list[Judged]) -> list[Judged]:
        """One more direction, through all that passed: errors that cancelled in one draw do not in another."""
        subject = self.subject
        passed = [
            b for b, j in enumerate(judged) if j.verdict == "pass" and subject.sizes[b].any() and not j.trial.note
        ]
        seen = self.exhaustive and all(judged[b].missed == 0.0 for b in passed)
        if not passed or seen or not subject.evaluator.affords(10):
            return judged
        v = {b: subject.whitened(b, self._random(4, b)) for b in passed}
        sizes = {b: subject.sizes[b] for b in passed}
        trial = by_complex_step(subject, v, smallest_part(v, sizes))
        if trial is not None and trial.verdict == "pass":
            subject.witnesses.setdefault("complex step", "agrees")
        else:
            trial = subject.trial(v, sizes, True, tries=3)[0]
        if trial.verdict == "pass":
            for b in passed:
                judged[b].resolution = min(judged[b].resolution, trial.resolution)
                judged[b].missed *= chance(trial, subject.tau) if judged[b].missed else 0.0
        elif trial.verdict == "fail":
            for b in passed:
                again = self._trial({b: subject.whitened(b, self._random(5, b))}, {b: subject.sizes[b]}, True)
                if again.verdict == "fail":
                    judged[b] = self._localised(b, replace_trial(judged[b], again))
        return judged


def replace_trial(judged: Judged, trial: Trial) -> Judged:
    """The same with another trial."""
    return replace(judged, trial=trial)


def chance(trial: Trial, tau: float) -> float:
    """The probability that errors of which the largest is r = 10·max(τ, resolution) come to less than τ along v."""
    r = 10 * max(tau, trial.resolution)
    return min(1.0, 2 * DENSITY * tau * trial.size / r)


def _decisive(trials: list[Trial]) -> Trial:
    """A failure outweighs; else the whitened direction speaks for the block, since every entry has its weight in it."""
    for trial in trials:
        if trial.verdict == "fail":
            return trial
    return trials[0]


def _small_on_average(trial: Trial, tau: float, n: int) -> bool:
    """Whether what was seen along v is no more than errors below τ in each entry add up to."""
    return abs(trial.numeric - trial.yours) - trial.bound <= 4 * tau * trial.size / SMALLEST * n


def _single(yours: float, numeric: float) -> str | None:
    if numeric == 0 or yours == 0 or not math.isfinite(numeric):
        return "zero" if yours == 0 else None
    ratio = yours / numeric
    return "sign flipped" if abs(ratio + 1) < 1e-3 else f"× {ratio:.4g}"
