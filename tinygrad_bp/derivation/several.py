"""Several derivations of one gradient: which agree, and which is the odd one out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .blame import SAFETY, Judgement, Point, beyond
from .convention import chosen_convention
from .finding import Comparison
from .rounding import bounded


@dataclass(frozen=True)
class Agreement:
    """Several derivations held against the engine's and against each other.

    comparisons  by name, each derivation's own comparison
    differing    by pair of names, the quantities that both give and that differ; none where they agree
    """

    comparisons: dict[str, Comparison]
    differing: dict[tuple[str, str], tuple[str, ...]]

    @property
    def ok(self) -> bool:
        """Whether all of them are right."""
        return all(comparison.ok for comparison in self.comparisons.values())

    def __bool__(self) -> bool:
        return self.ok

    def __getitem__(self, name: str) -> Comparison:
        return self.comparisons[name]

    def agree(self, one: str, other: str) -> bool:
        """Whether two of them give the same, wherever both give something."""
        return not self.differing.get((one, other), self.differing.get((other, one), ()))

    @property
    def odd_one_out(self) -> str | None:
        """The one that differs from all others, which agree with each other; None where there is no such one."""
        names = list(self.comparisons)
        for name in names:
            others = [other for other in names if other != name]
            united = all(self.agree(a, b) for a, b in itertools.combinations(others, 2))
            if len(others) > 1 and united and not any(self.agree(name, other) for other in others):
                return name
        return None

    def raise_unless_ok(self) -> Agreement:
        """The agreement itself; AssertionError with its text unless all are right."""
        if not self.ok:
            raise AssertionError(str(self))
        return self

    def to_dict(self) -> dict[str, Any]:
        """All of it, in what JSON knows."""
        return {
            "ok": self.ok,
            **self.to_dict_of_pairs(),
            "comparisons": {name: comparison.to_dict() for name, comparison in self.comparisons.items()},
        }

    def to_dict_of_pairs(self) -> dict[str, Any]:
        """Who agrees with whom, without the comparisons."""
        pairs = [{"between": list(pair), "quantities": list(of)} for pair, of in self.differing.items()]
        return {"odd_one_out": self.odd_one_out, "differing": pairs}

    def __str__(self) -> str:
        names = list(self.comparisons)
        wide = max(map(len, names))
        lines = [" " * wide + "  " + "  ".join(name.ljust(wide) for name in names)]
        for one in names:
            cells = ["" if one == other else "agree" if self.agree(one, other) else "differ" for other in names]
            lines.append(f"{one.ljust(wide)}  " + "  ".join(cell.ljust(wide) for cell in cells).rstrip())
        odd = self.odd_one_out
        if odd is not None:
            lines.append(f"the odd one out: {odd}")
        for name, comparison in self.comparisons.items():
            lines += ["", f"{name}: {comparison}"]
        return "\n".join(lines)


def compared(
    cost: Any, derivations: Mapping[str, Any], arguments: tuple[Any, ...], argnums: Any, **settings: Any
) -> Agreement:
    """Every derivation held against the engine's, and each pair against each other.

    ValueError for fewer than two.
    """
    from .compare import Case, as_functions

    if len(derivations) < 2:
        raise ValueError("give two derivations or more in a dict, or one as it is")
    explain = settings.pop("explain")
    functions: dict[str, Callable[..., Any]] = {}
    for name, by_hand in derivations.items():
        function, functions[name], given = as_functions(cost, by_hand, arguments)
    cases = {name: Case(function, f, given, argnums, **settings) for name, f in functions.items()}
    everything: Sequence[int] = sorted({i for case in cases.values() for i in case.argnums})
    if any(case.argnums != tuple(everything) for case in cases.values()):
        cases = {name: Case(function, f, given, tuple(everything), **settings) for name, f in functions.items()}
        if argnums is None:
            for case in cases.values():
                case.listed = None
    comparisons = {name: case.comparison(explain) for name, case in cases.items()}
    taken = {name: _judgement(case.judged_points, case, settings["tau"]) for name, case in cases.items()}
    differing = {(a, b): _differing(taken[a], taken[b]) for a, b in itertools.combinations(cases, 2)}
    return Agreement(comparisons, differing)


def _judgement(points: list[Point], case: Any, tau: float) -> Judgement:
    convention, _ = chosen_convention(case.derivation, points, tau, case.notes)
    return Judgement(case.derivation, points, tau, convention)


def _differing(a: Judgement, b: Judgement) -> tuple[str, ...]:
    """The quantities that both give and that differ, in the order of the backward pass."""
    found = []
    for step in a.derivation.steps:
        name = step.quantity
        if name not in a.given or name not in b.given:
            continue
        if name in a.unfit or name in b.unfit:
            found.append(name)
            continue
        for here, there in zip(a.points, b.points, strict=True):
            with np.errstate(all="ignore"):
                _, error = bounded(step.formula, here.truth, here.errors)
            scale_a, scale_b = (1 / j.convention if name not in j.wanted else 1.0 for j in (a, b))
            one, other = (
                scale * np.asarray(point.hand[name], dtype=float)
                for scale, point in ((scale_a, here), (scale_b, there))
            )
            if beyond(one, other, SAFETY * np.asarray(error), max(a.tau, 1e-9)) is not None:
                found.append(name)
                break
    return tuple(found)
