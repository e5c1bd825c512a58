"""Directions to differentiate along, and points on them that the computer can represent.

A whitened direction moves entry i by g_i / m_i, where m_i is the size of the candidate's entry (floored by the block's
largest), so that a relative error r of one entry shows as r·|g_i| in ⟨∇f, v⟩. g_i is Gaussian, drawn again where
|g_i| < ½: a single wrong entry then never hides. What is left is that errors of several entries cancel; the density of
g_i is at most 0.58, so errors of which the largest is r hide within ±δ with a probability of at most 1.16 δ/r.
"""

from __future__ import annotations

import numpy as np

from .arguments import Array

#: an entry smaller than this part of its block's largest is judged as if it were so large
FLOOR = 1.0 / 32
#: no |g_i| is smaller
SMALLEST = 0.5
#: the largest density of a Gaussian redrawn where |g| < ½: φ(½) / P(|g| > ½)
DENSITY = 0.3520653267642995 / 0.6170750774519738
#: sizes below it are not told apart, so that no step overflows
TINY = 2.0**-1000


def gaussian(random: np.random.Generator, n: int) -> Array:
    """n standard Gaussian numbers, drawn again where they are within ½ of zero."""
    g: Array = random.standard_normal(n)
    small = np.flatnonzero(np.abs(g) < SMALLEST)
    while small.size:
        g[small] = again = random.standard_normal(small.size)
        small = small[np.abs(again) < SMALLEST]
    return g


def whitened(random: np.random.Generator, size: Array) -> Array:
    """A direction in which entries of these sizes contribute their relative errors."""
    return np.asarray(gaussian(random, size.size) / np.maximum(size, TINY))


def magnitudes(candidate: Array) -> Array:
    """m: the size of each entry of the candidate's block, floored; zeros if all of it is zero or not finite."""
    size = np.where(np.isfinite(candidate), np.abs(candidate), 0.0)
    return np.asarray(np.maximum(size, FLOOR * size.max()))


def scale(x: Array, elsewhere: float) -> float:
    """How far the numbers of a block are from zero: their root mean square; `elsewhere` where all are zero."""
    largest = float(np.max(np.abs(x)))
    if largest == 0.0 or not np.isfinite(largest):
        return elsewhere
    return largest * float(np.sqrt(np.mean(np.square(x.astype(np.float64) / largest))))


def power_of_two(x: float) -> float:
    """The power of two just below x > 0."""
    return float(np.ldexp(1.0, int(np.frexp(x)[1]) - 1))


def representable(x: Array, v: Array, smallest: float, largest: float) -> Array:
    """v changed by little, so that x + h v is exact for h = ±smallest·2^k up to `largest`.

    The step of an entry becomes a multiple of the spacing of floating-point numbers where it ends; not less than one.
    """
    reached = np.abs(x.astype(np.float64)) + largest * np.abs(v)
    spacing = np.spacing(reached.astype(x.dtype)).astype(np.float64)
    steps = np.rint(smallest * v / spacing)
    steps = np.where((steps == 0) & (v != 0), np.sign(v), steps)
    return np.asarray(steps * spacing / smallest)
