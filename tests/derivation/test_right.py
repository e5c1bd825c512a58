"""No accusation in a derivation that is right: networks drawn by Hypothesis, and random programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.network.strategies import Case, networks
from tinygrad_bp import Network, compare, derive, name

from .corpus.random_programs import program


@settings(deadline=None)
@given(networks(depths=(1, 3), widths=(1, 4)), st.booleans(), st.integers(0, 1000))
def test_the_notes_recurrence_is_never_accused(case: Case, literal: bool, seed: int) -> None:
    def by_hand(parameters: Any, X: Any, Y: Any) -> Any:
        return case.network.delta_gradient(X, Y, parameters=parameters, literal=literal)

    comparison = compare(case.network, by_hand, case.X, case.Y, seed=seed)
    assert comparison.ok, str(comparison)


@pytest.mark.parametrize("seed", range(1000, 1012))
def test_the_derivation_of_a_random_program_is_right(seed: int) -> None:
    made = program(seed)
    derivation = derive(made.cost, *made.arguments(np.random.default_rng(0)))
    scope: dict[str, Any] = {}
    exec(derivation.source, scope)
    for point in range(3):
        comparison = compare(made.cost, scope["gradient"], *made.arguments(np.random.default_rng(point)), seed=point)
        assert comparison.ok, f"{made.source}\n{comparison}"
        assert {finding.verdict for finding in comparison.findings} == {"right"}


@settings(deadline=None)
@given(st.integers(-300, 300), st.integers(0, 2**32 - 1))
def test_no_scale_makes_an_accusation(exponent: int, seed: int) -> None:
    def cost(x: Any, w: Any) -> Any:
        return 10.0**exponent * np.sum(np.tanh(x * w))

    def by_hand(x: Any, w: Any) -> dict[str, Any]:
        return {"w": 10.0**exponent * x / np.cosh(x * w) ** 2}

    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=4), rng.normal(size=4)
    comparison = compare(cost, by_hand, x, w, seed=seed)
    assert all(finding.verdict in ("right", "not comparable") for finding in comparison.findings), str(comparison)


def test_a_kink_at_the_given_point_is_nobodys_fault() -> None:
    def cost(x: Any) -> Any:
        return np.sum(np.maximum(x, 0.0) + np.where(x > 1.0, x, 1.0))

    def by_hand(x: Any) -> dict[str, Any]:
        return {"x": (x >= 0).astype(float) + (x >= 1)}

    comparison = compare(cost, by_hand, np.array([0.0, 1.0, -2.0, 3.0]))
    assert comparison.ok
    assert "kink" in (comparison["x"].reason or "")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_a_saturated_neuron_does_not_make_its_slope_vanish(activation: str, seed: int) -> None:
    network = Network([1, 1], activation=activation, output=activation, cost="squared-error")
    network.parameters["W1"][:], network.parameters["b1"][:] = 1.0, 18.5 if activation == "tanh" else 36.5
    X, Y = np.array([[0.9]]), np.array([[1.0]])

    def cost(parameters: Any) -> Any:
        return network.cost(parameters, X, Y, name=name)

    slope = "1 - a2**2" if activation == "tanh" else "1 - a2"
    assert slope in str(derive(cost, network.parameters).step("z2"))
    comparison = compare(network, lambda p, X, Y: network.delta_gradient(X, Y, parameters=p), X, Y, seed=seed)
    assert comparison.ok, str(comparison)
