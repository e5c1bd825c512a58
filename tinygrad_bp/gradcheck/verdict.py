"""The verdict on one direction: |D − d| against the bound of both, and the relative error that the caller cares about.

Δ = |D − d|,  R = κ (B + E_a),  s = what one entry contributes to the direction
pass: Δ + R ≤ τ s        fail: Δ − R > τ s        otherwise neither can be said
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .ladder import Estimate

#: κ, the safety factor on every bound
SAFETY = 3.0
#: every reason for which a check can be inconclusive, and what would settle it
REMEDIES = {
    "noise": "the rounding noise of f hides its slope at this τ: write f so that it cancels less, compute it in a "
    "wider type, or raise tau",
    "truncation": "f bends too fast between its rounding noise and the coarsest step: raise tau, or check elsewhere",
    "kink-near": "a corner of f lies closer than the step that its noise allows: check away from it, or raise tau",
    "jump": "f jumps at this point and has no derivative there: check at another point",
    "diverges": "the slope of f grows without end at this point: check at another point",
    "domain": "f is not finite around this point: pass bounds=(lower, upper), or check at a point inside its domain",
    "non-finite": "f, or its argument, is not finite at this point: check at a point where f is a number",
    "nondeterministic": "two calls at the same point differ by more than rounding: fix the seed of what is random",
    "underflow": "f is so small that its differences underflow: scale it up by a power of two",
    "no-power": "nothing depends on the argument here, so that zero proves nothing: check at a point where it matters",
    "conflict": "independent witnesses contradict each other: see the witnesses, and doubt the one that stands alone",
}


@dataclass(frozen=True)
class Trial:
    """One direction: what was measured, what the candidate says, and what follows.

    size   s; `numeric` D; `yours` d; `bound` R
    terms  the size of what d is summed from, of a failure that may be no more than lost digits
    kinked whether f was seen to have a corner at the point, along the direction
    """

    verdict: str
    reason: str | None
    numeric: float
    yours: float
    bound: float
    size: float
    whitened: bool
    note: str | None = None
    witness: str = "ladder"
    terms: float = 0.0
    kinked: bool = False

    @property
    def resolution(self) -> float:
        """R/s: the smallest relative error of one entry that this direction shows."""
        return self.bound / self.size if self.size > 0 else math.inf


def judge(numeric: float, bound: float, yours: float, tolerance: float) -> str | None:
    """`pass`, `fail`, or None where neither can be said. What is not a number is never a pass."""
    distance = abs(numeric - yours)
    if distance + bound <= tolerance and tolerance > 0:
        return "pass"
    if distance - bound > tolerance:
        return "fail"
    return None


def doubted(trial: Trial, lost: float, tau: float) -> Trial:
    """A failure no larger than the digits that f was seen to lose (as a part of its slope) is none."""
    doubt = SAFETY * lost * trial.terms
    if doubt == 0.0 or abs(trial.numeric - trial.yours) - trial.bound - doubt > tau * trial.size:
        return trial
    said = "f loses as many digits near this point, as a wider type shows"
    return replace(trial, verdict="inconclusive", reason="noise", note=said)


def judge_kink(
    left: Estimate, right: Estimate, yours: float, budget: float, tolerance: float
) -> tuple[str | None, float]:
    """The verdict where the slopes differ, and the bound it rests on: any value between them is a subgradient."""
    (low, low_bound), (high, high_bound) = sorted((e.value, SAFETY * e.bound) for e in (left, right))
    bound = max(low_bound, high_bound) + SAFETY * budget
    if not math.isfinite(low + high + bound + yours):
        return None, bound
    outside = max(low - yours, yours - high)
    if outside - bound > tolerance:
        return "fail", bound
    if outside <= 0 and bound <= max(tolerance, (high - low) / 2):
        return "pass", bound
    return ("pass" if outside + bound <= tolerance else None), bound


def proves_it_can_fail(trial: Trial, tau: float) -> bool:
    """Whether the same judgement fails an entry wrong by ten times the larger of τ and the resolution."""
    planted = 10 * max(tau, trial.resolution) * trial.size
    tolerance = tau * trial.size
    return all(judge(trial.numeric, trial.bound, trial.yours + sign * planted, tolerance) == "fail" for sign in (1, -1))
