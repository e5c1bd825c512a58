"""The verdict on one block of an argument."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from .directions import DENSITY
from .report import Finding
from .verdict import Trial


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


def replace_trial(judged: Judged, trial: Trial) -> Judged:
    """The same with another trial."""
    return replace(judged, trial=trial)


def chance(trial: Trial, tau: float) -> float:
    """The probability that errors of which the largest is r = 10·max(τ, resolution) come to less than τ along v."""
    r = 10 * max(tau, trial.resolution)
    return min(1.0, 2 * DENSITY * tau * trial.size / r)
