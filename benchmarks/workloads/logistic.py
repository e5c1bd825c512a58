"""Elementwise: the logistic loss Σ log(1 + e^{s z}) of a million scores z and signs s, and its gradient for z."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ..case import Case, Entry, Numbers, Wanted, Workload
from ..engines import entries

Array = np.ndarray
SIZE, BLOCK = 1_000_000, 1 << 14


@cache
def data() -> tuple[Array, Array]:
    """z, and s: minus the label ±1."""
    rng = np.random.default_rng(0)
    return rng.standard_normal(SIZE), rng.choice([-1.0, 1.0], SIZE)


def formula(xp: Any, parameters: Sequence[Any], constants: Sequence[Any]) -> Any:
    return xp.sum(xp.log1p(xp.exp(constants[0] * parameters[0])))


def plain() -> tuple[float, list[Array]]:
    """By hand, whole arrays, new ones for every step."""
    z, s = data()
    e = np.exp(s * z)
    return float(np.log1p(e).sum()), [s * (e / (1 + e))]


def in_blocks() -> Case:
    """By hand, in blocks that stay in the cache, on arrays that are allocated once; a new array for the gradient."""
    z, s = data()
    block, spare = np.empty(BLOCK), np.empty(BLOCK)
    parts = [slice(start, min(start + BLOCK, SIZE)) for start in range(0, SIZE, BLOCK)]
    views = [(z[part], s[part], block[: z[part].size], spare[: z[part].size], part) for part in parts]

    def derive() -> tuple[float, list[Array]]:
        gradient, total = np.empty(SIZE), 0.0
        for z_b, s_b, e, t, part in views:
            np.multiply(s_b, z_b, e)
            np.exp(e, e)
            np.log1p(e, t)
            total += np.add.reduce(t)
            np.add(e, 1.0, t)
            np.divide(e, t, t)
            np.multiply(t, s_b, gradient[part])
        return float(total), [gradient]

    return Case(lambda: numbers(*derive()), derive)


def numbers(loss: Any, gradients: Sequence[Any]) -> Numbers:
    return {"loss": np.asarray(loss), "∂loss/∂z": gradients[0]}


PLAIN = "NumPy, plain"

WORKLOADS = (
    Workload(
        name="logistic",
        title=f"elementwise logistic loss of {SIZE:,} scores, value and gradient",
        reference=PLAIN,
        expected=lambda: numbers(*plain()),
        entries=(
            Entry(PLAIN, None, lambda: Case(lambda: numbers(*plain()), plain)),
            Entry("by_hand, in blocks", None, in_blocks),
            *entries(formula, lambda: ([data()[0]], [data()[1]]), numbers),
        ),
        wanted=(
            Wanted("tinygrad_bp", PLAIN, 1.4),
            *(Wanted("tinygrad_bp", peer, 1.0) for peer in ("autograd", "MyGrad", "PyTorch", "JAX")),
            Wanted("tinygrad_bp jit", "JAX jit", 1.2),
        ),
        roundings=SIZE,  # the sum, in whatever order
    ),
)
