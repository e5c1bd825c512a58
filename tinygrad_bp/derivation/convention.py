"""Conventions: every δ a constant times ∂cost/∂z, as the δ of one example's cost is m times it."""

from __future__ import annotations

import numpy as np

from .blame import Judgement, Point
from .derive import Derivation
from .hand import unfit

#: how many accusations a convention must make needless
NEEDLESS = 2


def chosen_convention(
    derivation: Derivation, points: list[Point], tau: float, expected: bool = False
) -> tuple[float, str | None]:
    """What a δ of the derivation is in units of ∂cost/∂quantity, and that in words; 1 where they are the same.

    A constant is taken for a convention if that leaves at least two steps less at fault: with δ wrong by m at its own
    step and all else as it follows, it leaves none less. Where one is `expected`, as the notes' own of a derivation
    that calls its δ delta2, one less is enough; and the number of examples, which it is expected to be, need leave none
    less, so that another step's fault in a small case is not taken for its own.
    """
    wanted = set(derivation.recorded.wanted)
    deltas = [step.quantity for step in derivation.steps if step.quantity not in wanted]
    given = points[0].hand
    if not any(name in given for name in deltas) or not (expected or any(name in given for name in wanted)):
        return 1.0, None
    needless = 1 if expected else NEEDLESS
    at_fault = _at_fault(Judgement(derivation, points, tau))
    if at_fault < needless:
        return 1.0, None
    best, fewest = 1.0, at_fault - needless + 1
    shapes = [derivation.forward[name].shape for name in deltas]
    examples = {shape[0] for shape in shapes if len(shape) > 1}
    for constant in _candidates(derivation, points, deltas):
        wrong = _at_fault(Judgement(derivation, points, tau, constant))
        if wrong < fewest or (expected and constant in examples and wrong == at_fault and best == 1):
            best, fewest = constant, wrong
    if best == 1:
        return 1.0, None
    sizes = _sizes(derivation)
    of = f": of one example's cost, of {best:g}" if best in sizes else ""
    return best, f"every δ is {best:.6g} times ∂cost/∂quantity{of}: a convention, which nobody is accused of"


def _at_fault(judgement: Judgement) -> int:
    return sum(judged.verdict == "wrong" for judged in judgement.judge())


def _candidates(derivation: Derivation, points: list[Point], deltas: list[str]) -> list[float]:
    """The constant by which the first δ that is given differs from the true one, and the numbers of examples."""
    found: list[float] = []
    for name in deltas:
        if name not in points[0].hand or unfit(points[0].hand[name], np.shape(points[0].truth[f"d_{name}"])):
            continue
        yours = np.concatenate([np.ravel(np.asarray(point.hand[name], dtype=float)) for point in points])
        truth = np.concatenate([np.ravel(point.truth[f"d_{name}"]) for point in points])
        if yours.shape == truth.shape and np.isfinite(yours).all() and truth.any():
            ratio = float(np.vdot(truth, yours) / np.vdot(truth, truth))
            if abs(ratio - round(ratio)) < 1e-9 * abs(ratio):
                ratio = float(round(ratio))
            if np.max(np.abs(yours - ratio * truth)) <= 1e-9 * np.max(np.abs(yours), initial=0.0) and ratio:
                found.append(ratio)
        break
    return [c for c in dict.fromkeys([*found, *map(float, sorted(_sizes(derivation)))]) if c != 1]


def _sizes(derivation: Derivation) -> set[int]:
    """The lengths of the data and of the named quantities: numbers of examples."""
    recorded = derivation.recorded
    arrays = [x for path, x in recorded.leaves.items() if path not in recorded.wanted]
    shapes = [x.shape for x in arrays] + [formula.shape for formula in derivation.forward.values()]
    return {shape[0] for shape in shapes if shape} - {1}
