"""The engine and the δ recurrence: two derivations of one gradient that share nothing but the notes' network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_bp
from tests.network.agreement import disagreements
from tests.network.slips import SLIPS, case_for, with_decay_on_biases
from tests.network.strategies import Case, networks
from tinygrad_bp.network import ACTIVATIONS
from tinygrad_bp.network.heads import HEADS


def engine_gradient(case: Case) -> dict[str, Any]:
    """The engine's ∂J/∂W and ∂J/∂b, and m ∂J/∂z^(l), which is δ^(l), from one recording of the network's cost."""
    parameters = {name: tinygrad_bp.Value(p) for name, p in case.network.parameters.items()}
    named: dict[str, tinygrad_bp.Value] = {}

    def keep(value: Any, name: str) -> Any:
        named[name] = tinygrad_bp.name(value, name)
        return named[name]

    case.network.cost(parameters, case.X, case.Y, name=keep).backward()
    gradient = {name: p.grad for name, p in parameters.items()}
    deltas = {f"delta{name[1:]}": len(case.X) * z.grad for name, z in named.items() if name.startswith("z")}
    return {**gradient, **deltas}


@pytest.mark.parametrize("head", HEADS, ids=" with ".join)
@given(data=st.data())
def test_engine_vectorised_and_literal_agree(head: tuple[str, str], data: st.DataObject) -> None:
    case = data.draw(networks(heads=(head,)))
    engine = engine_gradient(case)
    assert disagreements(case, engine, case.network.delta_gradient(case.X, case.Y)) == {}
    assert disagreements(case, engine, case.network.delta_gradient(case.X, case.Y, literal=True)) == {}


@given(networks())
def test_the_engine_computes_the_same_cost(case: Case) -> None:
    J, gradient = tinygrad_bp.value_and_grad(case.network.cost)(case.network.parameters, case.X, case.Y)
    assert case.network.cost(case.network.parameters, case.X, case.Y) == J
    assert gradient.keys() == case.network.parameters.keys()
    deltas = {name: g for name, g in case.network.delta_gradient(case.X, case.Y).items() if name.startswith("delta")}
    assert disagreements(case, {**gradient, **deltas}, case.network.delta_gradient(case.X, case.Y)) == {}


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS.keys())
def test_the_engine_refutes_a_slip_where_it_is_made(slip: Any) -> None:
    case = case_for(slip)
    engine = engine_gradient(case)
    wrong = case.network.delta_gradient(case.X, case.Y, steps=slip.steps)
    assert next(iter(disagreements(case, wrong, engine)), None) == slip.first_wrong


def test_the_engine_refutes_decay_on_biases() -> None:
    case = case_for(SLIPS["decay: missing"])
    wrong = with_decay_on_biases(case, case.network.delta_gradient(case.X, case.Y))
    assert list(disagreements(case, wrong, engine_gradient(case))) == ["b3", "b2", "b1"]


@pytest.mark.parametrize("f", ACTIVATIONS)
@pytest.mark.parametrize("z", [-1000.0, -1.0, 0.0, 1.0, 1000.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_engine_differentiates_every_activation_at_any_z(f: str, z: float, dtype: type[np.floating[Any]]) -> None:
    """Also at exactly 0, where a formula that is right in value may have a wrong derivative."""
    rows = np.full((1, 2), z, dtype)
    engine = tinygrad_bp.grad(lambda z: np.sum(ACTIVATIONS[f].f(z)))(rows)
    by_hand = ACTIVATIONS[f].derivative(rows, ACTIVATIONS[f].f(rows))
    assert engine.dtype == by_hand.dtype == dtype
    np.testing.assert_allclose(engine, by_hand, rtol=0.0, atol=2 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize(("output", "cost"), [("softmax", "cross-entropy"), ("identity", "squared-error")])
@pytest.mark.parametrize("as_rows", [False, True])
def test_the_examples_are_arguments_of_a_program_too(output: str, cost: str, as_rows: bool) -> None:
    network = tinygrad_bp.Network([2, 3, 2], output=output, cost=cost, decay=0.1, seed=0)
    random = np.random.default_rng(1)

    def drawn() -> tuple[Any, Any]:
        labels = random.integers(0, 2, 5)
        return random.normal(size=(5, 2)), np.eye(2)[labels] if as_rows else labels

    X, Y = drawn()
    program = tinygrad_bp.trace(network.cost, network.parameters, X, Y)
    step = tinygrad_bp.jit(tinygrad_bp.value_and_grad(network.cost))
    for X, Y in (drawn() for _ in range(3)):
        J, gradient = step(network.parameters, X, Y)
        assert program(network.parameters, X, Y) == network.cost(network.parameters, X, Y)
        assert pytest.approx(network.cost(network.parameters, X, Y), rel=1e-14) == J
        by_hand = network.delta_gradient(X, Y)
        for name, g in gradient.items():
            np.testing.assert_allclose(g, by_hand[name], rtol=0, atol=1e-14)
    with pytest.raises(ValueError, match="X must be finite in float64; row"):
        step(network.parameters, X * np.nan, Y)
    if not as_rows:
        with pytest.raises(ValueError, match=r"Y: labels must run from 0 to 1"):
            step(network.parameters, X, Y + 1)


def test_the_gradient_by_the_examples() -> None:
    network = tinygrad_bp.Network([2, 3, 2], seed=0)
    X, Y = np.array([[0.5, -1.0], [1.5, 2.0]]), np.array([[0.25, 0.75], [1.0, 0.0]])
    by_X = tinygrad_bp.grad(lambda X: network.cost(network.parameters, X, Y))
    delta2 = network.delta_gradient(X, Y)["delta2"]
    np.testing.assert_allclose(by_X(X), delta2 @ network.parameters["W1"] / len(X), rtol=0, atol=1e-15)
    with pytest.raises(ValueError, match=r"X must be finite in float64; row 0, column 1 is inf"):
        by_X(np.array([[0.5, np.inf], [1.5, 2.0]]))
    squares = tinygrad_bp.Network([2, 3, 2], output="identity", cost="squared-error", seed=0)
    by_Y = tinygrad_bp.grad(lambda Y: squares.cost(squares.parameters, X, Y))
    np.testing.assert_allclose(by_Y(Y), -squares.delta_gradient(X, Y)["delta3"] / len(X), rtol=0, atol=1e-15)


def test_the_recurrence_is_of_plain_arrays() -> None:
    network = tinygrad_bp.Network([2, 3, 2], seed=0)
    with pytest.raises(ValueError, match="X must be an array of numbers: a Value does not turn into an array"):
        network.delta_gradient(tinygrad_bp.Value(np.ones((2, 2))), [0, 1])  # type: ignore[arg-type]
