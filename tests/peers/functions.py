"""Functions written once over a NumPy-like namespace, and the arrays they are differentiated at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Shape = tuple[int, ...]

M, S = (3, 4), (3, 3)

ELEMENTWISE = (
    "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arctanh",
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "square", "reciprocal", "negative", "absolute",
    "sigmoid", "relu", "leaky_relu", "softplus", "sinc",
)  # fmt: skip

PAIRS = (
    "add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "logaddexp", "logaddexp2", "hypot",
    "arctan2",
)  # fmt: skip

#: name: (shapes of the arguments, the function over a namespace and arrays)
FUNCTIONS: dict[str, tuple[tuple[Shape, ...], Callable[..., Any]]] = {
    "arccosh": ((M,), lambda np, x: np.arccosh(x + 1.5)),
    "broadcasting": ((M, (4,), (3, 1)), lambda np, x, y, z: (x * y - z) / (y + z) + 2.0 * x - x / 3.0),
    "constant power": ((M,), lambda np, x: x**3 + x**-1.5 + x**0.5),
    "variable power": ((M, (4,)), lambda np, x, y: x**y),
    "clip": ((M,), lambda np, x: np.clip(x, 0.4, 0.7) * x),
    "where": ((M, M), lambda np, x, y: np.where(x > y, x * y, y - x)),
    "reuse": ((M,), lambda np, x: np.sin(x) * x + np.sin(x) ** 2 - x * x * x),
    "sum": ((M,), lambda np, x: np.sum(x, axis=0) ** 2),
    "sum, keepdims": ((M,), lambda np, x: x / np.sum(x, axis=1, keepdims=True)),
    "mean": ((M,), lambda np, x: np.mean(x, axis=1) ** 2),
    "amax": ((M,), lambda np, x: np.amax(x, axis=1) ** 2),
    "amin": ((M,), lambda np, x: np.amin(x, axis=0) ** 2),
    "prod": ((M,), lambda np, x: np.prod(x, axis=1)),
    "var": ((M,), lambda np, x: np.var(x, axis=1)),
    "std": ((M,), lambda np, x: np.std(x, axis=1)),
    "cumsum": ((M,), lambda np, x: np.cumsum(x, axis=1) ** 2),
    "cumprod": ((M,), lambda np, x: np.cumprod(x, axis=1)),
    "logsumexp": ((M,), lambda np, x: np.logsumexp(3.0 * x, axis=1)),
    "softmax": ((M,), lambda np, x: np.softmax(3.0 * x, axis=1) * x),
    "log_softmax": ((M,), lambda np, x: np.log_softmax(3.0 * x, axis=1) * x),
    "norm": ((M,), lambda np, x: np.linalg.norm(x) * x),
    "matmul": ((M, (4, 2)), lambda np, x, y: np.matmul(x, y) ** 2),
    "matmul, vector": ((M, (4,)), lambda np, x, y: (x @ y) ** 2),
    "matmul, stacked": (((2, 3, 4), (4, 2)), lambda np, x, y: np.matmul(x, y) ** 2),
    "dot": (((4,), (4,)), lambda np, x, y: np.dot(x, y) ** 2),
    "tensordot": (((2, 3, 4), (4, 3)), lambda np, x, y: np.tensordot(x, y, ((1, 2), (1, 0))) ** 2),
    "einsum": (((3, 4), (4, 2), (2,)), lambda np, x, y, z: np.einsum("ij,jk,k->i", x, y, z) ** 2),
    "einsum, trace": ((S,), lambda np, x: np.einsum("ii->i", x) ** 2),
    "inner": ((M, (2, 4)), lambda np, x, y: np.inner(x, y) ** 2),
    "outer": (((3,), (4,)), lambda np, x, y: np.outer(x, y) ** 2),
    "kron": (((2, 2), (2, 3)), lambda np, x, y: np.kron(x, y) ** 2),
    "cross": ((S, S), lambda np, x, y: np.cross(x, y) ** 2),
    "reshape": ((M,), lambda np, x: np.reshape(x, (2, 6)) @ np.reshape(x, (6, 2))),
    "transpose": (((2, 3, 4),), lambda np, x: np.transpose(x, (2, 0, 1)) ** 2),
    "T": ((M, M), lambda np, x, y: x @ y.T),
    "swapaxes": (((2, 3, 4),), lambda np, x: np.swapaxes(x, 0, 2) ** 2),
    "moveaxis": (((2, 3, 4),), lambda np, x: np.moveaxis(x, 0, 2) ** 2),
    "expand_dims": ((M,), lambda np, x: np.expand_dims(x, 1) * x),
    "squeeze": (((3, 1),), lambda np, x: np.squeeze(x, 1) * x),
    "broadcast_to": (((4,), M), lambda np, x, y: np.broadcast_to(x, (3, 4)) * y),
    "concatenate": ((M, (2, 4)), lambda np, x, y: np.concatenate([x, y, x], axis=0) ** 2),
    "stack": ((M, M), lambda np, x, y: np.stack([x, y], axis=1) ** 2),
    "flip": ((M,), lambda np, x: np.flip(x, (1,)) * x),
    "roll": ((M,), lambda np, x: np.roll(x, 2, 1) * x),
    "tril": ((M,), lambda np, x: np.tril(x, -1) * x),
    "triu": ((M,), lambda np, x: np.triu(x, 1) * x),
    "trace": ((S,), lambda np, x: np.trace(x) * x),
    "diagonal": ((S,), lambda np, x: np.diagonal(x, 1) ** 2),
    "sort": ((M,), lambda np, x: np.sort(x, axis=1) * x),
    "take_along_axis": ((M,), lambda np, x: np.take_along_axis(x, np.asarray([[0, 0, 3]] * 3), 1) ** 2),
    "index": ((M,), lambda np, x: x[1] * x[0, 1:2] + x[..., -1].sum()),
    "index, repeated": ((M,), lambda np, x: x[np.asarray([0, 2, 0])] ** 2),
    "loop of indices": (((5,),), lambda np, x: sum(x[i] * x[i + 1] for i in range(4))),
    "solve": ((S, S), lambda np, x, y: np.linalg.solve(x + 2.0 * EYE(np), y)),
    "inv": ((S,), lambda np, x: np.linalg.inv(x + 2.0 * EYE(np))),
    "det": ((S,), lambda np, x: np.linalg.det(x + 2.0 * EYE(np))),
    "slogdet": ((S,), lambda np, x: np.linalg.slogdet(x + 2.0 * EYE(np))[1]),
    "cholesky": ((S,), lambda np, x: np.linalg.cholesky(x @ x.T + EYE(np))),
    "network": (
        ((5, 4), (6, 4), (6,), (3, 6), (3,)),
        lambda np, X, W1, b1, W2, b2: np.logsumexp(np.tanh(X @ W1.T + b1) @ W2.T + b2, axis=1),
    ),
}
FUNCTIONS |= {name: ((M,), lambda np, x, name=name: getattr(np, name)(x)) for name in ELEMENTWISE}
FUNCTIONS |= {name: ((M, (4,)), lambda np, x, y, name=name: getattr(np, name)(x, y)) for name in PAIRS}


def EYE(namespace: Any) -> Any:
    """The unit matrix of order 3, as the namespace's own kind of array."""
    return namespace.eye(3, dtype=namespace.float64)


def arguments(name: str) -> tuple[np.ndarray, ...]:
    """Arrays in (0.2, 0.9), where every function is smooth; fixed for each function."""
    rng = np.random.default_rng(list(name.encode()))
    return tuple(rng.uniform(0.2, 0.9, shape) for shape in FUNCTIONS[name][0])


def scalar(name: str, namespace: Any) -> Callable[..., Any]:
    """The function followed by a weighted sum, so that no two entries stand for each other."""
    function = FUNCTIONS[name][1]

    def f(*arrays: Any) -> Any:
        y = function(namespace, *arrays)
        weights = np.random.default_rng(len(name)).normal(size=tuple(y.shape))
        return namespace.sum(y * namespace.asarray(weights))

    return f
