"""Random functions written in NumPy: programs of a few steps on 2×2 matrices, smooth and bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

#: each step makes a quantity of two earlier ones
STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "same twice": lambda a, b: a + a,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (2.5 + np.cos(b)),
    "@": lambda a, b: a @ b,
    "tanh": lambda a, b: np.tanh(a),
    "sin": lambda a, b: np.sin(a) + 0.5,
    "T": lambda a, b: a.T,
    "reshape": lambda a, b: np.reshape(np.reshape(a, (4,)), (2, 2)),
    "row": lambda a, b: a[0] * b,
    "entry": lambda a, b: a[1, 0] * b,
    "entries": lambda a, b: a[np.array([[0, 0], [1, 1]]), np.array([[0, 0], [1, 0]])] - b,
    "sum": lambda a, b: np.sum(a, axis=0, keepdims=True) + b,
    "broadcast": lambda a, b: np.mean(a) * np.ones((2, 2)) + b,
    "concatenate": lambda a, b: np.concatenate([a[:1], b[1:]]),
    "where": lambda a, b: np.where(np.array([[True, False], [False, True]]), a, b),
}


class Program:
    """A function of as many matrices as it has arguments, which gives a number."""

    __name__ = "program"

    def __init__(self, steps: list[tuple[str, int, int]]) -> None:
        self.steps = steps

    def __call__(self, *matrices: Any) -> Any:
        made = list(matrices)
        for step, i, j in self.steps:
            made.append(np.tanh(STEPS[step](made[i % len(made)], made[j % len(made)])))
        return sum(np.sum(x * (k + 1)) for k, x in enumerate(made[-3:]))

    def __repr__(self) -> str:
        return f"Program({self.steps})"


def programs(steps: int = 8) -> st.SearchStrategy[Program]:
    """Programs of up to so many steps."""
    places = st.integers(0, 20)
    return st.lists(st.tuples(st.sampled_from(sorted(STEPS)), places, places), min_size=1, max_size=steps).map(Program)


def matrices(seed: int, n: int = 2) -> list[np.ndarray]:
    """So many random matrices."""
    return list(np.random.default_rng(seed).uniform(-1, 1, (n, 2, 2)))
