"""What the claims are stated for and made of: the indices of a formula, and the sides that take more than a line."""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..transforms import grad
from .notation import Notation, to
from .readings import SOFTMAX, TWO_CLASSES, Head

# indices: those of a w_ij^(l) are (l, i, j), j in layer l and i in layer l + 1


def once(n: Notation) -> Iterator[tuple[()]]:
    """A formula without free indices."""
    yield ()


def weights(n: Notation) -> Iterator[tuple[int, int, int]]:
    """(l, i, j) of every w_ij^(l)."""
    return ((l, i, j) for l in to(n.L - 1) for i in to(n.S(l + 1)) for j in to(n.S(l)))


def biases(n: Notation) -> Iterator[tuple[int, int]]:
    """(l, i) of every b_i^(l)."""
    return ((l, i) for l in to(n.L - 1) for i in to(n.S(l + 1)))


def parameters(n: Notation) -> Iterator[tuple[Any, ...]]:
    """("w", l, i, j) and ("b", l, i)."""
    yield from (("w", *index) for index in weights(n))
    yield from (("b", *index) for index in biases(n))


def hidden(n: Notation) -> Iterator[tuple[int, int]]:
    """(l, i) of the hidden neurons."""
    return ((l, i) for l in range(2, n.L) for i in to(n.S(l)))


def computed(n: Notation) -> Iterator[tuple[int, int]]:
    """(l, i) of all neurons but the inputs."""
    return ((l, i) for l in range(2, n.L + 1) for i in to(n.S(l)))


def outputs(n: Notation) -> Iterator[tuple[int]]:
    """(i,) of the output neurons."""
    return ((i,) for i in to(n.S(n.L)))


# the output layer (N3, N10)


def output_neurons(n: Notation) -> Iterator[tuple[Head, int]]:
    """(head, i) for the three heads of N3."""
    return ((head, i) for head in (TWO_CLASSES, SOFTMAX, n.third_head) for i in to(n.S(n.L)))


def output_truth(n: Notation, head: Head, i: int) -> Any:
    """∂J/∂z_i of the output layer; with two classes a_i too."""
    n = n.with_head(head)
    delta = n.d_dz(n.Jxy, n.L, i)
    return (n.a(n.L, i), delta) if head == TWO_CLASSES else delta


def output_in_words(n: Notation, head: Head, i: int) -> Any:
    """The same as N3 and N10 have it: by N2 in "the same way", and with cross-entropy the δ that is why one uses it."""
    n = n.with_head(head)
    difference = n.a(n.L, i) - n.y(i)
    if head == TWO_CLASSES:
        return n.f(n.L, n.z(n.L, i)), difference
    return difference if head == SOFTMAX else difference * n.f_prime(n.L, i)


def output_of_softmax(n: Notation, head: Head, i: int) -> Any:
    """The same, where squared error on softmax takes its whole Jacobian."""
    if head in (TWO_CLASSES, SOFTMAX):
        return output_in_words(n, head, i)
    n = n.with_head(head)
    return sum((n.a(n.L, k) - n.y(k)) * n.da_dz(n.L, k, i) for k in to(n.S(n.L)))


def output_slope(n: Notation, i: int) -> Any:
    """∂ ½‖y_i − h(x)‖² / ∂z_i^(n), with h(x) = Σ a_i as stands beside it."""
    f, y, z = n.truth.function(n.L), n.truth.Y[n.e - 1], n.truth.values()[f"z{n.L}"][n.e - 1]
    differences: dict[str | None, Callable[[Any], Any]] = {
        None: lambda z: y[i - 1] - np.sum(f(z)),
        "entry": lambda z: y[i - 1] - f(z)[i - 1],
        "vector": lambda z: y - f(z),
    }
    difference = differences[n.reads("h")]
    return grad(lambda z: 0.5 * np.sum(difference(z) ** 2))(z)[i - 1]


def output_delta(n: Notation, i: int) -> Any:
    """N10"""
    f_z = n.f(n.L, n.z(n.L, i))
    return (n.y(i) - f_z) * -n.f_prime(n.L, i)


# costs (N4, N5, N11)


def squares(n: Notation) -> Any:
    """Σ_{i=1}^{n_1} Σ_{j=1}^{n_2} Σ_{k=1}^{n_3} (w_ji^(k))², with n_3 = L - 1."""
    return sum(n.w(k, j, i) ** 2 for k in to(n.L - 1) for i in to(n.bounds(k)[0]) for j in to(n.bounds(k)[1]))


def all_squares(n: Notation) -> Any:
    """Σ_{k=1}^{L-1} Σ_{i=1}^{S_k} Σ_{j=1}^{S_{k+1}} (w_ji^(k))²"""
    return sum(n.w(k, j, i) ** 2 for k, j, i in weights(n))


def mean_cost(n: Notation) -> Any:
    """1/m Σ_{i=1}^m J(w,b; x^(i), y^(i))"""
    return sum(n.at(i).value(n.at(i).Jxy) for i in to(n.m)) / n.m


def mean_squared_error(n: Notation) -> Any:
    """1/m Σ_{i=1}^m ½ ‖h(x^(i)) − y^(i)‖²"""
    return sum(0.5 * np.linalg.norm(error(n.at(i))) ** 2 for i in to(n.m)) / n.m


def mean_norm_of_squared_error(n: Notation) -> Any:
    """1/m Σ_{i=1}^m ‖ ½ ‖h(x^(i)) − y^(i)‖² ‖, the outer bars being the norm of a number."""
    return sum(np.linalg.norm(0.5 * np.linalg.norm(error(n.at(i))) ** 2) for i in to(n.m)) / n.m


def error(n: Notation) -> Any:
    """h(x) − y"""
    return np.array([n.h(i) - n.y(i) for i in to(n.S(n.L))])


# gradients (N6 to N9)


def descended(n: Notation, symbol: str, k: int, *indices: int) -> Any:
    """w − α ∂J/∂w, and for b likewise."""
    value, slope = (n.w, n.d_dw) if symbol == "w" else (n.b, n.d_db)
    return value(k, *indices) - n.learning_rate * slope(n.J, k, *indices)


def whole_gradient(n: Notation, symbol: str, k: int, *indices: int) -> Any:
    """∂J(w,b)/∂w and ∂J(w,b)/∂b"""
    return (n.d_dw if symbol == "w" else n.d_db)(n.J, k, *indices)


def from_one_examples(n: Notation, symbol: str, k: int, *indices: int) -> Any:
    """The same, from nothing but the gradients of one example each, their mean and the decay."""
    return (mean_gradient_w if symbol == "w" else mean_gradient_b)(n, k, *indices)


def mean_gradient_w(n: Notation, k: int, j: int, i: int) -> Any:
    """1/m Σ_{s=1}^m ∂J(w,b; x^(s), y^(s))/∂w_ji^(k) + λ w_ji^(k)"""
    return sum(n.at(s).d_dw(n.at(s).Jxy, k, j, i) for s in to(n.m)) / n.m + n.decay * n.w(k, j, i)


def mean_gradient_b(n: Notation, k: int, i: int) -> Any:
    """1/m Σ_{s=1}^m ∂J(w,b; x^(s), y^(s))/∂b_i^(k)"""
    return sum(n.at(s).d_db(n.at(s).Jxy, k, i) for s in to(n.m)) / n.m


# δ (N13, N14)


def recurrence(n: Notation, l: int, i: int) -> Any:
    """N14"""
    return sum(n.w(l, j, i) * n.delta(l + 1, j) for j in to(n.S(l + 1))) * n.f_prime(l, i)


def delta_of_the_formulas(n: Notation, l: int, i: int) -> Any:
    """δ_i^(l) as N10 and N14 compute it."""
    if l == n.L:
        return output_delta(n, i)
    deltas = (n.w(l, j, i) * delta_of_the_formulas(n, l + 1, j) for j in to(n.S(l + 1)))
    return sum(deltas) * n.f_prime(l, i)
