"""The forward pass and the cost J."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from tests.network.strategies import Case, networks
from tinygrad_bp.network import Network
from tinygrad_bp.network.forward import forward


@given(networks())
def test_the_cost_is_the_mean_and_half_the_decay_of_all_squared_weights(case: Case) -> None:
    network, m = case.network, len(case.X)
    bare = Network(network.architecture.sizes, activation=network.architecture.activation,
                   output=network.architecture.output, cost=network.architecture.cost)  # fmt: skip
    each = [bare.cost(network.parameters, case.X[[k]], case.Y[[k]]) for k in range(m)]
    squares = sum(float(np.sum(p**2)) for name, p in network.parameters.items() if name.startswith("W"))
    expected = np.mean(each) + network.architecture.decay / 2 * squares
    assert network.cost(network.parameters, case.X, case.Y) == pytest.approx(expected, rel=1e-12)


@given(networks())
def test_every_quantity_is_named_in_order(case: Case) -> None:
    seen: list[tuple[str, Any]] = []

    def note(value: Any, name: str) -> Any:
        seen.append((name, value))
        return value

    J = case.network.cost(case.network.parameters, case.X, case.Y, name=note)
    L = case.network.architecture.depth
    assert [name for name, _ in seen] == [f"{q}{layer}" for layer in range(2, L + 1) for q in "za"]
    layers = forward(case.network.architecture, case.network.parameters, case.X)
    for name, value in seen:
        np.testing.assert_array_equal(value, layers[name])
    assert case.network.cost(case.network.parameters, case.X, case.Y) == J
    for layer, i in case.at_zero:
        assert not layers[f"z{layer}"][:, i].any()


@pytest.mark.parametrize("name", ["z2", "a2", "z3"])
def test_what_name_returns_is_used(name: str) -> None:
    network = Network([2, 3, 2], seed=0)
    X, Y = np.ones((4, 2)), [0, 1, 0, 1]
    changed = network.cost(
        network.parameters, X, Y, lambda value, n: value + 0.1 * np.arange(value.shape[1]) * (n == name)
    )
    assert changed != network.cost(network.parameters, X, Y)


@given(networks())
def test_nothing_given_is_written_into(case: Case) -> None:
    given = [case.X, case.Y, *case.network.parameters.values()]
    before = [array.copy() for array in given]
    for array in given:
        array.flags.writeable = False  # even a write of the same numbers is an error, where it happens
    case.network.cost(case.network.parameters, case.X, case.Y)
    case.network.delta_gradient(case.X, case.Y)
    case.network.delta_gradient(case.X, case.Y, literal=True)
    for array, copy in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("size", [-1000.0, 1000.0])
@given(networks(depths=(1, 3)))
def test_stable_at_any_z(size: float, case: Case) -> None:
    """With the last biases at ±1000 the cost and the gradient are finite and both recurrences agree."""
    L = case.network.architecture.depth
    case.network.parameters[f"b{L - 1}"][::2] = size
    case.network.parameters["b1"][-1] = size
    assert np.isfinite(case.network.cost(case.network.parameters, case.X, case.Y))
    assert all(np.isfinite(g).all() for g in case.network.delta_gradient(case.X, case.Y).values())
    assert all(np.isfinite(g).all() for g in case.network.delta_gradient(case.X, case.Y, literal=True).values())
