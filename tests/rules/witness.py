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

    `phi(t)` gives φ(t) and the size of the terms it was summed from, whose rounding is the noise. Of the tableau's
    entries the one with the least error bound is taken: truncation as seen from its neighbours, plus noise.
    """
    best = Estimate(np.nan, np.inf)
    previous: list[float] = []
    for k in range(rungs):
        h = step / 2**k
        (above, size), (below, _) = phi(h), phi(-h)
        row = [(above - below) / (2 * h)]
        noise = 8 * U * size / h
        for j, old in enumerate(previous):
            row.append(row[j] + (row[j] - old) / (4 ** (j + 1) - 1))
            error = 2 * max(abs(row[j + 1] - row[j]), abs(row[j + 1] - old)) + noise
            if error < best.error:
                best = Estimate(row[j + 1], error)
        previous = row
    return best


def complex_step(phi: Callable[[complex], complex]) -> float | None:
    """φ′(0) without cancellation, as Im φ(ih)/h; None where φ is seen not to be analytic, or takes no complex."""
    try:
        with np.errstate(all="ignore"):
            slope, again = (phi(1j * h).imag / h for h in (1e-20, 1e-60))
    except (TypeError, ValueError, AttributeError, np.linalg.LinAlgError, np.exceptions.ComplexWarning):
        return None
    return slope if abs(slope - again) <= 64 * U * abs(slope) else None
