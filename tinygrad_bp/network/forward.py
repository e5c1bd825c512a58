"""The forward pass (N1, N2, N12) and the cost J(W, b) (N4, N5, N11), in plain NumPy.

An autodiff engine that understands NumPy differentiates both as they stand: nothing here asks what the parameters are,
turns them into something else, or writes into an array.
"""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_bp.network.architecture import Architecture, Array, Parameters

Name = Callable[[Any, str], Any]


def unnamed(value: Any, name: str) -> Any:
    """The value itself: the default ``name``."""
    return value


def forward(architecture: Architecture, parameters: Parameters, X: Array, name: Name = unnamed) -> dict[str, Any]:
    """z^(l) and a^(l) of every layer: ``a1`` = X, then ``z2 a2 z3 a3 …``, each of shape (m, S_l).

    ``name(value, "z2")`` is called on each z^(l) and a^(l) as it is made, and what it returns is used.
    """
    layers: dict[str, Any] = {"a1": X}
    for l in range(1, architecture.depth):
        f = architecture.head.f if l + 1 == architecture.depth else architecture.hidden.f
        z = layers[f"a{l}"] @ parameters[f"W{l}"].T + parameters[f"b{l}"]  # N1, N12, with the bias of N6 and N8
        layers[f"z{l + 1}"] = z = name(z, f"z{l + 1}")
        layers[f"a{l + 1}"] = name(f(z), f"a{l + 1}")  # N2
    return layers


def cost(architecture: Architecture, parameters: Parameters, X: Array, Y: Array, name: Name = unnamed) -> Any:
    """J(W, b), N4: the mean over the examples of one example's cost, and λ/2 of the sum of all squared weights."""
    layers = forward(architecture, parameters, X, name)
    J = np.mean(architecture.example_costs(layers, Y))
    if architecture.decay:
        weights = (parameters[f"W{l}"] for l in range(1, architecture.depth))
        J = J + 0.5 * architecture.decay * sum(np.sum(W * W) for W in weights)
    return J
