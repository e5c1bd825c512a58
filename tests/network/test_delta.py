"""The δ recurrence: vectorised against literal, against numerical witnesses, and wrong versions of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.agreement import UNIT_ROUNDOFF, disagreements
from tests.network.slips import SLIPS, case_for, with_decay_on_biases
from tests.network.strategies import Case, networks
from tests.network.witnesses import central_differences, complex_step, direction, slope_along
from tinygrad_bp.network import Network, Steps, hidden_delta
from tinygrad_bp.network.heads import HEADS

SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("head", HEADS, ids=" with ".join)
@given(data=st.data())
def test_literal_and_vectorised_agree(head: tuple[str, str], data: st.DataObject) -> None:
    case = data.draw(networks(heads=(head,)))
    vectorised = case.network.delta_gradient(case.X, case.Y)
    literal = case.network.delta_gradient(case.X, case.Y, literal=True)
    assert disagreements(case, vectorised, literal) == {}
    assert list(vectorised) == list(literal)


@pytest.mark.parametrize("head", HEADS, ids=" with ".join)
@given(data=st.data())
def test_agrees_with_central_differences(head: tuple[str, str], data: st.DataObject) -> None:
    case = data.draw(networks(heads=(head,)))
    v = direction(case, np.random.default_rng(data.draw(SEEDS)))
    mine = slope_along(case, case.network.delta_gradient(case.X, case.Y), v)
    theirs = central_differences(case, v)
    assert abs(mine.value - theirs.value) <= mine.error + theirs.error


@pytest.mark.parametrize("head", HEADS, ids=" with ".join)
@given(data=st.data())
def test_agrees_with_the_complex_step(head: tuple[str, str], data: st.DataObject) -> None:
    case = data.draw(networks(heads=(head,)))
    v = direction(case, np.random.default_rng(data.draw(SEEDS)))
    mine = slope_along(case, case.network.delta_gradient(case.X, case.Y), v)
    theirs = complex_step(case, v)
    assert abs(mine.value - theirs.value) <= mine.error + theirs.error


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS.keys())
def test_the_witnesses_refute_a_slip(slip: Any) -> None:
    case = case_for(slip)
    v = direction(case, np.random.default_rng(0))
    wrong = slope_along(case, case.network.delta_gradient(case.X, case.Y, steps=slip.steps), v)
    for theirs in (complex_step(case, v), central_differences(case, v)):
        assert not abs(wrong.value - theirs.value) <= wrong.error + theirs.error


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_is_caught_where_it_is_made(slip: Any) -> None:
    case = case_for(slip)
    truth = case.network.delta_gradient(case.X, case.Y, literal=True)
    assert disagreements(case, case.network.delta_gradient(case.X, case.Y), truth) == {}
    wrong = case.network.delta_gradient(case.X, case.Y, steps=slip.steps)
    assert next(iter(disagreements(case, wrong, truth)), None) == slip.first_wrong


def test_decay_on_biases_is_caught() -> None:
    case = case_for(SLIPS["decay: missing"])
    truth = case.network.delta_gradient(case.X, case.Y, literal=True)
    assert list(disagreements(case, with_decay_on_biases(case, truth), truth)) == ["b3", "b2", "b1"]


@given(networks(activations=("sigmoid", "tanh"), depths=(1, 3), zeros=0), st.data())
def test_a_relative_error_of_a_millionth_is_caught_in_every_quantity(case: Case, data: st.DataObject) -> None:
    truth = case.network.delta_gradient(case.X, case.Y, literal=True)
    quantity = data.draw(st.sampled_from([name for name, value in truth.items() if value.any()] or ["none"]))
    if quantity != "none":
        wrong = {**truth, quantity: truth[quantity] * (1 + 1e-6)}
        assert list(disagreements(case, wrong, truth)) == [quantity]


@pytest.mark.parametrize("spoilt", [np.nan, np.inf])
def test_nan_never_agrees(spoilt: float) -> None:
    case = case_for(SLIPS["decay: missing"])
    truth = case.network.delta_gradient(case.X, case.Y)
    wrong = {**truth, "W2": truth["W2"].copy()}
    wrong["W2"][1, 2] = spoilt
    assert list(disagreements(case, wrong, truth)) == ["W2"]
    assert list(disagreements(case, {**truth, "b1": truth["b1"][:-1]}, truth)) == ["b1"]
    assert next(iter(disagreements(case, {"delta4": truth["delta4"]}, truth))) == "W3"


@given(networks())
def test_float32_stays_float32_and_within_its_own_roundoff(case: Case) -> None:
    network = case.network
    network.parameters = {name: p.astype(np.float32) for name, p in network.parameters.items()}
    X = case.X.astype(np.float32)
    Y = case.Y.astype(np.float32) if case.Y.dtype.kind == "f" else case.Y
    single = network.delta_gradient(X, Y)
    assert {g.dtype for g in single.values()} == {np.dtype(np.float32)}
    assert network.cost(network.parameters, X, Y).dtype == np.float32

    double = {name: p.astype(np.float64) for name, p in network.parameters.items()}
    exact = network.delta_gradient(X, Y, literal=True, parameters=double)
    assert disagreements(Case(network, X.astype(np.float64), Y), single, exact, np.float32) == {}


@given(networks())
def test_names_order_and_shapes(case: Case) -> None:
    sizes = case.network.architecture.sizes
    gradient = case.network.delta_gradient(case.X, case.Y)
    expected: dict[str, tuple[int, ...]] = {}
    for l in reversed(range(1, len(sizes))):  # noqa: E741
        expected[f"delta{l + 1}"] = (len(case.X), sizes[l])
        expected[f"W{l}"] = (sizes[l], sizes[l - 1])
        expected[f"b{l}"] = (sizes[l],)
    assert [(name, g.shape) for name, g in gradient.items()] == list(expected.items())


@given(networks(examples=(1, 4)))
def test_delta_belongs_to_one_example_and_the_gradient_to_their_mean(case: Case) -> None:
    once = case.network.delta_gradient(case.X, case.Y)
    X, Y = np.concatenate([case.X, case.X]), np.concatenate([case.Y, case.Y])
    twice = case.network.delta_gradient(X, Y)
    first = {name: g[: len(case.X)] if name.startswith("delta") else g for name, g in twice.items()}
    second = {name: g[len(case.X) :] if name.startswith("delta") else g for name, g in twice.items()}
    assert disagreements(case, once, first) == {}
    assert disagreements(case, once, second) == {}


def test_the_gradient_at_other_parameters() -> None:
    case = case_for(SLIPS["decay: missing"])
    other = Network(case.network.architecture.sizes, decay=0.3, seed=1)
    before = {name: p.copy() for name, p in case.network.parameters.items()}
    theirs = case.network.delta_gradient(case.X, case.Y, parameters=other.parameters)
    for name, g in other.delta_gradient(case.X, case.Y).items():
        np.testing.assert_array_equal(theirs[name], g)
    for name, p in before.items():
        np.testing.assert_array_equal(case.network.parameters[name], p)


def test_steps_are_replaced_one_at_a_time() -> None:
    case = case_for(SLIPS["decay: missing"])
    mine = case.network.delta_gradient(case.X, case.Y, steps=Steps(hidden_delta=lambda d, W, s: hidden_delta(d, W, s)))
    for name, g in case.network.delta_gradient(case.X, case.Y).items():
        np.testing.assert_array_equal(mine[name], g)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Steps().decay = lambda W, decay: W  # type: ignore[misc]
    with pytest.raises(ValueError, match="steps belong to the vectorised"):
        case.network.delta_gradient(case.X, case.Y, literal=True, steps=Steps(decay=lambda W, decay: W))


def test_the_unit_roundoff() -> None:
    assert np.finfo(np.float64).eps / 2 == UNIT_ROUNDOFF
