"""derive: the formulas of the corpus read as a person writes them, and give the engine's gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_bp import Network, derive, grad, name, relu
from tinygrad_bp.tree import leaves

from .corpus import CORPUS, Case, notes_squared_error
from .corpus.blame import error, flattened

by_case = pytest.mark.parametrize("case", CORPUS, ids=str)


def derived(case: Case, seed: int = 0) -> tuple[Any, tuple[Any, ...]]:
    arguments = case.arguments(np.random.default_rng(seed))
    names = case.cost.__code__.co_varnames[: case.cost.__code__.co_argcount]
    given = case.by_hand(*arguments)
    return derive(case.cost, *arguments, argnums=[i for i, x in enumerate(names) if x in given]), arguments


def run(source: str) -> Any:
    scope: dict[str, Any] = {}
    exec(source, scope)
    return scope["gradient"]


@by_case
def test_the_source_runs_alone_and_gives_every_delta_and_gradient(case: Case) -> None:
    derivation, arguments = derived(case)
    found = dict(flattened(run(derivation.source)(*arguments)))
    for quantity, by_hand in flattened(case.by_hand(*arguments)):
        assert error(found[quantity], by_hand) < 1e-12, quantity
    other = case.arguments(np.random.default_rng(1))  # and at other arguments
    found = dict(flattened(run(derivation.source)(*other)))
    for quantity, by_hand in flattened(case.by_hand(*other)):
        assert error(found[quantity], by_hand) < 1e-12, quantity


@by_case
def test_every_quantity_has_a_step_that_uses_later_delta_alone(case: Case) -> None:
    derivation, arguments = derived(case)
    known: set[str] = set()
    for step in derivation.steps:
        assert known.issuperset(step.after)
        known.add(step.quantity)
    assert known.issuperset(quantity for quantity, _ in flattened(case.by_hand(*arguments)))
    assert str(derivation).endswith(str(derivation.steps[-1]))
    assert derivation.latex.count(r"\text{(") == len(derivation.steps) + len(derivation.forward)
    assert [step["quantity"] for step in derivation.to_dict()["steps"]] == [step.quantity for step in derivation.steps]


def test_the_network_of_the_notes_reads_as_in_the_notes() -> None:
    steps = {step.quantity: step.source for step in derived(Case.of(notes_squared_error))[0].steps}
    assert steps["a4"] == "(a4 - Y) / 4"
    assert steps["z4"] == "d_a4 * a4 * (1 - a4)"
    assert steps["a2"] == "d_z3 @ W2"
    assert steps["z2"] == "d_a2 * a2 * (1 - a2)"
    assert steps["W1"] == "d_z2.T @ X + lam * W1"
    assert steps["b1"] == "np.sum(d_z2, axis=0)"


def test_a_cost_that_names_only_z_has_the_delta_recurrence() -> None:
    def cost(X: Any, Y: Any, W1: Any, W2: Any) -> Any:
        z2 = name(X @ W1.T, "z2")
        z3 = name(np.tanh(z2) @ W2.T, "z3")
        return np.sum((z3 - Y) ** 2) / (2 * len(X))

    rng = np.random.default_rng(0)
    X, Y, W1, W2 = (rng.normal(size=shape) for shape in ((5, 2), (5, 3), (4, 2), (3, 4)))
    derivation = derive(cost, X, Y, W1, W2, argnums=(2, 3))
    assert str(derivation.step("z2")) == "d_z2 = (d_z3 @ W2) * (1 - np.tanh(z2)**2)"
    assert str(derivation.step("W2")) == "d_W2 = d_z3.T @ np.tanh(z2)"


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky_relu", "softplus", "identity"])
@pytest.mark.parametrize(("output", "cost"), [("softmax", "cross-entropy"), ("sigmoid", "cross-entropy"),
                         ("softmax", "squared-error"), ("tanh", "squared-error")])  # fmt: skip
def test_the_network_class_is_derived(activation: str, output: str, cost: str) -> None:
    network = Network([3, 4, 2], activation=activation, output=output, cost=cost, decay=0.1, seed=0)
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(5, 3)), np.eye(2)[[0, 1, 1, 0, 1]]

    def named(parameters: Any, X: Any, Y: Any) -> Any:
        return network.cost(parameters, X, Y, name=name)

    derivation = derive(named, network.parameters, X, Y, argnums=0)
    found = run(derivation.source)(network.parameters, X, Y)["parameters"]
    for path, gradient in leaves(grad(network.cost)(network.parameters, X, Y)):
        assert error(dict(leaves(found))[path], gradient) < 1e-12
    if output == "softmax" and cost == "cross-entropy":
        assert derivation.step("z3").source == "(a3 - Y) / 5"
    if activation == "sigmoid":
        assert derivation.step("z2").source == "d_a2 * a2 * (1 - a2)"
    assert derivation.step('parameters["W1"]').source.startswith('d_z2.T @ X + parameters["W1"] / 10')


def test_names_used_twice_and_quantities_that_nothing_depends_on() -> None:
    def cost(w: Any) -> Any:
        y = w
        for _ in range(3):
            y = name(np.sin(y), "y")
        name(y * 2, "unused")
        return np.sum(relu(y))

    derivation = derive(cost, np.array([0.5, -1.0]))
    assert list(derivation.forward) == ["y", "y[1]", "y[2]", "unused"]
    assert [step.quantity for step in derivation.steps] == ["y[2]", "y[1]", "y", "w"]
    assert derivation.step("y[1]").source == "d_y[2] * np.cos(y[1])"
    found = run(derivation.source)(np.array([0.5, -1.0]))["w"]
    np.testing.assert_allclose(found, grad(cost)(np.array([0.5, -1.0])), rtol=1e-14)
    with pytest.raises(KeyError, match="has steps for"):
        derivation.step("z")


def test_an_argument_that_the_cost_does_not_touch_and_a_scalar_one() -> None:
    derivation = derive(lambda x, y: np.exp(2.0 * x), 0.5, np.ones(2))
    assert derivation.step("y").source == "np.full((2,), 0)"
    assert derivation.step("x").source == "2 * np.exp(2 * x)"
    with pytest.raises(TypeError, match="no argument of floats"):
        derive(lambda n: n, 3)
    with pytest.raises(TypeError, match="single number"):
        derive(lambda x: x, np.ones(2))
