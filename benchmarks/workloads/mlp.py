"""A training step of the notes' network: sigmoid, softmax cross-entropy, decay, gradient descent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np

from ..by_hand import TrainingStep
from ..case import Case, Entry, Numbers, Wanted, Workload
from ..environment import SLOW
from . import mlp_peers, mlp_replayed

Array = np.ndarray


@dataclass(frozen=True)
class Problem:
    """A network and one batch. Everything is drawn with one seed, in place: nothing large is freed on the way."""

    sizes: tuple[int, ...]
    examples: int
    rate: float = 0.01
    decay: float = 1e-4

    @cache  # noqa: B019 - kept for the process's life on purpose, so that no competitor's start frees it
    def data(self) -> tuple[list[Array], list[Array], Array, Array]:
        """Weights (out, in), biases, X (examples, in), integer labels."""
        rng = np.random.default_rng(0)
        weights = [rng.standard_normal((n_out, n_in)) for n_in, n_out in pairwise(self.sizes)]
        for W in weights:
            W /= np.sqrt(W.shape[1])
        biases = [rng.standard_normal(n) for n in self.sizes[1:]]
        X = rng.standard_normal((self.examples, self.sizes[0]))
        return weights, biases, X, rng.integers(0, self.sizes[-1], self.examples)

    def parameters(self) -> list[Array]:
        """W1 b1 W2 b2 …, copied."""
        weights, biases, _, _ = self.data()
        return [p.copy() for pair in zip(weights, biases, strict=True) for p in pair]

    def names(self) -> list[str]:
        return [f"{kind}{layer}" for layer in range(1, len(self.sizes)) for kind in "Wb"]

    def roundings(self) -> int:
        """One after another: each layer's products there and back, the sum over the examples, the decay's over W."""
        largest = max(n_in * n_out for n_in, n_out in pairwise(self.sizes))
        return 2 * sum(self.sizes) + 2 * self.examples + largest

    def one_hot(self) -> Array:
        """Labels as (examples, classes) of zeros and ones."""
        Y = np.zeros((self.examples, self.sizes[-1]))
        Y[np.arange(self.examples), self.data()[3]] = 1.0
        return Y

    def numbers(self, cost: float, gradients: list[Any], stepped: list[Any]) -> Numbers:
        """What is compared: the cost, its gradients, and the parameters after one step from there, if one was taken."""
        named = {"cost": np.asarray(cost)}
        named |= {f"∂cost/∂{name}": np.array(g) for name, g in zip(self.names(), gradients, strict=True)}
        after = zip(self.names(), stepped, strict=True) if stepped else ()
        return named | {f"{name} after a step": np.array(p) for name, p in after}


def expected(problem: Problem) -> Numbers:
    """By the notes' recurrence, written plainly."""
    parameters, (_, _, X, _) = problem.parameters(), problem.data()
    cost, gradients = _plain_gradients(parameters, X, problem.one_hot(), problem.decay)
    stepped = [p - problem.rate * g for p, g in zip(parameters, gradients, strict=True)]
    return problem.numbers(cost, gradients, stepped)


def _plain_gradients(parameters: list[Array], X: Array, Y: Array, decay: float) -> tuple[float, list[Array]]:
    weights, biases, m = parameters[::2], parameters[1::2], len(X)
    a = [X]
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        a.append(1 / (1 + np.exp(-(a[-1] @ W.T + b))))
    z = a[-1] @ weights[-1].T + biases[-1]
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    s = e.sum(axis=1, keepdims=True)
    cost = (np.log(s).sum() - (Y * z).sum()) / m + decay / 2 * sum(np.vdot(W, W) for W in weights)
    delta = (e / s - Y) / m
    gradients: list[Array] = []
    for layer in reversed(range(len(weights))):
        gradients = [delta.T @ a[layer] + decay * weights[layer], delta.sum(axis=0), *gradients]
        if layer:
            delta = delta @ weights[layer] * a[layer] * (1 - a[layer])
    return float(cost), gradients


def plain_numpy(problem: Problem) -> Case:
    """The derivation by hand without any care for memory: what an engine that evaluates eagerly could reach."""
    parameters, Y, (_, _, X, _) = problem.parameters(), problem.one_hot(), problem.data()

    def step() -> float:
        cost, gradients = _plain_gradients(parameters, X, Y, problem.decay)
        for p, g in zip(parameters, gradients, strict=True):
            p -= problem.rate * g
        return cost

    def results() -> Numbers:
        cost, gradients = _plain_gradients(parameters, X, Y, problem.decay)
        step()
        return problem.numbers(cost, gradients, parameters)

    return Case(results, step)


def by_hand(problem: Problem) -> Case:
    """The limit."""
    weights, biases, X, labels = problem.data()
    np.seterr(over="ignore")  # e^{-z} = inf gives the right 0
    hand = TrainingStep(weights, biases, X, labels, rate=problem.rate, decay=problem.decay)

    def results() -> Numbers:
        cost, gradients = hand.gradients()
        hand.step()
        return problem.numbers(cost, gradients, hand.parameters)

    return Case(results, hand.step)


def ours(problem: Problem) -> Case:
    """tinygrad_bp, as a user writes it: plain NumPy on Values that live as long as the training."""
    from tinygrad_bp import Value, constant, log_softmax, sigmoid

    parameters = [Value(p) for p in problem.parameters()]
    X, Y = constant(problem.data()[2]), constant(problem.one_hot())
    weights, biases, decay, rate, m = parameters[::2], parameters[1::2], problem.decay, problem.rate, len(X)
    *hidden, (W_out, b_out) = zip(weights, biases, strict=True)

    def cost() -> Any:
        a: Any = X
        for W, b in hidden:
            a = sigmoid(np.inner(a, W) + b)
        z = np.inner(a, W_out) + b_out
        return np.vdot(Y, log_softmax(z, axis=1)) / -m + decay / 2 * sum([np.vdot(W, W) for W in weights])

    def step() -> Any:
        loss = cost()
        loss.backward()
        for p in parameters:
            p.data -= rate * p.grad
            p.zero_grad()
        return loss

    def results() -> Numbers:
        loss = cost()
        loss.backward()
        gradients = [p.grad.copy() for p in parameters]
        for p in parameters:
            p.zero_grad()
        step()
        return problem.numbers(loss.item(), gradients, [p.data for p in parameters])

    return Case(results, step)


EAGER = {
    "autograd": mlp_peers.autograd,
    "MyGrad": mlp_peers.mygrad,
    "MyGrad, unguarded": mlp_peers.mygrad_unguarded,
    "PyTorch": mlp_peers.pytorch,
    "JAX": partial(mlp_replayed.jax_jit, compiled=False),
}
REPLAYED = {
    "tinygrad_bp jit": mlp_replayed.ours,
    "torch.compile": partial(mlp_peers.pytorch, compiled=True),
    "JAX jit": mlp_replayed.jax_jit,
    "tinygrad jit": partial(mlp_replayed.tinygrad, compiled=True),
}


def workload(
    name: str, sizes: tuple[int, ...], examples: int, at_most: float, replayed: float, *, slow: bool = False
) -> Workload:
    problem = Problem(sizes, examples)
    shape = "-".join(map(str, sizes))
    return Workload(
        name=name,
        title=f"training step {shape}, batch {examples}: sigmoid, softmax cross-entropy, decay, update; float64",
        reference="by_hand",
        expected=partial(expected, problem),
        entries=(
            Entry("by_hand", None, partial(by_hand, problem)),
            Entry("NumPy, plain", None, partial(plain_numpy, problem)),
            Entry("tinygrad_bp", "tinygrad_bp", partial(ours, problem)),
            *(
                Entry(peer, peer.split(",")[0], partial(build, problem), slow=peer in SLOW)
                for peer, build in (EAGER | REPLAYED).items()
            ),
        ),
        roundings=problem.roundings(),
        wanted=(
            Wanted("tinygrad_bp", "by_hand", at_most),
            *(Wanted("tinygrad_bp", peer, 1.0) for peer in EAGER),
            Wanted("tinygrad_bp jit", "by_hand", replayed),
            *(Wanted("tinygrad_bp jit", peer, 1.0) for peer in REPLAYED if peer != "tinygrad_bp jit"),
        ),
        unit="step",
        fresh=True,
        slow=slow,
    )


WORKLOADS = (
    workload("mlp", (784, 128, 10), 64, 1.2, 1.03),
    workload("tiny", (4, 8, 3), 16, 3.5, 1.1),
    workload("large", (1024, 2048, 2048, 1024), 256, 1.08, 1.02, slow=True),
)
