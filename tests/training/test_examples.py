"""The examples are split by class, scaled by those trained on, and the scale goes into the network."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_bp.data import load_digits
from tinygrad_bp.network import Network
from tinygrad_bp.training.examples import digits, from_table, standardisation
from tinygrad_bp.training.tables import DataError, Table


def table(X: np.ndarray, y: np.ndarray) -> Table:
    names = tuple(f"feature {i}" for i in range(X.shape[1]))
    return Table(X, y, tuple("abcdefgh"[: y.max() + 1]), names)


def test_the_digits() -> None:
    examples = digits()
    assert (len(examples.y_train), len(examples.y_test)) == (1438, 359)
    assert examples.classes == tuple(range(10))
    X, y = load_digits()
    np.testing.assert_array_equal(np.sort(np.concatenate([examples.y_train, examples.y_test])), np.sort(y))
    np.testing.assert_array_equal(examples.scale(X), X)
    assert X.max() == 1.0


def test_features_are_standardised_by_the_training_part_alone() -> None:
    random = np.random.default_rng(0)
    X, y = random.normal(size=(50, 3)) * [1e-8, 1.0, 1e6] + [1e-3, 0.0, 1e7], np.arange(50) % 2
    examples = from_table(table(X, y), "x")
    assert (len(examples.y_train), len(examples.y_test)) == (40, 10)
    scaled = examples.scale(examples.X_train)
    np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=1e-8)
    np.testing.assert_allclose(scaled.std(axis=0), 1.0, rtol=1e-12)
    outlier = X.copy()
    row = np.flatnonzero((examples.X_test[0] == X).all(axis=1))[0]
    outlier[row] = 1e9
    again = from_table(table(outlier, y), "x").scale
    np.testing.assert_array_equal(again.mean, examples.scale.mean)
    np.testing.assert_array_equal(again.spread, examples.scale.spread)


def test_a_constant_feature_keeps_its_unit() -> None:
    scale = standardisation(np.array([[0.1, 0.0], [0.1, 1.0], [0.1, 2.0]]), ["a", "b"])
    assert scale.spread[0] == 1.0
    np.testing.assert_allclose(scale(np.array([[0.1, 1.0], [1.1, 1.0]])), [[0, 0], [1, 0]], atol=1e-15)


@pytest.mark.parametrize("column", [[1e150, -1e150], [1e-150, 0.0], [1e308, -1e308], [1e308, 1e308]])
def test_features_beyond_all_measure(column: list[float]) -> None:
    with pytest.raises(DataError, match=r"b: its numbers reach .*, which cannot be standardised"):
        standardisation(np.array([[1.0, 2.0], column]).T, ["a", "b"])


def test_the_scale_goes_into_the_network() -> None:
    random = np.random.default_rng(1)
    X = random.normal(size=(40, 3)) * [1e-3, 1.0, 1e3] + [5.0, 0.0, 1e4]
    scale = standardisation(X, ["a", "b", "c"])
    network = Network([3, 4, 2], activation="tanh", decay=0.1, seed=0)
    folded = scale.folded_into(network)
    np.testing.assert_allclose(folded.predict_proba(X), network.predict_proba(scale(X)), rtol=1e-10)
    assert folded.architecture == network.architecture
    assert set(folded.parameters) == set(network.parameters)


@pytest.mark.parametrize("scarce", [1, 2])
def test_each_class_needs_examples_for_the_test(scarce: int) -> None:
    y = np.array([0] * 20 + [1] * scarce)
    with pytest.raises(DataError, match=rf"x\.csv: class 'b' has too few examples .*, {scarce} where 3 are needed"):
        from_table(table(np.ones((len(y), 1)), y), "x.csv")
    assert len(from_table(table(np.arange(23.0)[:, None], np.array([0] * 20 + [1] * 3)), "x").y_test) == 5


def test_a_quantity_in_whole_numbers() -> None:
    X = np.ones((8, 1))
    with pytest.raises(DataError, match=r"\(7 more are as small; a quantity is no class\)"):
        from_table(table(X, np.arange(8)), "x")
