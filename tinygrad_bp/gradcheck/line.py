"""φ(t) = f(x + t v) on a line through the point, at t = ±h0·2ᵉ, each evaluated once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .arguments import Array
from .directions import representable
from .evaluate import Evaluator, Outcome

#: how many octaves below (at least, at most) and above h0 the points of one line are exact
LEAST, BELOW, ABOVE = 6, 11, 6


class Line:
    """The values of φ along v (by block), where rung e is the pair at ±h0·2ᵉ.

    v is changed slightly, so that the points are representable; `.v` is what is really differentiated along.
    """

    def __init__(self, evaluator: Evaluator, v: dict[int, Array], h0: float) -> None:
        self.evaluator = evaluator
        self.h0 = h0
        self.x = {b: evaluator.arguments.blocks[b].x for b in v}
        high = h0 * 2.0**ABOVE
        room = [
            float(np.abs(v[b]).max() * h0)
            / float(np.spacing((np.abs(x).max() + high * np.abs(v[b]).max()).astype(x.dtype)))
            for b, x in self.x.items()
        ]
        self.below = min(max(int(np.log2(max(min(room), 1.0))) - 8, LEAST), BELOW)
        self.v = {b: representable(self.x[b], v[b], h0 * 2.0**-self.below, high) for b in v}
        self._values: dict[tuple[int, int], Outcome] = {}

    def h(self, e: int) -> float:
        """The step of rung e."""
        return self.h0 * 2.0**e

    def point(self, t: float) -> dict[int, Array]:
        """The blocks at x + t v, in their own dtype."""
        return {b: (x + t * self.v[b]).astype(x.dtype) for b, x in self.x.items()}

    def rungs(self, exponents: Iterable[int], sides: tuple[int, ...] = (1, -1)) -> dict[tuple[int, int], Outcome]:
        """The outcomes by exponent and side."""
        wanted = [(e, side) for e in exponents for side in sides]
        missing = [key for key in wanted if key not in self._values]
        outcomes = self.evaluator([self.point(side * self.h(e)) for e, side in missing])
        self._values.update(zip(missing, outcomes, strict=True))
        return {key: self._values[key] for key in wanted}

    def misfit(self, e: int, weights: dict[int, Array]) -> float:
        """By how much the slope can be wrong since x + h v was rounded: Σ weights·|rounding| / h at rung e."""
        t, total = self.h(e), 0.0
        for b, x in self.x.items():
            step = t * self.v[b]
            x64 = x.astype(np.float64)
            moved = (x64 + step).astype(x.dtype).astype(np.float64)
            back = moved - x64
            error = np.abs(step - back) + np.abs(x64 - (moved - back))
            total += float(np.sum(weights[b] * error))
        return total / t if np.isfinite(total) else 0.0
