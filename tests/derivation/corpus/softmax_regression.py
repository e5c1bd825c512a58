"""Softmax regression: one layer of weights, mean cross-entropy."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_bp import logsumexp, name

from .slips import slip, together


def cost(X: Any, Y: Any, W: Any, b: Any) -> Any:
    """X (m, n), Y (m, k) one-hot rows, W (k, n), b (k,)."""
    z = name(X @ W.T + b, "z")
    log_a = z - logsumexp(z, axis=1, keepdims=True)
    return -np.mean(np.sum(Y * log_a, axis=1))


def by_hand(X: Any, Y: Any, W: Any, b: Any) -> dict[str, Any]:
    m = len(X)
    z = X @ W.T + b
    a = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)

    d_z = (a - Y) / m  # softmax and cross-entropy together
    d_W = d_z.T @ X
    d_b = np.sum(d_z, axis=0)
    return {"z": d_z, "W": d_W, "b": d_b}


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    m = n = k = 3
    Y = np.eye(k)[rng.permutation(m)]
    return rng.normal(size=(m, n)), Y, rng.normal(size=(k, n)), rng.normal(size=k)


SLIPS = (
    slip("d_z", "a - Y", "Y - a", "sign"),
    slip("d_z", "a - Y", "z - Y", "wrong-operand"),
    slip("d_z", "a - Y", "a", "term-missing"),
    slip("d_z", "a - Y", "a + Y", "sign"),
    slip("d_z", " / m", "", "sum-for-mean", "factor-missing"),
    slip("d_z", "(a - Y)", "2 * (a - Y)", "constant-factor", "term-doubled"),
    slip("d_z", "(a - Y)", "(a - Y) * a * (1 - a)", "factor-added"),
    slip("d_z", "(a - Y)", "np.roll(a - Y, 1, axis=0)", "rolled"),
    slip("d_W", "d_z.T @ X", "(d_z.T @ X).T", "transposed"),
    slip("d_W", "d_z.T @ X", "d_z.T @ X / m", "constant-factor"),
    slip("d_W", "d_z.T @ X", "d_z[1:].T @ X[1:]", "left-out"),
    slip("d_W", "d_z.T @ X", "d_z.T @ X + W", "term-added"),
    slip("d_W", "d_z.T @ X", "d_z.T @ np.roll(X, 1, axis=0)", "rolled", "shifted"),
    slip("d_b", "np.sum", "np.mean", "constant-factor"),
    slip("d_b", "d_z", "d_z * a", "factor-added"),
    slip("d_b", "np.sum(d_z, axis=0)", "d_z[0]", "sum-missing", "left-out"),
    together(slip("d_z", " / m", "", "sum-for-mean", "factor-missing"), slip("d_W", "d_z.T @ X", "-d_z.T @ X", "sign")),
    together(
        slip("d_W", "d_z.T @ X", "d_z.T @ (2 * X)", "constant-factor", "term-doubled"),
        slip("d_b", "d_z", "d_z[:-1]", "left-out"),
    ),
    together(slip("d_z", "a - Y", "Y - a", "sign"), slip("d_z", " / m", "", "sum-for-mean", "factor-missing")),
)
