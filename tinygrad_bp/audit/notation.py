"""The symbols of the notes, with the numbers that they stand for in one network at one example under one reading.

Layers, neurons and examples count from 1, as in the notes. A symbol with an index that its layer does not have, such as
w_19 of a layer of eight neurons, raises `Undefined`.
"""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

from typing import Any

import numpy as np

from .cases import MEAN, Case, Cost, J, one_example
from .readings import SOFTMAX_SQUARED_ERROR, SQUARED_ERROR, Head, Interpretation


class Undefined(LookupError):  # noqa: N818 (no error of the program's)
    """A formula names a quantity that does not exist."""


def to(n: int) -> range:
    """1, 2, …, n"""
    return range(1, n + 1)


def entry(array: Any, *indices: int) -> Any:
    """An entry of an array, indices counted from 1."""
    try:
        if min(indices) >= 1:
            return array[tuple([i - 1 for i in indices])]
    except IndexError:
        pass
    raise Undefined(f"there is no entry {indices} in an array of shape {array.shape}")


class Notation:
    """One network, one example (x, y) of it, one interpretation.

    L, S(l), m             layers, their widths, examples
    decay, learning_rate   λ and α
    J, Jxy, Jbar           the costs J(w,b), J(w,b; x,y) and J̄, which `value` and the derivatives are given
    reads(axis)            the reading on an axis, None as written
    truth                  where all numbers come from
    """

    def __init__(
        self, case: Case, head: Head, interpretation: Interpretation, dtype: type[np.floating[Any]], example: int = 1
    ) -> None:
        self._made_of = case, head, interpretation, dtype
        self.reads = interpretation
        self.truth = case.truth(head, interpretation("bias") != "absent", dtype)
        self.e, self.m, self.L = example, case.m, len(case.sizes)
        self.Jxy = one_example(example)
        self._others: dict[int, Notation] = {}
        self.decay, self.learning_rate = case.decay, case.learning_rate

    def at(self, e: int) -> Notation:
        """The same with example e as (x, y)."""
        if e not in self._others:
            if not 1 <= e <= self.m:
                raise Undefined(f"there is no example {e}")
            self._others[e] = Notation(*self._made_of, e)
        return self._others[e]

    def with_head(self, head: Head) -> Notation:
        """The same with another output head."""
        case, _, interpretation, dtype = self._made_of
        return Notation(case, head, interpretation, dtype, self.e)

    @property
    def third_head(self) -> Head:
        """The third head of N3, "或者用不同 softmax, 直接 square-error": as written, with a softmax."""
        return SQUARED_ERROR if self.reads("不同") == "不用" else SOFTMAX_SQUARED_ERROR

    def S(self, l: int) -> int:
        """S_l, the number of neurons in layer l."""
        if not 1 <= l <= self.L:
            raise Undefined(f"there is no layer {l}")
        return self._made_of[0].sizes[l - 1]

    # values

    def inputs(self, l: int) -> range:
        """The j of a sum over the neurons of layer l that feed a neuron of layer l + 1."""
        return range(0 if self.reads("bias") == "in the sum" else 1, self.S(l) + 1)

    def w(self, l: int, i: int, j: int) -> Any:
        """w_ij^(l), from neuron j of layer l to neuron i of layer l + 1 as N1 has it."""
        if j == 0 and self.reads("bias") == "in the sum":
            return self.b(l, i)
        return self._weight(self._parameter("W", l), i, j)

    def b(self, l: int, i: int) -> Any:
        """b_i^(l), the bias of neuron i of layer l + 1."""
        return entry(self._parameter("b", l), i)

    def z(self, l: int, i: int) -> Any:
        """z_i^(l)"""
        return entry(self._layer("z", l), i)

    def a(self, l: int, i: int) -> Any:
        """a_i^(l)"""
        if i == 0 and self.reads("bias") == "in the sum":
            return 1.0
        return entry(self._layer("a", l), i)

    def h(self, i: int) -> Any:
        """Entry i of h_{w,b}(x)."""
        return entry(self.truth.outputs()[self.e - 1], i)

    def y(self, i: int) -> Any:
        """y_i"""
        return entry(self.truth.Y[self.e - 1], i)

    def f(self, l: int, z: Any) -> Any:
        """The activation of layer l."""
        return self.truth.function(l)(z)

    def value(self, cost: Cost) -> Any:
        return self.truth.value(cost)

    def left_of_equals(self, symbol: str, l: int, *indices: int) -> Any:
        """What stands left of the = of N6: the same w or b as right of it, or under the reading that after the step."""
        if self.reads("=") == "assignment":
            return self.after_step(symbol, l, *indices)
        return self.w(l, *indices) if symbol == "w" else self.b(l, *indices)

    def after_step(self, symbol: str, l: int, *indices: int) -> Any:
        """w_ij^(l) or b_i^(l) after a step of gradient descent."""
        array = self._parameter("W" if symbol == "w" else "b", l, self.truth.after_step())
        return self._weight(array, *indices) if symbol == "w" else entry(array, *indices)

    # costs

    J = J

    @property
    def Jbar(self) -> Cost:
        """J̄ without arguments, which is J̄(w,b) of N11."""
        return {None: J, "one example": self.Jxy, "mean": MEAN}[self.reads("cost")]

    # what the sums of N4, N5, N7 and N8 leave open

    def bounds(self, k: int) -> tuple[int, int]:
        """n_1 and n_2 where i = 1..n_1 and j = 1..n_2 run over w_ji^(k). As written they are fixed numbers, and the
        largest for which every term exists are the best of these: smaller ones leave out more of the squares.
        """
        if self.reads("bounds") == "each layer's own":
            return self.S(k), self.S(k + 1)
        return min(map(self.S, to(self.L - 1))), min(self.S(l + 1) for l in to(self.L - 1))

    def summed(self, i: int) -> Notation:
        """The (x, y) of term i of a sum over examples: as written the same in every term, since it has no index."""
        return self.at(i) if self.reads("x, y") == "of the sum" else self

    def neuron(self, outside: int, of_sum: int) -> int:
        """Which neuron an i means that stands inside a sum over i: as written the i of the sum."""
        return outside if self.reads("i") == "outside the sum" else of_sum

    # derivatives, by the engine

    def d_dw(self, cost: Cost, l: int, i: int, j: int) -> Any:
        """∂cost/∂w_ij^(l)"""
        return self._weight(self._parameter("W", l, self.truth.gradient(cost)), i, j)

    def d_db(self, cost: Cost, l: int, i: int) -> Any:
        """∂cost/∂b_i^(l)"""
        return entry(self._parameter("b", l, self.truth.gradient(cost)), i)

    def d_dz(self, cost: Cost, l: int, i: int) -> Any:
        """∂cost/∂z_i^(l)"""
        return self._sensitivity("z", cost, l, i)

    def d_da(self, cost: Cost, l: int, i: int) -> Any:
        """∂cost/∂a_i^(l)"""
        return self._sensitivity("a", cost, l, i)

    def delta(self, l: int, i: int, of: str = "z") -> Any:
        """δ_i^(l), a derivative of one example's cost: as written by z in a formula, as N10 has it, and by a in N13."""
        return {"z": self.d_dz, "a": self.d_da}[self.reads("delta") or of](self.Jxy, l, i)

    def chain_dw(self, cost: Cost, through: str, l: int, i: int, j: int) -> Any:
        """(∂cost/∂a) (∂a/∂w_ij^(l)) where a is a^(l+1), the activations that w^(l) feeds; or z likewise."""
        return self._weight(self._parameter("W", l, self._chain(cost, f"{through}{l + 1}")), i, j)

    def chain_db(self, cost: Cost, through: str, l: int, i: int) -> Any:
        """(∂cost/∂a) (∂a/∂b_i^(l)), likewise."""
        return entry(self._parameter("b", l, self._chain(cost, f"{through}{l + 1}")), i)

    def da_dz(self, l: int, k: int, i: int) -> Any:
        """∂a_k^(l)/∂z_i^(l)"""
        if l == 1:
            raise Undefined("layer 1 has no z")
        self.S(l)
        return entry(self.truth.slopes(l, self.e), k, i)

    def f_prime(self, l: int, i: int) -> Any:
        """f'(z_i^(l))"""
        return self.da_dz(l, i, i)

    def _weight(self, array: Any, i: int, j: int) -> Any:
        return entry(array, j, i) if self.reads("w_ij") == "from i to j" else entry(array, i, j)

    def _parameter(self, symbol: str, l: int, of: Any = None) -> Any:
        if not 1 <= l < self.L:
            raise Undefined(f"there is no {symbol}^({l})")
        return (self.truth.parameters if of is None else of)[f"{symbol}{l}"]

    def _layer(self, symbol: str, l: int) -> Any:
        if f"{symbol}{l}" not in self.truth.values():
            raise Undefined(f"there is no {symbol}^({l})")
        return self.truth.values()[f"{symbol}{l}"][self.e - 1]

    def _sensitivity(self, symbol: str, cost: Cost, l: int, i: int) -> Any:
        return entry(self._slopes(cost, f"{symbol}{l}"), 1 if cost.example else self.e, i)

    def _chain(self, cost: Cost, q: str) -> Any:
        self._slopes(cost, q)
        return self.truth.chain(cost, q)

    def _slopes(self, cost: Cost, q: str) -> Any:
        """∂cost/∂q where q is the name of a z^(l) or a^(l)."""
        found = self.truth.sensitivities(cost)
        if q not in found:
            raise Undefined(f"there is no ∂J/∂{q}")
        return found[q]
