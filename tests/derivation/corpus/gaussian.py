"""Gaussian log-likelihood, with the factor R of the precision RᵀR and the mean as parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_bp import name

from .slips import slip, together


def cost(X: Any, mu: Any, R: Any) -> Any:
    """X (m, k), mu (k,), R (k, k): -1/m log p(X), but for a constant."""
    u = name(X - mu, "u")
    e = name(u @ R.T, "e")
    q = name(np.sum(e * e, axis=1), "q")
    return np.mean(q) / 2 - np.log(np.abs(np.linalg.det(R)))


def by_hand(X: Any, mu: Any, R: Any) -> dict[str, Any]:
    m = len(X)
    u = X - mu
    e = u @ R.T

    d_q = np.full(m, 1 / (2 * m))
    d_e = d_q[:, None] * 2 * e
    d_u = d_e @ R
    d_mu = -np.sum(d_u, axis=0)
    d_R = d_e.T @ u - np.linalg.inv(R).T  # ∂ log |det R| / ∂R is the transposed inverse
    return {"q": d_q, "e": d_e, "u": d_u, "mu": d_mu, "R": d_R}


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    m = k = 3
    return rng.normal(size=(m, k)), rng.normal(size=k), 2 * np.eye(k) + rng.normal(size=(k, k)) / 2


SLIPS = (
    slip("d_q", "1 / (2 * m)", "1 / m", "constant-factor", "factor-missing", "term-doubled"),
    slip("d_q", "1 / (2 * m)", "1 / 2", "sum-for-mean", "factor-missing"),
    slip("d_e", " * 2", "", "constant-factor", "factor-missing"),
    slip("d_e", " * e", " * u", "wrong-operand"),
    slip("d_e", " * e", " * e * e", "factor-doubled"),
    slip("d_u", "R", "R.T", "transpose-added"),
    slip("d_u", "d_e @ R", "d_e * R", "elementwise-for-matrix-product"),
    slip("d_u", "d_e @ R", "R @ d_e", "operands-swapped"),
    slip("d_u", " @ R", "", "factor-missing"),
    slip("d_mu", "-np.sum", "np.sum", "sign"),
    slip("d_mu", "axis=0", "axis=1", "wrong-axis", "transpose-added"),
    slip("d_mu", "np.sum(d_u, axis=0)", "d_u[0]", "sum-missing", "left-out"),
    slip("d_mu", "d_u", "d_e", "wrong-operand", "factor-missing"),
    slip("d_R", "np.linalg.inv(R).T", "np.linalg.inv(R)", "transpose-missing", "transpose-added"),
    slip("d_R", " - np.linalg.inv(R).T", "", "term-missing"),
    slip("d_R", "- np", "+ np", "sign"),
    slip("d_R", "- np.linalg.inv(R).T", "- np.linalg.inv(R).T * m", "constant-factor"),
    slip("d_R", "d_e.T @ u", "u.T @ d_e", "operands-swapped", "transposed"),
    slip("d_R", "d_e.T @ u", "d_e.T @ X", "wrong-operand"),
    slip("d_R", "d_e.T @ u", "d_e.T @ np.roll(u, 1, axis=0)", "rolled", "shifted"),
    together(
        slip("d_q", "1 / (2 * m)", "1 / m", "constant-factor", "factor-missing", "term-doubled"),
        slip("d_R", "np.linalg.inv(R).T", "np.linalg.inv(R)", "transpose-missing", "transpose-added"),
    ),
    together(slip("d_u", "R", "R.T", "transpose-added"), slip("d_mu", "-np.sum", "np.sum", "sign")),
    together(
        slip("d_R", "np.linalg.inv(R).T", "np.linalg.inv(R)", "transpose-missing", "transpose-added"),
        slip("d_R", "- np", "+ np", "sign"),
    ),
)
