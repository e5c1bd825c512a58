"""What a check answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


class Resolution(float):
    """The smallest relative error that would have been seen, and `.missed`, the probability that errors of ten times
    the larger of it and τ, in several entries, cancel in all drawn directions (a single entry's never do)."""

    missed: float

    def __new__(cls, value: float, missed: float) -> Resolution:
        self = super().__new__(cls, value)
        self.missed = missed
        return self


@dataclass(frozen=True)
class Finding:
    """One argument, or one entry of it.

    path      ``params["W2"]``, or ``params["W2"][3, 1]``
    verdict   pass, fail or inconclusive, and the `reason` of an inconclusive one
    yours     the candidate's derivative: of an entry its own, of an argument the one along the direction drawn
    numeric   what f itself says, with its `bound`
    pattern   in words what is wrong, where that shows: "all entries × 2"
    note      what else is to be known
    witness   who said so: the difference ladder, the complex step, a wider type
    """

    path: str
    verdict: str
    yours: float
    numeric: float
    bound: float
    entry: bool = False
    reason: str | None = None
    pattern: str | None = None
    note: str | None = None
    witness: str = "ladder"

    @property
    def absolute_error(self) -> float:
        """|yours − numeric|."""
        return abs(self.yours - self.numeric)

    @property
    def relative_error(self) -> float:
        """|yours − numeric| over the larger of the two; 0 where both are 0."""
        larger = max(abs(self.yours), abs(self.numeric))
        return self.absolute_error / larger if larger else 0.0 if larger == 0 else float("nan")

    @property
    def ratio(self) -> float:
        """yours / numeric; nan for 0/0."""
        if self.numeric == 0:
            return float("nan") if self.yours == 0 or self.yours != self.yours else float("inf") * self.yours
        return self.yours / self.numeric

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        derived = {"absolute_error": self.absolute_error, "relative_error": self.relative_error, "ratio": self.ratio}
        return {**asdict(self), **derived}


@dataclass(frozen=True)
class Report:
    """The verdict on a gradient, with what it rests on.

    verdict      `pass`, `fail` or `inconclusive`
    reason       of an inconclusive one: noise, truncation, kink-near, jump, diverges, domain, non-finite,
                 nondeterministic, underflow, no-power or conflict; `remedy` says what would settle it
    findings     per argument, and for a failure per entry where it was localised
    resolution   by path of an argument: the smallest relative error that would have been seen
    evaluations  how often f was called
    witnesses    who was heard, and what they said
    replay       what to call to see the same again
    """

    verdict: str
    findings: tuple[Finding, ...]
    reason: str | None
    remedy: str | None
    resolution: dict[str, Resolution]
    evaluations: int
    witnesses: dict[str, str]
    replay: str
    tau: float
    seed: int
    notes: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether the gradient passes."""
        return self.verdict == "pass"

    def __bool__(self) -> bool:
        return self.ok

    def raise_unless_ok(self) -> Report:
        """The report itself; AssertionError with its text unless the verdict is a pass."""
        if not self.ok:
            raise AssertionError(str(self))
        return self

    def to_dict(self) -> dict[str, Any]:
        """All of it, in what JSON knows."""
        return {
            "verdict": self.verdict,
            "ok": self.ok,
            "reason": self.reason,
            "remedy": self.remedy,
            "findings": [finding.to_dict() for finding in self.findings],
            "resolution": {
                path: {"relative_error": float(r), "missed": r.missed} for path, r in self.resolution.items()
            },
            "evaluations": self.evaluations,
            "witnesses": dict(self.witnesses),
            "replay": self.replay,
            "tau": self.tau,
            "seed": self.seed,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        said = {"pass": "the gradient is right", "fail": "the gradient is wrong", "inconclusive": "inconclusive"}
        lines = [f"gradcheck: {self.verdict.upper()}, {said[self.verdict]}" if self.verdict != "inconclusive"
                 else f"gradcheck: INCONCLUSIVE ({self.reason}): {self.remedy}"]  # fmt: skip
        lines[0] += f" (tau={self.tau:g})"
        lines.append(_table(self.findings))
        lines += [f"{f.path}: {f.pattern}" for f in self.findings if f.pattern]
        lines += [f"{f.path}: {f.note}" for f in self.findings if f.note]
        lines += self.notes
        lines += [
            f"{path}: a relative error of {r:.1e} would have been seen; one of several entries cancels unseen with "
            f"probability {r.missed:.1e}"
            for path, r in self.resolution.items()
        ]
        if self.witnesses:
            lines.append("witnesses: " + "; ".join(f"{name}: {what}" for name, what in self.witnesses.items()))
        lines += [f"{self.evaluations} evaluations of f", f"again: {self.replay}"]
        return "\n".join(lines)


def _table(findings: tuple[Finding, ...]) -> str:
    head = ("where", "verdict", "yours", "numeric (of f)", "± bound", "absolute", "relative", "yours/numeric")
    rows = [head]
    for f in findings:
        where = f.path if f.entry else f"{f.path} (along v)"
        verdict = f.verdict if f.reason is None else f"{f.verdict}: {f.reason}"
        rows.append((where, verdict, f"{f.yours:.9g}", f"{f.numeric:.9g}", f"{f.bound:.1e}", f"{f.absolute_error:.1e}",
                     f"{f.relative_error:.1e}", f"{f.ratio:.6g}"))  # fmt: skip
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = []
    for row in rows:
        cells = [cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)
