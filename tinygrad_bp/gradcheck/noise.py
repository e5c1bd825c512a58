"""The noise of a computed function, from difference tables.

Moré and Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011): the k-th differences of values at
equispaced points are, once k is large enough for the smooth part to have gone, noise of variance (2k)!/(k!)² ε².
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt


def difference_table(values: npt.NDArray[np.float64]) -> tuple[float | None, float]:
    """ε from values at equispaced points, None where the table does not tell; and what ε cannot exceed.

    It tells where three successive orders agree within a factor of four and the differences change sign. Else what is
    left at the highest orders is f itself, and the noise is below it; unless most neighbours are equal, and the values
    steps of a staircase, where the spacing is too small to tell anything.
    """
    n = len(values)
    if np.count_nonzero(np.diff(values) == 0) >= n // 2:
        return None, math.inf
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
            return levels[k], levels[k]
    return None, min(levels)


def noise_level(tables: list[npt.NDArray[np.float64]], floor: float) -> float:
    """ε_f: what the tables tell, and never below the floor, 2u·max|f|.

    Noise is the same at every spacing; what grows with the spacing is f itself. So the smallest that a table tells.
    """
    told, limits = [0.0], [math.inf]
    for values in tables:
        scale = float(np.max(np.abs(values)))
        if scale > 0 and math.isfinite(scale):
            level, limit = difference_table(values / scale)
            limits.append(limit * scale)
            told += [] if level is None else [level * scale]
    staircase = granularity(np.concatenate([[0.0], *tables]).tolist())
    return max(floor, min(max(told), *limits), staircase)


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
