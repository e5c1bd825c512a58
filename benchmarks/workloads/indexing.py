"""Indexing in a loop, s = s + x[i]·x[i+1]: does an iteration cost more where x is longer?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..case import Case, Entry, Numbers, Wanted, Workload

Array = np.ndarray
Derive = Callable[[Array], tuple[float, Array]]
SHORT, MIDDLE, LONG = 1_000, 4_000, 30_000  # MIDDLE for those whose time grows with the square


def data(n: int) -> Array:
    return np.random.default_rng(n).standard_normal(n)


def by_hand(x: Array) -> tuple[float, Array]:
    gradient = np.zeros_like(x)
    gradient[:-1] += x[1:]
    gradient[1:] += x[:-1]
    return float(x[:-1] @ x[1:]), gradient


def loop(x: Any) -> Any:
    """The sum of products of neighbours, one at a time."""
    s = 0.0
    for i in range(len(x) - 1):
        s += x[i] * x[i + 1]
    return s


def ours() -> Derive:
    from tinygrad_bp import Value

    def derive(x: Array) -> tuple[float, Array]:
        leaf = Value(x)
        s = loop(leaf)
        s.backward()
        return s.item(), leaf.grad

    return derive


def autograd() -> Derive:
    from autograd import value_and_grad

    return value_and_grad(loop)


def mygrad() -> Derive:
    import mygrad as mg

    def derive(x: Array) -> tuple[float, Array]:
        leaf = mg.tensor(x)
        s = mg.tensor(0.0)
        for i in range(len(x) - 1):
            s = s + leaf[i] * leaf[i + 1]
        s.backward()
        return s.item(), leaf.grad

    return derive


def pytorch() -> Derive:
    import torch

    torch.set_num_threads(1)

    def derive(x: Array) -> tuple[float, Array]:
        leaf = torch.from_numpy(x).requires_grad_()
        s = loop(leaf)
        s.backward()
        gradient = leaf.grad.numpy()
        leaf.grad = None
        return s.item(), gradient

    return derive


def micrograd() -> Derive:
    from micrograd.engine import Value

    sys.setrecursionlimit(4 * SHORT)  # its backward pass recurses

    def derive(x: Array) -> tuple[float, Array]:
        leaves = [Value(x_i) for x_i in x.tolist()]
        s = loop(leaves)
        s.backward()
        return s.data, np.array([leaf.grad for leaf in leaves])

    return derive


def case(engine: Callable[[], Derive], n: int) -> Case:
    derive, x = engine(), data(n)

    def results() -> Numbers:
        return named(n, derive(x))

    return Case(results, lambda: derive(x))


def named(n: int, numbers: tuple[float, Array]) -> Numbers:
    return {f"s of {n:,}": np.array(numbers[0]), f"∂s/∂x of {n:,}": np.array(numbers[1])}


def expected() -> Numbers:
    return {name: x for n in (SHORT, MIDDLE, LONG) for name, x in named(n, by_hand(data(n))).items()}


def _entry(peer: str, engine: Callable[[], Derive], n: int, remark: str = "") -> Entry:
    return Entry(f"{peer}, n={n:,}{remark}", peer, partial(case, engine, n), per=n - 1, slow=n > SHORT)


OURS = [_entry("tinygrad_bp", ours, n) for n in (SHORT, MIDDLE, LONG)]
TENSORS = [
    _entry(peer, engine, n)
    for peer, engine in (("autograd", autograd), ("MyGrad", mygrad), ("PyTorch", pytorch))
    for n in (SHORT, MIDDLE)
]

WORKLOADS = (
    Workload(
        name="indexing",
        title=f"s += x[i]·x[i+1], forward and backward (peers that grow with n: up to n={MIDDLE:,} only)",
        reference=OURS[0].label,
        expected=expected,
        entries=(*OURS, *TENSORS, _entry("micrograd", micrograd, SHORT, ", a list of scalars")),
        wanted=(
            Wanted(OURS[2].label, OURS[0].label, 1.5),
            *(Wanted(OURS[0].label, peer.label, 1.0) for peer in TENSORS if peer.per == SHORT - 1),
            *(Wanted(OURS[1].label, peer.label, 1.0) for peer in TENSORS if peer.per == MIDDLE - 1),
        ),
        roundings=LONG,
        unit="iteration",
    ),
)
