"""compare: each step is judged on its own, by what the derivation has after it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.network.slips import SLIPS, case_for, with_decay_on_biases
from tinygrad_bp import Network, compare, name

from .corpus import CORPUS, Case, Slip
from .corpus.blame import by_steps
from .thorough import some

PLANTED = [pytest.param(case, slip, id=f"{case}: {slip}") for case in CORPUS for slip in case.slips]


def verdicts(comparison: Any) -> dict[str, str]:
    return {finding.quantity: finding.verdict for finding in comparison.findings if finding.verdict != "missing"}


@pytest.mark.parametrize("case", CORPUS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_a_right_derivation_is_right(case: Case, seed: int) -> None:
    comparison = compare(case.cost, case.by_hand, *case.arguments(np.random.default_rng(seed)), seed=seed)
    assert set(verdicts(comparison).values()) == {"right"}, str(comparison)
    assert comparison.ok
    assert comparison.convention is None
    assert "confirm" in comparison.witness


@pytest.mark.parametrize(("case", "planted"), some(PLANTED, 5))
def test_a_slip_is_wrong_at_its_own_step_and_inherited_after_it(case: Case, planted: Slip) -> None:
    arguments = case.arguments(np.random.default_rng(7))
    comparison = compare(case.cost, planted.plant(case.by_hand), *arguments, explain=False)
    assert verdicts(comparison) == by_steps(case.steps, planted.apply(case.steps), arguments)
    wrong = {finding.quantity for finding in comparison.findings if finding.verdict == "wrong"}
    for finding in comparison.findings:
        assert wrong.issuperset(finding.upstream)
        assert bool(finding.upstream) == (finding.verdict == "inherited")
    with pytest.raises(AssertionError, match="wrong"):
        comparison.raise_unless_ok()


@pytest.mark.parametrize("slip", SLIPS)
def test_the_notes_recurrence_with_one_step_replaced(slip: str) -> None:
    """A step is replaced in every layer that has it; its first fault is named, and no other step than that."""
    replaced = SLIPS[slip]
    case = case_for(replaced)
    comparison = compare(case.network, replaced.steps, case.X, case.Y, explain=False)
    wrong = [finding.quantity for finding in comparison.findings if finding.verdict == "wrong"]
    first = replaced.first_wrong
    assert wrong[0] in (first.replace("delta", "z"), f'parameters["{first}"]')
    kinds = {quantity[0] if quantity[0] == "z" else quantity[-4] for quantity in wrong}
    assert len(kinds) == 1
    assert comparison.convention is not None
    assert "5" in comparison.convention


def test_decay_on_biases_is_wrong_at_the_biases() -> None:
    case = case_for(SLIPS["decay: missing"])

    def by_hand(parameters: Any, X: Any, Y: Any) -> Any:
        return with_decay_on_biases(case, case.network.delta_gradient(X, Y, parameters=parameters))

    comparison = compare(case.network, by_hand, case.X, case.Y, explain=False)
    assert verdicts(comparison)['parameters["W2"]'] == "right"
    assert verdicts(comparison)['parameters["b2"]'] == "wrong"


def two_layers(X: Any, Y: Any, W1: Any, W2: Any) -> Any:
    z2 = name(X @ W1.T, "z2")
    z3 = name(np.tanh(z2) @ W2.T, "z3")
    return np.sum((z3 - Y) ** 2) / (2 * len(X))


def by_hand(X: Any, Y: Any, W1: Any, W2: Any, c: float = 1.0) -> dict[str, Any]:
    a2 = np.tanh(X @ W1.T)
    d_z3 = (a2 @ W2.T - Y) / len(X)
    d_z2 = (d_z3 @ W2) * (1 - a2**2)
    return {"z3": c * d_z3, "z2": c * d_z2, "W2": d_z3.T @ a2, "W1": d_z2.T @ X}


@pytest.fixture(scope="module")
def arguments() -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return tuple(rng.normal(size=shape) for shape in ((5, 2), (5, 3), (4, 2), (3, 4)))


@pytest.mark.parametrize("c", [5.0, 2.0, -1.0])
def test_a_constant_convention_is_said_once_and_nobody_is_accused(arguments: tuple[Any, ...], c: float) -> None:
    comparison = compare(two_layers, lambda *given: by_hand(*given, c=c), *arguments)
    assert comparison.ok
    assert comparison.convention is not None
    assert f"{c:g} times" in comparison.convention


def test_the_same_constant_is_a_fault_where_the_gradients_do_not_come_out_right(arguments: tuple[Any, ...]) -> None:
    def times_m(*given: Any) -> dict[str, Any]:
        return {quantity: 5 * x for quantity, x in by_hand(*given).items()}

    comparison = compare(two_layers, times_m, *arguments)
    assert comparison.convention is None
    assert verdicts(comparison) == {"z3": "wrong", "W2": "inherited", "z2": "inherited", "W1": "inherited"}
    assert comparison["W1"].upstream == ("z3",)


def test_what_is_missing_is_judged_from_the_nearest_that_is_given(arguments: tuple[Any, ...]) -> None:
    def some(*given: Any) -> dict[str, Any]:
        right = by_hand(*given)
        return {"d_z3": -right["z3"], "W1": -right["W1"]}

    comparison = compare(two_layers, some, *arguments)
    assert [(f.quantity, f.verdict) for f in comparison.findings] == [
        ("z3", "wrong"), ("z2", "missing"), ("W1", "inherited")]  # fmt: skip
    listed = compare(two_layers, some, *arguments, argnums=(2, 3))
    assert ("W2", "missing") in [(f.quantity, f.verdict) for f in listed.findings]
    assert compare(two_layers, lambda *given: {"z2": by_hand(*given)["z2"]}, *arguments).ok


def test_what_is_not_comparable_says_why(arguments: tuple[Any, ...]) -> None:
    def odd(*given: Any) -> dict[str, Any]:
        right = by_hand(*given)
        right["z2"] = right["z2"][0]
        right["W2"] = np.where(right["W2"] > 0, np.nan, 0)
        return right

    comparison = compare(two_layers, odd, *arguments)
    assert not comparison.ok
    assert comparison["z2"].reason == "of shape (4,), where (5, 4) is expected"
    assert (comparison["W2"].reason or "").startswith("nan at [")
    assert comparison["W1"].verdict == "right"


def test_keys_that_mean_nothing_and_what_is_no_dict(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="'z9', and the cost has no such argument or named quantity: it has X, Y, W1"):
        compare(two_layers, lambda *given: {"z9": 0.0, "W1": given[2]}, *arguments)
    with pytest.raises(TypeError, match="return a dict"):
        compare(two_layers, lambda *given: given[2], *arguments)
    with pytest.raises(TypeError, match="pass a function"):
        compare(two_layers, 3, *arguments)
    with pytest.raises(ValueError, match="tau=2"):
        compare(two_layers, by_hand, *arguments, tau=2)


ACTIVATIONS = ["sigmoid", "tanh", "relu", "leaky_relu", "softplus", "identity"]
HEADS = [("softmax", "cross-entropy"), ("sigmoid", "cross-entropy"),
         *((output, "squared-error") for output in ("softmax", *ACTIVATIONS))]  # fmt: skip


@pytest.mark.parametrize(
    ("activation", "output", "cost"),
    some([(activation, *head) for activation in ACTIVATIONS for head in HEADS], 4),
)
def test_the_notes_recurrence_is_right_literal_and_vectorised(activation: str, output: str, cost: str) -> None:
    network = Network([3, 4, 3, 2], activation=activation, output=output, cost=cost, decay=0.1, seed=3)
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(4, 3)), np.array([0, 1, 1, 0])

    def literal(parameters: Any, X: Any, Y: Any) -> Any:
        return network.delta_gradient(X, Y, parameters=parameters, literal=True)

    for recurrence in (None, literal):
        comparison = compare(network, recurrence, X, Y)
        assert comparison.ok, str(comparison)
        assert set(verdicts(comparison)) == {"z4", "z3", "z2", *(f'parameters["{p}"]' for p in network.parameters)}


def test_rounding_of_the_derivation_itself_is_no_fault() -> None:
    def cost(x: Any) -> Any:
        return np.sum(np.tanh(name(x, "z")))

    def cancelling(x: Any) -> Any:  # 1 - tanh² by exponentials that lose all digits but a few
        e = np.exp(2 * x)
        return {"x": 1 - ((e - 1) / (e + 1)) ** 2}

    assert compare(cost, cancelling, np.array([9.0, 12.0, 14.0, -15.0])).ok
    assert not compare(cost, lambda x: {"x": cancelling(x)["x"] * (1 + 1e-3)}, np.array([9.0, 12.0])).ok


def test_float32_and_slips_as_small_as_can_be_seen(arguments: tuple[Any, ...]) -> None:
    single = [x.astype(np.float32) for x in arguments]
    assert compare(two_layers, by_hand, *single).ok
    assert not compare(two_layers, lambda *given: by_hand(*given) | {"W1": by_hand(*given)["W1"] * 1.0001}, *single).ok
    slightly = lambda *given: by_hand(*given) | {"W1": by_hand(*given)["W1"] * (1 + 1e-8)}  # noqa: E731
    assert verdicts(compare(two_layers, slightly, *arguments))["W1"] == "wrong"
    assert compare(two_layers, slightly, *arguments, tau=1e-6).ok


def test_an_update_in_place_spoils_no_later_judgement(arguments: tuple[Any, ...]) -> None:
    given = [x.copy() for x in arguments]
    out = np.empty((3, 4))

    def updating(X: Any, Y: Any, W1: Any, W2: Any) -> dict[str, Any]:
        right = by_hand(X, Y, W1, W2)
        np.copyto(out, right["W2"])  # its own array, written over by the next call
        W1 -= right["W1"]
        W2 -= right["W2"]
        X *= 0
        return right | {"W2": out}

    comparison = compare(two_layers, updating, *given)
    assert set(verdicts(comparison).values()) == {"right"}
    assert all(np.array_equal(x, y) for x, y in zip(given, arguments, strict=True))


def test_a_number_that_is_told_is_one_at_the_arguments_or_said_to_be_elsewhere(arguments: tuple[Any, ...]) -> None:
    def slipped(*given: Any) -> dict[str, Any]:
        right = by_hand(*given)
        return right | {"W1": 3 * right["W1"]}

    worst = compare(two_layers, slipped, *arguments, explain=False)["W1"].worst
    assert worst is not None
    assert not worst.redrawn
    assert worst.yours == pytest.approx(3 * by_hand(*arguments)["W1"][worst.index], rel=1e-12)
    assert "redrawn" not in str(worst)

    def square(x: Any) -> Any:
        return np.sum(x * x)

    found = compare(square, lambda x: {"x": 2 * np.ones(2)}, np.ones(2))  # right for 1 alone
    worst = found["x"].worst
    assert worst is not None
    assert worst.redrawn
    assert "at a point redrawn near the arguments" in str(found)
    assert worst.to_dict()["redrawn"] is True


def test_a_network_whose_delta_alone_are_given() -> None:
    case = case_for(SLIPS["decay: missing"])

    def deltas(parameters: Any, X: Any, Y: Any) -> Any:
        right = case.network.delta_gradient(X, Y, parameters=parameters)
        return {key: x for key, x in right.items() if key.startswith("delta")}

    comparison = compare(case.network, deltas, case.X, case.Y)
    assert comparison.ok, str(comparison)
    assert set(verdicts(comparison)) == {f"z{key.removeprefix('delta')}" for key in deltas(None, case.X, case.Y)}
    assert "5 times" in (comparison.convention or "")


def test_the_notes_convention_wins_where_another_leaves_as_many_at_fault() -> None:
    network = Network([1, 1], output="identity", cost="squared-error", seed=0)
    X, Y = np.array([[1.0], [2.0]]), np.array([[0.5], [3.0]])

    def slipped(parameters: Any, X: Any, Y: Any) -> Any:
        right = network.delta_gradient(X, Y, parameters=parameters)
        return {"delta2": right["delta2"], "b1": 2 * right["b1"]}

    comparison = compare(network, slipped, X, Y)
    assert [(f.quantity, f.verdict) for f in comparison.findings if f.verdict != "missing"] == [
        ("z2", "right"), ('parameters["b1"]', "wrong")]  # fmt: skip
    assert "2 times" in (comparison.convention or "")
