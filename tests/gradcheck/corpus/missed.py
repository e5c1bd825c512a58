"""Cases that were missed once; they stay.

right      right gradients that a check before this one called wrong (or all but): networks in whose arithmetic most
           digits are lost, a saturated float32 network whose mean never moves, mixed precision
smooth     functions of one number (`statistics.smooth`) whose derivative was outside its bound, called wrong, or which
           stopped the check: growth by e⁵³ within a step, staircases, waves finer than the spacing of numbers,
           derivatives below 1e-300
scaled     networks of a cost whose square over- or underflows
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_bp as t

from . import networks

Right = tuple[Callable[[Any], Any], Any, "Callable[[Any], Any] | None", float]

#: seeds of `right`
RIGHT = (1166, 1232, 1346, 1568, 1664, 5654, 20105, 20171, 30314, 40416, 40503)
#: seeds of `statistics.smooth`
SMOOTH = (
    [5, 246], [5, 282], [5, 1172], [5, 1718], [5, 2169], [6, 761], [6, 781], [7, 1684], [7, 1998], [8, 26], [8, 1097],
    [9, 1238], [10, 330], [11, 1787], [11, 1955], [11, 2405],
)  # fmt: skip
#: networks and scales of `scaled`
SCALED = (("mlp_tanh", 1e155), ("softmax_sigmoid", 1e155), ("attention", 1e200), ("mlp_tanh", 1e-200))


def right(seed: int) -> Right:
    """f, the point, its gradient (None: the engine's) and τ: drawn as they were when these were missed."""
    random = np.random.default_rng([seed, 5])
    dtype = np.float32 if random.random() < 0.5 else np.float64
    tau = (1e-6, 1e-3, 1e-4)[random.integers(0, 3)]
    if random.random() < 0.5:
        name = networks.NETWORKS[seed % 6]
        P, X, Y, c = networks.draw(name, random, (1, 1, 8, 30)[random.integers(0, 4)])
        P, X, Y = {k: v.astype(dtype) for k, v in P.items()}, X.astype(dtype), Y.astype(dtype)
        c = dict(c, scale=(1.0, 2.0**-40, 2.0**30)[random.integers(0, 3)])
        cost, gradient = getattr(networks, name + "_cost"), getattr(networks, name + "_gradient")
        by_hand = (lambda P: gradient(P, X, Y, c)) if random.random() < 0.7 else None
        return lambda P: cost(P, X, Y, c), P, by_hand, tau
    k = random.integers(0, 6)
    shape = (int(random.integers(1, 6)), int(random.integers(1, 6)))
    x = (random.normal(size=shape) * 10.0 ** random.integers(-2, 2)).astype(dtype)
    w = random.normal(size=shape).astype(dtype)
    functions: list[Callable[[Any], Any]] = [
        lambda x: np.sum(t.relu(x * w)),
        lambda x: np.max(x * w) + np.sum(np.abs(x)),
        lambda x: np.sum(np.maximum(x, w) * np.tanh(x)),
        lambda x: t.logsumexp(x * w),
        lambda x: np.sum(np.where(x > 0, x * x, np.sin(x) * w)),
        lambda x: np.mean(t.sigmoid(x * w * 30)),
    ]
    return functions[k], x, None, tau


def scaled(network: str, scale: float, factor: float) -> tuple[Callable[[Any], Any], Any, Callable[[Any], Any]]:
    """f, the point, and its gradient, with the first array of it times `factor`."""
    P, X, Y, c = networks.draw(network, np.random.default_rng(1))
    c["scale"], first = scale, next(iter(P))
    cost, gradient = getattr(networks, network + "_cost"), getattr(networks, network + "_gradient")

    def by_hand(P: Any) -> Any:
        return {name: g * (factor if name == first else 1.0) for name, g in gradient(P, X, Y, c).items()}

    return lambda P: cost(P, X, Y, c), P, by_hand
