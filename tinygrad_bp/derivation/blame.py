"""Blame: which steps of a derivation are at fault, each judged from the derivation's own later δ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from . import algebra
from .compound import Call
from .derive import Derivation
from .expression import Expression, Symbol
from .finding import Worst
from .hand import unfit
from .rounding import bounded
from .simplify import simplified

#: how often the bound on the engine's rounding is allowed for the derivation's, which may be written otherwise
SAFETY = 8.0
#: what an entry counts as at least, relative to the largest of its array
SMALLEST = 1 / 32


@dataclass
class Point:
    """Arguments, the true quantities at them (δ as d_…), and what the derivation gives there."""

    arguments: tuple[Any, ...]
    truth: dict[str, Any]
    hand: dict[str, Any]
    #: bounds on the rounding of the forward quantities
    errors: dict[str, Any] = field(default_factory=dict)

    @property
    def quantities(self) -> dict[str, Any]:
        """Forward quantities, and the δ as the derivation has them."""
        return self.truth | {f"d_{name}": np.asarray(x, dtype=float) for name, x in self.hand.items()}


Allow = Callable[[str, Point], Any]


@dataclass
class Judged:
    """A quantity under judgement: its formula from what is given, and where it was not met."""

    quantity: str
    formula: Expression
    verdict: str
    worst: Worst | None = None
    upstream: tuple[str, ...] = ()
    reason: str | None = None


class Judgement:
    """The steps of a derivation, with the δ that are not given put in, and δ in the derivation's own units.

    convention  what a δ of the derivation is, in units of ∂cost/∂quantity
    """

    def __init__(self, derivation: Derivation, points: list[Point], tau: float, convention: float = 1.0) -> None:
        self.derivation, self.points, self.tau, self.convention = derivation, points, tau, convention
        self.given = set(points[0].hand)
        self.wanted = set(derivation.recorded.wanted)
        self.shapes = {step.quantity: step.formula.shape for step in derivation.steps}
        self.unfit: dict[str, str] = {}
        for name in self.given & set(self.shapes):
            reasons = [unfit(point.hand[name], self.shapes[name]) for point in points]
            reason = next((reason for reason in reasons if reason), None)
            if reason:
                self.unfit[name] = reason
        self.formulas = self._formulas()

    def _formulas(self) -> dict[str, Expression]:
        """By quantity the step from the δ that are given."""
        missing: dict[str, Expression] = {}
        formulas: dict[str, Expression] = {}
        for step in self.derivation.steps:

            def put_in(x: Expression) -> Expression | None:
                if not isinstance(x, Symbol) or not x.name.startswith("d_"):
                    return None
                if x.name[2:] in missing:
                    return missing[x.name[2:]]
                return algebra.scale(1 / self.convention, x) if self._is_delta(x.name[2:]) else None

            formula = simplified(step.formula, put_in)
            if step.quantity not in self.given or step.quantity in self.unfit:
                missing[step.quantity] = formula
            elif self._is_delta(step.quantity):
                formula = algebra.scale(self.convention, formula)
            formulas[step.quantity] = formula
        return formulas

    def _is_delta(self, quantity: str) -> bool:
        return self.convention != 1 and quantity not in self.wanted

    def judge(self, allow: Allow | None = None) -> list[Judged]:
        """The verdict on each quantity, in backward order. `allow` says what rounding of its own a value may have."""
        judged: list[Judged] = []
        faults: dict[str, tuple[str, ...]] = {}
        for step in self.derivation.steps:
            name, formula = step.quantity, self.formulas[step.quantity]
            result = Judged(name, formula, "right")
            judged.append(result)
            before = tuple(dict.fromkeys(f for after in step.after for f in faults.get(after, ())))
            if name not in self.given:
                result.verdict = "missing"
                faults[name] = before
                continue
            if name in self.unfit:
                result.verdict, result.reason = "not comparable", self.unfit[name]
                faults[name] = before
                continue
            result.worst, alone = self._worst(name, allow)
            if alone and self._has_kink(step.formula):
                result.worst, result.reason = None, "it differs at the given point alone, where there is a kink"
            if result.worst is not None:
                if not np.isfinite(result.worst.expected):
                    result.verdict, result.reason = "not comparable", "the engine's own is not finite there"
                else:
                    result.verdict = "wrong"
                    faults[name] = (name,)
                continue
            faults[name] = before
            if before:
                result.worst = self._from_truth(name)
                if result.worst is not None:
                    result.verdict, result.upstream = "inherited", before
                else:
                    faults[name] = ()
        return judged

    def _worst(self, name: str, allow: Allow | None) -> tuple[Worst | None, bool]:
        """Where the derivation's value does not follow, None where it does; and whether at the given point alone.

        At the given point where it is to be seen there: a reader has no other's numbers.
        """
        off = [self.at(name, point, allow) for point in self.points]
        alone = off[0] is not None and len(off) > 1 and all(worst is None for worst in off[1:])
        if off[0] is not None:
            return off[0], alone
        beside = [replace(worst, redrawn=True) for worst in off[1:] if worst is not None]
        return max(
            beside, key=lambda worst: abs(worst.yours - worst.expected) / (worst.bound or 1.0), default=None
        ), alone

    def _has_kink(self, formula: Expression) -> bool:
        """Whether the cost has a kink that the step goes through: a choice by a comparison, a sign, an extreme."""
        names = ("where", "sign", "absolute", "maximum", "minimum", "max", "min", "relu", "leaky_relu", "heaviside")
        inside = list(formula.walk())
        inside += [part for name in formula.symbols() if name in self.derivation.forward
                   for part in self.derivation.forward[name].walk()]  # fmt: skip
        return any(isinstance(part, Call) and part.name in names for part in inside)

    def at(self, name: str, point: Point, allow: Allow | None = None) -> Worst | None:
        """Where the derivation's value does not follow at one point."""
        with np.errstate(all="ignore"):
            expected, error = bounded(self.formulas[name], point.quantities, point.errors)
        worst = beyond(point.hand[name], expected, SAFETY * error, self.tau)
        if worst is None or allow is None:
            return worst
        return beyond(point.hand[name], expected, SAFETY * error + allow(name, point), self.tau)

    def _from_truth(self, name: str) -> Worst | None:
        """Where the derivation's value is not the true one."""
        scale = self.convention if self._is_delta(name) else 1.0
        for point in self.points:
            with np.errstate(all="ignore"):
                _, error = bounded(self.formulas[name], point.quantities, point.errors)
            worst = beyond(point.hand[name], scale * point.truth[f"d_{name}"], SAFETY * error, max(self.tau, 1e-9))
            if worst is not None:
                return replace(worst, redrawn=point is not self.points[0])
        return None


def beyond(yours: Any, expected: Any, error: Any, tau: float) -> Worst | None:
    """The entry that is furthest beyond the bound: rounding, and the relative error that is nobody's concern."""
    yours, expected = np.asarray(yours, dtype=float), np.asarray(expected, dtype=float)
    if yours.shape != expected.shape:
        yours, expected = np.broadcast_arrays(yours, expected)
    largest = np.max(np.abs(expected), initial=0.0)
    bound = np.broadcast_to(error, expected.shape) + tau * np.maximum(np.abs(expected), SMALLEST * largest)
    with np.errstate(all="ignore"):
        off = ~(np.abs(yours - expected) <= bound)
    if not off.any():
        return None
    with np.errstate(all="ignore"):
        ratio = np.where(off, np.abs(yours - expected) / np.where(bound > 0, bound, 1e-300), 0.0)
    index = np.unravel_index(np.argmax(np.nan_to_num(ratio, nan=np.inf)), expected.shape)
    at = tuple(int(i) for i in index)
    return Worst(at, float(yours[at]), float(expected[at]), float(bound[at]))


def errors_of(derivation: Derivation, quantities: Mapping[str, Any], roundoff: float) -> dict[str, Any]:
    """Bounds on the rounding of the forward quantities."""
    errors: dict[str, Any] = {}
    known: dict[Expression, Any] = {}
    with np.errstate(all="ignore"):
        for name, formula in derivation.forward.items():
            errors[name] = bounded(formula, quantities, errors, known, roundoff)[1]
    return errors
