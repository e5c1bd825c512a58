"""The derivative of φ along one direction: ladders of finer or coarser steps until one decides."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .arguments import Array
from .conclusion import conclude, constant
from .evaluate import ROUNDING_LEVEL, Evaluator, Outcome
from .ladder import Estimate, central, one_sided, slope_of_even_part
from .line import ABOVE, Line
from .measurement import Measurement
from .noise import granularity

RUNGS = 4
RUNGS_ONE_SIDED = 7
#: the finest ladder begins at h0·2^FINEST
FINEST = -42
#: a corner that is still there in a ladder of h0·2^KINK_AT_X counts as a corner at x itself
KINK_AT_X = -29
#: no coarser ladder accuses, or is reported: what f does far from x says nothing against a slope at x
FARTHEST = 4


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
    claimed: bool = True  # that f has a slope
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
            elif e < (far := min(FARTHEST, self.ceiling)) and self._flat(ladder):
                quiet.append(e)
                step = e - far if far not in limits else 0
            else:
                estimate, bent = self._estimate(line, exponents, ladder)
                level = max(self.noises(ladder, exponents))
                drowned = self._drowned(estimate, level, ladder)
                found = Measurement(line.v, estimate, None, e, level=level, drowned=drowned, bent=bent)
                verdict = None if drowned else self.decided(estimate, line.v)
                resolved = e <= FARTHEST and _consistent(found, found_before)
                if verdict == "pass" or (verdict == "fail" and resolved):
                    return found
                if verdict == "fail" and e <= FARTHEST:
                    limits[e] = "truncation"  # the coarser steps do not resolve f
                found_before.append(found)
                if best is None or (resolved and found.better(best)):
                    best = found
                if e in limits:
                    step = 3
                elif bent:
                    kinks.append((e, line, ladder))
                    limits[e], step = "kink-near", 10
                elif estimate.truncation > estimate.noise or estimate.kink > 16 * estimate.noise:
                    limits[e] = "truncation"
                    step = 6 if estimate.truncation > 0.05 * abs(estimate.value) else 3
                elif constant(self) and quiet:
                    break
                elif not quiet and self.settled(found):
                    return replace(found, reason="noise")
                else:
                    quiet.append(e)
                    excess = estimate.bound / self.wanted if self.wanted > 0 else 64.0
                    step = -max(2, math.ceil(math.log2(min(max(excess, 1.0), 2.0**19))) + 1)
            following = self._next(e, step, limits, quiet)
            if following is None or (kinks and e <= KINK_AT_X):
                break
            e = following
        return conclude(self, best, kinks, limits, quiet, line)

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

    def _drowned(self, estimate: Estimate, level: float, ladder: dict[tuple[int, int], Outcome]) -> bool:
        rounding = 2 * self.centre.roundoff * max(o.magnitude for o in (self.centre, *ladder.values()))
        return level > ROUNDING_LEVEL * rounding and abs(estimate.value) <= 4 * estimate.bound

    def _flat(self, ladder: dict[tuple[int, int], Outcome]) -> bool:
        """Whether f keeps its value to the bit, though it is said to have a slope: perhaps a staircase, which is flat
        between its steps whatever its slope. Only larger steps can show by how much it moves."""
        return self.claimed and all(o.value == self.centre.value for o in ladder.values())

    def _remember(self, line: Line, ladder: dict[tuple[int, int], Outcome]) -> None:
        for (e, side), outcome in ladder.items():
            if side == 1 and outcome.finite:
                other = ladder.get((e, -1), outcome)
                if other.finite:
                    self.seen[line.h(e)] = Rung(line.h(e), outcome, other)

    def noises(self, ladder: dict[tuple[int, int], Outcome], exponents: list[int]) -> list[float]:
        """ε at each of these rungs: as measured, and never below 2u·max|f|, nor below the step of a staircase."""
        staircase = granularity([float(o.value) for o in (*ladder.values(), self.centre)])
        floor = max(self.noise, staircase, 2 * self.centre.roundoff * self.centre.magnitude)
        moves = {e: max(abs(o.value - self.centre.value) for (k, _), o in ladder.items() if k == e) for e in exponents}
        least = min((move for move in moves.values() if move > 0), default=0.0)
        own = {e: max(2 * o.roundoff * o.magnitude for (k, _), o in ladder.items() if k == e) for e in exponents}
        # where f has not moved at all, it may be on a stair as high as it was next seen to move
        return [max(floor, own[e], least if moves[e] == 0 else 0.0) for e in exponents]

    def _estimate(
        self, line: Line, exponents: list[int], ladder: dict[tuple[int, int], Outcome]
    ) -> tuple[Estimate, bool]:
        """The derivative from one ladder, and whether the even part shows a kink in it."""
        h = [line.h(e) for e in exponents]
        noise, centre = self.noises(ladder, exponents), self.centre.value
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


def _consistent(m: Measurement, others: list[Measurement]) -> bool:
    """Whether m lies within the bounds of the finer ladders before it."""
    return all(
        abs(m.estimate.value - o.estimate.value) <= 3 * (m.estimate.bound + o.estimate.bound)
        for o in others
        if o.exponent < m.exponent
    )


def _two_pieces(ladder: dict[tuple[int, int], Outcome]) -> bool:
    """Whether all points of each side lie on one piece."""
    return all(len({o.branch for (_, s), o in ladder.items() if s == side}) == 1 for side in (1, -1))
