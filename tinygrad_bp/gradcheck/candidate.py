"""The gradient to be judged: called with care, and its own rounding measured.

The rounding budget E_a comes from calling it again, and from moving every entry of x by one unit in its last place
(Higham, Accuracy and Stability of Numerical Algorithms, 1.5: what the data do not determine, no algorithm computes).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ..tree import leaves
from .arguments import Arguments, Array
from .evaluate import ROUNDING_LEVEL, check_unchanged

DIRECTIONS_OF_ROUNDING = 2


@dataclass(frozen=True)
class Candidate:
    """The candidate's gradient, one flat float64 array for each block, and what rounding can have done to it.

    wide     gives its values in the next wider type, None where it does not keep to it
    smallest the smallest positive number of its type, by which underflow is off
    spread   the largest difference between two calls at the same point, relative to the block's largest entry
    """

    values: list[Array]
    rounding: list[Array]
    roundoff: float
    smallest: float
    spread: float
    wide: Callable[[], list[Array] | None] = lambda: None

    @property
    def random(self) -> bool:
        """Whether two calls at one point differ by more than rounding."""
        return not self.spread <= ROUNDING_LEVEL * self.roundoff

    def slope(self, v: dict[int, Array]) -> float:
        """d = ⟨candidate, v⟩."""
        with np.errstate(all="ignore"):
            return float(sum(np.dot(self.values[b], v[b]) for b in v))

    def terms(self, v: dict[int, Array]) -> float:
        """The size of what d is summed from."""
        with np.errstate(all="ignore"):
            return float(sum(_norm(self.values[b] * v[b]) for b in v))

    def budget(self, v: dict[int, Array]) -> float:
        """E_a: what rounding in the candidate, and in ⟨candidate, v⟩, can have done to d."""
        with np.errstate(all="ignore"):
            return self.own_rounding(v) + 2 * float(sum(_norm(self.rounding[b] * v[b]) for b in v))

    def own_rounding(self, v: dict[int, Array]) -> float:
        """The part of it that does not come from moving x, which may cross a corner."""
        with np.errstate(all="ignore"):
            relative = 4 * self.roundoff * self.terms(v)
            return relative + 16 * self.smallest * float(sum(np.abs(v[b]).sum() for b in v))


def _norm(x: Array) -> float:
    """‖x‖, without overflow on the way."""
    largest = float(np.max(np.abs(x), initial=0.0))
    return largest * float(np.linalg.norm(x / largest)) if 0.0 < largest < np.inf else largest


def ask(
    name: str,
    gradient: Callable[..., Any],
    arguments: Arguments,
    seed: np.random.Generator,
    bounds: tuple[dict[int, Array], dict[int, Array]] | None = None,
) -> Candidate:
    """Call the candidate at the point twice, and beside it, within the bounds by block.

    TypeError and ValueError for what is no gradient of these arguments (see `Arguments.flatten`); ValueError for a
    candidate that changes its argument, or gives out an array that its next call overwrites.
    """

    def call(point: dict[int, Array]) -> tuple[Any, list[Array]]:
        given, untouched = arguments.at(point), arguments.at(point)
        with np.errstate(all="ignore"):
            result = gradient(*given)
        flat = arguments.flatten(result, name)
        check_unchanged(name, arguments, given, untouched)
        return result, flat

    result, values = call({})
    again = call({})[1]
    beside = [call(_one_ulp_away(arguments, seed, bounds))[1] for _ in range(DIRECTIONS_OF_ROUNDING)]
    for one, now in zip(values, arguments.flatten(result, name), strict=True):
        if not np.array_equal(one, now, equal_nan=True):
            raise ValueError(f"{name} gives out an array that its next call overwrites: return a copy")
    spread, rounding = 0.0, []
    with np.errstate(all="ignore"):
        for b, g in enumerate(values):
            twice = np.abs(again[b] - g)
            largest = float(np.max(np.abs(g), initial=0.0))
            if np.isfinite(largest) and twice.any():
                spread = max(spread, float(twice.max()) / largest if largest > 0 else np.inf)
            moved = np.max([np.abs(other[b] - g) for other in beside], axis=0)
            rounding.append(np.where(np.isfinite(g), np.fmax(twice, np.where(np.isfinite(moved), moved, 0.0)), 0.0))

    @cache
    def wide() -> list[Array] | None:
        dtypes = {np.dtype(np.float32): np.float64, np.dtype(np.float64): np.longdouble}
        try:
            result, values = call(
                {b: block.x.astype(dtypes[block.x.dtype]) for b, block in enumerate(arguments.blocks)}
            )
        except Exception:  # it does not take them: then it has no more to say
            return None
        coarsest = max(float(np.finfo(block.x.dtype).eps) for block in arguments.blocks) / 2
        return values if _precision(result)[0] <= 0.01 * coarsest else None

    roundoff, smallest = _precision(result)
    return Candidate(values, rounding, roundoff, smallest, spread, wide)


def _one_ulp_away(
    arguments: Arguments, seed: np.random.Generator, bounds: tuple[dict[int, Array], dict[int, Array]] | None
) -> dict[int, Array]:
    moved = {
        b: np.nextafter(block.x, np.where(seed.random(block.x.size) < 0.5, -np.inf, np.inf).astype(block.x.dtype))
        for b, block in enumerate(arguments.blocks)
    }
    if bounds is None:
        return moved
    lower, upper = bounds
    return {b: np.clip(x, lower[b], upper[b]).astype(x.dtype) for b, x in moved.items()}


def _precision(result: Any) -> tuple[float, float]:
    """The unit roundoff and the smallest positive number of the coarsest type in a gradient."""
    types = [a.dtype for a in (np.asarray(g) for _, g in leaves(result)) if a.dtype.kind == "f"]
    coarsest = max((np.finfo(t) for t in types), key=lambda info: float(info.eps), default=np.finfo(np.float64))
    return float(coarsest.eps) / 2, float(coarsest.smallest_subnormal)
