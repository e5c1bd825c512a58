"""Training: what it learns, when the gradient is checked, and what it says when the derivations part."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tinygrad_bp.network import Network
from tinygrad_bp.training.agreement import ENGINE_DELTA
from tinygrad_bp.training.examples import Examples, digits, from_table
from tinygrad_bp.training.run import Check, Settings, largest, train
from tinygrad_bp.training.tables import Table

SETTINGS = Settings(
    hidden=(8,),
    activation="tanh",
    output="softmax",
    cost="cross-entropy",
    decay=0.0,
    learning_rate=0.1,
    batch_size=8,
    epochs=4,
    seed=0,
    check_every=0,
)


def blobs(classes: int = 3, m: int = 60) -> Examples:
    """Classes far apart, around points of very different size in each feature."""
    random = np.random.default_rng(4)
    y = np.arange(m) % classes
    X = (6 * np.eye(classes)[y] + random.normal(size=(m, classes))) * 10.0 ** np.arange(classes)
    return from_table(Table(X, y, tuple("abcdefgh"[:classes]), tuple(map(str, range(classes)))), "blobs")


@pytest.mark.parametrize(("check_every", "checked"), [(0, [0, 4]), (1, [0, 1, 2, 3, 4]), (3, [0, 3, 4]), (9, [0, 4])])
def test_the_gradient_is_checked_when_it_should_be(check_every: int, checked: list[int]) -> None:
    checks: list[Check] = []
    epochs: list[int] = []
    trained = train(
        blobs(), replace(SETTINGS, check_every=check_every), checks.append, lambda epoch, cost: epochs.append(epoch)
    )
    assert [check.epoch for check in checks] == checked
    assert trained.checks == tuple(checks)
    assert epochs == [0, 1, 2, 3, 4]
    assert not trained.disagreements


def test_it_learns_and_is_tested_on_features_as_they_stand() -> None:
    examples = blobs()
    trained = train(examples, SETTINGS)
    assert trained.accuracy == 1.0
    np.testing.assert_array_equal(trained.network.predict(examples.X_test), examples.y_test)
    np.testing.assert_array_equal(trained.confusion, np.diag(np.bincount(examples.y_test)))
    assert trained.checks[0].cost > trained.checks[-1].cost
    assert trained.seconds > 0
    assert trained.checking > 0


def test_the_confusion_has_true_classes_down() -> None:
    examples = blobs()
    swapped = replace(examples, y_test=np.where(examples.y_test == 0, 1, examples.y_test))
    trained = train(swapped, SETTINGS)
    zeros = int(np.sum(examples.y_test == 0))
    assert trained.confusion[1, 0] == zeros
    assert trained.accuracy == pytest.approx(1 - zeros / len(examples.y_test))


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_two_classes(output: str) -> None:
    trained = train(blobs(2), replace(SETTINGS, output=output))
    assert trained.network.architecture.sizes[-1] == (1 if output == "sigmoid" else 2)
    assert trained.confusion.shape == (2, 2)
    assert trained.accuracy == 1.0
    assert not trained.disagreements


def test_it_is_reproducible() -> None:
    one, two, other = (train(blobs(), replace(SETTINGS, seed=seed)) for seed in (0, 0, 1))
    assert one.checks == two.checks
    assert all(np.array_equal(one.network.parameters[name], two.network.parameters[name]) for name in ("W1", "b2"))
    assert not np.array_equal(one.network.parameters["W1"], other.network.parameters["W1"])


def test_a_wrong_recurrence_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Network.delta_gradient

    def wrong(self: Network, *args: Any, **options: Any) -> dict[str, Any]:
        return {name: 2 * values if name == "W2" else values for name, values in right(self, *args, **options).items()}

    monkeypatch.setattr(Network, "delta_gradient", wrong)
    trained = train(blobs(), SETTINGS)
    assert [(check.epoch, of.array, of.odd_one) for check, of in trained.disagreements] == [
        (0, "W2", "delta"),
        (4, "W2", "delta"),
    ]
    assert trained.to_dict()["agree"] is False
    assert trained.checks[0].apart(ENGINE_DELTA) == pytest.approx(0.5)
    assert not trained.checks[0].agrees(ENGINE_DELTA)


def test_as_json() -> None:
    trained = train(blobs(), SETTINGS).to_dict()
    assert json.loads(json.dumps(trained, allow_nan=False)) == trained
    assert trained["classes"] == ["a", "b", "c"]
    assert [check["epoch"] for check in trained["checks"]] == [0, 4]
    assert trained["checks"][0]["arrays"][0]["apart"]["engine-delta"] < 1e-12


def test_diverging_is_an_error() -> None:
    wild = replace(SETTINGS, activation="identity", output="identity", cost="squared-error", learning_rate=1e9)
    with pytest.raises(FloatingPointError, match="diverged"):
        train(blobs(), wild)


def test_the_digits() -> None:
    """With the settings that the command has by default, at a third of the epochs."""
    settings = Settings((128, 64), "relu", "softmax", "cross-entropy", 1e-3, 0.1, 16, 10, 0, 10)
    trained = train(digits(), settings)
    assert trained.accuracy >= 0.955
    assert not trained.disagreements
    assert all(of.compared == of.sampled for check in trained.checks for of in check.arrays)


def test_the_largest_of_what_there_is() -> None:
    assert largest([None, 1.0, 3.0, 2.0]) == 3.0
    assert largest([None]) is None
    assert np.isnan(largest([1.0, float("nan"), 2.0]))
