"""Wrong versions of the δ recurrence, as people write them, and the quantity in which each first goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tests.network.strategies import Case
from tinygrad_bp.network import ACTIVATIONS, Network, Steps, bias_gradient, decay_term, hidden_delta, weight_gradient
from tinygrad_bp.network.architecture import Array


class Slip(NamedTuple):
    """A wrong version of some step, for a network of three layers of weights with this output and cost."""

    first_wrong: str
    steps: Steps
    output: str = "softmax"
    cost: str = "cross-entropy"
    activation: str = "sigmoid"


def case_for(slip: Slip) -> Case:
    """A network on which every slip shows: two hidden layers of the same width (so that an untransposed W fits),
    biases, decay, and more examples than one.
    """
    random = np.random.default_rng(2026)
    network = Network([3, 4, 4, 2], activation=slip.activation, output=slip.output, cost=slip.cost, decay=0.3)
    for name, p in network.parameters.items():
        network.parameters[name] = random.normal(0.0, 1.0, p.shape)
    return Case(network, random.normal(0.0, 1.0, (5, 3)), np.array([0, 1, 1, 0, 1]))


def of(f: str) -> Callable[[Array, Array], Array]:
    return ACTIVATIONS[f].derivative


def rounded_up(step: Callable[..., Array]) -> Callable[..., Array]:
    """The step with a relative error of 1e-6."""
    return lambda *arguments: step(*arguments) * (1 + 1e-6)


def diagonal_softmax(z: Array, a: Array, y: Array) -> Array:
    delta: Array = (a - y) * a * (1 - a)
    return delta


SLIPS: dict[str, Slip] = {
    "output delta: sign": Slip("delta4", Steps(output_delta=lambda z, a, y: y - a)),
    "output delta: z for a": Slip("delta4", Steps(output_delta=lambda z, a, y: z - y)),
    "output delta: 1/m twice": Slip("delta4", Steps(output_delta=lambda z, a, y: (a - y) / len(y))),
    "output delta: f' missing": Slip("delta4", Steps(output_delta=lambda z, a, y: a - y), "sigmoid", "squared-error"),
    "output delta: f' of cross-entropy": Slip("delta4", Steps(output_delta=diagonal_softmax), "sigmoid"),
    "output delta: factor 2": Slip(
        "delta4", Steps(output_delta=lambda z, a, y: 2 * (a - y) * (1 - a * a)), "tanh", "squared-error"
    ),
    "output delta: only the diagonal of softmax": Slip(
        "delta4", Steps(output_delta=diagonal_softmax), "softmax", "squared-error"
    ),
    "output delta: relative error 1e-6": Slip("delta4", Steps(output_delta=rounded_up(lambda z, a, y: a - y))),
    "derivative: missing": Slip("delta3", Steps(activation_derivative=lambda z, a: np.ones_like(a))),
    "derivative: at a": Slip(
        "delta3", Steps(activation_derivative=lambda z, a: of("tanh")(a, np.tanh(a))), activation="tanh"
    ),
    "derivative: squared": Slip("delta3", Steps(activation_derivative=lambda z, a: (a * (1 - a)) ** 2)),
    "derivative: of another activation": Slip("delta3", Steps(activation_derivative=of("tanh"))),
    "derivative: 1 + a for 1 - a": Slip("delta3", Steps(activation_derivative=lambda z, a: a * (1 + a))),
    "derivative: relu the wrong way round": Slip(
        "delta3", Steps(activation_derivative=lambda z, a: 1.0 * (z < 0)), activation="relu"
    ),
    "derivative: relative error 1e-6": Slip("delta3", Steps(activation_derivative=rounded_up(of("sigmoid")))),
    "hidden delta: f' missing": Slip("delta3", Steps(hidden_delta=lambda delta, W, slope: delta @ W)),
    "hidden delta: W missing": Slip(
        "delta2", Steps(hidden_delta=lambda delta, W, slope: (delta if W.shape == (4, 4) else delta @ W) * slope)
    ),
    "hidden delta: W not transposed": Slip(
        "delta2", Steps(hidden_delta=lambda delta, W, slope: (delta @ (W.T if W.shape == (4, 4) else W)) * slope)
    ),
    "hidden delta: |W|": Slip("delta3", Steps(hidden_delta=lambda delta, W, slope: (delta @ abs(W)) * slope)),
    "hidden delta: examples rolled": Slip(
        "delta3", Steps(hidden_delta=lambda delta, W, slope: np.roll(delta @ W, 1, axis=0) * slope)
    ),
    "hidden delta: relative error 1e-6": Slip("delta3", Steps(hidden_delta=rounded_up(hidden_delta))),
    "weights: 1/m missing": Slip("W3", Steps(weight_gradient=lambda delta, a: delta.T @ a)),
    "weights: 1/(m-1)": Slip("W3", Steps(weight_gradient=lambda delta, a: delta.T @ a / (len(a) - 1))),
    "weights: sign": Slip("W3", Steps(weight_gradient=lambda delta, a: -weight_gradient(delta, a))),
    "weights: first example left out": Slip("W3", Steps(weight_gradient=lambda delta, a: delta[1:].T @ a[1:] / len(a))),
    "weights: last example left out": Slip(
        "W3", Steps(weight_gradient=lambda delta, a: weight_gradient(delta[:-1], a[:-1]))
    ),
    "weights: transposed": Slip(
        "W2", Steps(weight_gradient=lambda delta, a: (a.T @ delta if delta.shape == a.shape else delta.T @ a) / len(a))
    ),
    "weights: relative error 1e-6": Slip("W3", Steps(weight_gradient=rounded_up(weight_gradient))),
    "biases: 1/m missing": Slip("b3", Steps(bias_gradient=lambda delta: delta.sum(axis=0))),
    "biases: mean over everything": Slip(
        "b3", Steps(bias_gradient=lambda delta: np.full(delta.shape[1], delta.mean()))
    ),
    "biases: of one example": Slip("b3", Steps(bias_gradient=lambda delta: delta[0])),
    "biases: relative error 1e-6": Slip("b3", Steps(bias_gradient=rounded_up(bias_gradient))),
    "decay: missing": Slip("W3", Steps(decay=lambda W, decay: np.zeros_like(W))),
    "decay: doubled": Slip("W3", Steps(decay=lambda W, decay: 2 * decay * W)),
    "decay: halved": Slip("W3", Steps(decay=lambda W, decay: decay * W / 2)),
    "decay: sign": Slip("W3", Steps(decay=lambda W, decay: -decay * W)),
    "decay: divided by m": Slip("W3", Steps(decay=lambda W, decay: decay * W / 5)),
    "decay: of |W|": Slip("W3", Steps(decay=lambda W, decay: decay * np.sign(W))),
    "decay: relative error 1e-6": Slip("W3", Steps(decay=rounded_up(decay_term))),
}


def with_decay_on_biases(case: Case, gradient: dict[str, Any]) -> dict[str, Any]:
    """The slip that no step can make: λ b added to the gradient of the biases."""
    parameters, decay = case.network.parameters, case.network.architecture.decay
    return {name: g + decay * parameters[name] if name.startswith("b") else g for name, g in gradient.items()}
