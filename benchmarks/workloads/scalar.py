"""micrograd's demo: a network 2-16-16-1 of scalars on 100 points of two moons; the same code over each Value class."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from ..case import Case, Entry, Numbers, Wanted, Workload
from .scalar_network import MLP, max_margin, max_margin_of

Array = np.ndarray
SIZES = (2, 16, 16, 1)


@cache
def data() -> tuple[list[Array], Array, Array]:
    """Weights (out, in) uniform in [-1, 1), 100 points (100, 2) on two half circles with noise, labels ±1."""
    rng = np.random.default_rng(1337)
    angle = np.linspace(0, np.pi, 50)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    X = np.concatenate([upper, [1.0, 0.5] - upper]) + rng.normal(scale=0.1, size=(100, 2))
    weights = [rng.uniform(-1, 1, (n_out, n_in)) for n_in, n_out in pairwise(SIZES)]
    return weights, X, np.repeat([-1, 1], 50)


def vectorised() -> Callable[[], tuple[float, Array]]:
    """Cost and gradient (in the order of `MLP.parameters`) by hand, on arrays."""
    weights, X, y = data()
    biases = [np.zeros(len(W)) for W in weights]

    def derive() -> tuple[float, Array]:
        a, active = [X], []
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            z = a[-1] @ W.T + b
            active.append(z > 0)
            a.append(np.maximum(z, 0))
        margin = 1 - y * (a[-1] @ weights[-1].T + biases[-1])[:, 0]
        cost = np.maximum(margin, 0).mean() + 1e-4 * sum((p * p).sum() for p in (*weights, *biases))
        delta = (-(y * (margin > 0)) / len(y))[:, None]
        gradients: list[Array] = []
        for layer in reversed(range(len(weights))):
            gW = delta.T @ a[layer] + 2e-4 * weights[layer]
            gb = delta.sum(axis=0) + 2e-4 * biases[layer]
            gradients.insert(0, np.concatenate([gW, gb[:, None]], axis=1).ravel())
            if layer:
                delta = (delta @ weights[layer]) * active[layer - 1]
        return float(cost), np.concatenate(gradients)

    return derive


def expected() -> Numbers:
    cost, gradient = vectorised()()
    return {"cost": np.array(cost), "gradient": gradient}


def on_arrays() -> Case:
    derive = vectorised()
    return Case(expected, derive)


def on_scalars(Value: Any, forget: Callable[[Any], None]) -> Case:
    """Forward and backward pass; `forget` clears one parameter's gradient."""
    weights, X, y = data()
    model = MLP(Value, [W.tolist() for W in weights])
    points, labels, parameters = X.tolist(), y.tolist(), model.parameters()

    def run() -> Any:
        for p in parameters:
            forget(p)
        cost = max_margin(Value, model, points, labels)
        cost.backward()
        return cost

    def results() -> Numbers:
        return {"cost": np.array(run().data), "gradient": np.array([p.grad for p in parameters])}

    return Case(results, run)


def ours() -> Case:
    from tinygrad_bp import Value

    return on_scalars(Value, lambda p: p.zero_grad())


def ours_jit() -> Case:
    """The same network as a function of nested lists of Python floats: a neuron is its weights and its bias."""
    from tinygrad_bp import jit, value_and_grad

    weights, X, y = data()
    parameters = [[[*row, 0.0] for row in W.tolist()] for W in weights]
    points, labels = X.tolist(), y.tolist()

    def cost(parameters: Any, points: list[list[float]]) -> Any:
        return max_margin_of(parameters, points, labels)

    compiled = jit(value_and_grad(cost))

    def results() -> Numbers:
        cost, gradients = compiled(parameters, points)
        flat = [g for layer in gradients for neuron in layer for g in neuron]
        return {"cost": np.array(cost), "gradient": np.array(flat)}

    return Case(results, lambda: compiled(parameters, points))


def micrograd() -> Case:
    from micrograd.engine import Value

    def forget(p: Any) -> None:
        p.grad = 0

    return on_scalars(Value, forget)


WORKLOADS = (
    Workload(
        name="scalar",
        title="forward and backward pass of a scalar network 2-16-16-1 on 100 points, max-margin cost with decay",
        reference="micrograd",
        expected=expected,
        entries=(
            Entry("micrograd", "micrograd", micrograd),
            Entry("tinygrad_bp", "tinygrad_bp", ours),
            Entry("tinygrad_bp jit", "tinygrad_bp jit", ours_jit),
            Entry("NumPy, on arrays", None, on_arrays),
        ),
        roundings=2 * (sum(SIZES) + 100) + 337,  # there and back, and the sum of all squared parameters
        wanted=(
            Wanted("tinygrad_bp", "micrograd", 0.1),
            Wanted("tinygrad_bp jit", "micrograd", 1 / 1500),
            Wanted("tinygrad_bp jit", "NumPy, on arrays", 5.0),
        ),
        unit="pass",
    ),
)
