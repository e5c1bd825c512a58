"""The Gaussian mixture's log-likelihood and gradient derived by hand: as the formula stands, and as fast as we can.

With y_ki = Q_k (xᵢ − μ_k) and the responsibilities w_ki = softmax over k of inner_ki:

    ∂J/∂α_k = Σᵢ w_ki − n softmax(α)_k                ∂J/∂μ_k = Q_kᵀ Σᵢ w_ki y_ki
    ∂J/∂Q_k = −Σᵢ w_ki y_ki (xᵢ − μ_k)ᵀ               ∂J/∂q_k = diag(∂J/∂Q_k) ⊙ e^{q_k} + Σᵢ w_ki + prior
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def literally(
    alpha: Array, mu: Array, q: Array, t: Array, X: Array, gamma: float, m: int, normaliser: float
) -> tuple[float, list[Array]]:
    """J and its gradients with the formula's own arrays, none of them reused."""
    d, n = X.shape[1], len(X)
    columns, rows = np.triu_indices(d, 1)
    scale = np.exp(q)
    Q = np.zeros((len(mu), d, d))
    Q[:, rows, columns] = t
    Q = Q + np.eye(d) * scale[:, :, None]
    centred = X - mu[:, None]  # (k, n, d)
    y = centred @ np.swapaxes(Q, 1, 2)
    inner = (alpha + q.sum(1))[:, None] - 0.5 * (y * y).sum(2)  # (k, n)
    top = inner.max(0)
    e = np.exp(inner - top)
    total = e.sum(0)
    top_alpha = alpha.max()
    e_alpha = np.exp(alpha - top_alpha)
    J = (np.log(total) + top).sum() - n * (np.log(e_alpha.sum()) + top_alpha)
    J += 0.5 * gamma**2 * ((scale * scale).sum() + (t * t).sum()) - m * q.sum() + normaliser
    w = e / total
    dy = -w[:, :, None] * y
    dQ = np.swapaxes(dy, 1, 2) @ centred
    dmu = -(dy @ Q).sum(1)
    weight = w.sum(1)
    dalpha = weight - n * e_alpha / e_alpha.sum()
    dq = np.diagonal(dQ, axis1=1, axis2=2) * scale + weight[:, None] + gamma**2 * scale * scale - m
    dl = dQ[:, rows, columns] + gamma**2 * t
    return float(J), [dalpha, dmu, dq, dl]


class Derivation:
    """The same, and what makes it fast, each found by measuring:

    - everything is allocated once; examples are the last axis, so that every pass and sum runs along memory;
    - y = Q Xᵀ − Q μ is one product for all components, and so is Σᵢ w y xᵢᵀ; nothing of (k, n, d) is centred;
    - Σᵢ w y comes out of that same product, X having a column of ones; the sum's part with μ is taken off after it;
    - ∂J/∂μ needs the small Σᵢ w y only.

    Left out: ‖Q (x − μ)‖² multiplied out into products of x with itself, which can be prepared. Half the work, but it
    loses as many digits as ‖Qx‖² has more than ‖Q (x − μ)‖².
    """

    def __init__(
        self, alpha: Array, mu: Array, q: Array, t: Array, X: Array, gamma: float, m: int, normaliser: float
    ) -> None:
        self.alpha, self.mu, self.q, self.t = alpha, mu, q, t
        (n, d), k = X.shape, len(mu)
        self._gamma, self._m, self._normaliser, self._n = gamma, m, normaliser, n
        self._X1 = np.concatenate([X, np.ones((n, 1))], axis=1)
        self._Q1 = np.zeros((k, d, d + 1))  # Q, and −Qμ beside it
        columns, rows = np.triu_indices(d, 1)
        self._below, self._diagonal = rows * (d + 1) + columns, np.arange(d) * (d + 2)
        self._y, self._square = np.empty((k, d, n)), np.empty((d, n))
        self._inner, self._row, self._dQ = np.empty((k, n)), np.empty(n), np.empty((k, d, d + 1))

    def derive(self) -> tuple[float, list[Array]]:
        """J and its gradients; these are new arrays."""
        alpha, mu, q, t, n = self.alpha, self.mu, self.q, self.t, self._n
        Q1, y, inner, row, dQ, g2 = self._Q1, self._y, self._inner, self._row, self._dQ, self._gamma**2
        k, d = mu.shape
        Q, flat = Q1[:, :, :d], Q1.reshape(k, -1)
        scale = np.exp(q)
        flat[:, self._below] = t
        flat[:, self._diagonal] = scale
        np.matmul(Q, -mu[:, :, None], Q1[:, :, d:])
        np.dot(Q1.reshape(k * d, d + 1), self._X1.T, y.reshape(k * d, n))
        for y_k, inner_k in zip(y, inner, strict=True):  # a component's part fits in the cache
            np.multiply(y_k, y_k, self._square)
            np.add.reduce(self._square, 0, None, inner_k)
        np.multiply(inner, -0.5, inner)
        np.add(inner, (alpha + np.add.reduce(q, 1))[:, None], inner)
        np.maximum.reduce(inner, 0, None, row)
        np.subtract(inner, row, inner)
        J = np.add.reduce(row)
        np.exp(inner, inner)
        np.add.reduce(inner, 0, None, row)
        np.divide(inner, row, inner)
        J += np.add.reduce(np.log(row, row))
        np.multiply(y, inner[:, None], y)
        np.dot(y.reshape(k * d, n), self._X1, dQ.reshape(k * d, d + 1))
        weighted = dQ[:, :, d:]  # Σᵢ w y
        dmu = np.matmul(weighted[:, None, :, 0], Q)[:, 0]
        moved = np.multiply(weighted, mu[:, None])
        np.subtract(moved, dQ[:, :, :d], dQ[:, :, :d])
        flat = dQ.reshape(k, -1)
        weight = np.add.reduce(inner, 1)
        top = alpha.max()
        e_alpha = np.exp(alpha - top)
        total = np.add.reduce(e_alpha)
        J -= n * (np.log(total) + top)
        J += 0.5 * g2 * (np.vdot(scale, scale) + np.vdot(t, t)) - self._m * np.add.reduce(q, None) + self._normaliser
        dalpha = weight - e_alpha * (n / total)
        dq = (flat[:, self._diagonal] + g2 * scale) * scale + (weight[:, None] - self._m)
        dl = flat[:, self._below] + g2 * t
        return float(J), [dalpha, dmu, dq, dl]
