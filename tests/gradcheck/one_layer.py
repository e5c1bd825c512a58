"""Σ tanh²(X Wᵀ) of W, its gradient by hand, and a wrong one; at the top level, so that they can be shipped."""

from __future__ import annotations

from typing import Any

import numpy as np

_random = np.random.default_rng(2)
W, X = _random.normal(size=(4, 3)), _random.normal(size=(5, 3))


def cost(W: Any) -> Any:
    return np.sum(np.tanh(X @ W.T) ** 2)


def slope(W: Any) -> Any:
    a = np.tanh(X @ W.T)
    return (2 * a * (1 - a**2)).T @ X


def wrong_slope(W: Any) -> Any:
    """The second row is 10 % too large."""
    g = slope(W)
    g[1] *= 1.1
    return g
