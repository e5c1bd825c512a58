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
