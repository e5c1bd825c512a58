"""Gradient descent (N6), on all examples at once or on mini-batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from tinygrad_bp.network.architecture import Array, Parameters, is_finite_number, is_integer


def check_settings(epochs: int, learning_rate: float, batch_size: int | None, seed: int | None) -> None:
    """Raise ``ValueError`` for settings that make no descent."""
    if not is_integer(epochs, least=1):
        raise ValueError(f"epochs must be a positive integer; it is {epochs!r}")
    if not is_finite_number(learning_rate) or learning_rate <= 0:
        raise ValueError(f"learning_rate must be a positive number; it is {learning_rate!r}")
    if batch_size is not None and not is_integer(batch_size, least=1):
        raise ValueError(f"batch_size must be None (all examples) or a positive integer; it is {batch_size!r}")
    if seed is not None and not is_integer(seed, least=0):
        raise ValueError(f"seed must be None or an integer, 0 or more; it is {seed!r}")


def batches(m: int, batch_size: int | None, random: np.random.Generator) -> Iterator[Array | slice]:
    """The m examples in shuffled batches, the last perhaps smaller; without a batch size all of them, in order."""
    if batch_size is None:
        yield slice(None)
        return
    order = random.permutation(m)
    for start in range(0, m, batch_size):
        yield order[start : start + batch_size]


def step(parameters: Parameters, gradient: Mapping[str, Array], learning_rate: float) -> dict[str, Array]:
    """N6: each parameter p becomes p - α ∂J/∂p, in new arrays."""
    return {name: p - learning_rate * gradient[name] for name, p in parameters.items()}


def all_finite(parameters: Parameters) -> bool:
    """Whether no parameter is NaN or infinite."""
    return all(np.isfinite(p).all() for p in parameters.values())
