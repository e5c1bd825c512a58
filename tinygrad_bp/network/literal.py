"""The δ recurrence as the notes write it: one example at a time, loops over i and j, plain Python numbers.

It shares no line with the vectorised forward pass and recurrence, so that their agreement means something; only the
names of the activations and the choice of head are common. Layers l and the symbols W, b, z, a, S, δ are the notes';
neurons i and j count from 0. Where the notes have slips, the formula is the corrected one: N1 and N12 with the bias,
N16 and N17 with δ = ∂J/∂z.
"""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tinygrad_bp.network.activations import LEAKY_SLOPE
from tinygrad_bp.network.architecture import Architecture, Array, Parameters

Vector = list[float]
Matrix = list[Vector]


def sigmoid(z: float) -> float:
    """1 / (1 + e^-z), by the branch whose exponential does not overflow."""
    return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(z) / (1.0 + math.exp(z))


ACTIVATION: dict[str, Callable[[float], float]] = {
    "sigmoid": sigmoid,
    "tanh": math.tanh,
    "relu": lambda z: z if z > 0 else 0.0,
    "leaky_relu": lambda z: z if z > 0 else LEAKY_SLOPE * z,
    "softplus": lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
    "identity": lambda z: z,
}
DERIVATIVE: dict[str, Callable[[float], float]] = {
    "sigmoid": lambda z: sigmoid(z) * (1.0 - sigmoid(z)),
    "tanh": lambda z: 1.0 - math.tanh(z) ** 2,
    "relu": lambda z: 1.0 if z > 0 else 0.0,
    "leaky_relu": lambda z: 1.0 if z > 0 else LEAKY_SLOPE,
    "softplus": sigmoid,
    "identity": lambda z: 1.0,
}


def output_activation(output: str, z: Vector) -> Vector:
    """a^(L) = h(x): the output activation of every neuron (N2), or softmax over all of them (N3)."""
    if output != "softmax":
        return [ACTIVATION[output](z_i) for z_i in z]
    largest = max(z)
    total = sum(math.exp(z_k - largest) for z_k in z)
    return [math.exp(z_i - largest) / total for z_i in z]


def output_delta(output: str, cost: str, z: Vector, a: Vector, y: Vector) -> Vector:
    """δ^(L) of one example."""
    neurons = range(len(z))
    if cost == "cross-entropy":  # N3; the f' of sigmoid and the Jacobian of softmax cancel
        return [a[i] - y[i] for i in neurons]
    if output != "softmax":  # N10
        f_prime = DERIVATIVE[output]
        return [(y[i] - a[i]) * -f_prime(z[i]) for i in neurons]
    # N10, where every a_k depends on z_i: ∂a_k/∂z_i = a_k (1[i = k] - a_i)
    return [sum((y[k] - a[k]) * -(a[k] * ((i == k) - a[i])) for k in neurons) for i in neurons]


def gradient(architecture: Architecture, parameters: Parameters, X: Array, Y: Array) -> dict[str, Array]:
    """Every δ^(l), one row for each example, and the gradient of J, named and ordered as ``delta.recurrence`` has them.

    The sums run in double precision; the result has the parameters' type.
    """
    L = architecture.depth
    S = dict(enumerate(architecture.sizes, start=1))
    W: dict[int, Matrix] = {l: parameters[f"W{l}"].tolist() for l in range(1, L)}
    b: dict[int, Vector] = {l: parameters[f"b{l}"].tolist() for l in range(1, L)}
    f, f_prime = ACTIVATION[architecture.activation], DERIVATIVE[architecture.activation]
    m, decay = len(X), architecture.decay

    deltas: dict[int, Matrix] = {l: [] for l in range(2, L + 1)}
    sum_W: dict[int, Matrix] = {l: [[0.0] * S[l] for _ in range(S[l + 1])] for l in range(1, L)}
    sum_b: dict[int, Vector] = {l: [0.0] * S[l + 1] for l in range(1, L)}

    for x, y in zip(X.tolist(), Y.tolist(), strict=True):
        z: dict[int, Vector] = {}
        a: dict[int, Vector] = {1: x}
        for l in range(2, L + 1):
            z[l] = [
                sum(W[l - 1][i][j] * a[l - 1][j] for j in range(S[l - 1])) + b[l - 1][i]  # N1, N12
                for i in range(S[l])
            ]
            a[l] = [f(z[l][i]) for i in range(S[l])] if l < L else output_activation(architecture.output, z[L])  # N2

        delta = {L: output_delta(architecture.output, architecture.cost, z[L], a[L], y)}
        for l in range(L - 1, 1, -1):
            delta[l] = [
                sum(W[l][j][i] * delta[l + 1][j] for j in range(S[l + 1])) * f_prime(z[l][i])  # N14
                for i in range(S[l])
            ]

        for l in range(1, L):
            deltas[l + 1].append(delta[l + 1])
            for i in range(S[l + 1]):
                for j in range(S[l]):
                    sum_W[l][i][j] += a[l][j] * delta[l + 1][i]  # N15, N16
                sum_b[l][i] += delta[l + 1][i]  # N17, where ∂z/∂b = 1

    result: dict[str, Array] = {}
    for l in range(L - 1, 0, -1):
        result[f"delta{l + 1}"] = np.array(deltas[l + 1])
        result[f"W{l}"] = np.array(
            [
                [sum_W[l][i][j] / m + decay * W[l][i][j] for j in range(S[l])]  # N7
                for i in range(S[l + 1])
            ]
        )
        result[f"b{l}"] = np.array([sum_b[l][i] / m for i in range(S[l + 1])])  # N8
    dtype = architecture.real_dtype(parameters)
    return {name: array.astype(dtype) for name, array in result.items()}
