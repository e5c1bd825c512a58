"""The gradient by the δ recurrence, for all examples at once.

    δ^(L)        = ∂J(W, b; x, y)/∂z^(L)               N10, or the δ of another output head
    δ^(l)        = (W^(l)ᵀ δ^(l+1)) · f'(z^(l))        N14
    ∂J/∂W^(l)    = mean over examples of δ^(l+1) a^(l)ᵀ, + λ W^(l)       N15, N16, N7
    ∂J/∂b^(l)    = mean over examples of δ^(l+1)                         N17, N8

``literal.py`` has the same formulas as the notes write them: one example, one neuron, one weight at a time.
"""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_bp.network.architecture import Architecture, Array, Parameters


def hidden_delta(delta: Array, W: Array, slope: Array) -> Array:
    """N14, δ_i^(l) = Σ_j W_ji^(l) δ_j^(l+1) f'(z_i^(l)).

    ``delta`` is δ^(l+1), shape (m, S_{l+1}); ``W`` is W^(l), shape (S_{l+1}, S_l); ``slope`` is f'(z^(l)), and the
    result δ^(l), shape (m, S_l).
    """
    return (delta @ W) * slope


def weight_gradient(delta: Array, a: Array) -> Array:
    """N15 and the mean of N7: 1/m Σ δ_i^(l+1) a_j^(l) over the examples, without decay.

    ``delta`` is δ^(l+1), shape (m, S_{l+1}); ``a`` is a^(l), shape (m, S_l); the result has the shape of W^(l).
    """
    gradient: Array = delta.T @ a / len(a)
    return gradient


def bias_gradient(delta: Array) -> Array:
    """N17 and the mean of N8: 1/m Σ δ_i^(l+1) over the examples; ``delta`` is δ^(l+1), shape (m, S_{l+1})."""
    gradient: Array = np.mean(delta, axis=0)
    return gradient


def decay_term(W: Array, decay: float) -> Array:
    """The second term of N7, λ W^(l), which is added to the gradient of W^(l) and of no bias."""
    return decay * W


@dataclass(frozen=True)
class Steps:
    """The steps of the recurrence, each a function that may be replaced by another version of it.

    The defaults are the notes'. All arrays have one row for each example, except W and the gradients.

    activation_derivative(z, a)
        f'(z^(l)) of a hidden layer, shape (m, S_l). None: of the network's own activation.
    output_delta(z, a, y)
        δ^(L) from z^(L), a^(L) and the targets, shape (m, S_L). None: of the network's own output and cost.
    hidden_delta(delta, W, slope)
        δ^(l) from δ^(l+1), W^(l) and f'(z^(l)).
    weight_gradient(delta, a)
        ∂J/∂W^(l) without decay, from δ^(l+1) and a^(l).
    bias_gradient(delta)
        ∂J/∂b^(l) from δ^(l+1).
    decay(W, decay)
        What the decay λ adds to ∂J/∂W^(l).
    """

    activation_derivative: Callable[[Array, Array], Array] | None = None
    output_delta: Callable[[Array, Array, Array], Array] | None = None
    hidden_delta: Callable[[Array, Array, Array], Array] = hidden_delta
    weight_gradient: Callable[[Array, Array], Array] = weight_gradient
    bias_gradient: Callable[[Array], Array] = bias_gradient
    decay: Callable[[Array, float], Array] = decay_term


NOTES = Steps()
"""The steps as the notes have them."""


def recurrence(
    architecture: Architecture,
    parameters: Parameters,
    layers: Mapping[str, Any],
    Y: Array,
    steps: Steps = NOTES,
) -> dict[str, Array]:
    """Every δ^(l), one row for each example, and the gradient of J, from the last layer to the first:
    ``deltaL, W(L-1), b(L-1), …, delta2, W1, b1``.

    ``layers`` is what ``forward`` gave for these parameters.
    """
    L = architecture.depth
    derivative = steps.activation_derivative or architecture.hidden.derivative
    output_delta = steps.output_delta or architecture.head.delta
    result: dict[str, Array] = {}
    delta = output_delta(layers[f"z{L}"], layers[f"a{L}"], Y)
    for l in reversed(range(1, L)):
        W, a = parameters[f"W{l}"], layers[f"a{l}"]
        result[f"delta{l + 1}"] = delta
        result[f"W{l}"] = steps.weight_gradient(delta, a) + steps.decay(W, architecture.decay)
        result[f"b{l}"] = steps.bias_gradient(delta)
        if l > 1:
            delta = steps.hidden_delta(delta, W, derivative(layers[f"z{l}"], a))
    return result
