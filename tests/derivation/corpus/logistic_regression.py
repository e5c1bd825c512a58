"""Logistic regression: one neuron, mean cross-entropy, weight decay that leaves the bias alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_bp import name

from .slips import slip, together


def cost(X: Any, y: Any, w: Any, b: Any, lam: Any) -> Any:
    """X (m, n), y (m,) of 0 and 1, w (n,), b a number, lam the decay."""
    z = name(X @ w + b, "z")
    a = name(1 / (1 + np.exp(-z)), "a")
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a)) + lam / 2 * np.sum(w * w)


def by_hand(X: Any, y: Any, w: Any, b: Any, lam: Any) -> dict[str, Any]:
    m = len(X)
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))

    d_a = ((1 - y) / (1 - a) - y / a) / m
    d_z = d_a * a * (1 - a)  # f'(z) = a (1 - a)
    d_w = X.T @ d_z + lam * w
    d_b = np.sum(d_z)
    return {"a": d_a, "z": d_z, "w": d_w, "b": d_b}


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    m = n = 4
    y = rng.permutation(np.arange(m) % 2).astype(float)
    return rng.normal(size=(m, n)), y, rng.normal(size=n), float(rng.normal()), 0.3


SLIPS = (
    slip("d_a", "- y / a", "+ y / a", "sign"),
    slip("d_a", " - y / a", "", "term-missing"),
    slip("d_a", ") / m", ")", "sum-for-mean", "factor-missing"),
    slip("d_a", "y / a", "y", "factor-missing"),
    slip("d_z", " * a * (1 - a)", "", "derivative-missing"),
    slip("d_z", " * a * (1 - a)", " * (a * (1 - a)) ** 2", "derivative-squared"),
    slip("d_z", "a * (1 - a)", "z * (1 - z)", "derivative-argument", "wrong-operand"),
    slip("d_z", " * (1 - a)", "", "factor-missing", "term-missing"),
    slip("d_z", "a * (1 - a)", "(1 - a * a)", "derivative-other"),
    slip("d_z", "(1 - a)", "(1 + a)", "sign"),
    slip("d_w", "X.T @ d_z", "X @ d_z", "transpose-missing", "operands-swapped"),
    slip("d_w", " + lam * w", "", "decay-missing"),
    slip("d_w", "lam * w", "2 * lam * w", "decay-doubled"),
    slip("d_w", "lam * w", "lam * w / m", "decay-scaled"),
    slip("d_w", "lam * w", "lam / 2 * w", "decay-scaled"),
    slip("d_w", "+ lam", "- lam", "sign"),
    slip("d_b", "np.sum(d_z)", "np.sum(d_z) + lam * b", "decay-on-bias"),
    slip("d_b", "np.sum(d_z)", "np.mean(d_z)", "constant-factor"),
    slip("d_b", "d_z", "d_a", "wrong-operand", "derivative-missing"),
    together(
        slip("d_z", " * a * (1 - a)", "", "derivative-missing"),
        slip("d_w", " + lam * w", "", "decay-missing"),
    ),
    together(
        slip("d_a", ") / m", ")", "sum-for-mean", "factor-missing"),
        slip("d_b", "np.sum(d_z)", "np.sum(d_z) + lam * b", "decay-on-bias"),
    ),
    together(
        slip("d_w", "X.T @ d_z", "X.T @ d_z / m", "constant-factor"),
        slip("d_w", " + lam * w", "", "decay-missing"),
    ),
)
