"""What a comparison answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: the verdicts on a quantity
VERDICTS = ("right", "wrong", "inherited", "missing", "not comparable")


@dataclass(frozen=True)
class Worst:
    """The entry that is furthest from what it should be: its index, what the derivation has, what follows.

    redrawn  whether that is at a point near the arguments, at which themselves nothing is to be seen
    """

    index: tuple[int, ...]
    yours: float
    expected: float
    bound: float
    redrawn: bool = False

    def __str__(self) -> str:
        where = f"at {list(self.index)}: " if self.index else ""
        beside = " (at a point redrawn near the arguments; there they do not differ)" if self.redrawn else ""
        return f"{where}{self.yours:.6g}, where {self.expected:.6g} follows{beside}"

    def to_dict(self) -> dict[str, Any]:
        return dict(vars(self)) | {"index": list(self.index)}


@dataclass(frozen=True)
class Explanation:
    """What seems to have been done to a step.

    kind      one word of `explain.KINDS`
    text      in words
    formula   the engine's step
    suspect   the step as it seems to have been done: it gives the derivation's numbers, also where it was not found
    residual  by how much it misses them at most, relative to the largest
    """

    kind: str
    text: str
    formula: str
    suspect: str | None
    residual: float | None

    def __str__(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Finding:
    """The judgement on one quantity.

    quantity      z2, W1, params["W2"]
    verdict       right, wrong, inherited, missing or not comparable
    formula       the engine's step for it, from the δ that the derivation gives
    worst         of a wrong one, the entry that is furthest from what follows from the derivation's own later δ; of an
                  inherited one, from the truth: at the arguments themselves where it is to be seen there
    upstream      of an inherited one, the wrong steps that it comes from
    explanations  of a wrong one, what was done, the simplest first
    reason        why it is not comparable; or what else is to be said
    """

    quantity: str
    verdict: str
    formula: str
    worst: Worst | None = None
    upstream: tuple[str, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    reason: str | None = None

    @property
    def suspect(self) -> str | None:
        """The step as it seems to have been done."""
        return self.explanations[0].suspect if self.explanations else None

    def to_dict(self) -> dict[str, Any]:
        """All of it, in what JSON knows."""
        return {
            "quantity": self.quantity,
            "verdict": self.verdict,
            "formula": self.formula,
            "suspect": self.suspect,
            "worst": self.worst.to_dict() if self.worst else None,
            "upstream": list(self.upstream),
            "explanations": [explanation.to_dict() for explanation in self.explanations],
            "reason": self.reason,
        }

    def __str__(self) -> str:
        lines = [f"d_{self.quantity}: {self.verdict}"]
        if self.verdict == "inherited":
            lines[0] += f" from {', '.join('d_' + name for name in self.upstream)}"
        if self.reason:
            lines[0] += f": {self.reason}"
        if self.verdict == "wrong":
            lines.append(f"    it follows     d_{self.quantity} = {self.formula}")
            if self.suspect is not None:
                lines.append(f"    it seems done  d_{self.quantity} = {self.suspect}")
            lines += [f"    {explanation.text}" for explanation in self.explanations[:1]]
            if self.worst is not None:
                lines.append(f"    {self.worst}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Comparison:
    """A derivation held against the engine's.

    findings    one for each quantity, in the order of the backward pass
    convention  where all δ are a constant times ∂cost/∂z, as those of one example's cost are: which
    witness     what numerical differentiation of the cost says of the engine
    seed, points, tau
                where and how it was judged
    case        the arguments, where they were sought (`smallest_counterexample`)
    """

    findings: tuple[Finding, ...]
    convention: str | None
    witness: str
    tau: float
    seed: int
    points: int
    case: dict[str, Any] | None = field(default=None)

    @property
    def ok(self) -> bool:
        """Whether every quantity that is given is right."""
        return all(finding.verdict in ("right", "missing") for finding in self.findings)

    def __bool__(self) -> bool:
        return self.ok

    @property
    def first_wrong(self) -> Finding | None:
        """The first step, in backward order, that is at fault."""
        return next((finding for finding in self.findings if finding.verdict == "wrong"), None)

    def __getitem__(self, quantity: str) -> Finding:
        """The finding on a quantity. KeyError where there is none."""
        for finding in self.findings:
            if finding.quantity == quantity:
                return finding
        raise KeyError(quantity)

    def raise_unless_ok(self) -> Comparison:
        """The comparison itself; AssertionError with its text unless all is right."""
        if not self.ok:
            raise AssertionError(str(self))
        return self

    def to_dict(self) -> dict[str, Any]:
        """All of it, in what JSON knows."""
        first = self.first_wrong
        return {
            "ok": self.ok,
            "first_wrong": first.quantity if first else None,
            "findings": [finding.to_dict() for finding in self.findings],
            "convention": self.convention,
            "witness": self.witness,
            "tau": self.tau,
            "seed": self.seed,
            "points": self.points,
        }

    def __str__(self) -> str:
        counts = {verdict: sum(f.verdict == verdict for f in self.findings) for verdict in VERDICTS}
        said = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)
        lines = [f"the derivation is {'right' if self.ok else 'wrong'} ({said})"]
        if self.case is not None:
            lines += [f"{name} = {value!r}" for name, value in self.case.items()]
        if self.convention:
            lines.append(self.convention)
        lines += [f"  {line}" for finding in self.findings for line in str(finding).split("\n")]
        lines.append(f"witness: {self.witness}")
        return "\n".join(lines)

    def _repr_markdown_(self) -> str:
        return f"```text\n{self}\n```"
