"""relu networks at points where several neurons are at the corner of relu, z = 0 exactly; their gradient by hand, with
relu′(0) = 0, and faults planted in it.

    dead      all inputs of the second hidden layer are dead, and its biases zero
    zero row  one example is zero, and so are the biases
    zeros     the first weights and biases are zero
    neuron    so are those of one neuron of each hidden layer
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

POINTS = ("dead", "zero row", "zeros", "neuron")
FAULTS: dict[str, Callable[[Any, int], Any]] = {
    "× 1.01": lambda part, layer: 1.01 * part,
    "sign": lambda part, layer: -part,
    "first layer × 2": lambda part, layer: part * (2 if layer == 1 else 1),
    "second layer × 1.5": lambda part, layer: part * (1.5 if layer == 2 else 1),
    "rows turned": lambda part, layer: part[::-1],
    "bias lost": lambda part, layer: 0 * part if part.ndim == 1 else part,
}


def draw(point: str, depth: int, seed: int, dtype: Any) -> tuple[dict[str, Any], Any, Any]:
    """P, X and Y: `depth` hidden layers and one output; four to six neurons each."""
    random = np.random.default_rng([seed, depth])
    sizes = [3, *(int(n) for n in random.integers(4, 7, depth)), 2]
    X, Y = random.standard_normal((5, 3)), random.standard_normal((5, 2))
    P = {}
    for layer in range(1, depth + 2):
        P[f"W{layer}"] = random.standard_normal((sizes[layer], sizes[layer - 1])) / np.sqrt(sizes[layer - 1] / 2)
        P[f"b{layer}"] = random.standard_normal(sizes[layer]) / 4
    if point == "dead":
        P["b1"], P["b2"] = P["b1"] - 50, 0 * P["b2"]
    elif point == "zero row":
        X[0] = 0
        P = {name: 0 * p if name[0] == "b" and name != f"b{depth + 1}" else p for name, p in P.items()}
    elif point == "zeros":
        P["W1"], P["b1"] = 0 * P["W1"], 0 * P["b1"]
    else:
        for layer in range(1, depth + 1):
            P[f"W{layer}"][0], P[f"b{layer}"][0] = 0, 0
    return {name: p.astype(dtype) for name, p in P.items()}, X.astype(dtype), Y.astype(dtype)


def cost(P: dict[str, Any], X: Any, Y: Any) -> Any:
    depth, a = len(P) // 2 - 1, X
    for layer in range(1, depth + 1):
        a = np.maximum(a @ P[f"W{layer}"].T + P[f"b{layer}"], 0)
    z = a @ P[f"W{depth + 1}"].T + P[f"b{depth + 1}"]
    return np.sum((z - Y) ** 2) / (2 * len(X))


def gradient(P: dict[str, Any], X: Any, Y: Any, fault: str | None = None) -> dict[str, Any]:
    depth, a = len(P) // 2 - 1, [X]
    for layer in range(1, depth + 1):
        a.append(np.maximum(a[-1] @ P[f"W{layer}"].T + P[f"b{layer}"], 0))
    δ = (a[-1] @ P[f"W{depth + 1}"].T + P[f"b{depth + 1}"] - Y) / len(X)
    G = {}
    for layer in range(depth + 1, 0, -1):
        G[f"W{layer}"], G[f"b{layer}"] = δ.T @ a[layer - 1], np.sum(δ, axis=0)
        δ = (δ @ P[f"W{layer}"]) * (a[layer - 1] > 0)
    return {name: FAULTS[fault](G[name], int(name[1:])) if fault else G[name] for name in P}
