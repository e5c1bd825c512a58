"""Values of f at equispaced points beside the one to check: what its noise is read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .arguments import Array
from .directions import gaussian, power_of_two, representable
from .evaluate import Evaluator

#: the spacings of the difference tables, as parts of the size of x, and the side of x they lie on: on one side only,
#: so that a corner or a jump at x is not taken for noise
SPACINGS = {np.dtype(np.float64): (2.0**-32, -(2.0**-20)), np.dtype(np.float32): (2.0**-20, -(2.0**-12))}
POINTS = (1, 2, 3, 4, 5, 6, 7)


def values_beside(
    evaluator: Evaluator,
    scales: Sequence[float],
    random: np.random.Generator,
    both: bool = True,
    lower: Mapping[int, Array] | None = None,
    upper: Mapping[int, Array] | None = None,
) -> list[Array]:
    """The values on a line through all arguments, at one or both of the spacings; within the bounds, if there are."""
    tables = []
    for which in (0, 1) if both else (0,):
        points: list[dict[int, Array]] = [{} for _ in POINTS]
        for b, block in enumerate(evaluator.arguments.blocks):
            spacing = SPACINGS[block.x.dtype][which]
            step = power_of_two(abs(spacing) * scales[b])
            v = np.sign(spacing) * representable(block.x, gaussian(random, block.x.size), step, 8 * step)
            for k, point in zip(POINTS, points, strict=True):
                moved = block.x + k * step * v
                if lower and upper:
                    moved = np.clip(moved, lower[b], upper[b])
                point[b] = moved.astype(block.x.dtype)
        tables.append(np.array([o.value for o in evaluator(points)], dtype=np.float64))
    return tables
