"""Other witnesses of a slope, independent of the rule tables and of each other.

The complex step (Squire and Trapp 1998), Im φ(ih)/h, has no cancellation; it is right where f does nothing but what is
analytic (see `analytic.py`), and is believed only when it is the same at 1e-20 and 1e-60. Long double differences have
less noise, where the type is really wider and f keeps to it (for float32 arguments, double).
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from .analytic import Traced
from .arguments import Array
from .evaluate import Evaluator, Functional, Outcome
from .ladder import Estimate, central
from .search import RUNGS

#: no complex step is taken where h0 is smaller: what it gives would underflow
SMALLEST_STEP = 2.0**-700


def complex_step(evaluator: Evaluator, v: dict[int, Array], h0: float) -> Estimate | None:
    """Im φ(ih)/h, bounded by its change between h = 1e-20 and 1e-60; None where f does not take complex numbers."""
    if not evaluator.affords(2) or h0 < SMALLEST_STEP:
        return None
    steps = (h0 * 2.0**-66, h0 * 2.0**-199)
    blocks = evaluator.arguments.blocks
    points = [{b: blocks[b].x.astype(np.complex128) + 1j * (h * v[b]) for b in v} for h in steps]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            outcomes = evaluator(
                points, Functional(Traced(evaluator.functional.f), evaluator.functional.cotangent, wide=True)
            )
    except Exception:  # whatever f does not do with complex numbers, it is then no witness
        return None
    if not all(isinstance(o.value, (complex, np.complexfloating)) and o.finite for o in outcomes):
        return None
    first, second = (float(o.value.imag) / h for o, h in zip(outcomes, steps, strict=True))
    if not abs(first - second) <= 1e-12 * abs(first) or (first == 0.0) != (second == 0.0):
        return None
    return Estimate(first, abs(first - second), 8 * outcomes[0].roundoff * abs(first))


@dataclass(frozen=True)
class Wide:
    """φ in a wider type, less φ(0): at the steps on either side.

    error     the largest |f − f in the wider type| at the point and the outermost steps: what f is wrong by there
    roundoff  of the wider type, as a part of that of the arguments
    floor     2u·max|f|, at each step
    """

    steps: list[float]
    plus: list[Any]
    minus: list[Any]
    error: float
    roundoff: float
    floor: list[float]

    def estimate(self, error: float) -> Estimate:
        """The slope, where f in its own type is wrong by `error`: in the wider one by as many of its roundoffs."""
        noise = [max(e, 4 * error * self.roundoff) for e in self.floor]
        found = central(self.steps, self.plus, self.minus, 0.0, noise)
        return Estimate(float(found.value), float(found.truncation), float(found.noise), float(found.kink))


def wider(evaluator: Evaluator, v: dict[int, Array], h: float, centre: Outcome) -> Wide | None:
    """One ladder in the next wider type; None where there is none, or f does not keep to it."""
    blocks = [evaluator.arguments.blocks[b] for b in v]
    dtype: Any = np.float64 if all(b.x.dtype == np.float32 for b in blocks) else np.longdouble
    own_roundoff = float(min(np.finfo(b.x.dtype).eps for b in blocks)) / 2
    if float(np.finfo(dtype).eps) / 2 > 0.01 * own_roundoff or not evaluator.affords(2 * RUNGS + 3):
        return None
    steps = [h * 2.0**-k for k in range(RUNGS)]
    wide = {b: evaluator.arguments.blocks[b].x.astype(dtype) for b in v}
    points = [{b: wide[b] + dtype(t) * v[b].astype(dtype) for b in v} for t in (0.0, *steps, *(-t for t in steps))]
    ends = [{b: x.astype(evaluator.arguments.blocks[b].x.dtype) for b, x in points[k].items()} for k in (1, RUNGS + 1)]
    try:
        outcomes = evaluator(points, _on_arrays(evaluator.functional))
        own = [centre, *evaluator(ends, _on_arrays(evaluator.functional))]
    except Exception:  # likewise
        return None
    if not all(o.roundoff <= 0.01 * own_roundoff for o in outcomes if o.finite):
        return None
    if not all(o.finite for o in outcomes):
        return Wide(steps, [math.nan] * RUNGS, [math.nan] * RUNGS, 0.0, 0.0, [math.nan] * RUNGS)
    here, plus, minus = outcomes[0], outcomes[1 : RUNGS + 1], outcomes[RUNGS + 1 :]
    wrong = [abs(float(o.value - w.value)) for o, w in zip(own, (here, plus[0], minus[0]), strict=True) if o.finite]
    floor = [2 * max(o.roundoff * o.magnitude for o in (here, p, m)) for p, m in zip(plus, minus, strict=True)]
    values = [o.value - here.value for o in plus], [o.value - here.value for o in minus]
    return Wide(steps, *values, max(wrong), here.roundoff / own_roundoff, floor)


def agree(one: Estimate, bound: float, other: float) -> bool:
    """Whether a value lies within an estimate's bound; an estimate that knows nothing contradicts nothing."""
    return not math.isfinite(one.value) or abs(one.value - other) <= bound + 1e-9 * abs(other)


def _on_arrays(functional: Functional) -> Functional:
    return Functional(functional.f, functional.cotangent, wide=True)
