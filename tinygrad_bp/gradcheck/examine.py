"""One scalar function and one candidate, argument by argument: trials, failures confirmed and localised."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from .arguments import Array
from .batches import Batches
from .corner import beside_corner, bounds_gradients
from .directions import gaussian
from .entries import Entries, findings_of, look, nothing_known
from .judged import Judged, chance, replace_trial
from .localise import Localiser
from .settling import by_complex_step, confirmed, settle
from .trials import Subject, smallest_part
from .verdict import Trial, doubted, judge, proves_it_can_fail


class Examination:
    """All blocks of a subject."""

    def __init__(self, subject: Subject, seed: int, exhaustive: bool) -> None:
        self.subject = subject
        self.seed = seed
        self.exhaustive = exhaustive
        self.batches = Batches(subject.evaluator, subject.centre)
        self.entries = Localiser(subject, self.batches, seed, exhaustive)

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
        if chosen.verdict == "fail" or chosen.kinked:
            result = self._accused(b, result)
            if result.verdict == "fail":
                return result
        if result.verdict == "pass":
            result = self._proven(b, result, trials)
        if self.exhaustive:
            result = self.entries.exhausted(b, result)
        return result

    def _accused(self, b: int, result: Judged) -> Judged:
        """A block that fails along a direction, with its wrong entries; or one seen at a corner, judged beside it."""
        if not (result.trial.kinked and self.subject.corners_meet):
            return self.entries.failed(b, result) if result.verdict == "fail" else result
        places = 0
        for other in beside_corner(self.subject, self.seed):
            found = Examination(other, self.seed, self.exhaustive)._block(b)
            self.subject.evaluator.evaluations = other.evaluator.evaluations
            places += found.verdict == "pass"
            if found.verdict == "fail" and not found.trial.kinked and self._stands(b, result, other):
                found.trial = replace(found.trial, note="at a corner, and judged beside it: wrong there")
                return found
        if result.verdict != "fail":
            return result
        said = "outside the slopes of its sides, where several corners may meet"
        said += f"; right at {places} points beside them" if places else ""
        return replace_trial(result, replace(result.trial, verdict="inconclusive", reason="kink-near", note=said))

    def _stands(self, b: int, result: Judged, other: Subject) -> bool:
        """Whether what is wrong beside the corner is wrong at it. A candidate that does not change with the point may
        hold there alone: then it has to be outside the slopes of both sides, and f to be convex or concave, as far as
        seen, so that these do bound a gradient."""
        if not all(map(np.array_equal, self.subject.candidate.values, other.candidate.values)):
            return True
        outside = result.verdict == "fail" and bool(self.subject.sizes[b].any())
        return outside and bounds_gradients(self.subject, b, self._random(13, b))

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
                    judged[b] = self._accused(b, replace_trial(judged[b], again))
        return judged


def _decisive(trials: list[Trial]) -> Trial:
    """A failure outweighs; else the whitened direction speaks for the block, since every entry has its weight in it."""
    for trial in trials:
        if trial.verdict == "fail":
            return trial
    return trials[0]
