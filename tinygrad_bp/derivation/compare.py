"""compare: a derivation by hand, held against the engine's step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..network import Network, Steps
from ..recording import name
from ..run import names_of, padded
from ..tree import leaves, map_leaves
from . import writing
from .blame import Judged, Judgement, Point, errors_of
from .convention import chosen_convention
from .derive import Derivation, chosen, derive, recorded_values
from .explain import explanations
from .finding import Comparison, Explanation, Finding
from .hand import collected, is_called, is_notes_delta
from .own_rounding import Rounding, is_slight
from .points import HALVINGS, redrawn
from .recorded import BranchError, differentiable
from .several import compared
from .witness import witness

#: points at which an explanation must hold and was not sought
HELD_OUT = 2
#: points far off, which tell explanations apart
FAR = 3


def compare(
    cost: Any,
    by_hand: Any,
    *arguments: Any,
    argnums: int | Sequence[int] | None = None,
    tau: float = 1e-9,
    seed: int = 0,
    points: int = 3,
    explain: bool = True,
) -> Any:
    """Judge each step of a derivation on its own: right, wrong, inherited, missing, or not comparable.

    cost       gives one number; it is written in NumPy, and names its intermediate quantities by `name`. Or a `Network`
    by_hand    by_hand(*arguments) gives a dict of any of these: by an argument's name ∂cost/∂argument, nested as that
               is; by a named quantity's name its δ = ∂cost/∂quantity. For a Network also the `Steps` of its recurrence
               Or a dict of several derivations by their names: then the answer is an `Agreement`
    argnums    the arguments that are differentiated; those that by_hand names by default
    tau        the relative error of an entry that is nobody's concern, beyond what rounding does
    seed, points
               how many points, the given one first, the others redrawn near it; the data stay

    TypeError and ValueError for what by_hand gives that cannot be understood.
    """
    if not (isinstance(tau, (int, float)) and 0 <= tau < 1):
        raise ValueError(f"tau={tau!r}: the relative error that is nobody's concern, from 0 to below 1")
    if not (isinstance(points, int) and points >= 1):
        raise ValueError(f"points={points!r}: at how many points to judge, 1 or more")
    if isinstance(by_hand, Mapping):
        settings = {"tau": float(tau), "seed": seed, "points": points, "explain": explain}
        return compared(cost, by_hand, arguments, argnums, **settings)
    cost, by_hand, arguments = as_functions(cost, by_hand, arguments)
    return Case(cost, by_hand, arguments, argnums, float(tau), seed, points).comparison(explain)


def as_functions(
    cost: Any, by_hand: Any, arguments: tuple[Any, ...]
) -> tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...]]:
    """A network's cost, named, and its recurrence, as functions of parameters, X and Y; other functions as they are."""
    if isinstance(cost, Network):
        network = cost
        if len(arguments) == 2:
            arguments = (network.parameters, *arguments)
        if by_hand is None or isinstance(by_hand, Steps):
            steps = by_hand if by_hand is not None else Steps()
            by_hand = lambda parameters, X, Y: network.delta_gradient(X, Y, parameters=parameters, steps=steps)  # noqa: E731
        cost = _named_cost(network)
    for what, f in (("cost", cost), ("by_hand", by_hand)):
        if not callable(f):
            raise TypeError(f"{what} is a {type(f).__name__}: pass a function of the arguments")
    return cost, by_hand, arguments


def _named_cost(network: Network) -> Callable[..., Any]:
    def cost(parameters: Any, X: Any, Y: Any) -> Any:
        return network.cost(parameters, X, Y, name=name)

    cost.network = network  # type: ignore[attr-defined]
    cost.argnums = (0,)  # type: ignore[attr-defined]  # X and Y are data: there is no derivative in them
    return cost


def _copied(x: Any) -> Any:
    """The same with copies of its arrays, so that what is done to them in place is done to nobody else's."""
    return map_leaves(lambda _, leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, x)


class Case:
    """A cost, a derivation, and arguments."""

    def __init__(
        self,
        cost: Callable[..., Any],
        by_hand: Callable[..., Any],
        arguments: tuple[Any, ...],
        argnums: int | Sequence[int] | None,
        tau: float,
        seed: int,
        points: int,
    ) -> None:
        self.cost, self.by_hand, self.arguments = cost, by_hand, arguments
        self.tau, self.seed, self.count = tau, seed, points
        self.who = str(getattr(by_hand, "__name__", "by_hand"))
        derived = self._derived(arguments)
        self.argnums = self._argnums(derived, argnums)
        self.derivation = self._derivation(derived)
        self.listed = set(self.derivation.recorded.wanted) if argnums is not None else None
        self.notes = any(is_notes_delta(key) for key in derived)
        self.hand = collected(derived, self.derivation.recorded, self.who)
        self._held_out: list[Point] | None = None
        self._far: list[list[Point]] | None = None
        self.judged_points: list[Point] = []
        self._rng = np.random.default_rng(seed)

    def _derived(self, arguments: tuple[Any, ...]) -> Any:
        """What the derivation gives: from copies of the arguments, and kept when it writes over its own arrays."""
        return _copied(self.by_hand(*_copied(arguments)))

    def _everything(self) -> tuple[int, ...]:
        """All arguments of floats that the cost can be differentiated in."""
        return chosen(self.cost, self.arguments, getattr(self.cost, "argnums", None))

    def _argnums(self, derived: Any, argnums: int | Sequence[int] | None) -> tuple[int, ...]:
        """The arguments to differentiate in: those that by_hand names, all of floats where it names none."""
        if argnums is None and isinstance(derived, Mapping):
            given = {key.removeprefix("d_") for key in derived if isinstance(key, str)}
            names = padded(names_of(self.cost), self.arguments)
            named = tuple(
                i
                for i, (argument, x) in enumerate(zip(names, self.arguments, strict=False))
                if differentiable(x) and any(is_called(path, given) for path in (argument, *dict(leaves(x, argument))))
            )
            if named:
                return named
        return self._everything() if argnums is None else chosen(self.cost, self.arguments, argnums)

    def _derivation(self, derived: Any) -> Derivation:
        """The engine's; where by_hand gives a δ that hangs on other arguments, it is differentiated in all."""
        derivation = derive(self.cost, *self.arguments, argnums=self.argnums)
        if isinstance(derived, Mapping):
            recorded = derivation.recorded
            known = {step.quantity for step in derivation.steps}
            hanging = [key for key in derived if str(key).removeprefix("d_") in set(recorded.forward) - known]
            everything = self._everything()
            if hanging and set(everything) - set(self.argnums):
                self.argnums = tuple(sorted({*self.argnums, *everything}))
                derivation = derive(self.cost, *self.arguments, argnums=self.argnums)
        return derivation

    def point(self, arguments: tuple[Any, ...]) -> Point:
        """What is true there, and what the derivation has. BranchError where the cost takes another branch."""
        recorded = self.derivation.recorded
        truth = recorded_values(recorded, recorded.values(arguments))
        hand = collected(self._derived(arguments), recorded, self.who)
        roundoff = max(
            (np.finfo(x.dtype).eps / 2 for x in recorded.leaves.values() if x.dtype.kind == "f"), default=2.0**-53
        )
        return Point(arguments, truth, hand, errors_of(self.derivation, truth, float(roundoff)))

    def points(self, count: int) -> list[Point]:
        """Redrawn points near the given one; fewer where the cost takes other branches all around."""
        found: list[Point] = []
        for _ in range(count):
            for halving in range(HALVINGS):
                arguments = redrawn(self.arguments, self.argnums, self._rng, 0.5**halving)
                try:
                    point = self.point(arguments)
                except BranchError:
                    continue
                if all(np.all(np.isfinite(x)) for x in point.truth.values() if np.asarray(x).dtype.kind == "f"):
                    found.append(point)
                    break
        return found

    def far(self, argnums: Sequence[int], count: int) -> list[Point]:
        """Points at which these arguments are redrawn with their signs, if cost and derivation can be had there."""
        found: list[Point] = []
        for _ in range(count):
            try:
                point = self.point(redrawn(self.arguments, argnums, self._rng, signs=True))
                values = [*point.truth.values(), *(np.asarray(x, dtype=float) for x in point.hand.values())]
            except Exception:  # the derivation's own, of numbers that it does not take
                continue
            if all(np.all(np.isfinite(x)) for x in values if np.asarray(x).dtype.kind == "f"):
                found.append(point)
        return found

    def judged(self, count: int) -> list[Judged]:
        """The verdicts from so many points alone, without the numerical witness."""
        points = [self.point(self.arguments), *self.points(count - 1)]
        convention, _ = chosen_convention(self.derivation, points, self.tau, self.notes)
        return Judgement(self.derivation, points, self.tau, convention).judge()

    def comparison(self, explain: bool) -> Comparison:
        """All verdicts, with explanations of those that are wrong if `explain`."""
        here = self.point(self.arguments)
        points = self.judged_points = [here, *self.points(self.count - 1)]
        for point in points:  # where the given point lies on a kink, differences are heard beside it
            contradicted, said = witness(self.cost, point.arguments, self.argnums, self.seed)
            if not contradicted:
                break
        convention, text = chosen_convention(self.derivation, points, self.tau, self.notes)
        judgement = Judgement(self.derivation, points, self.tau, convention)
        judged = judgement.judge()
        if any(is_slight(each) for each in judged):
            judged = judgement.judge(allow=Rounding(self, judgement).of)
        if contradicted:
            for each in judged:
                each.verdict, each.reason = "not comparable", "the engine itself is not confirmed"
        findings = [self._finding(each, judgement, explain) for each in judged if self._is_listed(each)]
        return Comparison(tuple(findings), text, said, self.tau, self.seed, len(points))

    def _is_listed(self, judged: Judged) -> bool:
        """Missing arguments are listed where they were asked for, or parts of one that is given."""
        if judged.verdict != "missing" or judged.quantity in self.derivation.forward:
            return True
        if self.listed is not None:
            return judged.quantity in self.listed
        root = judged.quantity.partition("[")[0].partition(".")[0]
        return any(quantity.partition("[")[0].partition(".")[0] == root for quantity in self.hand)

    def _finding(self, judged: Judged, judgement: Judgement, explain: bool) -> Finding:
        explanations: tuple[Explanation, ...] = ()
        if explain and judged.verdict == "wrong":
            explanations = self._explanations(judged, judgement)
        return Finding(
            judged.quantity,
            judged.verdict,
            writing.source(judged.formula),
            judged.worst,
            judged.upstream,
            explanations,
            judged.reason,
        )

    def _explanations(self, judged: Judged, judgement: Judgement) -> tuple[Explanation, ...]:
        with np.errstate(all="ignore"):
            if self._held_out is None:
                self._held_out = self.points(HELD_OUT)
            return explanations(judgement, judged.quantity, judgement.points, self._held_out, self._far_off)

    def _far_off(self) -> list[list[Point]]:
        """Points with other signs, and with other data too."""
        if self._far is None:
            data_too = chosen(self.cost, self.arguments, None)
            self._far = [self.far(argnums, FAR) for argnums in dict.fromkeys((self.argnums, data_too))]
        return self._far
