"""What several examinations have found, and the report of it."""

from __future__ import annotations

import math
from dataclasses import replace

from .judged import Judged
from .report import Finding, Report, Resolution
from .subjects import Problem
from .verdict import REMEDIES

#: which verdict outweighs which
WEIGHT = {"pass": 0, "inconclusive": 1, "fail": 2}


class Collected:
    """What several examinations have found."""

    def __init__(self, problem: Problem, replay: str) -> None:
        self.problem = problem
        self.replay = replay
        self.spent = 0
        self.judged: dict[str, Judged] = {}
        self.witnesses: dict[str, str] = {}
        self.overall: str | None = None  # a reason that holds for all
        self.conflict: str | None = None

    def add(self, judged: list[Judged], prefix: str = "") -> None:
        """Per argument, keep the gravest."""
        for one in judged:
            path = prefix + one.path
            before = self.judged.get(path)
            if before is None or WEIGHT[one.verdict] > WEIGHT[before.verdict]:
                self.judged[path] = replace(one, path=path)
            elif before.verdict == one.verdict == "pass":
                before.resolution = max(before.resolution, one.resolution)
                before.missed *= one.missed

    def report(self) -> Report:
        """The verdict on all: fail outweighs inconclusive outweighs pass; no-power counts where nothing has power."""
        judged = list(self.judged.values())
        notes: list[str] = []
        powered = [j for j in judged if j.trial.reason != "no-power"]
        if powered and not self.overall:
            for j in judged:
                if j.trial.reason == "no-power":
                    said = "pass: zero on both sides, since f does not depend on it here (no-power)"
                    j.trial = replace(j.trial, verdict="pass", reason=None, note=said)
        verdict, reason = "pass", None
        for j in judged:
            if WEIGHT[j.verdict] > WEIGHT[verdict]:
                verdict, reason = j.verdict, j.trial.reason
        if self.overall is not None and verdict != "fail":
            verdict, reason = "inconclusive", self.overall
        if self.conflict is not None:
            notes.append(self.conflict)
            if verdict == "pass":
                verdict, reason = "inconclusive", "conflict"
        findings: list[Finding] = []
        for j in judged:
            findings += [j.finding(), *j.entries]
        resolution = {j.path: Resolution(j.resolution, j.missed) for j in judged if math.isfinite(j.resolution)}
        remedy = REMEDIES[reason] if reason is not None else None
        return Report(verdict, tuple(findings), reason, remedy, resolution, self.spent, self.witnesses, self.replay,
                      self.problem.tau, self.problem.seed, tuple(notes))  # fmt: skip
