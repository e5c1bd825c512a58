"""The Hessian of a mean logistic loss times a vector: J(w) = mean log(1 + e^{−yᵢ xᵢ·w}), 50 examples, 500 features."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from ..case import Case, Entry, Wanted, Workload
from ..engines import array
from ..environment import SLOW

Array = np.ndarray
Multiply = Callable[[], Any]
EXAMPLES, FEATURES = 50, 500


@cache
def data() -> tuple[Array, Array, Array]:
    """A with the rows −yᵢ xᵢ, where to differentiate w, and the vector v."""
    rng = np.random.default_rng(0)
    A = rng.choice([-1.0, 1.0], EXAMPLES)[:, None] * rng.standard_normal((EXAMPLES, FEATURES))
    return A, rng.standard_normal(FEATURES) / np.sqrt(FEATURES), rng.standard_normal(FEATURES)


def plain() -> Array:
    """H v = Aᵀ (p ⊙ (1 − p) ⊙ A v)/m with p = σ(A w)."""
    A, w, v = data()
    p = 1 / (1 + np.exp(-(A @ w)))
    return A.T @ (p * (1 - p) * (A @ v)) / EXAMPLES


def by_hand() -> Multiply:
    """The same: A w and A v in one product, which reads A once, and out= everywhere but for the result."""
    A, w, v = data()
    wv, products, p, A_T = np.empty((2, FEATURES)), np.empty((2, EXAMPLES)), np.empty(EXAMPLES), A.T
    (w_, v_), (z, Av) = wv, products

    def multiply() -> Array:
        w_[...] = w
        v_[...] = v
        np.dot(wv, A_T, products)
        np.negative(z, p)
        np.exp(p, p)
        np.add(p, 1.0, p)
        np.divide(1.0, p, p)
        np.multiply(Av, p, Av)
        np.subtract(1.0, p, p)
        np.multiply(Av, p, Av)
        np.multiply(Av, 1 / EXAMPLES, Av)
        return np.dot(A_T, Av)

    return multiply


def _ours_loss() -> Callable[[Any], Any]:
    from tinygrad_bp import softplus

    A = data()[0]
    return lambda w: np.mean(softplus(A @ w))


def ours() -> Multiply:
    from tinygrad_bp import hvp

    loss, (_, w, v) = _ours_loss(), data()
    return lambda: hvp(loss, (w,), (v,))[0]


def ours_jit() -> Multiply:
    import tinygrad_bp

    loss, (_, w, v) = _ours_loss(), data()
    compiled = tinygrad_bp.jit(lambda w, v: tinygrad_bp.hvp(loss, (w,), (v,))[0])
    return partial(compiled, w, v)


def autograd() -> Multiply:
    import autograd.numpy as anp
    from autograd import hessian_vector_product

    A, w, v = data()
    return partial(hessian_vector_product(lambda w: anp.mean(anp.logaddexp(0.0, anp.dot(A, w)))), w, v)


def pytorch(*, compiled: bool = False) -> Multiply:
    """Forward over reverse where it is compiled; reverse over reverse, which is faster there, where it is not."""
    import torch

    torch.set_num_threads(1)
    A, w, v = map(torch.from_numpy, data())

    def loss(w: Any) -> Any:
        return torch.nn.functional.softplus(A @ w).mean()

    if compiled:
        return partial(torch.compile(lambda w, v: torch.func.jvp(torch.func.grad(loss), (w,), (v,))[1]), w, v)

    def multiply() -> Any:
        leaf = w.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(leaf), leaf, create_graph=True)
        return torch.autograd.grad(gradient, leaf, v)[0]

    return multiply


def jax(*, compiled: bool = False) -> Multiply:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    A, w, v = map(jnp.asarray, data())

    def loss(w: Any) -> Any:
        return jnp.mean(jax.nn.softplus(A @ w))

    def product(w: Any, v: Any) -> Any:
        return jax.jvp(jax.grad(loss), (w,), (v,))[1]

    run = jax.jit(product) if compiled else product
    return lambda: jax.block_until_ready(run(w, v))


def case(engine: Callable[[], Multiply]) -> Case:
    multiply = engine()
    return Case(lambda: {"H v": array(multiply())}, multiply)


ENGINES: dict[str, Callable[[], Multiply]] = {
    "tinygrad_bp": ours,
    "tinygrad_bp jit": ours_jit,
    "autograd": autograd,
    "PyTorch": pytorch,
    "torch.compile": partial(pytorch, compiled=True),
    "JAX": jax,
    "JAX jit": partial(jax, compiled=True),
}

WORKLOADS = (
    Workload(
        name="hessian",
        title=f"Hessian-vector product of a mean logistic loss, {EXAMPLES} examples, {FEATURES} features",
        reference="by_hand",
        expected=lambda: {"H v": plain()},
        entries=(
            Entry("by_hand", None, partial(case, by_hand)),
            Entry("NumPy, plain", None, partial(case, lambda: plain)),
            *(Entry(peer, peer, partial(case, engine), slow=peer in SLOW) for peer, engine in ENGINES.items()),
        ),
        wanted=(
            *(Wanted("tinygrad_bp", peer, 1.0) for peer in ("autograd", "PyTorch", "JAX")),
            Wanted("tinygrad_bp jit", "JAX jit", 1.0),
        ),
        roundings=2 * FEATURES + EXAMPLES,
        absent={"MyGrad": "no second order", "tinygrad": "no second order", "micrograd": "scalars only"},
    ),
)
