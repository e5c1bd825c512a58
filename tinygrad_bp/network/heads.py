"""The output heads (N3): for each output activation and cost, one example's cost J(W, b; x, y) and its δ^(L).

All take z and a = f(z) of the output layer and the targets y, each of shape (m, S_L), one row for each example.
Cross-entropy is computed from z, never as the logarithm of a vanishing a.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinygrad_bp.network.activations import ACTIVATIONS, log_softmax, softmax, softplus


class Head(NamedTuple):
    """The output layer: ``f(z)``, ``example_costs(z, a, y)`` of shape (m,), and ``delta(z, a, y)`` = ∂cost/∂z."""

    f: Callable[[Any], Any]
    example_costs: Callable[[Any, Any, Any], Any]
    delta: Callable[[Any, Any, Any], Any]


def squared_error(z: Any, a: Any, y: Any) -> Any:
    """½ ‖a - y‖² (N5)."""
    error = a - y
    return 0.5 * np.sum(error * error, axis=1)


def softmax_cross_entropy(z: Any, a: Any, y: Any) -> Any:
    """-Σ_k y_k log a_k, a = softmax(z)."""
    return -np.sum(y * log_softmax(z), axis=1)


def sigmoid_cross_entropy(z: Any, a: Any, y: Any) -> Any:
    """-Σ_k (y_k log a_k + (1 - y_k) log(1 - a_k)); log a = -softplus(-z) and log(1 - a) = -softplus(z)."""
    return np.sum(y * softplus(-z) + (1.0 - y) * softplus(z), axis=1)


def cross_entropy_delta(z: Any, a: Any, y: Any) -> Any:
    """a - y, for softmax (where the y of an example add up to 1) and for sigmoid alike."""
    return a - y


def softmax_squared_error_delta(z: Any, a: Any, y: Any) -> Any:
    """Σ_k (a_k - y_k) ∂a_k/∂z_i with the whole Jacobian of softmax, ∂a_k/∂z_i = a_k (1[i = k] - a_i)."""
    error = a - y
    return a * (error - np.sum(error * a, axis=1, keepdims=True))


def squared_error_head(output: str) -> Head:
    """Squared error on an elementwise output f, whose δ is N10: (y - f(z)) (-f'(z))."""
    f, derivative = ACTIVATIONS[output]
    return Head(f, squared_error, lambda z, a, y: (a - y) * derivative(z, a))


HEADS = {
    ("softmax", "cross-entropy"): Head(softmax, softmax_cross_entropy, cross_entropy_delta),
    ("sigmoid", "cross-entropy"): Head(ACTIVATIONS["sigmoid"].f, sigmoid_cross_entropy, cross_entropy_delta),
    ("softmax", "squared-error"): Head(softmax, squared_error, softmax_squared_error_delta),
    **{(output, "squared-error"): squared_error_head(output) for output in ACTIVATIONS},
}
"""Every output head by its (output, cost)."""
