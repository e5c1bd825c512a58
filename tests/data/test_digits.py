"""The digits are the ones they should be, and their split never changes."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import tinygrad_bp.data
from tinygrad_bp.data import digits_split, load_digits, stratified_split

COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
"""How many there are of each digit."""


def digest(array: npt.NDArray[Any]) -> str:
    return hashlib.sha256(array.astype(np.uint8).tobytes()).hexdigest()


def test_the_digits() -> None:
    X, y = load_digits()
    assert X.shape == (1797, 64)
    assert X.dtype == np.float64
    assert (X.min(), X.max()) == (0.0, 1.0)
    assert y.shape == (1797,)
    assert y.dtype == np.int64
    assert np.bincount(y).tolist() == COUNTS
    np.testing.assert_array_equal(16 * X, np.round(16 * X))
    # checksums of scikit-learn's copy: sklearn.datasets.load_digits() of release 1.9.1, as unsigned bytes
    assert digest(16 * X) == "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3"
    assert digest(y) == "8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0"


def test_the_first_digit_is_a_zero() -> None:
    X, y = load_digits()
    image = (16 * X[0]).astype(int).reshape(8, 8)
    assert y[0] == 0
    assert image[0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert image[3].tolist() == [0, 4, 12, 0, 0, 8, 8, 0]


def test_what_is_loaded_may_be_written_into() -> None:
    X, y = load_digits()
    X[:], y[:] = 0, 0
    assert load_digits()[0].any()
    assert load_digits()[1].any()


def test_the_split_is_stratified_and_whole() -> None:
    X, y = load_digits()
    split = digits_split()
    assert [part.shape for part in split] == [(1438, 64), (1438,), (359, 64), (359,)]
    assert np.bincount(split.y_test).tolist() == [round(0.2 * n) for n in COUNTS]
    train, test = stratified_split(y)
    assert sorted(np.concatenate([train, test])) == list(range(1797))
    np.testing.assert_array_equal(split.X_test, X[test])
    np.testing.assert_array_equal(split.y_test, y[test])
    np.testing.assert_array_equal(split.X_train, X[train])
    np.testing.assert_array_equal(split.y_train, y[train])


def test_the_split_is_fixed() -> None:
    _, test = stratified_split(load_digits()[1])
    assert test[:8].tolist() == [3, 7, 13, 19, 36, 38, 43, 48]
    assert (
        hashlib.sha256(test.astype("<i8").tobytes()).hexdigest()
        == "3530be80b9605f4c4adc46d0ee3006a356c16968a8efcc58f24463bc820d5ef9"
    )


def test_another_seed_and_fraction() -> None:
    y = np.array([0] * 10 + [7] * 4 + [3])
    train, test = stratified_split(y, fraction=0.5, seed=1)
    assert np.sort(y[test]).tolist() == [0] * 5 + [7] * 2
    assert len(train) == 8
    assert not np.array_equal(test, stratified_split(y, fraction=0.5, seed=2)[1])
    words = stratified_split(np.array(["a", "b", "a", "b"]), fraction=0.5)[1]
    assert len(words) == 2


@pytest.mark.parametrize(
    ("y", "fraction", "message"),
    [
        (np.zeros((3, 1)), 0.2, r"y must be labels of shape \(m,\); it has shape \(3, 1\)"),
        (np.zeros(3), 0.0, "fraction must be between 0 and 1; it is 0.0"),
        (np.zeros(3), float("nan"), "fraction must be between 0 and 1"),
    ],
)
def test_splits_refused(y: npt.NDArray[Any], fraction: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        stratified_split(y, fraction)


def test_the_attribution_ships_with_the_data() -> None:
    text = files(tinygrad_bp.data).joinpath("ATTRIBUTION.md").read_text(encoding="utf-8")
    for part in ("Alpaydin", "Kaynak", "10.24432/C50P49", "CC BY 4.0", "1998"):
        assert part in text
