"""Trials: one direction at a time, measured and judged, with whatever other witness can settle it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from .arguments import Arguments, Array
from .candidate import Candidate
from .directions import gaussian, magnitudes, power_of_two, scale
from .evaluate import Evaluator, Outcome
from .ladder import Estimate
from .search import FINEST, RUNGS, Measurement, Search
from .verdict import SAFETY, Trial, judge, judge_kink
from .witnesses import agree, complex_step, wider

#: the first step, as a part of the size of x
FIRST_STEP = {np.dtype(np.float64): 2.0**-4, np.dtype(np.float32): 2.0**-2}
#: the step of a confirming ladder, as a part of the first's: it shares no point with it
FINER = 0.71875
#: at an edge of the domain from where on steps go inwards only, as a part of the size of x
EDGE = 2.0**-9


@dataclass
class Subject:
    """What is judged: a scalar function at a point, and a candidate for its gradient.

    starts  by block the exponent at which the last ladder decided; the next begins there
    complex_safe, wider_type  whether these witnesses have not yet proved deaf to f
    lower, upper  by block, the domain
    """

    arguments: Arguments
    evaluator: Evaluator
    candidate: Candidate
    centre: Outcome
    noise: float
    tau: float
    lower: dict[int, Array] = field(default_factory=dict)
    upper: dict[int, Array] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)
    witnesses: dict[str, str] = field(default_factory=dict)
    complex_safe: bool = True
    wider_type: bool = True

    def __post_init__(self) -> None:
        sizes = [scale(block.x, 0.0) for block in self.arguments.blocks]
        known = [s for s in sizes if s > 0]
        usual = float(np.exp2(np.mean(np.log2(known)))) if known else 1.0
        self.scales = [s if s > 0 else usual for s in sizes]
        self.sizes = [magnitudes(c) for c in self.candidate.values]

    def whitened(self, b: int, random: np.random.Generator, some: Array | None = None) -> Array:
        """A direction in which every entry of block b (or only some) contributes its relative error."""
        g = gaussian(random, self.sizes[b].size)
        v = g / self.sizes[b]
        return v if some is None else np.where(some, v, 0.0)

    def first_step(self, v: dict[int, Array]) -> float:
        """h0: a power of two, for which no entry moves by more than FIRST_STEP of the size of its block."""
        return power_of_two(
            min(FIRST_STEP[self.arguments.blocks[b].x.dtype] * self.scales[b] / float(np.abs(v[b]).max()) for b in v)
        )

    def trial(
        self, v: dict[int, Array], sizes: dict[int, Array], whitened: bool, *, rungs: int = RUNGS, tries: int = 18
    ) -> tuple[Trial, Measurement]:
        """Measure along v and judge. `sizes` are the entries' sizes that τ refers to."""
        moves, inward, h0, ceiling = self._within_bounds(v)
        weights = {b: np.maximum(np.abs(np.nan_to_num(self.candidate.values[b])), 0.0) for b in v}

        def size(along: dict[int, Array]) -> float:
            return smallest_part(along, sizes)

        def decided(estimate: Estimate, along: dict[int, Array]) -> str | None:
            return self._judged(estimate, along, size(along))

        def settled(m: Measurement) -> bool:
            noisy = replace(m, reason="noise")
            return self.settle(self._verdict(noisy, size(m.v), whitened), noisy).verdict != "inconclusive"

        wanted = self.tau * size(moves) / (2 * SAFETY)
        search = Search(
            self.evaluator,
            self.centre,
            self.noise,
            moves,
            h0,
            decided,
            wanted,
            weights,
            inward,
            ceiling,
            rungs,
            settled,
        )
        key = next(iter(v)) if len(v) == 1 else -1
        start = min(self.starts.get(key, self.starts.get(-2, 0)), ceiling)
        found = search.run(start, tries)
        if found.reason == "kink-near" and self.centre.corners and not inward:
            found = self._blindly(search, found, sizes)
        if found.reason is None:
            self.starts[key] = self.starts[-2] = max(min(found.exponent, 6), FINEST // 2)
        return self._verdict(found, size(found.v), whitened), found

    def _blindly(self, search: Search, found: Measurement, sizes: dict[int, Array]) -> Measurement:
        """Once more without looking at branches: not every change of branch is a corner (softmax takes out its largest
        argument). That may show a pass, or that noise alone was in the way; never a failure."""
        again = replace(search, blind=True, seen={}).run(found.exponent, 6)
        if again.reason is None:
            size = smallest_part(again.v, sizes)
            return again if self._judged(again.estimate, again.v, size) == "pass" else found
        return replace(found, reason=again.reason) if again.reason in ("noise", "truncation") else found

    def _judged(self, estimate: Estimate, v: dict[int, Array], size: float) -> str | None:
        bound = SAFETY * (estimate.bound + self.candidate.budget(v))
        verdict = judge(estimate.value, bound, self.candidate.slope(v), self.tau * size)
        return None if verdict == "fail" and not estimate.trusted else verdict

    def _verdict(self, m: Measurement, size: float, whitened: bool) -> Trial:
        d, budget = self.candidate.slope(m.v), self.candidate.budget(m.v)
        bound = SAFETY * (m.estimate.bound + budget)
        trial = Trial("inconclusive", m.reason, m.estimate.value, d, bound, size, whitened)
        if m.reason is None:
            verdict = self._judged(m.estimate, m.v, size)
            return replace(trial, verdict=verdict or "inconclusive")
        if m.reason == "kink" and m.left is not None and m.right is not None:
            verdict, bound = judge_kink(m.left, m.right, d, self.candidate.own_rounding(m.v), self.tau * size)
            between = f"slopes {m.left.value:.6g} and {m.right.value:.6g}"
            note = (
                f"pass at a kink: {between} on its sides" if verdict == "pass" else f"at a kink, {between} on its sides"
            )
            nearest = min((m.left.value, m.right.value), key=lambda slope: abs(slope - d))
            return replace(trial, verdict=verdict or "inconclusive", reason=None if verdict else "kink-near", bound=bound,
                           numeric=nearest if verdict == "fail" else m.estimate.value, note=note)  # fmt: skip
        if m.constant and d == 0.0 and not any(self.candidate.values[b].any() for b in m.v):
            return replace(trial, reason="no-power")
        return trial

    def settle(self, trial: Trial, m: Measurement) -> Trial:
        """The same trial by a witness that noise does not hinder, where there is one: as a pass only.

        Where noise hides the slope of f, rounding may have spoilt the candidate as well, and neither proves the other.
        """
        if trial.verdict != "inconclusive" or trial.reason not in (
            "noise",
            "truncation",
            "kink-near",
            "underflow",
            "domain",
        ):
            return trial
        exact = self.by_complex_step(m.v, trial.size)
        if exact is not None and agree(m.estimate, SAFETY * m.estimate.bound, exact.numeric):
            if exact.verdict == "pass" or exact.reason == "no-power":
                self.witnesses["complex step"] = "settled what noise left open"
                return replace(exact, whitened=trial.whitened)
        if trial.reason not in ("noise", "truncation"):
            return trial
        wide = self._in_wider_type(m)
        if wide is not None and agree(m.estimate, SAFETY * m.estimate.bound, wide.value):
            bound = SAFETY * (wide.bound + self.candidate.budget(m.v))
            verdict = judge(wide.value, bound, trial.yours, self.tau * trial.size)
            if verdict == "pass":
                self.witnesses["wider type"] = "settled what noise left open"
                return replace(
                    trial, verdict=verdict, reason=None, numeric=wide.value, bound=bound, witness="wider type"
                )
        return trial

    def by_complex_step(self, v: dict[int, Array], size: float) -> Trial | None:
        """The trial along v by the complex step alone; None where f does not prove safe for it."""
        if not self.complex_safe:
            return None
        exact = complex_step(self.evaluator, v, self.first_step(v))
        self.complex_safe = exact is not None
        if exact is None:
            return None
        d = self.candidate.slope(v)
        terms = math.sqrt(sum(float(np.sum(np.square(self.candidate.values[b] * v[b]))) for b in v))
        rounding = 16 * self.centre.roundoff * max(terms, abs(exact.value))
        bound = SAFETY * (exact.bound + self.candidate.budget(v) + rounding)
        verdict = judge(exact.value, bound, d, self.tau * size) or "inconclusive"
        reason = None if verdict != "inconclusive" else "noise"
        if exact.value == 0.0 == d and not any(self.candidate.values[b].any() for b in v):
            verdict, reason, bound = "inconclusive", "no-power", 0.0
        return Trial(verdict, reason, exact.value, d, bound, size, True, witness="complex step")

    def confirmed(self, trial: Trial, m: Measurement, v: dict[int, Array], sizes: dict[int, Array]) -> Trial:
        """A failure along v again, by a second ladder at a finer step that shares no point with the first and has to agree.

        Where it does not, the first was too coarse for f, and the search goes on below it.
        """
        key = next(iter(v)) if len(v) == 1 else -1
        kept = dict(self.starts)
        for _ in range(3):
            self.starts[key] = m.exponent - (1 if m.estimate.noise > m.estimate.truncation else 2)
            second, again = self.trial({b: v[b] * FINER for b in v}, sizes, trial.whitened, tries=8)
            # for one entry the two are in the ratio of their sizes exactly, whatever v was rounded to
            ratio = second.size / trial.size if trial.size > 0 else FINER
            gap, other = trial.numeric - trial.yours, (second.numeric - second.yours) / ratio
            allowed = trial.bound + second.bound / ratio + self._rounding_of(m.v, abs(gap))
            same = abs(gap - other) <= allowed or m.left is not None
            self.starts = dict(kept)
            if second.verdict == "fail" and same:
                return self._unless_wider(trial, m)
            self.starts[key] = min(m.exponent, again.exponent) - 6
            trial, m = self.trial(v, sizes, trial.whitened)
            self.starts = dict(kept)
            if trial.verdict != "fail":
                return trial
        return replace(trial, verdict="inconclusive", reason="truncation", note="ladders disagree")

    def _unless_wider(self, trial: Trial, m: Measurement) -> Trial:
        """The failure, unless f in a wider type has another slope: then it is rounding inside f that differs."""
        if m.left is not None:
            return trial
        wide = self._in_wider_type(m)
        if wide is None:
            return trial
        bound = SAFETY * (wide.bound + self.candidate.budget(m.v))
        verdict = judge(wide.value, bound, trial.yours, self.tau * trial.size)
        same = agree(Estimate(trial.numeric, 0.0, 0.0), trial.bound + bound, wide.value)
        if verdict == "fail":
            if same:
                return trial
            verdict = None
        self.witnesses["wider type"] = "contradicts the differences: rounding inside f"
        said = "f computed in a wider type has another slope"
        return replace(trial, verdict=verdict or "inconclusive", reason=None if verdict else "noise", numeric=wide.value,
                       bound=bound, note=said, witness="wider type")  # fmt: skip

    def _in_wider_type(self, m: Measurement) -> Estimate | None:
        """The best of three ladders in a wider type, from coarse to finer than those in f's own, if they agree."""
        found: list[Estimate] = []
        for e in sorted({0, -6, min(m.exponent, 0) - 4}, reverse=True):
            wide = wider(self.evaluator, m.v, self.first_step(m.v) * 2.0**e, self.centre) if self.wider_type else None
            if wide is not None:
                found.append(wide)
            self.wider_type = bool(found)
        best = min(found, key=lambda wide: wide.bound, default=None)
        if best is None or not math.isfinite(best.bound):
            return None
        apart = max(
            (abs(best.value - w.value) for w in found if w.trusted and not agree(w, 3 * w.bound, best.value)), default=0
        )
        return replace(best, truncation=best.truncation + apart)

    def _rounding_of(self, v: dict[int, Array], gap: float) -> float:
        """What D − d may change by, where v is rounded to representable points in another way."""
        parts = (np.linalg.norm(self.candidate.values[b] * v[b]) for b in v)
        epsilons = (np.finfo(self.arguments.blocks[b].x.dtype).eps for b in v)
        return 2.0**20 * float(sum(max(norm, gap) * e for norm, e in zip(parts, epsilons, strict=True)))

    def _within_bounds(self, v: dict[int, Array]) -> tuple[dict[int, Array], bool, float, int]:
        """The direction, turned inwards where x is at an edge of its domain; whether it was; h0, and the largest exponent."""
        h0 = self.first_step(v)
        if not self.lower and not self.upper:
            return v, False, h0, 40
        inward, moves, room = False, {}, math.inf
        for b, direction in v.items():
            x = self.arguments.blocks[b].x.astype(np.float64)
            below, above = x - self.lower[b], self.upper[b] - x
            edge = (np.minimum(below, above) < EDGE * self.scales[b]) & (direction != 0)
            turned = np.where(edge, np.where(below < above, 1.0, -1.0) * np.abs(direction), direction)
            inward = inward or bool(edge.any())
            moves[b] = turned
        for b, turned in moves.items():
            x = self.arguments.blocks[b].x.astype(np.float64)
            below, above = x - self.lower[b], self.upper[b] - x
            ahead = np.where(turned > 0, above, below) if inward else np.minimum(below, above)
            moving = turned != 0
            room = min(room, float(np.min(ahead[moving] / np.abs(turned[moving]))))
        ceiling = math.floor(math.log2(0.999 * room / h0)) if room < math.inf else 40
        return moves, inward, h0, min(ceiling, 40)


def smallest_part(v: dict[int, Array], sizes: dict[int, Array]) -> float:
    """s: what a relative error of 1 of one entry contributes along v, at least."""
    return float(min((np.abs(v[b]) * sizes[b])[v[b] != 0].min() for b in v))
