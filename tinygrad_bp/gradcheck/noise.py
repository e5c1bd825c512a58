"""The noise of a computed function, from difference tables.

Moré and Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011): the k-th differences of values at
equispaced points are, once k is large enough for the smooth part to have gone, noise of variance (2k)!/(k!)² ε².
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt


def difference_table(values: npt.NDArray[np.float64]) -> float | None:
    """ε from values at equispaced points; None where the table does not tell.

    It tells where three successive orders agree within a factor of four and the differences change sign. Where most
    neighbours are equal the spacing is too small: the values are then steps of a staircase.
    """
    n = len(values)
    if np.count_nonzero(np.diff(values) == 0) >= n // 2:
        return None
    levels, mixed = [], []
    differences = values
    for k in range(1, n - 1):
        differences = np.diff(differences)
        gamma = math.factorial(k) ** 2 / math.factorial(2 * k)
        levels.append(math.sqrt(gamma * float(np.mean(differences * differences))))
        mixed.append(bool(differences.min() < 0 < differences.max()))
    for k in range(len(levels) - 2):
        three = levels[k : k + 3]
        if mixed[k] and max(three) <= 4 * min(three):
            return levels[k]
    return None


def noise_level(tables: list[npt.NDArray[np.float64]], floor: float) -> float:
    """ε_f: what the tables tell, and never below the floor, 2u·max|f|.

    Noise is the same at every spacing; what grows with the spacing is f itself. So the smallest that a table tells.
    """
    found = []
    for values in tables:
        if np.all(np.isfinite(values)):
            scale = float(np.max(np.abs(values)))
            level = difference_table(values / scale) if scale > 0 else None
            if level is not None:
                found.append(level * scale)
    return max(floor, min(found, default=0.0), granularity(np.concatenate([[0.0], *tables]).tolist()))


def granularity(values: list[float]) -> float:
    """The coarsest power of two of which all values are multiples: what cancellation of larger numbers has left of f.

    Of n values computed without such a loss all end in k zero bits with probability 2^(−kn). 0 where all are equal.
    """
    different = {v for v in values if v != 0 and math.isfinite(v)}
    if len(different) < 2:
        return 0.0
    exponents = []
    for value in different:
        mantissa, exponent = math.frexp(value)
        digits = int(mantissa * 2.0**53)
        exponents.append(exponent - 53 + (digits & -digits).bit_length() - 1)
    return math.ldexp(1.0, min(exponents))
