"""Numerical witnesses of a directional derivative, each with an estimate of its own error."""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tests.network.agreement import UNIT_ROUNDOFF, absolute_sweep
from tests.network.strategies import KINKED, Case
from tinygrad_bp.network.architecture import Array

Direction = Mapping[str, Array]


class Estimate(NamedTuple):
    """A derivative, and how far it may be from the true one."""

    value: float
    error: float


def direction(case: Case, random: np.random.Generator) -> dict[str, Array]:
    """A random direction for all parameters, of entries around 1. Where f has a kink, a z that is exactly 0 stays so:
    along such a direction the cost is differentiable, and its derivative takes no side.
    """
    v = {name: random.normal(0.0, 1.0, p.shape) for name, p in case.network.parameters.items()}
    for l, i in case.at_zero:
        of = case.network.architecture
        if (of.output if l == of.depth else of.activation) in KINKED:
            v[f"W{l - 1}"][i] = v[f"b{l - 1}"][i] = 0.0
    return v


def moved(case: Case, v: Direction, t: complex) -> dict[str, Array]:
    return {name: p + t * v[name] for name, p in case.network.parameters.items()}


def slope_along(case: Case, gradient: Mapping[str, Array], v: Direction) -> Estimate:
    """⟨gradient, v⟩ over the parameters, and its rounding error by the sweep on absolute values."""
    E = absolute_sweep(case)
    value = sum(float(np.sum(gradient[name] * v[name])) for name in v)
    terms = [(E[name] + gradient[name].size * abs(gradient[name])) * abs(v[name]) for name in v]
    return Estimate(value, 8 * UNIT_ROUNDOFF * sum(float(np.sum(term)) for term in terms))


def complex_step(case: Case, v: Direction, h: float = 1e-20) -> Estimate:
    """Im J(p + ihv) / h (Squire & Trapp, SIAM Review 1998). It subtracts nothing, so it is as exact as a gradient; its
    truncation error is h² times a sixth of the third derivative, which is taken to be below 1e10.
    """
    J = case.network.cost(moved(case, v, 1j * h), case.X, case.Y)
    return Estimate(float(J.imag) / h, 1e10 * h * h)


def central_differences(case: Case, v: Direction) -> Estimate:
    """Central differences at steps halved nine times, extrapolated (Ridders 1982). The error of an entry of the tableau
    is the noise of J through all of its weights, and the most by which it differs from the three entries it came from:
    the two that it combines, and that of the same order one step coarser. The entry of the least error wins.
    """
    noise = 16 * UNIT_ROUNDOFF * float(absolute_sweep(case)["J"])
    H = first_step(case, v)
    best = Estimate(np.nan, np.inf)
    coarser: list[Estimate] = []  # a row of the tableau: values with their noise
    for k in range(10):
        h = H * 0.5**k
        ahead, behind = (float(case.network.cost(moved(case, v, t), case.X, case.Y)) for t in (h, -h))
        row = [Estimate((ahead - behind) / (2 * h), noise / h)]
        for j, before in enumerate(coarser):
            w = 4.0 ** (j + 1)
            entry = Estimate((w * row[j].value - before.value) / (w - 1), (w * row[j].error + before.error) / (w - 1))
            row.append(entry)
            if j + 1 < len(coarser):
                sources = (row[j], before, coarser[j + 1])
                error = entry.error + max(abs(entry.value - source.value) for source in sources)
                if error < best.error:
                    best = Estimate(entry.value, error)
        coarser = row
    return best


def first_step(case: Case, v: Direction) -> float:
    """The largest step of 2⁻⁴, 2⁻⁵, … within which no z comes across a kink on either side."""
    here = signs(case, v, 0.0)
    H = 2.0**-4
    while not (signs(case, v, H) == here and signs(case, v, -H) == here):
        H *= 0.5
    return H


def signs(case: Case, v: Direction, t: float) -> list[Any]:
    """The sign of every z that goes through a kink."""
    of = case.network.architecture
    found: list[Any] = []

    def note(value: Array, name: str) -> Array:
        f = of.output if name == f"z{of.depth}" else of.activation
        if name.startswith("z") and f in KINKED:
            found.append(np.sign(value).tolist())
        return value

    case.network.cost(moved(case, v, t), case.X, case.Y, name=note)
    return found
