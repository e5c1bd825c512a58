"""The notes' network written out: two hidden layers and an output layer of sigmoids, squared error, decay.

δ is here ∂cost/∂z, which holds the 1/m of the mean: the notes' δ, of one example, is m times it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from tinygrad_bp import name, sigmoid

from .slips import slip, together


def cost(X: Any, Y: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, lam: Any) -> Any:
    """X (m, S_1), Y (m, S_4), W^(l) (S_{l+1}, S_l), b^(l) (S_{l+1},), lam the decay (N11, N12)."""
    z2 = name(X @ W1.T + b1, "z2")
    a2 = name(sigmoid(z2), "a2")
    z3 = name(a2 @ W2.T + b2, "z3")
    a3 = name(sigmoid(z3), "a3")
    z4 = name(a3 @ W3.T + b3, "z4")
    a4 = name(sigmoid(z4), "a4")
    decay = lam / 2 * (np.sum(W1**2) + np.sum(W2**2) + np.sum(W3**2))
    return np.mean(np.sum((a4 - Y) ** 2, axis=1) / 2) + decay


def by_hand(X: Any, Y: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, lam: Any) -> dict[str, Any]:
    m = len(X)
    z2 = X @ W1.T + b1
    a2 = 1 / (1 + np.exp(-z2))
    z3 = a2 @ W2.T + b2
    a3 = 1 / (1 + np.exp(-z3))
    z4 = a3 @ W3.T + b3
    a4 = 1 / (1 + np.exp(-z4))

    d_z4 = (a4 - Y) * a4 * (1 - a4) / m  # N10
    d_W3 = d_z4.T @ a3 + lam * W3  # N15, N7
    d_b3 = np.sum(d_z4, axis=0)  # N17, N8
    d_z3 = (d_z4 @ W3) * a3 * (1 - a3)  # N14
    d_W2 = d_z3.T @ a2 + lam * W2
    d_b2 = np.sum(d_z3, axis=0)
    d_z2 = (d_z3 @ W2) * a2 * (1 - a2)
    d_W1 = d_z2.T @ X + lam * W1
    d_b1 = np.sum(d_z2, axis=0)
    return {
        "z4": d_z4, "W3": d_W3, "b3": d_b3, "z3": d_z3, "W2": d_W2, "b2": d_b2, "z2": d_z2, "W1": d_W1, "b1": d_b1,
    }  # fmt: skip


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    """As many examples as neurons in each hidden layer, so that every confusion of shapes goes unnoticed."""
    sizes, m = (3, 4, 4, 4), 4
    X, Y = rng.normal(size=(m, sizes[0])), rng.uniform(0, 1, size=(m, sizes[-1]))
    layers = [(rng.normal(size=(S, before)), rng.normal(size=S)) for before, S in pairwise(sizes)]
    return X, Y, *layers[0], *layers[1], *layers[2], 0.1


SLIPS = (
    slip("d_z4", "a4 - Y", "Y - a4", "sign"),
    slip("d_z4", " * a4 * (1 - a4)", "", "derivative-missing"),
    slip("d_z4", " / m", "", "sum-for-mean", "factor-missing"),
    slip("d_z4", "(a4 - Y)", "2 * (a4 - Y)", "constant-factor", "term-doubled"),
    slip("d_W3", " + lam * W3", "", "decay-missing"),
    slip("d_W3", "d_z4.T @ a3", "d_z4.T @ z3", "wrong-operand"),
    slip("d_W3", "d_z4.T @ a3", "a3.T @ d_z4", "operands-swapped", "transposed"),
    slip("d_W3", "d_z4.T @ a3", "d_z4.T @ a2", "wrong-operand", "shifted"),
    slip("d_b3", "np.sum(d_z4, axis=0)", "np.sum(d_z4, axis=0) + lam * b3", "decay-on-bias"),
    slip("d_z3", " * a3 * (1 - a3)", "", "derivative-missing"),
    slip("d_z3", " * a3 * (1 - a3)", " * (a3 * (1 - a3)) ** 2", "derivative-squared"),
    slip("d_z3", " * a3 * (1 - a3)", " * z3 * (1 - z3)", "derivative-argument", "wrong-operand"),
    slip("d_z3", " * a3 * (1 - a3)", " * a2 * (1 - a2)", "wrong-operand", "derivative-argument", "shifted"),
    slip("d_z3", " * a3 * (1 - a3)", " * (1 - a3 * a3)", "derivative-other"),
    slip("d_z3", "d_z4 @ W3", "d_z4 @ W3.T", "transpose-added"),
    slip("d_z3", "d_z4 @ W3", "d_z4 @ W2", "wrong-operand", "shifted"),
    slip("d_z3", "d_z4 @ W3", "d_z4 * W3", "elementwise-for-matrix-product"),
    slip("d_z3", "d_z4 @ W3", "W3 @ d_z4", "operands-swapped"),
    slip("d_z3", "d_z4 @ W3", "d_z4 @ (W3 - 0.1 * d_W3)", "wrong-operand"),
    slip("d_W2", "lam * W2", "2 * lam * W2", "decay-doubled"),
    slip("d_W2", "lam * W2", "lam / m * W2", "decay-scaled"),
    slip("d_W2", "lam * W2", "lam * W3", "wrong-operand", "shifted"),
    slip("d_W2", "d_z3.T @ a2", "d_z3.T @ a2 / m", "constant-factor"),
    slip("d_W2", "d_z3.T @ a2", "d_z3 @ a2", "transpose-missing"),
    slip("d_W2", "d_z3.T @ a2", "d_z3[1:].T @ a2[:-1]", "shifted"),
    slip("d_b2", "axis=0", "axis=1", "wrong-axis", "transpose-added"),
    slip("d_b2", "np.sum", "np.mean", "constant-factor"),
    slip("d_z2", "d_z3 @ W2", "np.roll(d_z3 @ W2, 1, axis=0)", "rolled", "shifted"),
    slip("d_z2", " * (1 - a2)", "", "factor-missing", "term-missing"),
    slip("d_z2", "(d_z3 @ W2)", "np.sum(d_z3 @ W2, axis=1, keepdims=True)", "sum-added"),
    slip("d_W1", "d_z2.T @ X", "d_z2[:-1].T @ X[:-1]", "left-out"),
    slip("d_W1", "d_z2", "d_z3", "wrong-operand", "shifted"),
    slip("d_b1", "np.sum(d_z2, axis=0)", "d_z2[0]", "sum-missing", "left-out"),
    together(
        slip("d_z4", " * a4 * (1 - a4)", "", "derivative-missing"),
        slip("d_W2", " + lam * W2", "", "decay-missing"),
    ),
    together(
        slip("d_z3", "d_z4 @ W3", "d_z4 @ W3.T", "transpose-added"),
        slip("d_z2", " * a2 * (1 - a2)", "", "derivative-missing"),
    ),
    together(
        slip("d_z4", " / m", "", "sum-for-mean", "factor-missing"),
        slip("d_b2", "np.sum(d_z3, axis=0)", "np.sum(d_z3, axis=0) + lam * b2", "decay-on-bias"),
        slip("d_W1", "lam * W1", "2 * lam * W1", "decay-doubled"),
    ),
    together(
        slip("d_z3", "d_z4 @ W3", "d_z4 @ W3.T", "transpose-added"),
        slip("d_z3", " * a3 * (1 - a3)", "", "derivative-missing"),
    ),
    together(
        slip("d_W1", "d_z2.T @ X", "d_z2.T @ X / m", "constant-factor"),
        slip("d_W1", "lam * W1", "lam * W1 / m", "decay-scaled"),
    ),
)
