"""What makes a network and what does not, and its first parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_bp.network import Architecture, Network


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sizes": [3]}, "sizes must be two positive integers or more"),
        ({"sizes": 3}, "sizes must be"),
        ({"sizes": [3, 0]}, "sizes must be"),
        ({"sizes": [3, 2.0]}, "sizes must be"),
        ({"sizes": [3, True]}, "sizes must be"),
        ({"sizes": "32"}, "sizes must be"),
        ({"activation": "swish"}, "activation must be one of sigmoid, tanh, .* it is 'swish'"),
        ({"activation": "softmax"}, "activation must be one of"),
        ({"activation": None}, "activation must be one of"),
        ({"output": "linear"}, "output must be one of .* softmax; it is 'linear'"),
        ({"cost": "hinge"}, "cost must be one of cross-entropy, squared-error; it is 'hinge'"),
        ({"output": "tanh"}, "cost='cross-entropy' goes with output 'sigmoid' or 'softmax', not 'tanh'"),
        ({"sizes": [3, 1]}, "output='softmax' needs two units or more"),
        ({"decay": -0.1}, "decay must be a finite number, 0 or more; it is -0.1"),
        ({"decay": float("nan")}, "decay must be a finite number"),
        ({"decay": "0.1"}, "decay must be a finite number"),
        ({"seed": -1}, "seed must be None or an integer"),
        ({"seed": 0.5}, "seed must be None or an integer"),
    ],
)
def test_what_makes_no_network(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Network(**{"sizes": [3, 2], **arguments})


def test_shapes_and_names() -> None:
    network = Network([64, 32, 16, 10])
    shapes = {"W1": (32, 64), "b1": (32,), "W2": (16, 32), "b2": (16,), "W3": (10, 16), "b3": (10,)}
    assert {name: p.shape for name, p in network.parameters.items()} == shapes
    assert network.architecture == Architecture((64, 32, 16, 10))
    assert repr(network) == (
        "Network([64, 32, 16, 10], activation='sigmoid', output='softmax', cost='cross-entropy', decay=0.0)"
    )


def test_numpy_integers_and_any_sequence_are_sizes() -> None:
    sizes = Network(np.array([3, 2])).architecture.sizes  # type: ignore[arg-type]
    assert sizes == (3, 2)
    assert {type(size) for size in sizes} == {int}


@pytest.mark.parametrize(("activation", "variance"), [("tanh", 2 / (400 + 300)), ("relu", 2 / 400)])
def test_first_parameters(activation: str, variance: float) -> None:
    parameters = Network([400, 300, 2], activation=activation, seed=0).parameters
    assert parameters["W1"].var() == pytest.approx(variance, rel=0.02)
    assert not parameters["b1"].any()


def test_the_seed_fixes_the_first_parameters() -> None:
    first, again, other = (Network([4, 3, 2], seed=seed).parameters for seed in (7, 7, 8))
    unseeded, unseeded_again = Network([4, 3, 2]).parameters, Network([4, 3, 2]).parameters
    np.testing.assert_array_equal(first["W1"], again["W1"])
    assert not np.array_equal(first["W1"], other["W1"])
    assert not np.array_equal(unseeded["W1"], unseeded_again["W1"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W3": np.ones((2, 2))}, "parameters must be W1, b1, W2, b2; they are W1, b1, W2, b2, W3"),
        ({"W2": np.ones((3, 2))}, r"parameters\['W2'\] must be an array of shape \(2, 3\); it is of shape \(3, 2\)"),
        ({"b1": np.ones((3, 1))}, r"parameters\['b1'\] must be an array of shape \(3,\)"),
        ({"b2": [0.0, 0.0]}, r"parameters\['b2'\] must be an array of shape \(2,\); it is a list"),
        ({"b2": np.zeros(2, int)}, r"parameters\['b2'\] must be of floating-point numbers; it is int64"),
    ],
)
def test_parameters_that_do_not_fit(change: dict[str, Any], message: str) -> None:
    network = Network([4, 3, 2])
    parameters = {**network.parameters, **change}
    X, Y = np.ones((2, 4)), [0, 1]
    with pytest.raises(ValueError, match=message):
        network.cost(parameters, X, Y)
    with pytest.raises(ValueError, match=message):
        network.delta_gradient(X, Y, parameters=parameters)
    network.parameters = parameters
    for method in (network.predict, lambda X: network.fit(X, Y, epochs=1, learning_rate=0.1)):
        with pytest.raises(ValueError, match=message):
            method(X)


def test_only_the_cost_takes_complex_parameters() -> None:
    network = Network([4, 3, 2], seed=0)
    network.parameters = {name: p.astype(complex) for name, p in network.parameters.items()}
    assert network.cost(network.parameters, np.ones((2, 4)), [0, 1]).dtype == complex
    for method in (network.delta_gradient, lambda X, Y: network.fit(X, Y, epochs=1, learning_rate=0.1)):
        with pytest.raises(ValueError, match=r"parameters\['W1'\] must be of floating-point numbers; it is complex128"):
            method(np.ones((2, 4)), [0, 1])


def test_a_missing_parameter() -> None:
    network = Network([4, 3, 2])
    del network.parameters["b1"]
    with pytest.raises(ValueError, match="parameters must be W1, b1, W2, b2; they are W1, W2, b2"):
        network.predict(np.ones((2, 4)))
