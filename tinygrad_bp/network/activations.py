"""The activations f of the notes (N2) and their derivatives f'.

An activation is plain NumPy of a shape that suits three readers: it is stable at any z; an automatic differentiation
of the formula as it stands is right at every z, also at exactly 0 (so a formula through ``abs`` will not do, whose
derivative at 0 is 0); and, where f is analytic, it takes complex z, which the complex-step derivative needs.
Float32 stays float32.

f' is stated in z and a = f(z), as one writes it by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

LEAKY_SLOPE = 0.01
"""The slope of leaky relu at z <= 0."""


def sigmoid(z: Any) -> Any:
    """1 / (1 + exp(-z)), written through tanh, which cannot overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def relu(z: Any) -> Any:
    """max(z, 0); its derivative at exactly 0 is 0."""
    return np.where(z > 0, z, 0.0)


def leaky_relu(z: Any) -> Any:
    """z where z > 0, else ``LEAKY_SLOPE`` z; its derivative at exactly 0 is ``LEAKY_SLOPE``."""
    return np.where(z > 0, z, LEAKY_SLOPE * z)


def softplus(z: Any) -> Any:
    """log(1 + exp(z)) as max(z, 0) + log(1 + exp(-|z|)); |z| through ``where`` keeps the derivative at 0, which is 1/2.

    ``np.logaddexp(0, z)`` is the same function, but takes no complex z.
    """
    return relu(z) + np.log1p(np.exp(np.where(z > 0, -z, z)))


def identity(z: Any) -> Any:
    """z itself."""
    return z


def softmax(z: Any) -> Any:
    """exp(z_i) / sum_k exp(z_k) in each row of z, shape (m, S)."""
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def log_softmax(z: Any) -> Any:
    """log(softmax(z)), row by row, without the logarithm of a vanishing softmax."""
    shifted = z - np.max(z, axis=1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))


class Activation(NamedTuple):
    """An activation: ``f(z)`` and ``derivative(z, a)`` = f'(z) where a = f(z), entry by entry."""

    f: Callable[[Any], Any]
    derivative: Callable[[Any, Any], Any]


ACTIVATIONS = {
    "sigmoid":    Activation(sigmoid,    lambda z, a: a * (1.0 - a)),
    "tanh":       Activation(np.tanh,    lambda z, a: 1.0 - a * a),
    "relu":       Activation(relu,       lambda z, a: np.where(z > 0, np.ones_like(z), 0.0)),
    "leaky_relu": Activation(leaky_relu, lambda z, a: np.where(z > 0, np.ones_like(z), LEAKY_SLOPE)),
    "softplus":   Activation(softplus,   lambda z, a: sigmoid(z)),
    "identity":   Activation(identity,   lambda z, a: np.ones_like(z)),
}  # fmt: skip
"""Every activation by name; each may also be the activation of the output layer."""
