"""ADBench's Gaussian mixture: the log-likelihood with its Wishart prior, and the gradient for all parameters.

For component k: weight α_k (before a softmax), mean μ_k, and the square root of the inverse covariance,
Q_k = L_k + diag(e^{q_k}) with L_k strictly lower triangular, filled column by column from t_k.

    J = Σᵢ log Σ_k exp(α_k + Σ q_k − ½‖Q_k (xᵢ − μ_k)‖²) − n log Σ_k e^{α_k} − ½ n d log 2π + log p(Q)
    log p(Q) = ½γ² Σ_k (‖e^{q_k}‖² + ‖t_k‖²) − m Σ_k Σ q_k − K (ν d log(γ/√2) − log Γ_d(ν/2)),  ν = d + m + 1

F. Šrajer, Z. Kukelova and A. Fitzgibbon, A benchmark of selected algorithmic differentiation tools on some problems in
computer vision and machine learning, Optimization Methods and Software 33 (2018); the signs as in ADBench's programs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from ..case import Case, Entry, Numbers, Wanted, Workload
from ..engines import ENGINES, entries
from . import gmm_by_hand

Array = np.ndarray
GAMMA, M = 1.0, 2
NAMES = ("∂J/∂α", "∂J/∂μ", "∂J/∂q", "∂J/∂t")


@dataclass(frozen=True)
class Mixture:
    """The size of a problem, and its data."""

    d: int
    k: int
    n: int

    @cache  # noqa: B019 - kept for the process's life, as the other workloads' data are
    def data(self) -> tuple[list[Array], Array]:
        """α (k,), μ (k, d), q (k, d), t (k, d(d−1)/2); and X (n, d). Drawn as a mixture is: X lies around the μ."""
        rng = np.random.default_rng(0)
        alpha, mu = rng.standard_normal(self.k), rng.uniform(-1, 1, (self.k, self.d))
        q, t = rng.normal(0, 0.3, (self.k, self.d)), rng.normal(0, 0.3, (self.k, self.d * (self.d - 1) // 2))
        X = mu[rng.integers(self.k, size=self.n)] + rng.standard_normal((self.n, self.d))
        return [alpha, mu, q, t], X

    def constants(self) -> list[Array]:
        """X, the unit matrix, and what is needed to fill L: where it has entries, and which."""
        rows, columns = lower(self.d)
        place = np.zeros((self.d, self.d), dtype=np.int64)
        place[rows, columns] = np.arange(rows.size)
        return [self.data()[1], np.eye(self.d), np.tril(np.ones((self.d, self.d)), -1), place, rows, columns]

    def normaliser(self) -> float:
        """What does not depend on the parameters."""
        nu = self.d + M + 1
        log_gamma = self.d * (self.d - 1) / 4 * math.log(math.pi)
        log_gamma += sum(math.lgamma((nu - j) / 2) for j in range(self.d))
        prior = self.k * (nu * self.d * math.log(GAMMA / math.sqrt(2)) - log_gamma)
        return -self.n * self.d / 2 * math.log(2 * math.pi) - prior

    def roundings(self) -> int:
        """One after another: Q (x − μ), its square, over k, over n; and the same back, summed over n."""
        return 4 * self.d + 2 * self.k + 2 * self.n


def lower(d: int) -> tuple[Array, Array]:
    """Rows and columns of the strict lower triangle, column by column."""
    columns, rows = np.triu_indices(d, 1)
    return rows, columns


def formula(xp: Any, parameters: Sequence[Any], constants: Sequence[Any], *, mixture: Mixture) -> Any:
    """J as it stands above, over any engine."""
    alpha, mu, q, t = parameters
    X, eye, below, place, rows, columns = constants
    scale = xp.exp(q)
    Q = xp.triangle(t, below, place, rows, columns) + eye * xp.expand_dims(scale, 2)
    y = xp.matmul(X - xp.expand_dims(mu, 1), xp.swapaxes(Q, 1, 2))  # (k, n, d)
    log_weight = alpha + xp.sum(q, 1)
    inner = xp.expand_dims(log_weight, 1) - 0.5 * xp.sum(y * y, 2)  # (k, n)
    prior = 0.5 * GAMMA**2 * (xp.sum(scale * scale) + xp.sum(t * t)) - M * xp.sum(q)
    J = xp.sum(xp.logsumexp(inner, 0)) - mixture.n * xp.logsumexp(alpha, 0) + prior
    return J + mixture.normaliser()


def gathered(t: Any, below: Any, place: Any, rows: Any, columns: Any) -> Any:
    """L for engines whose arrays cannot be written to: each entry is looked up, and those not below are set to 0."""
    return below * t[:, place]


def written(zeros: Callable[..., Any]) -> Callable[..., Any]:
    """L for engines whose arrays can be: zeros, then the entries."""

    def triangle(t: Any, below: Any, place: Any, rows: Any, columns: Any) -> Any:
        L = zeros(t, len(below))
        L[:, rows, columns] = t
        return L

    return triangle


def _pytorch(t: Any, d: int) -> Any:
    return t.new_zeros(len(t), d, d)


def _mygrad(t: Any, d: int) -> Any:
    import mygrad as mg

    return mg.zeros((len(t), d, d), dtype=float)


def _jax(t: Any, below: Any, place: Any, rows: Any, columns: Any) -> Any:
    import jax.numpy as jnp

    return jnp.zeros((len(t), *below.shape)).at[:, rows, columns].set(t)


TRIANGLES: dict[str, Callable[..., Any]] = {
    "MyGrad": written(_mygrad),
    "PyTorch": written(_pytorch),
    "torch.compile": written(_pytorch),
    "JAX": _jax,
    "JAX jit": _jax,
}


def numbers(J: Any, gradients: Sequence[Any]) -> Numbers:
    return {"J": np.asarray(J), **dict(zip(NAMES, gradients, strict=True))}


def expected(mixture: Mixture) -> Numbers:
    """By hand, the formula taken literally."""
    parameters, X = mixture.data()
    J, gradients = gmm_by_hand.literally(*parameters, X, GAMMA, M, mixture.normaliser())
    return numbers(J, gradients)


def literally(mixture: Mixture) -> Case:
    parameters, X = mixture.data()
    derive = partial(gmm_by_hand.literally, *parameters, X, GAMMA, M, mixture.normaliser())
    return Case(lambda: numbers(*derive()), derive)


def by_hand(mixture: Mixture) -> Case:
    parameters, X = mixture.data()
    derive = gmm_by_hand.Derivation(*parameters, X, GAMMA, M, mixture.normaliser()).derive
    return Case(lambda: numbers(*derive()), derive)


def workload(mixture: Mixture) -> Workload:
    peers = entries(
        partial(formula, mixture=mixture),
        lambda: (mixture.data()[0], mixture.constants()),
        numbers,
        {peer: {"triangle": TRIANGLES.get(peer, gathered)} for peer in ENGINES},
    )
    literal = "NumPy, the formula literally"
    return Workload(
        name=f"gmm{mixture.d}",
        title=f"Gaussian mixture (ADBench) d={mixture.d} k={mixture.k} N={mixture.n:,}: log-likelihood and gradient",
        reference="by_hand",
        expected=partial(expected, mixture),
        entries=(
            Entry("by_hand", None, partial(by_hand, mixture)),
            Entry(literal, None, partial(literally, mixture)),
            *peers,
        ),
        wanted=(
            *(Wanted("tinygrad_bp", peer, 1.0) for peer in ("autograd", "MyGrad", "PyTorch", "JAX")),
            Wanted("tinygrad_bp jit", literal, 1.1),
            Wanted("tinygrad_bp jit", "JAX jit", 1.0),
        ),
        roundings=mixture.roundings(),
    )


WORKLOADS = (workload(Mixture(10, 5, 1_000)), workload(Mixture(32, 25, 1_000)))
