"""Three derivations agree where they should, and a wrong one is found, with its array and by its name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_bp.network import ACTIVATIONS, COSTS, OUTPUTS, Network, Steps, weight_gradient
from tinygrad_bp.network.delta import NOTES
from tinygrad_bp.training import agreement as module
from tinygrad_bp.training.agreement import (
    DIFFERENCES_DELTA,
    DIFFERENCES_ENGINE,
    ENGINE_DELTA,
    EXACT,
    NUMERICAL,
    PAIRS,
    Agreement,
    agreement,
)

HEADS = [(output, cost) for output in OUTPUTS for cost in COSTS if cost != COSTS[0] or output in ("sigmoid", "softmax")]


class Wrong(Network):
    """A network whose δ recurrence has other steps than the notes'."""

    steps: Steps = NOTES

    def delta_gradient(self, X: Any, Y: Any, *args: Any, steps: Steps = NOTES, **options: Any) -> dict[str, Any]:
        return super().delta_gradient(X, Y, *args, steps=self.steps if steps == NOTES else steps, **options)


def network(kind: type[Network] = Network, activation: str = "tanh", **options: Any) -> Any:
    made = kind([5, 7, 6, 3], activation=activation, seed=1, **{"decay": 0.01, **options})
    random = np.random.default_rng(2)
    made.parameters = {name: p + 0.1 * random.normal(size=p.shape) for name, p in made.parameters.items()}
    return made


def examples(m: int = 12) -> tuple[Any, Any]:
    random = np.random.default_rng(3)
    return random.normal(size=(m, 5)), random.integers(0, 3, m)


def by_name(rows: list[Agreement]) -> dict[str, Agreement]:
    return {of.array: of for of in rows}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("output", "cost"), HEADS)
def test_right_derivations_agree(activation: str, output: str, cost: str) -> None:
    rows = agreement(network(activation=activation, output=output, cost=cost), *examples())
    assert [of.array for of in rows] == ["W1", "b1", "W2", "b2", "W3", "b3"]
    for of in rows:
        assert all(of.agrees(pair) for pair in PAIRS)
        assert of.apart[ENGINE_DELTA] < 1e-12
        assert of.apart[DIFFERENCES_DELTA] < 1e-6
        assert of.apart[DIFFERENCES_ENGINE] < 1e-6
        assert of.odd_one is None
        assert of.compared == of.sampled == min(24, np.prod(of.shape))


@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.sampled_from(sorted(ACTIVATIONS)),
    st.sampled_from(HEADS),
    st.sampled_from([0.0, 0.1]),
    st.integers(1, 9),
    st.floats(-3, 2),
    st.integers(0, 10**6),
)
def test_there_is_no_false_alarm(
    sizes: list[int], activation: str, head: tuple[str, str], decay: float, m: int, exponent: float, seed: int
) -> None:
    output, cost = head
    sizes[-1] = max(sizes[-1], 2)
    made = Network(sizes, activation=activation, output=output, cost=cost, decay=decay, seed=seed)
    made.parameters = {name: 10.0**exponent * p for name, p in made.parameters.items()}
    random = np.random.default_rng(seed)
    X, Y = random.normal(size=(m, sizes[0])), random.integers(0, sizes[-1], m)
    for of in agreement(made, X, Y, entries=4):
        assert all(of.agrees(pair) for pair in PAIRS), of


WRONG_STEPS = {
    "the mean over examples": (Steps(weight_gradient=lambda delta, a: delta.T @ a), {"W1", "W2", "W3"}),
    "the decay": (Steps(decay=lambda W, decay: 0 * W), {"W1", "W2", "W3"}),
    "f'": (Steps(hidden_delta=lambda delta, W, slope: delta @ W), {"W1", "b1", "W2", "b2"}),
    "f' of a": (Steps(activation_derivative=lambda z, a: 1 - np.tanh(a) ** 2), {"W1", "b1", "W2", "b2"}),
    "a sign": (Steps(output_delta=lambda z, a, y: y - a), {"W1", "b1", "W2", "b2", "W3", "b3"}),
    "an example": (Steps(bias_gradient=lambda delta: np.mean(delta[1:], axis=0)), {"b1", "b2", "b3"}),
    "everything": (Steps(bias_gradient=lambda delta: 0 * np.mean(delta, axis=0)), {"b1", "b2", "b3"}),
    "one per cent": (Steps(weight_gradient=lambda delta, a: 1.01 * weight_gradient(delta, a)), {"W1", "W2", "W3"}),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "arrays"), WRONG_STEPS.values(), ids=WRONG_STEPS.keys())
def test_a_wrong_recurrence_is_found_and_named(steps: Steps, arrays: set[str]) -> None:
    made = network(Wrong)
    made.steps = steps
    rows = agreement(made, *examples())
    assert {of.array for of in rows if not of.agrees(ENGINE_DELTA)} == arrays
    assert {of.array for of in rows if of.odd_one == "delta"} == arrays
    assert all(of.agrees(DIFFERENCES_ENGINE) for of in rows)


def test_a_wrong_engine_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    right = module.grad

    def grad(f: Any) -> Any:
        return lambda parameters: {**(found := right(f)(parameters)), "b2": 1.01 * found["b2"]}

    monkeypatch.setattr(module, "grad", grad)
    rows = by_name(agreement(network(), *examples()))
    assert {name: of.odd_one for name, of in rows.items() if of.odd_one} == {"b2": "engine"}
    assert rows["b2"].apart[ENGINE_DELTA] == pytest.approx(0.01, rel=0.02)


def test_wrong_differences_are_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    right = module.slope
    monkeypatch.setattr(module, "slope", lambda *args: right(*args)._replace(value=right(*args).value + 1e-3))
    assert {of.odd_one for of in agreement(network(), *examples())} == {"differences"}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_never_agrees(monkeypatch: pytest.MonkeyPatch, bad: float) -> None:
    made = network(Wrong)
    made.steps = Steps(bias_gradient=lambda delta: np.mean(delta, axis=0) + bad)
    rows = by_name(agreement(made, *examples()))
    assert rows["b1"].odd_one == rows["b3"].odd_one == "delta"
    assert not rows["b2"].agrees(ENGINE_DELTA)
    assert rows["b2"].to_dict()["apart"]["engine-delta"] is None
    assert rows["W2"].odd_one is None


def test_one_entry_in_a_thousand_million_millionths_is_found() -> None:
    made = network(Wrong)

    def nearly(delta: Any, a: Any) -> Any:
        right = weight_gradient(delta, a)
        right[-1, -1] += 1e-11 * np.max(np.abs(right))
        return right

    made.steps = replace(NOTES, weight_gradient=nearly)
    rows = by_name(agreement(made, *examples()))
    assert [name for name, of in rows.items() if not of.agrees(ENGINE_DELTA)] == ["W1", "W2", "W3"]
    assert all(of.agrees(DIFFERENCES_DELTA) for of in rows.values())
    assert rows["W1"].odd_one is None  # too small for the differences to say who is right


def test_rounding_in_a_network_that_fits_is_no_disagreement() -> None:
    made = network(decay=0.0)
    X, _ = examples(1)
    made.parameters["b3"][1] += 25.0  # a - y of this example is some 1e-11, and carries a rounding error of 1e-16
    rows = agreement(made, X, made.predict(X))
    assert max(of.apart[ENGINE_DELTA] for of in rows) > EXACT
    assert all(of.agrees(pair) for of in rows for pair in PAIRS)


@pytest.mark.parametrize(("output", "z"), [("sigmoid", 34.0), ("softmax", 46.0)])
def test_rounding_in_a_saturated_output_is_no_disagreement(output: str, z: float) -> None:
    """a - y is -1e-15 or less and loses most digits; the slopes of -log a, which is next to 1 - a, lose none."""
    made = Network([1, 2], output=output)
    made.parameters = {"W1": np.zeros((2, 1)), "b1": np.array([z, -z])}
    rows = by_name(agreement(made, np.ones((1, 1)), np.array([0])))
    assert max(rows["b1"].apart[pair] or 0.0 for pair in PAIRS[1:]) > NUMERICAL
    assert all(of.agrees(pair) for of in rows.values() for pair in PAIRS)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_a_kink_at_the_very_point_is_left_out(activation: str) -> None:
    made = Network([5, 7, 6, 3], activation=activation, seed=1)
    X, Y = examples()
    X[4] = 0.0  # with all biases zero every z of this example is exactly 0
    rows = by_name(agreement(made, X, Y))
    assert rows["b1"].compared == rows["b2"].compared == 0
    assert rows["b1"].apart[DIFFERENCES_DELTA] is None
    assert rows["b1"].agrees(DIFFERENCES_DELTA)
    assert rows["W1"].compared == rows["W1"].sampled
    assert all(of.agrees(pair) for of in rows.values() for pair in PAIRS)


def test_without_the_branch_a_kink_would_be_a_false_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Network([5, 7, 6, 3], activation="relu", seed=1)
    X, Y = examples()
    X[4] = 0.0
    monkeypatch.setattr(module, "KINKED", ())
    assert not all(of.agrees(DIFFERENCES_DELTA) for of in agreement(made, X, Y))


def test_a_dead_network_gives_zeros_and_no_alarm() -> None:
    made = Network([5, 7, 3], activation="relu", seed=1)
    made.parameters["b1"] -= 100.0
    rows = by_name(agreement(made, *examples()))
    assert rows["W1"].largest == 0.0
    assert rows["W1"].apart[ENGINE_DELTA] == 0.0
    assert rows["W1"].compared == 0
    assert rows["b2"].compared == 3


def test_the_same_twice_and_the_parameters_as_they_were() -> None:
    made = network()
    before = {name: p.copy() for name, p in made.parameters.items()}
    assert agreement(made, *examples()) == agreement(made, *examples())
    assert all(np.array_equal(before[name], p) for name, p in made.parameters.items())


def test_limits() -> None:
    row = Agreement("W1", (2, 3), 1.0, dict.fromkeys(PAIRS, 0.0), EXACT, 6, 6)
    assert not replace(row, apart={**row.apart, ENGINE_DELTA: 2 * EXACT}).agrees(ENGINE_DELTA)
    assert not replace(row, apart={**row.apart, DIFFERENCES_DELTA: 2 * NUMERICAL}).agrees(DIFFERENCES_DELTA)
    assert not replace(row, apart={**row.apart, DIFFERENCES_DELTA: np.nan}).agrees(DIFFERENCES_DELTA)
    rounded = replace(row, exact=1e-3)
    for pair in PAIRS:
        assert replace(rounded, apart={**row.apart, pair: 1e-3}).agrees(pair)
        assert not replace(rounded, apart={**row.apart, pair: 2e-3}).agrees(pair)
    assert row.to_dict()["agrees"] == {"engine-delta": True, "differences-delta": True, "differences-engine": True}
