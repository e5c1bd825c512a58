"""Batch norm of a layer, in one line for all three paths by which z reaches the normalised n."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_bp import name

from .slips import slip, together

EPS = 1e-5


def cost(X: Any, Y: Any, W: Any, gamma: Any, beta: Any) -> Any:
    """X (m, n), targets Y (m, k), W (k, n), gamma and beta (k,): mean squared error of tanh of the normalised layer."""
    z = name(X @ W.T, "z")
    n = name((z - np.mean(z, axis=0)) / np.sqrt(np.var(z, axis=0) + EPS), "n")
    y = name(gamma * n + beta, "y")
    a = name(np.tanh(y), "a")
    return np.mean(np.sum((a - Y) ** 2, axis=1)) / 2


def by_hand(X: Any, Y: Any, W: Any, gamma: Any, beta: Any) -> dict[str, Any]:
    m = len(X)
    z = X @ W.T
    r = 1 / np.sqrt(np.var(z, axis=0) + EPS)
    n = (z - np.mean(z, axis=0)) * r
    y = gamma * n + beta
    a = np.tanh(y)

    d_a = (a - Y) / m
    d_y = d_a * (1 - a * a)
    d_gamma = np.sum(d_y * n, axis=0)
    d_beta = np.sum(d_y, axis=0)
    d_n = d_y * gamma
    d_z = r * (d_n - np.mean(d_n, axis=0) - n * np.mean(d_n * n, axis=0))
    d_W = d_z.T @ X
    return {"a": d_a, "y": d_y, "gamma": d_gamma, "beta": d_beta, "n": d_n, "z": d_z, "W": d_W}


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    m, n, k = 5, 3, 3
    return (
        rng.normal(size=(m, n)),
        rng.uniform(-1, 1, size=(m, k)),
        rng.normal(size=(k, n)),
        rng.normal(size=k),
        rng.normal(size=k),
    )


SLIPS = (
    slip("d_a", "a - Y", "Y - a", "sign"),
    slip("d_y", " * (1 - a * a)", "", "derivative-missing", "term-missing"),
    slip("d_y", "(1 - a * a)", "(1 - y * y)", "derivative-argument", "wrong-operand"),
    slip("d_y", "(1 - a * a)", "a * (1 - a)", "derivative-other"),
    slip("d_y", "(1 - a * a)", "(1 - a * a) ** 2", "derivative-squared"),
    slip("d_y", "(1 - a * a)", "(1 - np.tanh(a) ** 2)", "derivative-argument"),
    slip("d_gamma", "d_y * n", "d_y * y", "wrong-operand"),
    slip("d_gamma", "d_y * n", "d_a * n", "wrong-operand", "derivative-missing"),
    slip("d_beta", "np.sum(d_y", "np.mean(d_y", "constant-factor"),
    slip("d_n", "gamma", "beta", "wrong-operand"),
    slip("d_z", "r * (", "(", "factor-missing"),
    slip("d_z", " - np.mean(d_n, axis=0)", "", "term-missing", "wrong-operand"),
    slip("d_z", " - n * np.mean(d_n * n, axis=0)", "", "term-missing", "factor-missing", "sum-added"),
    slip("d_z", "- n * np", "+ n * np", "sign"),
    slip("d_z", "n * np.mean", "2 * n * np.mean", "term-doubled"),
    slip("d_z", "d_n * n", "d_n", "factor-missing"),
    slip("d_z", "np.mean(d_n, axis=0)", "np.sum(d_n, axis=0)", "sum-for-mean", "sum-added"),
    slip("d_W", "d_z.T @ X", "(d_z.T @ X).T", "transposed"),
    slip("d_W", "d_z.T @ X", "d_z.T @ X + W", "term-added"),
    slip("d_W", "d_z.T @ X", "d_n.T @ X", "wrong-operand"),
    together(
        slip("d_y", " * (1 - a * a)", "", "derivative-missing", "term-missing"),
        slip("d_z", " - np.mean(d_n, axis=0)", "", "term-missing", "wrong-operand"),
    ),
    together(slip("d_a", " / m", "", "sum-for-mean", "factor-missing"), slip("d_n", " * gamma", "", "factor-missing")),
)
