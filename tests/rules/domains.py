"""Arguments where a derivative is of order one, and kinks and jumps are out of a difference's reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

#: draws an argument of some shape
Domain = Callable[[np.random.Generator, tuple[int, ...]], Any]


def between(low: float, high: float) -> Domain:
    """Uniform between two bounds."""
    return lambda rng, shape: rng.uniform(low, high, shape)


def away(low: float, high: float) -> Domain:
    """Of either sign, and at least `low` away from 0."""
    return lambda rng, shape: rng.uniform(low, high, shape) * rng.choice([-1.0, 1.0], shape)


def grid(offset: float) -> Domain:
    """Near multiples of 1/2, shifted: two arguments with offsets 0 and 1/4 never meet."""
    return lambda rng, shape: rng.integers(-4, 5, shape) / 2 + offset + rng.uniform(-0.1, 0.1, shape)


def holed(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """About half of the entries are 0."""
    return rng.uniform(-2, 2, shape) * rng.integers(0, 2, shape)


def spread(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """No two entries near each other, none near 0, in any order."""
    n = int(np.prod(shape))
    gap = 4.0 / max(n, 1)
    return (rng.permutation(n) - n // 2 + 0.5 + rng.uniform(-0.2, 0.2, n)).reshape(shape) * gap


def graded(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Entries whose sizes grow along each axis, so that no two sums of sizes are near each other."""
    growth = sum(3.0**k * i for k, i in enumerate(np.indices(shape)))
    return (1 + growth) * rng.uniform(0.95, 1.05, shape) * rng.choice([-1.0, 1.0], shape) / 10


def regular(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """(Stacks of) matrices whose leading columns are far from dependent."""
    return rng.uniform(-1, 1, shape) + 3 * np.eye(*shape[-2:])


def singular(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """(Stacks of) square matrices whose last row is the sum of the others."""
    a = rng.uniform(-2, 2, shape)
    a[..., -1, :] = np.sum(a[..., :-1, :], axis=-2)
    return a


def positive_definite(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """(Stacks of) symmetric matrices with eigenvalues of 1 and more, none near another."""
    n = shape[-1]
    q, _ = np.linalg.qr(rng.standard_normal(shape))
    eigenvalues = 1 + np.arange(n) + rng.uniform(-0.2, 0.2, (*shape[:-2], 1, n))
    a = (q * eigenvalues) @ np.swapaxes(q, -1, -2)
    return (a + np.swapaxes(a, -1, -2)) / 2


def separated(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """(Stacks of) matrices of full rank with singular values of 1 and more, none near another."""
    u, _, vh = np.linalg.svd(rng.standard_normal(shape), full_matrices=False)
    k = min(shape[-2:])
    return (u * (1 + np.arange(k) + rng.uniform(-0.2, 0.2, (*shape[:-2], 1, k)))) @ vh


real = between(-2, 2)
small = between(-0.09, 0.09)
positive = between(0.3, 2)
nonzero = away(0.3, 2)
