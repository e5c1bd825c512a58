"""A network of scalars, written once over whatever Value class is handed in (the architecture is micrograd's demo)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


class Neuron:
    def __init__(self, Value: Any, weights: Sequence[float], relu: bool) -> None:
        self.w = [Value(w) for w in weights]
        self.b = Value(0.0)
        self.relu = relu

    def __call__(self, x: Sequence[Any]) -> Any:
        z = self.b
        for w, x_j in zip(self.w, x, strict=True):
            z = z + w * x_j
        return z.relu() if self.relu else z

    def parameters(self) -> list[Any]:
        return [*self.w, self.b]


class Layer:
    def __init__(self, Value: Any, weights: Iterable[Sequence[float]], relu: bool) -> None:
        self.neurons = [Neuron(Value, row, relu) for row in weights]

    def __call__(self, x: Sequence[Any]) -> list[Any]:
        return [neuron(x) for neuron in self.neurons]

    def parameters(self) -> list[Any]:
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    """relu in the hidden layers; `weights` as nested lists, (out, in) for each layer; biases start at zero."""

    def __init__(self, Value: Any, weights: Sequence[Sequence[Sequence[float]]]) -> None:
        last = len(weights) - 1
        self.layers = [Layer(Value, W, relu=layer < last) for layer, W in enumerate(weights)]

    def __call__(self, x: Sequence[Any]) -> list[Any]:
        for layer in self.layers:
            x = layer(x)
        return list(x)

    def parameters(self) -> list[Any]:
        return [p for layer in self.layers for p in layer.parameters()]


def max_margin(Value: Any, model: MLP, X: list[list[float]], y: list[int]) -> Any:
    """Mean of relu(1 - yᵢ·score(xᵢ)), and 1e-4 times the sum of all squared parameters."""
    scores = [model([Value(x_j) for x_j in x])[0] for x in X]
    losses = [(1 + -y_i * score).relu() for y_i, score in zip(y, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    return data_loss + 1e-4 * sum(p * p for p in model.parameters())


def max_margin_of(parameters: Sequence[Sequence[Sequence[Any]]], X: list[list[float]], y: list[int]) -> Any:
    """The same cost as a function of the parameters: for each layer, for each neuron, its weights and then its bias."""
    last = len(parameters) - 1

    def score(x: Sequence[Any]) -> Any:
        for k, layer in enumerate(parameters):
            z = [sum((w * x_j for w, x_j in zip(neuron[:-1], x, strict=True)), neuron[-1]) for neuron in layer]
            x = [z_i.relu() for z_i in z] if k < last else z
        return x[0]

    losses = [(1 + -y_i * score(x)).relu() for x, y_i in zip(X, y, strict=True)]
    return sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for layer in parameters for n in layer for p in n)
