"""The derivative of φ along one direction: ladders of finer or coarser steps until one decides, or a reason why none can."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .arguments import Array
from .evaluate import Evaluator, Outcome
from .ladder import Estimate, central, one_sided, slope_of_even_part
from .line import ABOVE, Line
from .noise import granularity

RUNGS = 4
RUNGS_ONE_SIDED = 7
#: the finest ladder begins at h0·2^FINEST
FINEST = -42
#: a corner that is still there in a ladder of h0·2^KINK_AT_X counts as a corner at x itself
KINK_AT_X = -29


@dataclass(frozen=True)
class Measurement:
    """What was found along v: an estimate with its bound, and where none decides, why.

    At a kink `left` and `right` are the slopes from either side. `exponent` tells later searches where to begin.
    """

    v: dict[int, Array]
    estimate: Estimate
    reason: str | None
    exponent: int
    left: Estimate | None = None
    right: Estimate | None = None
    constant: bool = False


@dataclass
class Rung:
    """One pair of values."""

    h: float
    plus: Outcome
    minus: Outcome


@dataclass
class Search:
    """A search along one direction.

    decided  the verdict that an estimate along v allows, if any
    settled  whether another witness settles what noise has left open; asked once
    wanted   the bound that would settle it, at most: tells how much coarser to try where noise is the limit
    weights  |∂f/∂x| as far as known, for the rounding of the points
    """

    evaluator: Evaluator
    centre: Outcome
    noise: float
    v: dict[int, Array]
    h0: float
    decided: Callable[[Estimate, dict[int, Array]], str | None]
    wanted: float
    weights: dict[int, Array]
    inward: bool = False
    ceiling: int = 40
    rungs: int = RUNGS
    settled: Callable[[Measurement], bool] = lambda m: False
    blind: bool = False  # to branches, as if f were a black box
    seen: dict[float, Rung] = field(default_factory=dict)

    def run(self, start: int = 0, tries: int = 18) -> Measurement:
        """The first ladder that decides, from exponent `start`; else the best, with the reason."""
        line, base = self._line(start), start
        best: Measurement | None = None
        kinks: list[tuple[int, Line, dict[tuple[int, int], Outcome]]] = []
        limits: dict[int, str] = {}  # exponent → what was too coarse about it
        quiet: list[int] = []  # exponents at which noise was the limit
        found_before: list[Measurement] = []
        sides = (1,) if self.inward else (1, -1)
        n = RUNGS_ONE_SIDED if self.inward else self.rungs
        e = start
        for _ in range(tries):
            if not base - line.below + n - 1 <= e <= base + ABOVE:
                line, base = self._line(e), e
            if not self.evaluator.affords(n * len(sides)):
                break
            exponents = [e - k - base for k in range(n)]
            careful = self._corners or "domain" in limits.values()
            ladder = values = line.rungs(exponents[:1], sides) if careful else {}
            if all(o.finite and self._same_branch(o) for o in values.values()):
                ladder = line.rungs(exponents, sides)
            self._remember(line, ladder)
            if not all(o.finite for o in ladder.values()):
                step = 3 if "domain" not in limits.values() else 10
                limits[e] = "domain"
            elif not all(self._same_branch(o) for o in ladder.values()):
                limits[e], step = "kink-near", 3
                if not self.inward:
                    ladder = line.rungs(exponents, sides)
                    if _two_pieces(ladder) and all(o.finite for o in ladder.values()):
                        kinks.append((e, line, ladder))
                        step = 10
            else:
                estimate, bent = self._estimate(line, exponents, ladder)
                found = Measurement(line.v, estimate, None, e)
                verdict = self.decided(estimate, line.v)
                if verdict == "fail" and not _consistent(found, found_before):
                    limits[e] = "truncation"  # the coarser steps do not resolve f
                elif verdict is not None:
                    return found
                found_before.append(found)
                if best is None or estimate.bound < best.estimate.bound:
                    best = found
                if e in limits:
                    step = 3
                elif bent:
                    kinks.append((e, line, ladder))
                    limits[e], step = "kink-near", 10
                elif estimate.truncation + estimate.kink > estimate.noise:
                    limits[e] = "truncation"
                    step = 6 if estimate.truncation > 0.05 * abs(estimate.value) else 3
                elif self._constant() and quiet:
                    break
                elif not quiet and self.settled(found):
                    return replace(found, reason="noise")
                else:
                    quiet.append(e)
                    excess = estimate.bound / self.wanted if self.wanted > 0 else 64.0
                    step = -min(max(2, math.ceil(math.log2(max(excess, 1.0))) + 1), 20)
            following = self._next(e, step, limits, quiet)
            if following is None or (kinks and e <= KINK_AT_X):
                break
            e = following
        return self._conclude(best, kinks, limits, quiet, line)

    @property
    def _corners(self) -> bool:
        return self.centre.corners > 0 and not self.blind

    def _same_branch(self, outcome: Outcome) -> bool:
        return self.blind or outcome.branch == self.centre.branch

    def _line(self, e: int) -> Line:
        return Line(self.evaluator, self.v, self.h0 * 2.0**e)

    def _next(self, e: int, step: int, limits: dict[int, str], quiet: list[int]) -> int | None:
        """The next exponent: between the coarsest that is too noisy and the finest that is too coarse."""
        low, high = max(quiet, default=FINEST - 1), min(limits, default=self.ceiling + 1)
        following = e - step
        if low >= high:
            return None
        if not low < following < high:
            following = (low + high) // 2 if quiet and limits else min(max(following, FINEST), self.ceiling)
        return None if following in limits or following in quiet else following

    def _remember(self, line: Line, ladder: dict[tuple[int, int], Outcome]) -> None:
        for (e, side), outcome in ladder.items():
            if side == 1 and outcome.finite:
                other = ladder.get((e, -1), outcome)
                if other.finite:
                    self.seen[line.h(e)] = Rung(line.h(e), outcome, other)

    def _noise(self, ladder: dict[tuple[int, int], Outcome]) -> float:
        """ε at these points: as measured, and never below 2u·max|f|, nor below the step of a staircase."""
        outcomes = (*ladder.values(), self.centre)
        staircase = granularity([float(o.value) for o in outcomes])
        return max(self.noise, staircase, *(2 * o.roundoff * o.magnitude for o in outcomes))

    def _estimate(
        self, line: Line, exponents: list[int], ladder: dict[tuple[int, int], Outcome]
    ) -> tuple[Estimate, bool]:
        """The derivative from one ladder, and whether the even part shows a kink in it."""
        h = [line.h(e) for e in exponents]
        noise, centre = self._noise(ladder), self.centre.value
        plus = [ladder[e, 1].value for e in exponents]
        misfit = line.misfit(exponents[-1], self.weights)
        if self.inward:
            estimate = one_sided(h, plus, centre, noise)
            return replace(estimate, noise=estimate.noise + misfit), False
        minus = [ladder[e, -1].value for e in exponents]
        estimate = central(h, plus, minus, centre, noise)
        estimate = replace(estimate, noise=estimate.noise + misfit)
        if self._corners:
            return replace(estimate, kink=0.0), False  # the branches agree: one smooth piece
        even = slope_of_even_part(h, plus, minus, centre, noise)
        return estimate, abs(even.value) > 4 * even.bound and even.bound < math.inf

    def _conclude(
        self,
        best: Measurement | None,
        kinks: list[tuple[int, Line, dict[tuple[int, int], Outcome]]],
        limits: dict[int, str],
        quiet: list[int],
        line: Line,
    ) -> Measurement:
        smooth_below = best is not None and kinks and best.exponent < min(e for e, _, _ in kinks) and self._clean(best)
        shape = self._shape()
        nothing = Estimate(math.nan, math.inf, 0.0)
        if shape is not None:
            return Measurement(line.v, nothing if best is None else best.estimate, shape, 0)
        if kinks and not smooth_below:
            return self._kink(kinks)
        if best is None:
            reason = "domain" if "domain" in limits.values() else "kink-near" if limits else "truncation"
            return Measurement(line.v, nothing, reason, 0)
        near = [limits[e] for e in sorted(limits) if e >= best.exponent][:1]
        tiny = 0 < self.centre.magnitude < 2.0**-960
        if tiny:
            reason = "underflow"
        elif "kink-near" in near:
            reason = "kink-near"
        elif "domain" in near and best.estimate.noise >= best.estimate.truncation:
            reason = "domain"
        else:
            reason = "noise" if quiet or 8 * best.estimate.noise >= best.estimate.truncation else "truncation"
        return replace(best, reason=reason, constant=self._constant())

    def _constant(self) -> bool:
        """Whether every value seen is the one at the point, to the bit."""
        return bool(self.seen) and all(r.plus.value == r.minus.value == self.centre.value for r in self.seen.values())

    def _clean(self, m: Measurement) -> bool:
        return m.estimate.kink <= 4 * (m.estimate.truncation + m.estimate.noise)

    def _kink(self, kinks: list[tuple[int, Line, dict[tuple[int, int], Outcome]]]) -> Measurement:
        """The slopes on either side, from the coarsest ladder that shows the same two pieces as the finest."""
        finest = min(kinks, key=lambda kink: kink[0])
        chosen: Measurement | None = None
        pieces = _pieces(finest[2])
        for e, line, ladder in kinks:
            if _pieces(ladder) != pieces:
                continue
            exponents = sorted({k for k, _ in ladder}, reverse=True)
            h, noise = [line.h(k) for k in exponents], self._noise(ladder)
            right = one_sided(h, [ladder[k, 1].value for k in exponents], self.centre.value, noise)
            left = one_sided(h, [ladder[k, -1].value for k in exponents], self.centre.value, noise, -1)
            middle = Estimate(
                (left.value + right.value) / 2, left.bound + right.bound, 0.0, abs(right.value - left.value) / 2
            )
            if chosen is None or left.bound + right.bound < chosen.estimate.truncation:
                chosen = Measurement(line.v, middle, "kink", e, left, right)
        assert chosen is not None
        return chosen

    def _shape(self) -> str | None:
        """`jump` where φ does not come back to φ(0) as h shrinks, `diverges` where its slope grows without end."""
        if len(self.seen) < 4:
            return None
        order = sorted(self.seen)
        fine, centre = order[0], self.centre.value

        def rise(h: float) -> float:
            return float(max(abs(self.seen[h].plus.value - centre), abs(self.seen[h].minus.value - centre)))

        noise = max(self.noise, 2 * self.centre.roundoff * self.centre.magnitude)
        noise = max(noise, granularity([float(v.value) for r in self.seen.values() for v in (r.plus, r.minus)]))
        coarser = [h for h in order if h >= fine * 2.0**16]
        if fine > self.h0 * 2.0**-28 or not coarser or rise(fine) <= 1024 * noise:
            return None
        coarse = coarser[0]
        if rise(fine) >= 0.5 * rise(coarse):
            return "jump"
        return "diverges" if rise(fine) / fine > 1.3 * rise(coarse) / coarse else None


def _consistent(m: Measurement, others: list[Measurement]) -> bool:
    """Whether m lies within the bounds of the finer ladders before it."""
    return all(
        abs(m.estimate.value - o.estimate.value) <= 3 * (m.estimate.bound + o.estimate.bound)
        for o in others
        if o.exponent < m.exponent
    )


def _pieces(ladder: dict[tuple[int, int], Outcome]) -> tuple[bytes | None, ...]:
    return tuple(next(o.branch for (_, s), o in ladder.items() if s == side) for side in (1, -1))


def _two_pieces(ladder: dict[tuple[int, int], Outcome]) -> bool:
    """Whether all points of each side lie on one piece."""
    return all(len({o.branch for (_, s), o in ladder.items() if s == side}) == 1 for side in (1, -1))
