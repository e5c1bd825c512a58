"""Difference ladders: from values of φ at ±H, ±H/2, ±H/4, … a derivative at 0, and how far from it that can be.

    D_k = (φ(h_k) − φ(−h_k)) / 2h_k          the odd part:  φ′ + a h² + b h⁴ + …
    E_k = (φ(h_k) + φ(−h_k)) / 2 − φ(0)      the even part: ∝ h² where φ is smooth, ∝ h at a kink, constant at a jump

Richardson extrapolation (Ridders 1982, Roache 1998) removes a, b, … in turn. Its truncation is bounded by the change
that the last step made, guarded by the change before it: the last change alone is too small in half of all cases. Where
successive differences do not shrink as the order says, nothing is extrapolated and all of their spread is the bound.
Noise ε in φ is propagated with the absolute weights of the combination.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

CENTRAL = (4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0)
ONE_SIDED = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
EVEN = (2.0, 8.0, 32.0, 128.0, 512.0)


@dataclass(frozen=True)
class Estimate:
    """A derivative, and what it can be wrong by: from truncation, from noise, and from a kink within the ladder."""

    value: float
    truncation: float
    noise: float
    kink: float = 0.0
    settled: bool = True  # whether the ladder behaves as its order says

    @property
    def trusted(self) -> bool:
        """Whether it can accuse: the steps resolve f, and what they leave out is small or below the noise."""
        return self.settled and self.truncation + self.kink <= max(0.05 * abs(self.value), 4 * self.noise)

    @property
    def bound(self) -> float:
        """B, the sum of all three; infinite where it is not a number."""
        b = self.truncation + self.noise + self.kink
        return b if b == b else math.inf


def extrapolate(values: Sequence[float], noises: Sequence[float], factors: Sequence[float]) -> Estimate:
    """The limit of values at h, h/2, h/4, … whose error has the leading ratios `factors`, with the smallest bound.

    `noises` is the noise of each value, as a bound on its absolute error.
    """
    n = len(values)
    table = [[v] for v in values]
    weights: list[list[list[float]]] = [[[float(i == k) for i in range(n)]] for k in range(n)]
    for k in range(1, n):
        for j in range(1, k + 1):
            f = factors[j - 1]
            table[k].append(table[k][j - 1] + (table[k][j - 1] - table[k - 1][j - 1]) / (f - 1))
            weights[k].append(
                [a + (a - b) / (f - 1) for a, b in zip(weights[k][j - 1], weights[k - 1][j - 1], strict=True)]
            )
    settled = _settled(values, noises, factors[0])
    best = Estimate(values[-1], math.inf, 0.0)
    for k in range(1, n):
        for j in range(k + 1):
            value = table[k][j]
            noise = sum(abs(w) * e for w, e in zip(weights[k][j], noises, strict=True))
            if not settled:
                truncation = max(abs(v - value) for v in values)
            elif j == 0:
                truncation = abs(value - table[k - 1][0])
            else:
                truncation = max(abs(value - table[k][j - 1]), abs(value - table[k - 1][j - 1]))
                if j < k:
                    truncation = max(truncation, abs(value - table[k - 1][j]))
                if j > 1:
                    truncation = max(truncation, abs(table[k][j - 1] - table[k][j - 2]) / factors[j - 1])
            if truncation + noise < best.bound:
                best = Estimate(value, truncation, noise, 0.0, settled)
    return best


def _settled(values: Sequence[float], noises: Sequence[float], ratio: float) -> bool:
    """Whether successive differences shrink as the order says (up to a factor), or are no more than noise."""
    steps = [abs(b - a) for a, b in itertools.pairwise(values)]
    levels = [a + b for a, b in itertools.pairwise(noises)]
    allowed = 1.7 / ratio if ratio > 2 else 0.75
    return all(
        later <= allowed * earlier + 2 * (level + allowed * before)
        for earlier, later, before, level in zip(steps, steps[1:], levels, levels[1:], strict=False)
    )


def central(
    h: Sequence[float], plus: Sequence[float], minus: Sequence[float], centre: float, noise: Sequence[float]
) -> Estimate:
    """φ′(0) from values on both sides, with the noise of each pair; what is linear in h of the even part bounds what a
    kink can do."""
    noises = [e / s for e, s in zip(noise, h, strict=True)]
    odd = extrapolate([(p - m) / (2 * s) for p, m, s in zip(plus, minus, h, strict=True)], noises, CENTRAL)
    even = slope_of_even_part(h, plus, minus, centre, noise)
    return Estimate(odd.value, odd.truncation, odd.noise, abs(even.value), odd.settled)


def slope_of_even_part(
    h: Sequence[float], plus: Sequence[float], minus: Sequence[float], centre: float, noise: Sequence[float]
) -> Estimate:
    """The limit of E(h)/h: zero where φ is smooth, half the difference of the one-sided slopes at a kink."""
    # the centre is shared by all rungs, and summed last so that no large number cancels twice
    values = [((p - centre) + (m - centre)) / (2 * s) for p, m, s in zip(plus, minus, h, strict=True)]
    return extrapolate(values, [2 * e / s for e, s in zip(noise, h, strict=True)], EVEN)


def one_sided(
    h: Sequence[float], values: Sequence[float], centre: float, noise: Sequence[float], side: int = 1
) -> Estimate:
    """The slope at 0 seen from one side: values at h_k for side 1, at −h_k for side −1."""
    differences = [side * (v - centre) / s for v, s in zip(values, h, strict=True)]
    return extrapolate(differences, [2 * e / s for e, s in zip(noise, h, strict=True)], ONE_SIDED)
