"""Layer norm, step by step: each row is centred and scaled to variance 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_bp import name

from .slips import slip, together

EPS = 1e-3


def cost(X: Any, T: Any, gamma: Any, beta: Any) -> Any:
    """X and the targets T (m, k), gamma and beta (k,): mean squared error of the normalised rows."""
    mu = name(np.mean(X, axis=1, keepdims=True), "mu")
    c = name(X - mu, "c")
    v = name(np.mean(c * c, axis=1, keepdims=True), "v")
    r = name(1 / np.sqrt(v + EPS), "r")
    n = name(c * r, "n")
    y = name(gamma * n + beta, "y")
    return np.mean(np.sum((y - T) ** 2, axis=1)) / 2


def by_hand(X: Any, T: Any, gamma: Any, beta: Any) -> dict[str, Any]:
    m, k = X.shape
    c = X - np.mean(X, axis=1, keepdims=True)
    v = np.mean(c * c, axis=1, keepdims=True)
    r = 1 / np.sqrt(v + EPS)
    n = c * r
    y = gamma * n + beta

    d_y = (y - T) / m
    d_gamma = np.sum(d_y * n, axis=0)
    d_beta = np.sum(d_y, axis=0)
    d_n = d_y * gamma
    d_r = np.sum(d_n * c, axis=1, keepdims=True)
    d_v = -d_r * r**3 / 2
    d_c = d_n * r + d_v * 2 * c / k
    d_mu = -np.sum(d_c, axis=1, keepdims=True)
    d_X = d_c + d_mu / k
    return {
        "y": d_y, "gamma": d_gamma, "beta": d_beta, "n": d_n, "r": d_r, "v": d_v, "c": d_c, "mu": d_mu, "X": d_X,
    }  # fmt: skip


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    m = k = 4
    return rng.normal(size=(m, k)), rng.normal(size=(m, k)), rng.normal(size=k), rng.normal(size=k)


SLIPS = (
    slip("d_y", " / m", " / k / k", "constant-factor", "factor-doubled"),
    slip("d_y", "y - T", "n - T", "wrong-operand"),
    slip("d_gamma", " * n", "", "factor-missing"),
    slip("d_gamma", "d_y * n", "d_y * c", "wrong-operand"),
    slip("d_gamma", "axis=0", "axis=1", "wrong-axis"),
    slip("d_beta", "np.sum", "np.mean", "constant-factor"),
    slip("d_n", "gamma", "gamma[:, None]", "wrong-axis", "transposed"),
    slip("d_n", " * gamma", "", "factor-missing"),
    slip("d_n", "gamma", "gamma * gamma", "factor-doubled"),
    slip("d_n", "gamma", "beta", "wrong-operand"),
    slip("d_r", "d_n * c", "d_n", "factor-missing"),
    slip("d_r", "d_n * c", "d_n * n", "wrong-operand", "factor-added"),
    slip("d_v", "-d_r", "d_r", "sign"),
    slip("d_v", " / 2", "", "constant-factor", "factor-missing", "term-doubled"),
    slip("d_v", "r**3", "r", "factor-missing"),
    slip("d_c", "d_n * r + ", "", "term-missing"),
    slip("d_c", " + d_v * 2 * c / k", "", "term-missing", "sum-added"),
    slip("d_c", "2 * c / k", "c / k", "constant-factor", "factor-missing"),
    slip("d_c", " * 2 * c / k", " * 2 * c", "sum-for-mean", "factor-missing"),
    slip("d_mu", "-np.sum", "np.sum", "sign"),
    slip("d_mu", "axis=1, keepdims=True", "axis=0, keepdims=True).reshape(m, 1", "wrong-axis", "transpose-added"),
    slip("d_X", " + d_mu / k", "", "term-missing"),
    slip("d_X", " / k", "", "sum-for-mean", "factor-missing"),
    slip("d_X", "d_c", "d_n", "wrong-operand"),
    together(slip("d_v", "-d_r", "d_r", "sign"), slip("d_X", " + d_mu / k", "", "term-missing")),
    together(
        slip("d_gamma", " * n", "", "factor-missing"),
        slip("d_c", "2 * c / k", "c / k", "constant-factor", "factor-missing"),
        slip("d_mu", "-np.sum", "np.sum", "sign"),
    ),
    together(slip("d_v", "-d_r", "d_r", "sign"), slip("d_v", "r**3", "r", "factor-missing")),
)
