"""Networks with the gradient derived by hand, as people write it. The mutants are made from this file's syntax tree.

Each network is a pair of functions: `cost(P, X, Y, c)` and `gradient(P, X, Y, c)`, P a dict of parameters, c the
constants. `draw(name, random)` makes a point to check at.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Parameters = dict[str, Any]


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def mlp_tanh_cost(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    a1 = np.tanh(X @ P["W1"].T + P["b1"])
    a2 = np.tanh(a1 @ P["W2"].T + P["b2"])
    z3 = a2 @ P["W3"].T + P["b3"]
    weights = np.sum(P["W1"] ** 2) + np.sum(P["W2"] ** 2) + np.sum(P["W3"] ** 2)
    return c["scale"] * (np.sum((z3 - Y) ** 2) / (2 * len(X)) + c["decay"] / 2 * weights)


def mlp_tanh_gradient(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    m, decay = len(X), c["decay"]
    a1 = np.tanh(X @ P["W1"].T + P["b1"])
    a2 = np.tanh(a1 @ P["W2"].T + P["b2"])
    z3 = a2 @ P["W3"].T + P["b3"]
    d3 = z3 - Y
    d2 = (d3 @ P["W3"]) * (1 - a2**2)
    d1 = (d2 @ P["W2"]) * (1 - a1**2)
    G = {
        "W1": d1.T @ X / m + decay * P["W1"],
        "b1": np.sum(d1, axis=0) / m,
        "W2": d2.T @ a1 / m + decay * P["W2"],
        "b2": np.sum(d2, axis=0) / m,
        "W3": d3.T @ a2 / m + decay * P["W3"],
        "b3": np.sum(d3, axis=0) / m,
    }
    return {name: c["scale"] * G[name] for name in P}


def softmax_sigmoid_cost(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    a = sigmoid(X @ P["W1"].T + P["b1"])
    z = a @ P["W2"].T + P["b2"]
    z = z - np.max(z, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return c["scale"] * (-np.sum(Y * log_p) / len(X) + c["decay"] / 2 * (np.sum(P["W1"] ** 2) + np.sum(P["W2"] ** 2)))


def softmax_sigmoid_gradient(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    m = len(X)
    a = sigmoid(X @ P["W1"].T + P["b1"])
    z = a @ P["W2"].T + P["b2"]
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    d2 = (p - Y) / m
    d1 = (d2 @ P["W2"]) * a * (1 - a)
    return {
        "W1": c["scale"] * (d1.T @ X + c["decay"] * P["W1"]),
        "b1": c["scale"] * np.sum(d1, axis=0),
        "W2": c["scale"] * (d2.T @ a + c["decay"] * P["W2"]),
        "b2": c["scale"] * np.sum(d2, axis=0),
    }


def relu_network_cost(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    a1 = np.maximum(X @ P["W1"].T + P["b1"], 0)
    a2 = np.maximum(a1 @ P["W2"].T + P["b2"], 0)
    h = sigmoid(a2 @ P["W3"].T + P["b3"])
    return c["scale"] * np.mean(-Y * np.log(h) - (1 - Y) * np.log(1 - h))


def relu_network_gradient(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    z1 = X @ P["W1"].T + P["b1"]
    a1 = np.maximum(z1, 0)
    z2 = a1 @ P["W2"].T + P["b2"]
    a2 = np.maximum(z2, 0)
    h = sigmoid(a2 @ P["W3"].T + P["b3"])
    d3 = c["scale"] * (h - Y) / Y.size
    d2 = (d3 @ P["W3"]) * (z2 > 0)
    d1 = (d2 @ P["W2"]) * (z1 > 0)
    return {
        "W1": d1.T @ X,
        "b1": np.sum(d1, axis=0),
        "W2": d2.T @ a1,
        "b2": np.sum(d2, axis=0),
        "W3": d3.T @ a2,
        "b3": np.sum(d3, axis=0),
    }


def recurrent_cost(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    h = np.zeros((len(X), len(P["b"])))
    for t in range(X.shape[1]):
        h = np.tanh(X[:, t] @ P["U"].T + h @ P["W"].T + P["b"])
    return c["scale"] * 0.5 * np.mean((h @ P["v"] - Y) ** 2)


def recurrent_gradient(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    m, T = X.shape[0], X.shape[1]
    h = [np.zeros((m, len(P["b"])))]
    for t in range(T):
        h.append(np.tanh(X[:, t] @ P["U"].T + h[t] @ P["W"].T + P["b"]))
    error = (h[T] @ P["v"] - Y) / m
    G = {"U": np.zeros_like(P["U"]), "W": np.zeros_like(P["W"]), "b": np.zeros_like(P["b"]), "v": h[T].T @ error}
    dh = np.outer(error, P["v"])
    for t in reversed(range(T)):
        dz = dh * (1 - h[t + 1] ** 2)
        G["U"] += dz.T @ X[:, t]
        G["W"] += dz.T @ h[t]
        G["b"] += np.sum(dz, axis=0)
        dh = dz @ P["W"]
    return {name: c["scale"] * G[name] for name in P}


def normalised_cost(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    z = X @ P["W"].T
    mean = np.mean(z, axis=0)
    deviation = np.sqrt(np.mean((z - mean) ** 2, axis=0) + c["epsilon"])
    n = (z - mean) / deviation
    a = np.tanh(P["gamma"] * n + P["beta"])
    return c["scale"] * 0.5 * np.sum((a @ P["v"] - Y) ** 2) / len(X)


def normalised_gradient(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    m = len(X)
    z = X @ P["W"].T
    mean = np.mean(z, axis=0)
    deviation = np.sqrt(np.mean((z - mean) ** 2, axis=0) + c["epsilon"])
    n = (z - mean) / deviation
    a = np.tanh(P["gamma"] * n + P["beta"])
    error = c["scale"] * (a @ P["v"] - Y) / m
    dy = np.outer(error, P["v"]) * (1 - a**2)
    dn = dy * P["gamma"]
    dz = (dn - np.mean(dn, axis=0) - n * np.mean(dn * n, axis=0)) / deviation
    return {
        "W": dz.T @ X,
        "gamma": np.sum(dy * n, axis=0),
        "beta": np.sum(dy, axis=0),
        "v": a.T @ error,
    }


def attention_cost(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    s = (X @ P["Q"]) @ (X @ P["K"]).T / np.sqrt(P["Q"].shape[1])
    e = np.exp(s - np.max(s, axis=1, keepdims=True))
    A = e / np.sum(e, axis=1, keepdims=True)
    return c["scale"] * 0.5 * np.mean((A @ (X @ P["V"]) - Y) ** 2)


def attention_gradient(P: Parameters, X: Any, Y: Any, c: Any) -> Any:
    q, k, v = X @ P["Q"], X @ P["K"], X @ P["V"]
    root = np.sqrt(P["Q"].shape[1])
    s = q @ k.T / root
    e = np.exp(s - np.max(s, axis=1, keepdims=True))
    A = e / np.sum(e, axis=1, keepdims=True)
    do = c["scale"] * (A @ v - Y) / Y.size
    dA = do @ v.T
    ds = A * (dA - np.sum(dA * A, axis=1, keepdims=True)) / root
    return {"Q": X.T @ (ds @ k), "K": X.T @ (ds.T @ q), "V": X.T @ (A.T @ do)}


NETWORKS = ("mlp_tanh", "softmax_sigmoid", "relu_network", "recurrent", "normalised", "attention")
SMOOTH = tuple(name for name in NETWORKS if name != "relu_network")


def draw(
    name: str, random: np.random.Generator, saturation: float = 1.0
) -> tuple[Parameters, Any, Any, dict[str, float]]:
    """P, X, Y and c of a network, sizes and numbers drawn; `saturation` multiplies the first weights."""
    m, i, h, k, o = (int(n) for n in random.integers(3, 8, 5))
    r = random.standard_normal
    constants = {"scale": 1.0, "decay": 0.1, "epsilon": 1e-5}
    X, square = r((m, i)), bool(random.random() < 0.3)
    if square:  # so that a transposed matrix has the right shape
        h = k = i
    if name == "mlp_tanh":
        P = {
            "W1": r((h, i)) / i**0.5,
            "b1": r(h) / 4,
            "W2": r((k, h)) / h**0.5,
            "b2": r(k) / 4,
            "W3": r((o, k)),
            "b3": r(o),
        }
        Y = r((m, o))
    elif name == "softmax_sigmoid":
        P = {"W1": r((h, i)), "b1": r(h) / 4, "W2": r((o, h)), "b2": r(o) / 4}
        Y = np.eye(o)[random.integers(0, o, m)]
    elif name == "relu_network":
        P = {
            "W1": r((h, i)),
            "b1": r(h) / 4,
            "W2": r((k, h)) / h**0.5,
            "b2": r(k) / 4,
            "W3": r((o, k)) / k**0.5,
            "b3": r(o),
        }
        Y = random.integers(0, 2, (m, o)).astype(float)
    elif name == "recurrent":
        X = r((m, 4, i))
        P = {"U": r((h, i)) / i**0.5, "W": r((h, h)) / h**0.5, "b": r(h) / 4, "v": r(h)}
        Y = r(m)
    elif name == "normalised":
        P = {"W": r((h, i)), "gamma": 1 + r(h) / 4, "beta": r(h) / 4, "v": r(h)}
        Y = r(m)
    else:
        P = {"Q": r((i, h)), "K": r((i, h)), "V": r((i, k))}
        Y = r((m, k))
    first = next(iter(P))
    P[first] = saturation * P[first]
    return P, X, Y, constants
