"""Numerical derivatives that know their own error: what the rules are held against.

Both differentiate φ(t) = ⟨u, f(x + t v)⟩ at t = 0, from values of f alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

U = np.finfo(np.float64).eps / 2


class Estimate(NamedTuple):
    """A derivative, and a bound on how far it may be off."""

    slope: float
    error: float


def differences(phi: Callable[[float], tuple[float, float]], step: float = 0.02, rungs: int = 7) -> Estimate:
    """φ′(0) by central differences at steps halved again and again, extrapolated (Richardson).

    `phi(t)` gives φ(t) and the size of the terms it was summed from. Of the tableau's entries the one with the least
    error bound is taken: truncation as seen from its neighbours, plus noise. Noise is 8 roundings of the terms, or more
    where more is seen: the even part (φ(h) + φ(−h))/2 − φ(0), extrapolated alike, would be 0 without it. An iteration
    that ends one sweep earlier on one side of 0 makes φ jump there, and its odd part, which the slope is taken from, by
    as much as its even part. (LAPACK's dbdsqr leaves up to 99 roundings off the diagonal of a singular value
    decomposition, and its vectors that far from exact.)
    """
    best = Estimate(np.nan, np.inf)
    centre, _ = phi(0.0)
    slopes: list[float] = []
    evens: list[float] = []
    for k in range(rungs):
        h = step / 2**k
        (above, size), (below, _) = phi(h), phi(-h)
        previous = slopes
        slopes = extrapolated((above - below) / (2 * h), previous)
        evens = extrapolated((above + below) / 2 - centre, evens)
        for j, old in enumerate(previous):
            noise = max(8 * U * size, 2 * abs(evens[j + 1])) / h
            error = 2 * max(abs(slopes[j + 1] - slopes[j]), abs(slopes[j + 1] - old)) + noise
            if error < best.error:
                best = Estimate(slopes[j + 1], error)
    return best


def extrapolated(finest: float, previous: list[float]) -> list[float]:
    """The next row of the tableau, `previous` being that of twice the step: errors are even in the step."""
    row = [finest]
    for j, old in enumerate(previous):
        row.append(row[j] + (row[j] - old) / (4 ** (j + 1) - 1))
    return row


def complex_step(phi: Callable[[complex], complex]) -> float | None:
    """φ′(0) without cancellation, as Im φ(ih)/h; None where φ is seen not to be analytic, or takes no complex."""
    try:
        with np.errstate(all="ignore"):
            slope, again = (phi(1j * h).imag / h for h in (1e-20, 1e-60))
    except (TypeError, ValueError, AttributeError, np.linalg.LinAlgError, np.exceptions.ComplexWarning):
        return None
    return slope if abs(slope - again) <= 64 * U * abs(slope) else None
