"""A recurrent cell through time: three moments, one set of weights, an error at each moment."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_bp import name

from .slips import slip, together


def cost(X: Any, Y: Any, a0: Any, W: Any, U: Any, b: Any) -> Any:
    """X (3, m, n), targets Y (3, m, h), a0 (m, h) the state before, W (h, n), U (h, h), b (h,): half squared error."""
    a, J = a0, 0.0
    for t in (1, 2, 3):
        z = name(X[t - 1] @ W.T + a @ U.T + b, f"z{t}")
        a = name(np.tanh(z), f"a{t}")
        J = J + np.sum((a - Y[t - 1]) ** 2) / (2 * len(a0))
    return J


def by_hand(X: Any, Y: Any, a0: Any, W: Any, U: Any, b: Any) -> dict[str, Any]:
    m = len(a0)
    a1 = np.tanh(X[0] @ W.T + a0 @ U.T + b)
    a2 = np.tanh(X[1] @ W.T + a1 @ U.T + b)
    a3 = np.tanh(X[2] @ W.T + a2 @ U.T + b)

    d_a3 = (a3 - Y[2]) / m
    d_z3 = d_a3 * (1 - a3 * a3)
    d_a2 = (a2 - Y[1]) / m + d_z3 @ U  # its own error, and what comes back from the moment after
    d_z2 = d_a2 * (1 - a2 * a2)
    d_a1 = (a1 - Y[0]) / m + d_z2 @ U
    d_z1 = d_a1 * (1 - a1 * a1)
    d_a0 = d_z1 @ U
    d_W = d_z3.T @ X[2] + d_z2.T @ X[1] + d_z1.T @ X[0]
    d_U = d_z3.T @ a2 + d_z2.T @ a1 + d_z1.T @ a0
    d_b = np.sum(d_z3 + d_z2 + d_z1, axis=0)
    return {
        "a3": d_a3, "z3": d_z3, "a2": d_a2, "z2": d_z2, "a1": d_a1, "z1": d_z1,
        "a0": d_a0, "W": d_W, "U": d_U, "b": d_b,
    }  # fmt: skip


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    m, n, h = 3, 2, 3
    X, Y = rng.normal(size=(3, m, n)), rng.uniform(-1, 1, size=(3, m, h))
    return X, Y, rng.uniform(-1, 1, size=(m, h)), rng.normal(size=(h, n)), rng.normal(size=(h, h)), rng.normal(size=h)


SLIPS = (
    slip("d_a3", "Y[2]", "Y[1]", "shifted", "wrong-operand", "rolled"),
    slip("d_z3", "(1 - a3 * a3)", "(1 - a2 * a2)", "wrong-operand", "shifted", "derivative-argument"),
    slip("d_z3", "(1 - a3 * a3)", "(1 - a3)", "factor-missing"),
    slip("d_a2", " + d_z3 @ U", "", "term-missing"),
    slip("d_a2", "(a2 - Y[1]) / m + ", "", "term-missing"),
    slip("d_a2", "d_z3 @ U", "d_z3 @ U.T", "transpose-added"),
    slip("d_a2", "d_z3 @ U", "d_z3 * U", "elementwise-for-matrix-product"),
    slip("d_a2", "d_z3", "d_a3", "wrong-operand", "derivative-missing"),
    slip("d_z2", " * (1 - a2 * a2)", "", "derivative-missing", "term-missing"),
    slip("d_z2", "(1 - a2 * a2)", "(1 - a1 * a1)", "wrong-operand", "shifted", "derivative-argument"),
    slip("d_a1", "d_z2 @ U", "U @ d_z2", "operands-swapped"),
    slip("d_a1", "d_z2", "d_z3", "wrong-operand", "shifted"),
    slip("d_a1", " / m", "", "constant-factor", "sum-for-mean", "factor-missing"),
    slip("d_z1", "(1 - a1 * a1)", "(1 + a1 * a1)", "sign"),
    slip("d_a0", "U", "U.T", "transpose-added"),
    slip("d_a0", "d_z1 @ U", "d_z1 @ U + (a0 - Y[0]) / m", "term-added"),
    slip("d_W", " + d_z1.T @ X[0]", "", "term-missing", "left-out"),
    slip("d_W", "X[1]", "X[0]", "shifted", "wrong-operand", "rolled"),
    slip("d_U", "d_z3.T @ a2 + d_z2.T @ a1 + d_z1.T @ a0", "d_z3.T @ a3 + d_z2.T @ a2 + d_z1.T @ a1", "shifted"),
    slip("d_U", "d_z3.T @ a2 + ", "", "term-missing", "left-out"),
    slip("d_U", "d_z2.T", "d_z2", "transpose-missing"),
    slip("d_b", " + d_z2", "", "term-missing", "left-out"),
    slip("d_b", "axis=0", "axis=1", "wrong-axis"),
    together(
        slip("d_z2", " * (1 - a2 * a2)", "", "derivative-missing", "term-missing"),
        slip("d_a0", "U", "U.T", "transpose-added"),
    ),
    together(
        slip("d_a2", " + d_z3 @ U", "", "term-missing"),
        slip("d_a1", "d_z2 @ U", "U @ d_z2", "operands-swapped"),
        slip("d_b", " + d_z2", "", "term-missing", "left-out"),
    ),
    together(
        slip("d_a2", "(a2 - Y[1]) / m + ", "", "term-missing"),
        slip("d_a2", "d_z3 @ U", "d_z3 @ U.T", "transpose-added"),
    ),
)
