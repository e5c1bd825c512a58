"""The loss of k-means: the mean squared distance of each example to its nearest centre."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_bp import name

from .slips import slip, together


def cost(X: Any, C: Any) -> Any:
    """X (m, n) examples, C (k, n) centres."""
    u = name(X[:, None, :] - C[None, :, :], "u")
    D = name(np.sum(u * u, axis=2), "D")
    return np.mean(np.min(D, axis=1))


def by_hand(X: Any, C: Any) -> dict[str, Any]:
    m = len(X)
    u = X[:, None, :] - C[None, :, :]
    D = np.sum(u * u, axis=2)
    nearest = np.equal(D, np.min(D, axis=1, keepdims=True))

    d_D = nearest / m  # the other centres are not seen
    d_u = 2 * d_D[:, :, None] * u
    d_C = -np.sum(d_u, axis=0)
    d_X = np.sum(d_u, axis=1)
    return {"D": d_D, "u": d_u, "C": d_C, "X": d_X}


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    """Each centre has two examples near it: where the nearest changes, the loss has a kink."""
    C = 3 * np.eye(3) + rng.uniform(-0.5, 0.5, size=(3, 3))
    return C[[0, 1, 2, 0, 1, 2]] + rng.uniform(-0.5, 0.5, size=(6, 3)), C


SLIPS = (
    slip("d_D", " / m", "", "sum-for-mean", "factor-missing"),
    slip("d_D", " / m", " / len(C)", "constant-factor", "term-doubled"),
    slip("d_D", "nearest / m", "nearest * D / m", "factor-added"),
    slip("d_D", "nearest / m", "np.roll(nearest, 1, axis=1) / m", "rolled", "shifted"),
    slip("d_D", "nearest / m", "np.ones_like(D) / m", "factor-missing"),
    slip("d_u", "2 * ", "", "constant-factor", "factor-missing"),
    slip("d_u", "* u", "* np.ones_like(u)", "factor-missing"),
    slip("d_u", " * u", " * u * u", "factor-doubled"),
    slip("d_u", " * u", " * X[:, None, :]", "wrong-operand", "term-missing"),
    slip("d_u", "2 *", "-2 *", "sign"),
    slip("d_C", "-np.sum", "np.sum", "sign"),
    slip("d_C", "d_u, axis=0", "d_u[1:], axis=0", "left-out"),
    slip("d_C", "-np.sum(d_u, axis=0)", "-np.sum(d_u, axis=0).T", "transposed", "transpose-added"),
    slip("d_C", "-np.sum(d_u, axis=0)", "-np.mean(d_u, axis=0)", "constant-factor"),
    slip("d_X", "axis=1", "axis=2", "wrong-axis"),
    slip("d_X", "np.sum(d_u, axis=1)", "d_u[:, 0]", "sum-missing", "left-out"),
    slip("d_X", "np.sum(d_u, axis=1)", "np.roll(np.sum(d_u, axis=1), 1, axis=0)", "rolled", "shifted"),
    together(slip("d_D", " / m", "", "sum-for-mean", "factor-missing"), slip("d_C", "-np.sum", "np.sum", "sign")),
    together(
        slip("d_u", "2 * ", "", "constant-factor", "factor-missing"), slip("d_X", "axis=1", "axis=2", "wrong-axis")
    ),
)
