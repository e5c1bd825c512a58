"""What one principal component leaves over: the residual of the centred data.

The truth hides terms here: the centred data add up to 0, so do the true δ, and ∂cost/∂X looks like d_c alone. Given a
d_c that is wrong, it is not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_bp import name

from .slips import slip, together


def cost(X: Any, w: Any) -> Any:
    """X (m, n), w (n,) the direction: mean squared residual."""
    c = name(X - np.mean(X, axis=0), "c")
    a = name(c @ w, "a")
    R = name(c - a[:, None] * w, "R")
    return np.mean(np.sum(R * R, axis=1)) / 2


def by_hand(X: Any, w: Any) -> dict[str, Any]:
    m = len(X)
    c = X - np.mean(X, axis=0)
    a = c @ w
    R = c - a[:, None] * w

    d_R = R / m
    d_a = -d_R @ w
    d_w = c.T @ d_a - d_R.T @ a
    d_c = d_R + d_a[:, None] * w
    d_X = d_c - np.mean(d_c, axis=0)
    return {"R": d_R, "a": d_a, "w": d_w, "c": d_c, "X": d_X}


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    m = n = 4
    return rng.normal(size=(m, n)), rng.normal(size=n)


SLIPS = (
    slip("d_R", "R / m", "X / m", "wrong-operand"),
    slip("d_R", "R / m", "c / m", "wrong-operand", "term-missing"),
    slip("d_R", " / m", "", "sum-for-mean", "factor-missing"),
    slip("d_R", "R / m", "R / m * (np.arange(m) > 0)[:, None]", "left-out"),
    slip("d_R", "R / m", "R / m + w", "term-added"),
    slip("d_a", "-d_R", "d_R", "sign"),
    slip("d_a", "d_R", "d_R.T", "transpose-added", "operands-swapped"),
    slip("d_a", "d_R", "c", "wrong-operand"),
    slip("d_w", "c.T", "c", "transpose-missing", "operands-swapped"),
    slip("d_w", " - d_R.T @ a", "", "term-missing"),
    slip("d_w", "- d_R", "+ d_R", "sign"),
    slip("d_w", "@ a", "@ d_a", "wrong-operand"),
    slip("d_c", " + d_a[:, None] * w", "", "term-missing", "sum-added"),
    slip("d_c", "d_R + ", "", "term-missing", "sum-added"),
    slip("d_c", "d_a[:, None] * w", "d_a * w[:, None]", "transposed"),
    slip("d_X", "axis=0", "axis=1, keepdims=True", "wrong-axis"),
    slip("d_X", "d_c - ", "np.roll(d_c, 1, axis=0) - ", "rolled"),
    slip("d_X", "d_c - ", "2 * d_c - ", "term-doubled"),
    together(slip("d_R", "R / m", "X / m", "wrong-operand"), slip("d_c", "d_R + d", "d_R - d", "sign")),
    together(
        slip("d_R", "R / m", "R / m * (np.arange(m) > 0)[:, None]", "left-out"),
        slip("d_w", "c.T", "c", "transpose-missing", "operands-swapped"),
    ),
)
