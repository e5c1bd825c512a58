"""Training: gradient descent, the gradient checked on the way, and the test at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_bp.network import Architecture, Network
from tinygrad_bp.training.agreement import PAIRS, Agreement, Pair, agreement, finite
from tinygrad_bp.training.examples import Examples, network_of
from tinygrad_bp.training.tables import Label

Array = npt.NDArray[Any]

SAMPLE = 32
"""On how many of the training examples the gradient is checked (on all, where there are no more)."""


@dataclass(frozen=True)
class Settings:
    """What is trained and how; the names are those of `Network` and of its ``fit``.

    hidden        sizes of the hidden layers
    batch_size    None for one step an epoch, on all examples
    check_every   epochs between two checks of the gradient; 0 checks at the start and at the end only
    """

    hidden: tuple[int, ...]
    activation: str
    output: str
    cost: str
    decay: float
    learning_rate: float
    batch_size: int | None
    epochs: int
    seed: int
    check_every: int

    def architecture(self, features: int, classes: int) -> Architecture:
        """The network without its numbers; of two classes one sigmoid unit tells, otherwise each class has a unit.

        Raises ``ValueError`` for settings that make no network.
        """
        units = 1 if self.output == "sigmoid" and classes == 2 else classes
        return Architecture((features, *self.hidden, units), self.activation, self.output, self.cost, self.decay)

    def checked(self, epoch: int) -> bool:
        """Whether the gradient is checked after this epoch."""
        return epoch in (0, self.epochs) or (self.check_every > 0 and epoch % self.check_every == 0)


@dataclass(frozen=True)
class Check:
    """The three derivations after an epoch (0: before the first), where J on the training examples is ``cost``."""

    epoch: int
    cost: float
    arrays: tuple[Agreement, ...]

    def apart(self, pair: Pair) -> float | None:
        """The largest disagreement of the pair in any array; None if no entry of any could be compared."""
        return largest(of.apart[pair] for of in self.arrays)

    def agrees(self, pair: Pair) -> bool:
        """Whether the pair agrees in every array."""
        return all(of.agrees(pair) for of in self.arrays)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"epoch": self.epoch, "cost": finite(self.cost), "arrays": [of.to_dict() for of in self.arrays]}


@dataclass(frozen=True)
class Trained:
    """What came of it.

    network      takes features as they stand in the data
    confusion    of the test, shape (classes, classes): row the true class, column the predicted one
    seconds      the descent alone; ``checking`` the checks of the gradient
    """

    network: Network
    classes: tuple[Label, ...]
    checks: tuple[Check, ...]
    confusion: Array
    seconds: float
    checking: float

    @property
    def accuracy(self) -> float:
        """The part of the test that is predicted right."""
        return float(np.trace(self.confusion) / np.sum(self.confusion))

    @property
    def disagreements(self) -> list[tuple[Check, Agreement]]:
        """Where two of the three derivations do not agree, in the order in which it was found."""
        return [
            (check, of) for check in self.checks for of in check.arrays if not all(of.agrees(pair) for pair in PAIRS)
        ]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "accuracy": self.accuracy,
            "agree": not self.disagreements,
            "checks": [check.to_dict() for check in self.checks],
            "classes": list(self.classes),
            "confusion": self.confusion.tolist(),
            "seconds": {"training": self.seconds, "checking": self.checking},
        }


def train(
    examples: Examples,
    settings: Settings,
    on_check: Callable[[Check], object] = lambda check: None,
    on_epoch: Callable[[int, float], object] = lambda epoch, cost: None,
) -> Trained:
    """Train a network on the examples, comparing three derivations of its gradient at the start, every few epochs and
    at the end, on a sample of the training examples that stays the same; then test it.

    ``on_check(check)`` and ``on_epoch(epoch, J)`` are called as they come. Raises ``ValueError`` for settings that make
    no network, ``FloatingPointError`` when the training diverges.
    """
    X, y = examples.scale(examples.X_train), examples.y_train
    network = network_of(settings.architecture(X.shape[1], len(examples.classes)), settings.seed)
    sample = np.sort(np.random.default_rng(settings.seed).permutation(len(X))[:SAMPLE])
    checks: list[Check] = []
    checking = 0.0

    def after(epoch: int, cost: float) -> None:
        nonlocal checking
        if settings.checked(epoch):
            start = time.perf_counter()
            checks.append(Check(epoch, cost, tuple(agreement(network, X[sample], y[sample]))))
            checking += time.perf_counter() - start
            on_check(checks[-1])
        on_epoch(epoch, cost)

    start = time.perf_counter()
    after(0, float(network.cost(network.parameters, X, y)))
    network.fit(
        X,
        y,
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        batch_size=settings.batch_size,
        seed=settings.seed,
        callback=after,
    )
    seconds = time.perf_counter() - start - checking
    network = examples.scale.folded_into(network)
    with np.errstate(over="ignore", invalid="ignore"):  # an outlier among the examples of the test
        predicted = network.predict(examples.X_test)
    confusion = np.zeros((len(examples.classes), len(examples.classes)), dtype=int)
    np.add.at(confusion, (examples.y_test, predicted), 1)
    return Trained(network, examples.classes, tuple(checks), confusion, seconds, checking)


def largest(numbers: Iterable[float | None]) -> float | None:
    """The largest of the numbers that there are; NaN if one is NaN; None of none."""
    there = [number for number in numbers if number is not None]
    return float(np.max(there)) if there else None
