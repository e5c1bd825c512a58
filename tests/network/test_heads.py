"""Output heads: costs known by hand, at any z, and their δ as the derivative of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tinygrad_bp.network.heads import HEADS

EVERY = pytest.mark.parametrize(("output", "cost"), HEADS)


def test_every_combination_is_there() -> None:
    squared = {
        (f, "squared-error") for f in ("sigmoid", "tanh", "relu", "leaky_relu", "softplus", "identity", "softmax")
    }
    assert HEADS.keys() == squared | {("softmax", "cross-entropy"), ("sigmoid", "cross-entropy")}


@pytest.mark.parametrize(
    ("head", "z", "y", "expected"),
    [
        (("softmax", "cross-entropy"), [0.0, 0.0, 0.0], [0.0, 1.0, 0.0], math.log(3)),
        (("softmax", "cross-entropy"), [math.log(3), 0.0], [0.5, 0.5], -0.5 * (math.log(0.75) + math.log(0.25))),
        (("softmax", "cross-entropy"), [1000.0, -1000.0], [0.0, 1.0], 2000.0),
        (("softmax", "cross-entropy"), [1000.0, -1000.0], [1.0, 0.0], 0.0),
        (("sigmoid", "cross-entropy"), [0.0, 0.0], [0.0, 1.0], 2 * math.log(2)),
        (("sigmoid", "cross-entropy"), [math.log(3)], [0.25], -0.25 * math.log(0.75) - 0.75 * math.log(0.25)),
        (("sigmoid", "cross-entropy"), [1000.0, -1000.0], [0.0, 1.0], 2000.0),
        (("sigmoid", "cross-entropy"), [1000.0, -1000.0], [1.0, 0.0], 0.0),
        (("sigmoid", "cross-entropy"), [40.0], [1.0], math.exp(-40.0)),
        (("identity", "squared-error"), [3.0, -1.0], [1.0, 1.0], (4.0 + 4.0) / 2),
        (("relu", "squared-error"), [3.0, -1.0], [1.0, 1.0], (4.0 + 1.0) / 2),
        (("softmax", "squared-error"), [0.0, 0.0], [1.0, 0.0], 0.25),
        (("softmax", "squared-error"), [1000.0, -1000.0], [0.0, 1.0], 1.0),
        (("sigmoid", "squared-error"), [1000.0, -1000.0], [0.0, 1.0], 1.0),
    ],
)
def test_costs_known_by_hand(head: tuple[str, str], z: list[float], y: list[float], expected: float) -> None:
    rows, targets = np.array([z, z]), np.array([y, y])
    costs = HEADS[head].example_costs(rows, HEADS[head].f(rows), targets)
    np.testing.assert_allclose(costs, [expected, expected], rtol=1e-15, atol=1e-300)


@EVERY
def test_delta_is_the_derivative_of_one_examples_cost(output: str, cost: str) -> None:
    head = HEADS[output, cost]
    random = np.random.default_rng(5)
    z, y = random.normal(0.0, 3.0, (20, 4)), random.dirichlet(np.ones(4), 20)
    delta = head.delta(z, head.f(z), y)
    for i in range(4):
        moved = z + 1e-30j * (np.arange(4) == i)
        by_complex_step = head.example_costs(moved, head.f(moved), y).imag / 1e-30
        np.testing.assert_allclose(delta[:, i], by_complex_step, rtol=1e-12, atol=1e-14)


@EVERY
@pytest.mark.parametrize("z", [-1000.0, 0.0, 1000.0])
def test_stable_at_any_z(output: str, cost: str, z: float) -> None:
    head = HEADS[output, cost]
    rows, y = np.array([[z, -z], [z, z]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    assert np.isfinite(head.example_costs(rows, head.f(rows), y)).all()
    assert np.isfinite(head.delta(rows, head.f(rows), y)).all()


@EVERY
def test_float32_stays_float32(output: str, cost: str) -> None:
    head = HEADS[output, cost]
    z, y = np.ones((3, 2), np.float32), np.array([[0, 1]] * 3, np.float32)
    assert head.example_costs(z, head.f(z), y).dtype == np.float32
    assert head.delta(z, head.f(z), y).dtype == np.float32
