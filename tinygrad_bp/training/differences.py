"""The slope of a function of one number, by central differences that are extrapolated and know their own error.

    D(h) = (f(x + h) - f(x - h)) / 2h = f'(x) + c₂ h² + c₄ h⁴ + …

Halving h and combining D(h), D(h/2), … as Richardson does removes one power of h² after the other; of the tableau that
entry is taken which differs least from its two neighbours, and that difference, with the rounding errors of f over the
step, is its error (Ridders, *Accurate computation of F'(x) and F'(x)F''(x)*, 1982).

A function with kinks says on which branch it is: a difference whose ends are not on the branch of the middle straddles
a kink, says nothing about the slope, and is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

FIRST_STEP = 2.0**-5
HALVINGS = 20
SPACINGS = tuple(2.0**-k for k in range(32, 8, -4))


class Slope(NamedTuple):
    """A slope and the error that the differences admit to; NaN and infinity where every difference met a kink."""

    value: float
    error: float


def slope(f: Callable[[float], tuple[float, Any]], x: float, branch: Any, noise: float, enough: float) -> Slope:
    """f'(x), where f gives a number and its branch, anything that compares, and `branch` is that of f(x).

    `noise` is the standard deviation of the rounding errors of f. The step is halved until the error is at most
    `enough`, or rounding alone exceeds the least error so far.
    """
    best = Slope(math.nan, math.inf)
    row: list[float] = []
    h = FIRST_STEP * max(1.0, abs(x))
    for _ in range(HALVINGS):
        ahead, behind = x + h, x - h
        (above, branch_above), (below, branch_below) = f(ahead), f(behind)
        h /= 2
        if branch_above != branch or branch_below != branch:
            row = []
            continue
        width = ahead - behind  # of x + h and x - h as they are after rounding
        rounding = 4 * max(noise, math.ulp(above), math.ulp(below)) / width
        coarser, row = row, [(above - below) / width]
        for k, D in enumerate(coarser, start=1):
            row.append(row[-1] + (row[-1] - D) / (4.0**k - 1.0))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - D)) + rounding
            if error < best.error:
                best = Slope(row[-1], error)
        if best.error <= enough or rounding > best.error:
            break
    return best


def noise(f: Callable[[float], float]) -> float:
    """The standard deviation σ of the rounding errors of f near 0.

    At points so close together the fourth to sixth differences of f are those of its rounding errors alone; the square
    of a k-th one is (2k)! / (k!)² σ² on average. Points so close that f is the same at most of them are moved apart
    (Moré & Wild, *Estimating computational noise*, 2011, sections 3 and 5).
    """
    for spacing in SPACINGS:
        values = np.array([f(k * spacing) for k in range(9)])
        if np.count_nonzero(np.diff(values)) > 4:
            break
    squares = [np.mean(np.diff(values, k) ** 2) / math.comb(2 * k, k) for k in (4, 5, 6)]
    return math.sqrt(max(squares))
