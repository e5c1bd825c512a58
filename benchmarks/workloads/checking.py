"""Checking a gradient of 940 parameters: a network 20-30-10, tanh, squared error, 16 examples.

Each checker is given the right gradient, which it must pass, and one with a single entry off by 1 %, which those that
look at every entry must not. The cost is NumPy's for those that take NumPy, and the engine's own for the others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np

from ..case import Case, Entry, Numbers, Wanted, Workload
from ..environment import SLOW

Array = np.ndarray
Parameters = dict[str, Any]
Check = Callable[[bool], bool]  # of the right gradient, or of the wrong one: does it pass?
SIZES, EXAMPLES, CHUNK, STEP = (20, 30, 10), 16, 64, 1e-5
EVERY, ONE = "(right, wrong) passes", "right passes"


@cache
def data() -> tuple[Array, Array, dict[str, Array]]:
    """X, targets Y, and the parameters W1 b1 W2 b2."""
    rng = np.random.default_rng(0)
    n_in, hidden, n_out = SIZES
    X, Y = rng.standard_normal((EXAMPLES, n_in)), rng.standard_normal((EXAMPLES, n_out))
    W1, b1 = rng.standard_normal((n_in, hidden)) / 5, rng.standard_normal(hidden)
    return X, Y, {"W1": W1, "b1": b1, "W2": rng.standard_normal((hidden, n_out)) / 5, "b2": rng.standard_normal(n_out)}


def cost(P: Parameters, tanh: Callable[[Any], Any] = np.tanh, XY: tuple[Any, Any] | None = None) -> Any:
    """½ mean ‖a W2 + b2 − y‖² with a = tanh(x W1 + b1); of many parameters at once where arrays have a leading axis."""
    X, Y = XY or data()[:2]
    a = tanh(X @ P["W1"] + P["b1"][..., None, :])
    return ((a @ P["W2"] + P["b2"][..., None, :] - Y) ** 2).sum((-2, -1)) / (2 * EXAMPLES)


def gradient(P: Parameters, right: bool = True) -> dict[str, Array]:
    """By hand; if it is not to be right, one entry in the middle of W1 is off by 1 %."""
    X, Y, _ = data()
    a = np.tanh(X @ P["W1"] + P["b1"])
    delta2 = (a @ P["W2"] + P["b2"] - Y) / EXAMPLES
    delta1 = (delta2 @ P["W2"].T) * (1 - a**2)
    G = {"W1": X.T @ delta1, "b1": delta1.sum(0), "W2": a.T @ delta2, "b2": delta2.sum(0)}
    if not right:
        G["W1"] *= wrong()
    return G


def wrong() -> Array:
    """The factor on ∂cost/∂W1 that makes it wrong: at its largest entry."""
    factor = np.ones((SIZES[0], SIZES[1]))
    factor.flat[np.argmax(np.abs(gradient(data()[2])["W1"]))] = 1.01
    return factor


def _agree(differences: dict[str, Array], G: dict[str, Array]) -> bool:
    """The course notes' rule (CS231n): the relative error of every entry below 1e-4, entries near zero aside."""
    return all(
        np.abs(d - G[name]).max() <= 1e-4 * np.maximum(np.abs(d), 1e-4).max()
        and bool((np.abs(d - G[name]) <= 1e-4 * np.maximum(np.abs(d) + np.abs(G[name]), 1e-3)).all())
        for name, d in differences.items()
    )


def stacked() -> Check:
    """By hand: central differences of so many entries at once."""
    P = data()[2]

    def check(right: bool) -> bool:
        differences = {}
        for name, p in P.items():
            d = np.empty(p.size)
            for start in range(0, p.size, CHUNK):
                entries = np.arange(start, min(start + CHUNK, p.size))
                rows = np.arange(entries.size)
                moved = np.repeat(p.reshape(1, -1), entries.size, axis=0)
                moved[rows, entries] += STEP
                up = cost(P | {name: moved.reshape(-1, *p.shape)})
                moved[rows, entries] -= 2 * STEP
                d[entries] = (up - cost(P | {name: moved.reshape(-1, *p.shape)})) / (2 * STEP)
            differences[name] = d.reshape(p.shape)
        return _agree(differences, gradient(P, right))

    return check


def in_a_loop() -> Check:
    """By hand, as every course writes it: one entry after the other, two evaluations each."""
    P = {name: p.copy() for name, p in data()[2].items()}

    def check(right: bool) -> bool:
        differences = {name: np.empty_like(p) for name, p in P.items()}
        for name, p in P.items():
            for i in np.ndindex(p.shape):
                kept = p[i]
                p[i] = kept + STEP
                up = cost(P)
                p[i] = kept - STEP
                differences[name][i] = (up - cost(P)) / (2 * STEP)
                p[i] = kept
        return _agree(differences, gradient(P, right))

    return check


def ours(exhaustive: bool) -> Check:
    from tinygrad_bp import gradcheck

    P = data()[2]
    return lambda right: (
        gradcheck(cost, P, gradient=lambda P: gradient(P, right), exhaustive=exhaustive, seed=0).verdict == "pass"
    )


def pytorch(fast: bool) -> Check:
    import torch

    torch.set_num_threads(1)
    X, Y, P = data()
    XY = torch.from_numpy(X), torch.from_numpy(Y)
    leaves = [torch.from_numpy(p.copy()).requires_grad_() for p in P.values()]
    factor = torch.from_numpy(wrong())

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, W: Any) -> Any:
            return W.clone()

        @staticmethod
        def backward(ctx: Any, d: Any) -> Any:
            return d * factor

    def of_leaves(right: bool, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        W1 = W1 if right else Wrong.apply(W1)
        return cost({"W1": W1, "b1": b1, "W2": W2, "b2": b2}, torch.tanh, XY)

    return lambda right: bool(
        torch.autograd.gradcheck(partial(of_leaves, right), leaves, fast_mode=fast, raise_exception=False)
    )


def scipy() -> Check:
    """Forward differences of a flat vector; the norm of the error beside the rounding that its step leaves."""
    from scipy.optimize import check_grad

    P = data()[2]
    shapes, sizes = {n: p.shape for n, p in P.items()}, np.cumsum([p.size for p in P.values()])[:-1]

    def named(x: Array) -> dict[str, Array]:
        return {n: part.reshape(shapes[n]) for n, part in zip(shapes, np.split(x, sizes), strict=True)}

    def flat(G: dict[str, Array]) -> Array:
        return np.concatenate([g.ravel() for g in G.values()])

    x = flat(P)
    norm = np.linalg.norm(flat(gradient(P)))
    return lambda right: bool(
        check_grad(lambda x: cost(named(x)), lambda x: flat(gradient(named(x), right)), x) <= 1e-5 * norm
    )


def autograd() -> Check:
    """One random direction, in reverse mode."""
    import autograd.numpy as anp
    from autograd.test_util import check_grads

    P = data()[2]

    def check(right: bool) -> bool:
        check_grads(lambda P: cost(P, anp.tanh), modes=["rev"], order=1)(P)
        return True

    return check


def jax() -> Check:
    """One random direction, in reverse mode."""
    import jax
    import jax.numpy as jnp
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    P = {name: jnp.asarray(p) for name, p in data()[2].items()}

    def check(right: bool) -> bool:
        check_grads(lambda P: cost(P, jnp.tanh), (P,), order=1, modes=["rev"])
        return True

    return check


def case(engine: Callable[[], Check], judged: str) -> Case:
    check = engine()

    def results() -> Numbers:
        if judged == ONE:
            return {ONE: np.array(float(check(True)))}
        return {EVERY: np.array([check(True), check(False)], dtype=float)}

    return Case(results, lambda: check(True))


ROWS: tuple[tuple[str, str | None, Callable[[], Check], str], ...] = (
    ("by_hand, stacked", None, stacked, EVERY),
    ("by hand, in a loop", None, in_a_loop, EVERY),
    ("tinygrad_bp, exhaustive", "tinygrad_bp", partial(ours, True), EVERY),
    ("tinygrad_bp", "tinygrad_bp", partial(ours, False), EVERY),
    ("PyTorch, slow", "PyTorch", partial(pytorch, False), EVERY),
    ("PyTorch, fast", "PyTorch", partial(pytorch, True), ONE),
    ("SciPy, check_grad", "SciPy", scipy, EVERY),
    ("autograd, one direction", "autograd", autograd, ONE),
    ("JAX, one direction", "JAX", jax, ONE),
)

WORKLOADS = (
    Workload(
        name="checking",
        title=f"gradient check of {sum((i + 1) * o for i, o in pairwise(SIZES))} parameters",
        reference="by_hand, stacked",
        expected=lambda: {EVERY: np.array([1.0, 0.0]), ONE: np.array(1.0)},
        entries=tuple(
            Entry(label, peer, partial(case, engine, judged), slow=peer in SLOW) for label, peer, engine, judged in ROWS
        ),
        roundings=1,  # yes or no
        wanted=tuple(
            Wanted("tinygrad_bp, exhaustive", label, 1.0) for label in ("PyTorch, slow", "by hand, in a loop")
        ),
        unit="check",
        absent={"MyGrad": "it has none", "micrograd": "it has none", "tinygrad": "it has none"},
    ),
)
