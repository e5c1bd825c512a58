"""Several derivations at once, marks, and the smallest counterexample."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from tests.network.slips import SLIPS
from tinygrad_bp import Network, compare, name, smallest_counterexample
from tinygrad_bp.derivation import cost_of, derivation
from tinygrad_bp.network import Steps


def cost(X: Any, y: Any, w: Any) -> Any:
    z = name(X @ w, "z")
    return np.mean((z - y) ** 2)


@derivation(of=cost)
def right(X: Any, y: Any, w: Any) -> dict[str, Any]:
    d_z = 2 * (X @ w - y) / len(X)
    return {"z": d_z, "w": X.T @ d_z}


def per_example(X: Any, y: Any, w: Any) -> dict[str, Any]:
    d_z = 2 * (X @ w - y)
    return {"z": d_z, "w": X.T @ d_z / len(X)}


def without_m(X: Any, y: Any, w: Any) -> dict[str, Any]:
    d_z = 2 * (X @ w - y)
    return {"z": d_z, "w": X.T @ d_z}


@pytest.fixture(scope="module")
def arguments() -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(5, 2)), rng.normal(size=5), rng.normal(size=2)


def test_a_matrix_of_agreement_and_the_odd_one_out(arguments: tuple[Any, ...]) -> None:
    several = {"mine": right, "yours": per_example, "theirs": without_m, "engine's": lambda *a: {"w": right(*a)["w"]}}
    agreement = compare(cost, several, *arguments)
    assert not agreement.ok
    assert agreement.odd_one_out == "theirs"
    assert agreement.agree("mine", "yours")
    assert agreement.differing["yours", "theirs"] == ("z", "w")
    assert agreement["theirs"]["z"].explanations[0].kind == "sum-for-mean"
    assert "the odd one out: theirs" in str(agreement)
    assert agreement.to_dict()["odd_one_out"] == "theirs"
    with pytest.raises(AssertionError):
        agreement.raise_unless_ok()


def test_two_derivations_held_against_each_other(arguments: tuple[Any, ...]) -> None:
    assert compare(cost, {"mine": right, "yours": per_example}, *arguments).ok
    two = compare(cost, {"mine": right, "yours": without_m}, *arguments)
    assert two.differing == {("mine", "yours"): ("z", "w")}
    assert two.odd_one_out is None
    with pytest.raises(ValueError, match="two derivations or more"):
        compare(cost, {"mine": right}, *arguments)


def test_a_mark_says_which_cost() -> None:
    assert cost_of(right) is cost
    assert cost_of(without_m) is None
    with pytest.raises(TypeError, match="pass the cost itself"):
        derivation(of="cost")  # type: ignore[arg-type]


def test_the_smallest_case_of_a_missing_mean_has_two_examples(arguments: tuple[Any, ...]) -> None:
    found = smallest_counterexample(cost, without_m, arguments=arguments, max_examples=50)
    assert not found.ok
    assert found.case is not None
    assert found.case["X"].shape == (2, 1)
    assert np.count_nonzero(found.case["X"]) <= 1
    assert found.first_wrong is not None
    assert found.first_wrong.quantity == "z"
    assert "X = array" in str(found)


def test_the_smallest_network_of_a_missing_mean_has_two_examples() -> None:
    network = Network([2, 3, 2], decay=0.1)
    found = smallest_counterexample(network, SLIPS["weights: 1/m missing"].steps, max_examples=20)
    assert found.case is not None
    assert found.case["X"].shape == (2, 1)
    assert found.first_wrong is not None
    assert found.first_wrong.quantity.startswith("parameters")


def test_the_smallest_case_of_a_missing_transpose_has_a_layer_that_is_not_symmetric() -> None:
    def layer(x: Any, W: Any) -> Any:
        return np.sum(np.tanh(name(W @ x, "z")))

    def slipped(x: Any, W: Any) -> dict[str, Any]:
        d_z = 1 - np.tanh(W @ x) ** 2
        return {"z": d_z, "x": W @ d_z, "W": np.outer(d_z, x)}

    found = smallest_counterexample(layer, slipped, arguments=(np.ones(3), np.ones((3, 3))), max_examples=50)
    assert found.case is not None
    W = found.case["W"]
    assert W.shape == (2, 2)
    assert not np.array_equal(W, W.T)
    assert [f.quantity for f in found.findings if f.verdict == "wrong"] == ["x"]


def test_a_strategy_of_ones_own_and_a_right_derivation(arguments: tuple[Any, ...]) -> None:
    numbers = st.floats(-2, 2).map(lambda x: round(x, 1))
    drawn = st.tuples(*(st.lists(numbers, min_size=2, max_size=2).map(np.array) for _ in range(2)))
    product = lambda a, b: np.sum(a * b)  # noqa: E731
    found = smallest_counterexample(product, lambda a, b: {"a": b, "b": b}, drawn, max_examples=40)
    assert found.first_wrong is not None
    assert found.first_wrong.quantity == "b"
    assert smallest_counterexample(cost, right, arguments=arguments, max_examples=15).ok
    assert smallest_counterexample(Network([2, 2]), Steps(), max_examples=10).ok


def test_without_hypothesis_or_anything_to_draw_from(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypeError, match="nothing to draw from"):
        smallest_counterexample(cost, right)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError, match=r"tinygrad_bp\[test\]"):
        smallest_counterexample(cost, right)
