"""Gradient descent: N6, reproducible, and safe when it diverges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tinygrad_bp.data import digits_split
from tinygrad_bp.network import Network
from tinygrad_bp.network.descent import batches, step

X = np.random.default_rng(0).normal(size=(20, 3))
Y = (X[:, 0] > X[:, 1]).astype(int)


def network(**arguments: Any) -> Network:
    return Network([3, 5, 2], seed=1, **arguments)


def test_one_full_batch_is_one_step_of_n6() -> None:
    net = network(decay=0.1)
    gradient = net.delta_gradient(X, Y)
    expected = {name: p - 0.3 * gradient[name] for name, p in net.parameters.items()}
    before = {name: (p, p.copy()) for name, p in net.parameters.items()}
    history = net.fit(X, Y, epochs=1, learning_rate=0.3)
    assert history == [net.cost(net.parameters, X, Y)]
    for name, p in expected.items():
        np.testing.assert_array_equal(net.parameters[name], p)
    for array, copy in before.values():
        np.testing.assert_array_equal(array, copy)


def test_a_step_takes_the_parameters_and_gradients_by_name() -> None:
    stepped = step({"W1": np.array([1.0]), "b1": np.array([2.0])}, {"b1": np.array([1.0]), "W1": np.array([3.0])}, 0.5)
    assert {name: p.tolist() for name, p in stepped.items()} == {"W1": [-0.5], "b1": [1.5]}


@pytest.mark.parametrize("batch_size", [1, 7, 20, 1000])
def test_an_epoch_takes_every_example_once(batch_size: int) -> None:
    random = np.random.default_rng(3)
    first = [np.asarray(batch) for batch in batches(20, batch_size, random)]
    second = [np.asarray(batch) for batch in batches(20, batch_size, random)]
    assert [len(b) for b in first] == [min(batch_size, 20 - start) for start in range(0, 20, batch_size)]
    assert sorted(np.concatenate(first)) == list(range(20))
    assert not np.array_equal(np.concatenate(first), np.concatenate(second))


def test_the_seed_fixes_the_descent() -> None:
    def trained(seed: int) -> tuple[list[float], npt.NDArray[Any]]:
        net = network()
        return net.fit(X, Y, epochs=5, learning_rate=0.5, batch_size=6, seed=seed), net.parameters["W1"]

    (first, W), (again, W_again), (other, _) = trained(0), trained(0), trained(1)
    assert first == again
    np.testing.assert_array_equal(W, W_again)
    assert first != other


def test_the_history_is_the_cost_on_all_examples_after_each_epoch() -> None:
    net, seen = network(decay=0.01), []

    def callback(epoch: int, J: float) -> None:
        seen.append((epoch, J))
        assert net.cost(net.parameters, X, Y) == J

    history = net.fit(X, Y, epochs=4, learning_rate=0.5, batch_size=6, seed=0, callback=callback)
    assert seen == list(enumerate(history, start=1))
    assert history[-1] < history[0]


@pytest.mark.parametrize("number", [float, np.float64])
def test_float32_stays_float32(number: type[float]) -> None:
    net = network(decay=number(0.1))
    net.parameters = {name: p.astype(np.float32) for name, p in net.parameters.items()}
    net.fit(X, Y, epochs=3, learning_rate=number(0.5), batch_size=6, seed=0)
    assert {p.dtype for p in net.parameters.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize(("activation", "output"), [("identity", "identity"), ("relu", "identity"), ("relu", "relu")])
@pytest.mark.parametrize("learning_rate", [1e2, 1e150, 1e300])
def test_divergence_leaves_the_parameters_finite(
    activation: str, output: str, learning_rate: float, batch_size: int | None
) -> None:
    net = Network([3, 5, 2], activation=activation, output=output, cost="squared-error", decay=0.1, seed=1)
    with pytest.raises(FloatingPointError, match=r"fit diverged in epoch \d+: .* \(try a smaller learning_rate\)"):
        net.fit(X, Y, epochs=10_000, learning_rate=learning_rate, batch_size=batch_size, seed=0)
    assert all(np.isfinite(p).all() for p in net.parameters.values())


def test_divergence_goes_back_by_the_one_step_that_did_it() -> None:
    net = Network([1, 1], output="identity", cost="squared-error")
    net.parameters = {"W1": np.array([[1.0]]), "b1": np.zeros(1)}
    X, Y = np.array([[1.0]]), np.array([0.0])
    # each step multiplies W + b by 1 - 2·1e100, so the cost overflows after the second
    after_one = {name: p - 1e100 * net.delta_gradient(X, Y)[name] for name, p in net.parameters.items()}
    with pytest.raises(FloatingPointError, match="epoch 2"):
        net.fit(X, Y, epochs=10, learning_rate=1e100)
    assert net.parameters == after_one


def test_the_callback_hears_its_own_overflow() -> None:
    def callback(epoch: int, J: float) -> None:
        np.float64(1e300) * np.float64(1e300)

    with pytest.warns(RuntimeWarning, match="overflow"):
        network().fit(X, Y, epochs=1, learning_rate=0.1, callback=callback)


def test_infinite_parameters_are_divergence_even_where_relu_hides_them() -> None:
    net = Network([1, 1, 1], activation="relu", output="relu", cost="squared-error")
    net.parameters = {"W1": np.full((1, 1), 0.01), "b1": np.zeros(1), "W2": np.full((1, 1), 1e3), "b2": np.zeros(1)}
    before = net.parameters
    # W1 becomes minus infinity, so that z2 is too, and a2, a3 and the cost are 0
    with pytest.raises(FloatingPointError, match="epoch 1"):
        net.fit([[1.0]], [0.0], epochs=1, learning_rate=1e305)
    assert net.parameters is before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "epochs must be a positive integer; it is 0"),
        ({"epochs": 1.5}, "epochs must be"),
        ({"epochs": True}, "epochs must be"),
        ({"learning_rate": 0.0}, "learning_rate must be a positive number; it is 0.0"),
        ({"learning_rate": float("inf")}, "learning_rate must be"),
        ({"learning_rate": "fast"}, "learning_rate must be"),
        ({"batch_size": 0}, r"batch_size must be None \(all examples\) or a positive integer; it is 0"),
        ({"batch_size": 2.0}, "batch_size must be"),
        ({"seed": -3}, "seed must be None or an integer"),
    ],
)
def test_settings_refused(arguments: dict[str, Any], message: str) -> None:
    net = network()
    before = net.parameters
    with pytest.raises(ValueError, match=message):
        net.fit(X, Y, **{"epochs": 1, "learning_rate": 0.1, **arguments})
    assert net.parameters is before


def test_it_learns_the_digits() -> None:
    split = digits_split()
    net = Network([64, 32, 10], activation="tanh", seed=0)
    net.fit(split.X_train, split.y_train, epochs=15, learning_rate=0.2, batch_size=32, seed=0)
    assert np.mean(net.predict(split.X_test) == split.y_test) > 0.94
