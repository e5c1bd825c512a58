"""Run a checker on the corpus and count: mutants found, silent passes, false alarms, inconclusive, evaluations, time.

    python -m tests.gradcheck.corpus.score --seed 1 --points 10 --mutants 20

draws points of every network at loss scales from 1e-8 to 1e8, and mutants at each. Without --seed one is drawn, and
printed. `benchmarks/gradcheck_score.py` does the same with other checkers beside ours.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_bp.gradcheck import gradcheck

from . import networks
from .mutants import error, mutants, wrong_gradient

TAU = 1e-6
SCALES = (1e-8, 1e-4, 1.0, 1e4, 1e8)


@dataclass(frozen=True)
class Case:
    """A function of a dict of parameters, a point, and a candidate: right (error 0), or wrong by a known error."""

    name: str
    f: Callable[[Any], Any]
    gradient: Callable[[Any], Any]
    P: dict[str, Any]
    error: float
    seed: int

    @property
    def kind(self) -> str:
        """`right`; `wrong`, by more than 10 τ; `small`, between τ and 10 τ; `negligible`, below τ."""
        if self.error == 0:
            return "right"
        return "wrong" if self.error > 10 * TAU else "small" if self.error > TAU else "negligible"


def cases(seed: int, points: int, sample: int, saturation: float = 1.0, smooth: bool = False) -> Iterator[Case]:
    """For each network so many points, and at each so many of its mutants that change the gradient there."""
    for network in networks.SMOOTH if smooth else networks.NETWORKS:
        cost, gradient = getattr(networks, network + "_cost"), getattr(networks, network + "_gradient")
        every = list(mutants(network))
        for k in range(points):
            random = np.random.default_rng([seed, networks.NETWORKS.index(network), k])
            P, X, Y, constants = networks.draw(network, random, saturation)
            point = (P, X, Y, {**constants, "scale": SCALES[k % len(SCALES)]})
            if not np.isfinite(cost(*point)):
                continue

            def f(p: Any, cost: Any = cost, rest: Any = point[1:]) -> Any:
                return cost(p, *rest)

            def by_hand(p: Any, gradient: Any = gradient, rest: Any = point[1:]) -> Any:
                return gradient(p, *rest)

            right = by_hand(P)
            yield Case(f"{network} {k}", f, by_hand, P, 0.0, k)
            for i in random.choice(len(every), min(sample, len(every)), replace=False):
                wrong = wrong_gradient(every[i], point)
                if wrong is None or error(wrong, right) == 0.0:
                    continue

                def mutated(p: Any, mutant: Any = every[i], rest: Any = point[1:]) -> Any:
                    with np.errstate(all="ignore"):
                        return mutant.gradient(p, *rest)

                yield Case(f"{every[i]} at {k}", f, mutated, P, error(wrong, right), k)


@dataclass
class Score:
    """Counts by kind of case and verdict."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    evaluations: list[int] = field(default_factory=list)
    resolutions: list[float] = field(default_factory=list)
    seconds: float = 0.0  # of processor time
    missed: list[str] = field(default_factory=list)

    def of(self, kind: str, *verdicts: str) -> int:
        """How many cases of that kind (with these verdicts)."""
        return sum(n for (k, v), n in self.counts.items() if k == kind and (not verdicts or v in verdicts))


Checker = Callable[[Case], tuple[str, str | None, int]]


def ours(case: Case) -> tuple[str, str | None, int]:
    """Verdict, reason and evaluations of `tinygrad_bp.gradcheck`."""
    report = gradcheck(case.f, case.P, gradient=case.gradient, seed=case.seed, tau=TAU)
    ours.resolutions = [float(r) for r in report.resolution.values()]  # type: ignore[attr-defined]
    return report.verdict, report.reason, report.evaluations


def run(checker: Checker, corpus: Iterator[Case], say: Callable[[str], object] = lambda text: None) -> Score:
    """The score of a checker."""
    score = Score()
    for case in corpus:
        start = time.process_time()
        verdict, reason, evaluations = checker(case)
        score.seconds += time.process_time() - start
        score.counts[case.kind, verdict] += 1
        score.evaluations.append(evaluations)
        if reason is not None:
            score.reasons[f"{case.kind}: {reason}"] += 1
        if checker is ours and case.kind == "right" and verdict == "pass":
            score.resolutions += ours.resolutions  # type: ignore[attr-defined]
        if (case.kind, verdict) in (("right", "fail"), ("wrong", "pass"), ("negligible", "fail")):
            score.missed.append(f"{case.name}: error {case.error:.2g}, {verdict}")
            say(score.missed[-1])
    return score


def upper_bound(events: int, trials: int, confidence: float = 0.95) -> float:
    """The largest rate that so few events are still compatible with (Clopper and Pearson 1934, one-sided)."""
    if trials == 0 or events >= trials:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        p = (low + high) / 2
        if trials < 1000:
            chance = sum(math.comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(events + 1))
        else:  # Poisson
            chance = math.exp(-trials * p) * sum((trials * p) ** k / math.factorial(k) for k in range(events + 1))
        low, high = (p, high) if chance > 1 - confidence else (low, p)
    return high


def lines(score: Score) -> list[str]:
    """What is printed, each rate with its 95 % bound."""

    def rate(events: int, trials: int) -> str:
        share = 100 * events / trials if trials else float("nan")
        return f"{events} of {trials} ({share:.2f} %, at most {100 * upper_bound(events, trials):.2f} % at 95 %)"

    wrong, right = score.of("wrong"), score.of("right")
    text = [
        f"wrong by more than 10 τ, found     {score.of('wrong', 'fail')} of {wrong}",
        f"silent passes                      {rate(score.of('wrong', 'pass'), wrong)}",
        f"wrong, inconclusive                {rate(score.of('wrong', 'inconclusive'), wrong)}",
        f"right, false alarms                {rate(score.of('right', 'fail'), right)}",
        f"right, inconclusive                {rate(score.of('right', 'inconclusive'), right)}",
        f"wrong by less than τ, false alarms {rate(score.of('negligible', 'fail'), score.of('negligible'))}",
        f"evaluations of f, median and most  {int(np.median(score.evaluations))}, {max(score.evaluations)}",
        f"processor time for each            {1e3 * score.seconds / len(score.evaluations):.1f} ms",
    ]
    if score.resolutions:
        text.append(f"median resolution                  {np.median(score.resolutions):.1e}")
    return [*text, *(f"  {reason}: {n}" for reason, n in sorted(score.reasons.items())), *score.missed]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--points", type=int, default=10, help="points of each network")
    parser.add_argument("--mutants", type=int, default=20, help="mutants at each point")
    parser.add_argument("--saturation", type=float, default=1.0, help="factor on the first weights")
    parser.add_argument("--smooth", action="store_true", help="leave the networks with corners out")
    options = parser.parse_args()
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if options.seed is None else options.seed
    print(f"seed {seed}")
    score = run(ours, cases(seed, options.points, options.mutants, options.saturation, options.smooth), print)
    print("\n".join(lines(score)))
    return 1 if score.missed else 0


if __name__ == "__main__":
    sys.exit(main())
