"""One directional derivative of a function, from its values alone, with its bound: no candidate, no verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arguments import Arguments, Array
from .beside import values_beside
from .directions import power_of_two, scale
from .evaluate import Evaluator, Functional
from .ladder import Estimate
from .noise import noise_level
from .search import Search
from .trials import FIRST_STEP
from .verdict import SAFETY

#: the part of v that is stepped along: steps of few digits would make the values of a line look like a staircase
LENGTH = 0.6180339887498949


@dataclass(frozen=True)
class Slope:
    """⟨∇f, v⟩ = value ± bound, and why the bound is no smaller where it misses what was asked for.

    direction    v, nested as the arguments: the one asked for, but changed by little so that points on it are exact
    reason       None, or noise, truncation, kink-near, kink, jump, diverges, domain, non-finite
    evaluations  how often f has been called
    """

    value: float
    bound: float
    direction: tuple[Any, ...]
    reason: str | None
    evaluations: int


def directional(
    f: Callable[..., Any],
    args: Sequence[Any],
    direction: Any,
    *,
    argnums: int | Sequence[int] | None = None,
    relative: float = 1e-9,
    seed: int = 0,
) -> Slope:
    """The derivative of f at `args` along a direction nested as the arguments in `argnums`, all by default.

    The bound is wanted within `relative` of the value; evaluations stop there. TypeError and ValueError as `gradcheck`.
    """
    arguments = Arguments(f, args, argnums)
    v = dict(enumerate(arguments.flatten(direction, "direction")))
    return slope(Functional(f), arguments, v, relative, seed=seed)


def slope(
    functional: Functional, arguments: Arguments, v: dict[int, Array], relative: float, spent: int = 0, seed: int = 0
) -> Slope:
    """The same for a direction by block. At a corner the value is the middle of both slopes, and the bound has both."""
    evaluator = Evaluator(arguments, functional, spent=spent)
    centre = evaluator.here()
    still = {b: np.zeros(block.x.size) for b, block in enumerate(arguments.blocks)}
    if not centre.finite or not any(d.any() for d in v.values()):
        value, bound = (0.0, 0.0) if centre.finite else (math.nan, math.inf)
        return Slope(value, bound, arguments.at({**still, **v}), None if centre.finite else "non-finite",
                     evaluator.evaluations)  # fmt: skip
    scales = [scale(block.x, 1.0) for block in arguments.blocks]
    tables = values_beside(evaluator, scales, np.random.default_rng([seed, 11]))
    noise = noise_level(tables, 2 * centre.roundoff * centre.magnitude)
    moving = {b: LENGTH * d for b, d in v.items() if d.any()}
    steps = [FIRST_STEP[arguments.blocks[b].x.dtype] * scales[b] / float(np.abs(d).max()) for b, d in moving.items()]

    def decided(estimate: Estimate, along: dict[int, Array]) -> str | None:
        return "pass" if SAFETY * estimate.bound <= relative * abs(estimate.value) else None

    search = Search(evaluator, centre, noise, moving, power_of_two(min(steps)), decided, 0.0, still)
    found = search.run()
    along = arguments.at({**still, **{b: d / LENGTH for b, d in found.v.items()}})
    value, bound = found.estimate.value / LENGTH, SAFETY * found.estimate.bound / LENGTH
    return Slope(value, bound, along, found.reason, evaluator.evaluations)
