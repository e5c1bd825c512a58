"""Attention for one head: H = softmax(Q Kᵀ / √h) V, with its weights in a dict."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_bp import name, softmax

from .slips import slip, together


def cost(X: Any, T: Any, weights: Any) -> Any:
    """X (n, d) a row for each token, targets T (n, h), weights q, k and v (d, h): half the squared error."""
    Q = name(X @ weights["q"], "Q")
    K = name(X @ weights["k"], "K")
    V = name(X @ weights["v"], "V")
    S = name(Q @ K.T / np.sqrt(Q.shape[1]), "S")
    A = name(softmax(S, axis=1), "A")
    H = name(A @ V, "H")
    return np.sum((H - T) ** 2) / 2


def by_hand(X: Any, T: Any, weights: Any) -> dict[str, Any]:
    Q, K, V = X @ weights["q"], X @ weights["k"], X @ weights["v"]
    h = Q.shape[1]
    S = Q @ K.T / np.sqrt(h)
    A = np.exp(S) / np.sum(np.exp(S), axis=1, keepdims=True)
    H = A @ V

    d_H = H - T
    d_A = d_H @ V.T
    d_S = A * (d_A - np.sum(d_A * A, axis=1, keepdims=True))  # the Jacobian of softmax, row by row
    d_V = A.T @ d_H
    d_K = d_S.T @ Q / np.sqrt(h)
    d_Q = d_S @ K / np.sqrt(h)
    d_q = X.T @ d_Q
    d_k = X.T @ d_K
    d_v = X.T @ d_V
    d_X = d_Q @ weights["q"].T + d_K @ weights["k"].T + d_V @ weights["v"].T
    return {
        "H": d_H, "A": d_A, "S": d_S, "V": d_V, "K": d_K, "Q": d_Q, "X": d_X,
        "weights": {"q": d_q, "k": d_k, "v": d_v},
    }  # fmt: skip


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    n = d = h = 3
    weights = {part: rng.normal(size=(d, h)) for part in "qkv"}
    return rng.normal(size=(n, d)), rng.normal(size=(n, h)), weights


SLIPS = (
    slip("d_H", "H - T", "T - H", "sign"),
    slip("d_A", "V.T", "V", "transpose-missing"),
    slip("d_A", "d_H @ V.T", "d_H * V", "elementwise-for-matrix-product"),
    slip("d_A", "d_H @ V.T", "V.T @ d_H", "operands-swapped"),
    slip("d_A", "V.T", "K.T", "wrong-operand"),
    slip(
        "d_S",
        "A * (d_A - np.sum(d_A * A, axis=1, keepdims=True))",
        "d_A * A * (1 - A)",
        "derivative-other",
        "sum-missing",
    ),
    slip("d_S", " - np.sum(d_A * A, axis=1, keepdims=True)", "", "term-missing"),
    slip("d_S", "axis=1", "axis=0", "wrong-axis"),
    slip("d_S", "d_A * A", "d_A", "factor-missing", "sum-added"),
    slip("d_S", "A * (d_A", "(d_A", "factor-missing", "sum-added"),
    slip("d_S", "A * (d_A", "S * (d_A", "wrong-operand"),
    slip("d_V", "A.T", "A", "transpose-missing"),
    slip("d_V", "A.T", "S.T", "wrong-operand"),
    slip("d_K", "d_S.T", "d_S", "transpose-missing"),
    slip("d_K", " / np.sqrt(h)", "", "constant-factor", "factor-missing"),
    slip("d_K", " / np.sqrt(h)", " / h", "constant-factor", "factor-doubled"),
    slip("d_K", "Q", "K", "wrong-operand"),
    slip("d_Q", "d_S @ K", "d_S.T @ K", "transpose-added"),
    slip("d_Q", "d_S @ K / np.sqrt(h)", "d_S @ K * np.sqrt(h)", "constant-factor"),
    slip("d_Q", "d_S @ K", "np.roll(d_S, 1, axis=1) @ K", "rolled"),
    slip("d_q", "X.T", "X", "transpose-missing"),
    slip("d_k", "d_K", "d_Q", "wrong-operand"),
    slip("d_k", "X.T @ d_K", "(X.T @ d_K).T", "transposed"),
    slip("d_v", "X.T @ d_V", "d_V @ X.T", "operands-swapped"),
    slip("d_X", ' + d_V @ weights["v"].T', "", "term-missing"),
    slip("d_X", 'weights["k"].T', 'weights["k"]', "transpose-missing"),
    slip("d_X", 'weights["k"]', 'weights["q"]', "wrong-operand"),
    together(
        slip("d_S", " - np.sum(d_A * A, axis=1, keepdims=True)", "", "term-missing"),
        slip("d_Q", " / np.sqrt(h)", "", "constant-factor", "factor-missing"),
    ),
    together(slip("d_V", "A.T", "A", "transpose-missing"), slip("d_k", "d_K", "d_Q", "wrong-operand")),
    together(
        slip("d_K", "d_S.T", "d_S", "transpose-missing"),
        slip("d_K", " / np.sqrt(h)", "", "constant-factor", "factor-missing"),
    ),
)
