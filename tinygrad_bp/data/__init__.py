"""The 1,797 handwritten digits that ship with the package, and their fixed split for training and test.

UCI *Optical Recognition of Handwritten Digits*, CC BY 4.0; ``ATTRIBUTION.md`` beside this file says whose they are.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Split", "digits_split", "load_digits", "stratified_split"]


class Split(NamedTuple):
    """Examples to train on and examples to test on."""

    X_train: npt.NDArray[np.float64]
    y_train: npt.NDArray[np.int64]
    X_test: npt.NDArray[np.float64]
    y_test: npt.NDArray[np.int64]


def load_digits() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """X, shape (1797, 64): images of 8 x 8 pixels, row by row, each pixel from 0 to 1 in sixteenths; and y, shape
    (1797,): the digits 0 to 9 that they show.
    """
    with files(__name__).joinpath("digits.npz").open("rb") as file, np.load(file, allow_pickle=False) as archive:
        return archive["pixels"] / 16.0, archive["labels"].astype(np.int64)


def digits_split() -> Split:
    """The digits, a fifth of each class set aside for the test: 1,438 to train on, 359 to test on, always the same."""
    X, y = load_digits()
    train, test = stratified_split(y)
    return Split(X[train], y[train], X[test], y[test])


def stratified_split(
    y: npt.NDArray[Any], fraction: float = 0.2, seed: int = 0
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The indices to train on and to test on, each in ascending order: ``fraction`` of every class, rounded, is for
    the test, chosen by the seed. The choice is the same on every machine and with every NumPy.

    Raises ``ValueError`` for labels that are not a plain row, and for a fraction that is not between 0 and 1.
    """
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"y must be labels of shape (m,); it has shape {y.shape}")
    if not 0.0 < fraction < 1.0:
        raise ValueError(f"fraction must be between 0 and 1; it is {fraction!r}")
    random = np.random.RandomState(seed)  # unlike default_rng, its stream is frozen (NEP 19)
    of_test = np.zeros(y.size, dtype=bool)
    for label in np.unique(y):
        members = random.permutation(np.flatnonzero(y == label))
        of_test[members[: round(fraction * members.size)]] = True
    return np.flatnonzero(~of_test), np.flatnonzero(of_test)
