"""The notes' network as `tinygrad_bp.network` has it: sigmoid hidden layers, softmax and mean cross-entropy, decay.

The derivation makes a2, a3 and z2, z3 steps of their own; its parameters are a dict.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from tinygrad_bp import Network, name

from .slips import slip, together

SIZES = (3, 4, 4, 3)
DECAY = 0.1


def cost(parameters: Any, X: Any, Y: Any) -> Any:
    """X (m, S_1), Y (m, S_4) one-hot rows; parameters W1 b1 W2 b2 W3 b3 in a dict."""
    return Network(SIZES, decay=DECAY).cost(parameters, X, Y, name=name)


def by_hand(parameters: Any, X: Any, Y: Any) -> dict[str, Any]:
    m, lam = len(X), DECAY
    W1, b1, W2, b2, W3, b3 = (parameters[key] for key in ("W1", "b1", "W2", "b2", "W3", "b3"))
    z2 = X @ W1.T + b1
    a2 = 1 / (1 + np.exp(-z2))
    z3 = a2 @ W2.T + b2
    a3 = 1 / (1 + np.exp(-z3))
    z4 = a3 @ W3.T + b3
    a4 = np.exp(z4) / np.sum(np.exp(z4), axis=1, keepdims=True)

    d_z4 = (a4 - Y) / m
    d_W3 = d_z4.T @ a3 + lam * W3
    d_b3 = np.sum(d_z4, axis=0)
    d_a3 = d_z4 @ W3
    d_z3 = d_a3 * a3 * (1 - a3)
    d_W2 = d_z3.T @ a2 + lam * W2
    d_b2 = np.sum(d_z3, axis=0)
    d_a2 = d_z3 @ W2
    d_z2 = d_a2 * a2 * (1 - a2)
    d_W1 = d_z2.T @ X + lam * W1
    d_b1 = np.sum(d_z2, axis=0)
    return {
        "z4": d_z4, "a3": d_a3, "z3": d_z3, "a2": d_a2, "z2": d_z2,
        "parameters": {"W1": d_W1, "b1": d_b1, "W2": d_W2, "b2": d_b2, "W3": d_W3, "b3": d_b3},
    }  # fmt: skip


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    m, parameters = 5, {}
    for layer, (before, S) in enumerate(pairwise(SIZES), 1):
        parameters[f"W{layer}"] = rng.normal(size=(S, before))
        parameters[f"b{layer}"] = rng.normal(size=S)
    return parameters, rng.normal(size=(m, SIZES[0])), np.eye(SIZES[-1])[rng.permutation(np.arange(m) % SIZES[-1])]


SLIPS = (
    slip("d_z4", "(a4 - Y)", "(a4 - Y) * a4 * (1 - a4)", "factor-added"),
    slip("d_z4", "(a4 - Y) / m", "(a4 - Y) / m / m", "constant-factor", "factor-doubled"),
    slip("d_z4", "a4 - Y", "z4 - Y", "wrong-operand"),
    slip("d_W3", "lam * W3", "lam", "factor-missing"),
    slip("d_W3", "d_z4.T @ a3", "d_z4.T @ a3 / m", "constant-factor"),
    slip("d_b3", "np.sum(d_z4, axis=0)", "m * np.sum(d_z4, axis=0)", "constant-factor"),
    slip("d_a3", "W3", "W3 @ W2.T", "factor-added"),
    slip("d_a3", "d_z4 @ W3", "d_z4 @ np.roll(W3, 1, axis=0)", "rolled"),
    slip("d_a3", "d_z4 @ W3", "d_z4 @ (W3 - 0.5 * d_W3)", "wrong-operand"),
    slip("d_z3", "a3 * (1 - a3)", "a2 * (1 - a2)", "wrong-operand", "derivative-argument", "shifted"),
    slip("d_z3", "a3 * (1 - a3)", "(z3 > 0)", "derivative-other"),
    slip("d_z3", "d_a3", "d_a3 * d_a3", "factor-doubled"),
    slip("d_W2", "d_z3.T @ a2", "(d_z3.T @ a2).T", "transposed"),
    slip("d_W2", "d_z3.T @ a2", "d_a3.T @ a2", "wrong-operand", "derivative-missing"),
    slip("d_W2", "+ lam * W2", "- lam * W2", "sign"),
    slip("d_W2", "d_z3.T @ a2", "2 * d_z3.T @ a2", "term-doubled", "constant-factor"),
    slip("d_b2", "d_z3", "d_z3[1:]", "left-out"),
    slip("d_b2", "d_z3", "d_a3", "wrong-operand", "derivative-missing"),
    slip("d_a2", "W2", "W2.T", "transpose-added"),
    slip("d_a2", "d_z3 @ W2", "d_z3[:, 1:] @ W2[1:]", "left-out"),
    slip("d_z2", " * a2 * (1 - a2)", "", "derivative-missing"),
    slip("d_z2", "a2 * (1 - a2)", "(1 - a2)", "factor-missing"),
    slip("d_z2", "(1 - a2)", "(a2 - 1)", "sign"),
    slip("d_W1", "lam * W1", "lam / 2 * W1", "decay-scaled"),
    slip("d_b1", "np.sum(d_z2, axis=0)", "np.sum(d_z2, axis=0) + lam * b1", "decay-on-bias"),
    slip("d_b1", "np.sum(d_z2, axis=0)", "np.full(4, np.sum(d_z2))", "sum-added"),
    together(
        slip("d_a3", "d_z4 @ W3", "d_z4 @ np.roll(W3, 1, axis=0)", "rolled"),
        slip("d_z2", "(1 - a2)", "(a2 - 1)", "sign"),
    ),
    together(
        slip("d_z3", " * a3 * (1 - a3)", " * (a3 * (1 - a3)) ** 2", "derivative-squared"),
        slip("d_a2", "W2", "W2.T", "transpose-added"),
        slip("d_W1", " + lam * W1", "", "decay-missing"),
    ),
)
