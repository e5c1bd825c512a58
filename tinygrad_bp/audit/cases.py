"""The networks that the claims are tried on, and what is true of them.

Values are those of the package's network (`network.Network`), and every ∂ is the engine's, applied to that network's
cost: the hand-derived δ recurrence enters nowhere but in the step of gradient descent.
"""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt

from ..jacobians import jacobian
from ..network import Network
from ..rules.activations import sigmoid, softmax, softplus
from ..transforms import grad, vjp
from .readings import Head

Array = npt.NDArray[Any]
Method = TypeVar("Method", bound=Callable[..., Any])

FUNCTIONS: dict[str, Any] = {"sigmoid": sigmoid, "tanh": np.tanh, "softplus": softplus, "softmax": softmax}
"""Activations as the engine has them; the network has its own. All are smooth, with f' ≠ 0 and f' ≠ 1."""

SHAPES = (("sigmoid", 4, 3), ("tanh", 5, 2), ("softplus", 4, 2))
"""f, L and m of the networks: two hidden layers or more, two examples or more."""

NARROWEST = 3
"""The widths of the layers are this and the next L - 1 numbers, in random order: an index out of place is out of range
or gives another number, and no agreement is an accident.
"""


class Cost(NamedTuple):
    """Which cost: that of one example (counted from 1), or the mean over all (None); with the decay, or without."""

    example: int | None
    decayed: bool

    @property
    def rows(self) -> slice:
        return slice(None) if self.example is None else slice(self.example - 1, self.example)


J = Cost(None, decayed=True)
"""J(w,b), N4."""

MEAN = Cost(None, decayed=False)


def one_example(e: int) -> Cost:
    """J(w,b; x^(e), y^(e)): what N4 takes the mean of, without decay."""
    return Cost(e, decayed=False)


class Case:
    """A random network with biases, decay and examples, from which networks with any head can be made.

    All numbers are float32 numbers, and targets are in 64ths that add up to 1: the same network can be computed in
    float32 and float64, and the same targets suit every head.
    """

    def __init__(self, random: np.random.Generator, f: str, L: int, m: int) -> None:
        self.f, self.m = f, m
        self.sizes: tuple[int, ...] = tuple((NARROWEST + random.permutation(L)).tolist())
        self.decay, self.learning_rate = (float(x) / 64 for x in random.integers(16, 64, 2))
        self.parameters: dict[str, Array] = {}
        for l, (S, S_next) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), start=1):
            self.parameters[f"W{l}"] = random.normal(0.0, S**-0.5, (S_next, S)).astype(np.float32)
            self.parameters[f"b{l}"] = random.normal(0.0, 0.5, S_next).astype(np.float32)
        self.X = random.normal(0.0, 1.0, (m, self.sizes[0])).astype(np.float32)
        self.Y = (random.multinomial(64, np.full(self.sizes[-1], 1 / self.sizes[-1]), m) / 64).astype(np.float32)
        self._truths: dict[Any, Truth] = {}

    def truth(self, head: Head, biases: bool, dtype: type[np.floating[Any]]) -> Truth:
        """What is true of the network with this head, with its biases or with none, computed in this precision."""
        key = head, biases, dtype
        if key not in self._truths:
            self._truths[key] = Truth(self, head, biases, dtype)
        return self._truths[key]


def random_cases(seed: int) -> list[Case]:
    """The networks of one audit."""
    random = np.random.default_rng(seed)
    return [Case(random, f, L, m) for f, L, m in SHAPES]


def once(method: Method) -> Method:
    """A method of Truth that computes each of its results once."""

    @functools.wraps(method)
    def remembered(self: Truth, *arguments: Any) -> Any:
        key = method.__name__, *arguments
        if key not in self.found:
            self.found[key] = method(self, *arguments)
        return self.found[key]

    return cast(Method, remembered)


class Truth:
    """Values and derivatives of one network in one precision, by the names of `Network`: W1 b1 z2 a2 …"""

    def __init__(self, case: Case, head: Head, biases: bool, dtype: type[np.floating[Any]]) -> None:
        self.case, self.head = case, head
        self.output = head.output or case.f
        self.parameters = {
            name: (p if biases or name.startswith("W") else 0 * p).astype(dtype) for name, p in case.parameters.items()
        }
        self.X, self.Y = case.X.astype(dtype), case.Y.astype(dtype)
        self.found: dict[Any, Any] = {}

    @once
    def network(self, decayed: bool) -> Network:
        """The network, with the decay λ or without."""
        decay = self.case.decay if decayed else 0.0
        network = Network(
            self.case.sizes, activation=self.case.f, output=self.output, cost=self.head.cost, decay=decay, seed=0
        )
        network.parameters = dict(self.parameters)
        return network

    def cost(self, of: Cost, parameters: Any, shifts: Any = None, seen: dict[str, Any] | None = None) -> Any:
        """The cost as a function of the parameters and of `shifts`, which are added to every z^(l) and a^(l); these are
        left in `seen`.
        """

        def name(value: Any, name: str) -> Any:
            value = value if shifts is None else value + shifts[name]
            if seen is not None:
                seen[name] = value
            return value

        return self.network(of.decayed).cost(parameters, self.X[of.rows], self.Y[of.rows], name)

    def layers(self, of: Cost, parameters: Any) -> dict[str, Any]:
        """z^(l) and a^(l) of the examples of a cost, as functions of the parameters."""
        seen: dict[str, Any] = {}
        self.cost(of, parameters, seen=seen)
        return seen

    @once
    def value(self, of: Cost) -> Any:
        """The cost."""
        return self.cost(of, self.parameters)

    @once
    def values(self) -> dict[str, Array]:
        """z^(l) and a^(l), a row for each example."""
        return {"a1": self.X, **self.layers(J, self.parameters)}

    @once
    def outputs(self) -> Array:
        """h(x), a row for each example."""
        return self.network(True).outputs(self.X)

    @once
    def after_step(self) -> dict[str, Array]:
        """The parameters after a step of gradient descent on all examples, as the network itself takes it."""
        network = copy.copy(self.network(True))
        network.fit(self.X, self.Y, epochs=1, learning_rate=self.case.learning_rate)
        return network.parameters

    @once
    def gradient(self, of: Cost) -> dict[str, Array]:
        """∂cost/∂W^(l) and ∂cost/∂b^(l)."""
        found: dict[str, Array] = grad(lambda parameters: self.cost(of, parameters))(self.parameters)
        return found

    @once
    def sensitivities(self, of: Cost) -> dict[str, Array]:
        """∂cost/∂z^(l) and ∂cost/∂a^(l), a row for each example of the cost. Without a^(L) for cross-entropy, which the
        network computes from z^(L).
        """
        shifts = {name: np.zeros_like(value[of.rows]) for name, value in self.values().items() if name != "a1"}
        found: dict[str, Array] = grad(lambda shifts: self.cost(of, self.parameters, shifts))(shifts)
        if self.head.cost == "cross-entropy":
            del found[f"a{len(self.case.sizes)}"]
        return found

    @once
    def chain(self, of: Cost, q: str) -> dict[str, Array]:
        """(∂cost/∂q) (∂q/∂W^(l)) and (∂cost/∂q) (∂q/∂b^(l)), where q is the name of a z^(l) or a^(l); the product runs
        over all neurons of that layer and all examples of the cost.
        """
        _, pullback = vjp(lambda parameters: self.layers(of, parameters)[q], self.parameters)
        found: dict[str, Array] = pullback(self.sensitivities(of)[q])[0]
        return found

    def function(self, l: int) -> Any:
        """f of layer l, for the z of one example."""
        return FUNCTIONS[self.output if l == len(self.case.sizes) else self.case.f]

    @once
    def slopes(self, l: int, e: int) -> Array:
        """∂a_k^(l)/∂z_i^(l) for all k and i, at example e."""
        found: Array = jacobian(self.function(l))(self.values()[f"z{l}"][e - 1])
        return found
