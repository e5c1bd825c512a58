"""The notes' gradient formulas as derivations: N10 and N14 to N17, each written out for a whole network.

What they are held against is the engine's derivation of the cost, as somebody's derivation by hand is. Each is in loops
over i and j, from the formula alone: it shares nothing with the recurrences of `network`. The cost is the squared error
of one example, of which 4.1 of the notes speaks and N15 writes J̄(w,b; x,y).
"""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..network import Network, forward
from ..recording import name
from .claim import Claim
from .claims import CLAIMS

SIZES = (3, 5, 4, 2)
"""The widths of the layers, all different: an index out of place is out of range or gives another number."""

Array = Any
ByHand = Callable[[dict[str, Array], Array, Array], dict[str, Array]]


@dataclass(frozen=True)
class NotesDerivation:
    """One of the notes' formulas as a derivation by hand.

    id, formula  of the claim, as written or as corrected
    written      whether as written
    cost, by_hand, arguments
                 as `compare` takes them
    """

    id: str
    formula: str
    written: bool
    cost: Callable[..., Any]
    by_hand: ByHand
    arguments: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.id} as {'written' if self.written else 'corrected'}"


class Layers:
    """z, a, f' and the parameters of one example in a sigmoid network, by layer, counted as in the notes."""

    def __init__(self, parameters: dict[str, Array], X: Array, Y: Array) -> None:
        self.L = len(parameters) // 2 + 1
        self.W = {l: parameters[f"W{l}"] for l in range(1, self.L)}
        self.a, self.slope = {1: X[0]}, {}
        for l in range(1, self.L):
            z = np.array([sum(w * a for w, a in zip(row, self.a[l], strict=True)) for row in self.W[l]])
            a = 1 / (1 + np.exp(-(z + parameters[f"b{l}"])))
            self.a[l + 1], self.slope[l + 1] = a, a * (1 - a)
        self.y = Y[0]

    def delta(self) -> dict[int, Array]:
        """δ^(l) by N10 and N14."""
        found = {self.L: (self.y - self.a[self.L]) * -self.slope[self.L]}
        for l in reversed(range(2, self.L)):
            S, S_next = len(self.a[l]), len(self.a[l + 1])
            sums = [sum(self.W[l][j, i] * found[l + 1][j] for j in range(S_next)) for i in range(S)]
            found[l] = np.array(sums) * self.slope[l]
        return found

    def by_activation(self) -> dict[int, Array]:
        """∂J/∂a^(l), the «neuron activation 对 general loss 的 sensitivity» of N13, by the chain rule through z."""
        found = {self.L: self.a[self.L] - self.y}
        for l in reversed(range(2, self.L)):
            S, S_next = len(self.a[l]), len(self.a[l + 1])
            through = found[l + 1] * self.slope[l + 1]
            found[l] = np.array([sum(self.W[l][j, i] * through[j] for j in range(S_next)) for i in range(S)])
        return found

    def by_weights(self, delta: dict[int, Array]) -> dict[str, Array]:
        """δ_i^(l+1) a_j^(l)."""
        return {f"W{l}": np.array([[d * a for a in self.a[l]] for d in delta[l + 1]]) for l in range(1, self.L)}


def one_row(symbol: str, by_layer: dict[int, Array]) -> dict[str, Array]:
    """By name, with the row that the one example is."""
    return {f"{symbol}{l}": np.array([row]) for l, row in by_layer.items()}


def n10(parameters: dict[str, Array], X: Array, Y: Array) -> dict[str, Array]:
    """∂ ½‖y − h(x)‖² / ∂z_i^(n) = (y_i − f(z_i^(n))) (−f'(z_i^(n)))"""
    layers = Layers(parameters, X, Y)
    return one_row("z", {layers.L: layers.delta()[layers.L]})


def n14(parameters: dict[str, Array], X: Array, Y: Array) -> dict[str, Array]:
    """δ_i^(l) = Σ_j w_ji^(l) δ_j^(l+1) f'(z_i^(l)), from N10"""
    return one_row("z", Layers(parameters, X, Y).delta())


def n15(parameters: dict[str, Array], X: Array, Y: Array) -> dict[str, Array]:
    """∂J/∂w_ij^(l) = a_j^(l) δ_i^(l+1), with δ = ∂J/∂z: N15, and N16 as corrected"""
    layers = Layers(parameters, X, Y)
    delta = layers.delta()
    return {**one_row("z", delta), **layers.by_weights(delta)}


def n16(parameters: dict[str, Array], X: Array, Y: Array) -> dict[str, Array]:
    """∂J/∂w = (∂J/∂a) ∂a/∂w = δ_i^(l+1) a_j^(l): δ in the place of ∂J/∂a, as N13 has it in words"""
    layers = Layers(parameters, X, Y)
    delta = layers.by_activation()
    return {**one_row("a", delta), **layers.by_weights(delta)}


def n17(parameters: dict[str, Array], X: Array, Y: Array) -> dict[str, Array]:
    """∂J/∂b = (∂J/∂a) (∂a/∂b), where ∂a_i/∂b_i = f'(z_i)"""
    layers = Layers(parameters, X, Y)
    sensitivity = layers.by_activation()
    biases = {f"b{l - 1}": sensitivity[l] * layers.slope[l] for l in sensitivity}
    return {**one_row("a", sensitivity), **biases}


FORMULAS: dict[str, tuple[ByHand, ByHand]] = {
    "N10": (n10, n10),
    "N14": (n14, n14),
    "N15": (n15, n15),
    "N16": (n16, n15),
    "N17": (n17, n17),
}
"""By number, the derivation as written and as corrected."""


def derivations(seed: int = 0) -> list[NotesDerivation]:
    """The notes' derivations at one example in a random network, as written and as corrected, in order."""
    random = np.random.default_rng(seed)
    network = Network(SIZES, output="sigmoid", cost="squared-error", seed=int(random.integers(2**31)))
    with_biases = {
        key: p if key.startswith("W") else random.normal(0, 0.5, p.shape) for key, p in network.parameters.items()
    }
    arguments = (with_biases, random.normal(size=(1, SIZES[0])), random.uniform(size=(1, SIZES[-1])))

    def cost(parameters: Any, X: Any, Y: Any) -> Any:
        return forward.cost(network.architecture, parameters, X, Y, name)

    claims: dict[str, Claim] = {claim.id: claim for claim in CLAIMS}
    found = []
    for id, both in FORMULAS.items():
        claim = claims[id]
        for written, by_hand in zip((True, False), both, strict=True):
            formula = claim.formula if written or claim.corrected is None else claim.corrected.formula
            found.append(NotesDerivation(id, formula, written, cost, by_hand, arguments))
    return found
