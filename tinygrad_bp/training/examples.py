"""The examples of a data set: some to train on, some set aside for the test; features brought to one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_bp.data import digits_split, stratified_split
from tinygrad_bp.network import Architecture, Network
from tinygrad_bp.training.tables import DataError, Label, Table

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Scale:
    """Features x as (x - mean) / spread."""

    mean: Array
    spread: Array

    def __call__(self, X: Array) -> Array:
        return (X - self.mean) / self.spread

    def folded_into(self, network: Network) -> Network:
        """The network that gives for x what the given one gives for the scaled x:
        W^(1) (x - mean) / spread + b^(1) = (W^(1) / spread) x + (b^(1) - W^(1) mean / spread).
        """
        folded = network_of(network.architecture)
        W, b = network.parameters["W1"], network.parameters["b1"]
        folded.parameters = {**network.parameters, "W1": W / self.spread, "b1": b - W @ (self.mean / self.spread)}
        return folded


@dataclass(frozen=True)
class Examples:
    """Examples to train on, those of the test, and the classes that their labels y are indices into.

    X is as it stands in the data; ``scale`` is what the network is trained on.
    """

    name: str
    X_train: Array
    y_train: Array
    X_test: Array
    y_test: Array
    classes: tuple[Label, ...]
    scale: Scale


def network_of(of: Architecture, seed: int | None = None) -> Network:
    """A network of this architecture, its first weights drawn by the seed."""
    return Network(of.sizes, activation=of.activation, output=of.output, cost=of.cost, decay=of.decay, seed=seed)


def digits() -> Examples:
    """The handwritten digits that ship with the package; their pixels, 0 to 1, are on one scale already."""
    split = digits_split()
    return Examples("handwritten digits", *split, classes=tuple(range(10)), scale=Scale(np.zeros(64), np.ones(64)))


def from_table(table: Table, name: str) -> Examples:
    """A fifth of each class for the test, always the same, and features standardised by those trained on.

    Raises ``DataError`` for a class with too few examples to split, and for features that are too large or too
    small to be standardised.
    """
    train, test = stratified_split(table.y)
    trained, tested = (np.bincount(table.y[part], minlength=len(table.classes)) for part in (train, test))
    scarce = [label for label, *both in zip(table.classes, trained, tested, strict=True) if not all(both)]
    if scarce:
        count = int(np.sum(table.y == table.classes.index(scarce[0])))
        others = f" ({len(scarce) - 1} more are as small; a quantity is no class)" if len(scarce) > 1 else ""
        raise DataError(
            f"{name}: class {scarce[0]!r} has too few examples to set some aside for the test, {count} where 3 are "
            f"needed{others}"
        )
    X, y = table.X, table.y
    scale = standardisation(X[train], table.features)
    return Examples(name, X[train], y[train], X[test], y[test], table.classes, scale)


def standardisation(X: Array, features: Sequence[str]) -> Scale:
    """Mean and standard deviation of each feature; a constant feature keeps its unit.

    Raises ``DataError`` for a feature beyond 1e±100.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.mean(X, axis=0)
        size, far = np.max(np.abs(X), axis=0), np.max(np.abs(X - mean), axis=0)
        constant = far <= 1e-12 * size
    for feature in np.flatnonzero(~(size < 1e100) | ~constant & ~(far > 1e-100))[:1]:
        raise DataError(
            f"{features[feature]}: its numbers reach {size[feature]:.0e}, which cannot be standardised; "
            "bring them nearer to 1"
        )
    far = np.where(constant, 1.0, far)
    deviation = far * np.sqrt(np.mean(((X - mean) / far) ** 2, axis=0))
    return Scale(mean, np.where(constant, 1.0, deviation))
