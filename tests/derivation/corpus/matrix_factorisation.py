"""Matrix factorisation: ratings R ≈ U Vᵀ, as far as each is trusted, with weight decay."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_bp import name

from .slips import slip, together


def cost(R: Any, C: Any, U: Any, V: Any, lam: Any) -> Any:
    """Ratings R (m, n), the confidence C (m, n) in each, factors U (m, k) and V (n, k), lam the decay."""
    P = name(U @ V.T, "P")
    E = name(C * (P - R), "E")
    return np.sum(E * E) / 2 + lam / 2 * (np.sum(U * U) + np.sum(V * V))


def by_hand(R: Any, C: Any, U: Any, V: Any, lam: Any) -> dict[str, Any]:
    E = C * (U @ V.T - R)

    d_E = E
    d_P = C * d_E
    d_U = d_P @ V + lam * U
    d_V = d_P.T @ U + lam * V
    return {"E": d_E, "P": d_P, "U": d_U, "V": d_V}


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    m = n = 4
    k = 2
    C = rng.permutation(m * n).reshape(m, n) / (m * n - 1)  # one of the ratings is not known at all
    return rng.normal(size=(m, n)), C, rng.normal(size=(m, k)), rng.normal(size=(n, k)), 0.2


SLIPS = (
    slip("d_E", "= E", "= 2 * E", "constant-factor", "term-doubled"),
    slip("d_E", "= E", "= -E", "sign"),
    slip("d_E", "= E", "= U @ V.T - R", "factor-missing"),
    slip("d_P", "C * d_E", "C.T * d_E", "transpose-added", "transposed"),
    slip("d_P", "C * d_E", "C * C.T * d_E", "factor-added"),
    slip("d_P", "C * d_E", "np.roll(C, 1, axis=1) * d_E", "rolled", "shifted"),
    slip("d_U", "d_P @ V", "d_P.T @ V", "transpose-added"),
    slip("d_U", "d_P @ V", "d_P @ U", "wrong-operand"),
    slip("d_U", " + lam * U", "", "decay-missing"),
    slip("d_U", "lam * U", "2 * lam * U", "decay-doubled"),
    slip("d_U", "lam * U", "lam * V", "wrong-operand"),
    slip("d_U", "lam * U", "U", "constant-factor", "factor-missing", "decay-scaled"),
    slip("d_V", "d_P.T", "d_P", "transpose-missing"),
    slip("d_V", "lam * V", "lam / len(R) * V", "decay-scaled"),
    slip("d_V", "d_P.T @ U + ", "", "term-missing"),
    slip("d_V", "d_P.T @ U", "d_P[:-1].T @ U[:-1]", "left-out"),
    slip("d_V", "d_P.T @ U", "d_P.T @ (U - 0.1 * d_U)", "wrong-operand"),
    slip("d_V", "d_P.T @ U", "2 * d_P.T @ U", "term-doubled", "constant-factor"),
    together(slip("d_U", " + lam * U", "", "decay-missing"), slip("d_V", "d_P.T", "d_P", "transpose-missing")),
    together(
        slip("d_P", "C * d_E", "C * C.T * d_E", "factor-added"),
        slip("d_V", "lam * V", "2 * lam * V", "decay-doubled"),
    ),
)
