"""Trials: one direction at a time, measured and judged, with whatever other witness can settle it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from .arguments import Arguments, Array
from .candidate import Candidate
from .directions import magnitudes, power_of_two, scale, whitened
from .evaluate import Evaluator, Outcome
from .ladder import Estimate
from .measurement import Measurement
from .search import FARTHEST, FINEST, RUNGS, Search
from .settling import settle
from .verdict import SAFETY, Trial, judge, judge_kink

#: the first step, as a part of the size of x
FIRST_STEP = {np.dtype(np.float64): 2.0**-4, np.dtype(np.float32): 2.0**-2}
#: at an edge of the domain from where on steps go inwards only, as a part of the size of x
EDGE = 2.0**-9


@dataclass
class Subject:
    """What is judged: a scalar function at a point, and a candidate for its gradient.

    starts  by block the exponent at which the last ladder decided; the next begins there
    complex_safe, wider_type  whether these witnesses have not yet proved deaf to f
    lost  the part of its slope that f was seen to lose by rounding, where a wider type showed it
    lower, upper  by block, the domain
    elsewhere  the same function and candidate at another point, as a subject; None for a subject made by it
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
    lost: float = 0.0
    elsewhere: Callable[[dict[int, Array]], Subject | None] | None = None

    def __post_init__(self) -> None:
        sizes = [scale(block.x, 0.0) for block in self.arguments.blocks]
        known = [s for s in sizes if s > 0]
        usual = float(np.exp2(np.mean(np.log2(known)))) if known else 1.0
        self.scales = [s if s > 0 else usual for s in sizes]
        self.sizes = [magnitudes(c) for c in self.candidate.values]

    @property
    def corners_meet(self) -> bool:
        """Whether several corners may meet at the point. Then a right gradient need not lie between the one-sided
        slopes: relu(a) − relu(−b)/2 at zero has the slopes ½ and 1 along (1, 1), and the gradient 0 if relu′(0) = 0."""
        several = sum(block.x.size for block in self.arguments.blocks) > 1 or self.centre.ties > 1
        return several and self.elsewhere is not None

    def whitened(self, b: int, random: np.random.Generator, some: Array | None = None) -> Array:
        """A direction in which every entry of block b (or only some) contributes its relative error."""
        v = whitened(random, self.sizes[b])
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
        moves, inward, h0, ceiling = self.within_bounds(v)
        weights = {b: np.maximum(np.abs(np.nan_to_num(self.candidate.values[b])), 0.0) for b in v}

        def size(along: dict[int, Array]) -> float:
            return smallest_part(along, sizes)

        def decided(estimate: Estimate, along: dict[int, Array]) -> str | None:
            return self.judged(estimate, along, size(along))

        def settled(m: Measurement) -> bool:
            noisy = replace(m, reason="noise")
            return settle(self, self._verdict(noisy, size(m.v), whitened), noisy).verdict != "inconclusive"

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
            claimed=any(w.any() for w in weights.values()),
        )
        key = next(iter(v)) if len(v) == 1 else -1
        start = self.starts.get(key, self.starts.get(-2, 0))
        if start >= 0 and h0 * wanted > 0:  # no finer than the noise allows
            excess = 2.0 ** (rungs + 1) * self.noise / (h0 * wanted)
            start = max(start, math.ceil(math.log2(min(max(excess, 1.0), 2.0**FARTHEST))))
        found = search.run(min(start, FARTHEST, ceiling), tries)
        if found.reason == "kink-near" and self.centre.corners and not inward:
            found = self._blindly(search, found, sizes)
        if found.reason is None:
            self.starts[key] = self.starts[-2] = max(min(found.exponent, FARTHEST), FINEST // 2)
        return self._verdict(found, size(found.v), whitened), found

    def _blindly(self, search: Search, found: Measurement, sizes: dict[int, Array]) -> Measurement:
        """Once more without looking at branches: not every change of branch is a corner (softmax takes out its largest
        argument). That may show a pass, or that noise alone was in the way; never a failure."""
        again = replace(search, blind=True, seen={}).run(found.exponent, 6)
        if again.reason is None:
            size = smallest_part(again.v, sizes)
            return again if self.judged(again.estimate, again.v, size) == "pass" else found
        return replace(found, reason=again.reason) if again.reason in ("noise", "truncation") else found

    def judged(self, estimate: Estimate, v: dict[int, Array], size: float) -> str | None:
        bound = SAFETY * (estimate.bound + self.candidate.budget(v))
        verdict = judge(estimate.value, bound, self.candidate.slope(v), self.tau * size)
        if verdict == "fail":
            # an accusation from within the noise has to stand well out of it: sums can be noisier than was measured
            noisy = estimate.noise >= estimate.truncation and abs(estimate.value - self.candidate.slope(v)) <= 3 * bound
            return None if noisy or not estimate.trusted else verdict
        return verdict

    def _verdict(self, m: Measurement, size: float, whitened: bool) -> Trial:
        d, budget = self.candidate.slope(m.v), self.candidate.budget(m.v)
        bound = SAFETY * (m.estimate.bound + budget)
        kinked = m.left is not None or m.bent
        trial = Trial("inconclusive", m.reason, m.estimate.value, d, bound, size, whitened, kinked=kinked)
        if m.reason is None:
            verdict = self.judged(m.estimate, m.v, size)
            return replace(trial, verdict=verdict or "inconclusive")
        if m.reason == "kink" and m.left is not None and m.right is not None:
            verdict, bound = judge_kink(m.left, m.right, d, self.candidate.own_rounding(m.v), self.tau * size)
            between = f"slopes {m.left.value:.6g} and {m.right.value:.6g}"
            note = (
                f"pass at a kink: {between} on its sides" if verdict == "pass" else f"at a kink, {between} on its sides"
            )
            nearest = min((m.left.value, m.right.value), key=lambda slope: abs(slope - d))
            numeric = nearest if verdict == "fail" else m.estimate.value
            reason = None if verdict else "kink-near"
            trial = replace(trial, verdict=verdict or "inconclusive", reason=reason)
            return replace(trial, bound=bound, numeric=numeric, note=note)
        if m.constant and d == 0.0 and not any(self.candidate.values[b].any() for b in m.v):
            return replace(trial, reason="no-power")
        return trial

    def within_bounds(self, v: dict[int, Array]) -> tuple[dict[int, Array], bool, float, int]:
        """The direction, turned inwards where x is at an edge of its domain; whether; h0; the last exponent."""
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
