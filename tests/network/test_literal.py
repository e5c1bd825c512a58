"""The literal recurrence: its own functions, and a network small enough for a pencil."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tinygrad_bp.network import ACTIVATIONS, Network
from tinygrad_bp.network import literal as notes

POINTS = (-1000.0, -30.0, -1.5, -1e-9, 0.0, 1e-9, 0.7, 30.0, 1000.0)


@pytest.mark.parametrize("f", ACTIVATIONS)
@pytest.mark.parametrize("z", POINTS)
def test_its_activations_are_the_vectorised_ones(f: str, z: float) -> None:
    assert notes.ACTIVATION.keys() == notes.DERIVATIVE.keys() == ACTIVATIONS.keys()
    vector = np.array([z])
    a = ACTIVATIONS[f].f(vector)
    assert notes.ACTIVATION[f](z) == pytest.approx(a[0], rel=1e-15, abs=1e-15)
    assert notes.DERIVATIVE[f](z) == pytest.approx(ACTIVATIONS[f].derivative(vector, a)[0], rel=1e-15, abs=4e-16)


@pytest.mark.parametrize("literal", [True, False])
def test_by_pencil(literal: bool) -> None:
    """One input, one hidden and one output neuron, two examples, all sigmoid, squared error, λ = 0.5, at
    W1 = 0, b1 = 0, W2 = 2, b2 = -1: a2 = 1/2, z3 = 0, a3 = 1/2, so with y = 0 and 1: δ3 = ±1/8, δ2 = ±1/16.
    """
    network = Network([1, 1, 1], output="sigmoid", cost="squared-error", decay=0.5)
    network.parameters = {"W1": np.zeros((1, 1)), "b1": np.zeros(1), "W2": np.full((1, 1), 2.0), "b2": np.full(1, -1.0)}
    gradient = network.delta_gradient([[1.0], [3.0]], [0, 1], literal=literal)
    expected = {
        "delta3": [[1 / 8], [-1 / 8]],
        "W2": [[0.5 * 2.0]],  # the two examples cancel, the decay is left
        "b2": [0.0],
        "delta2": [[1 / 16], [-1 / 16]],
        "W1": [[(1 / 16 - 3 / 16) / 2]],
        "b1": [0.0],
    }
    assert {name: g.tolist() for name, g in gradient.items()} == expected
    assert network.cost(network.parameters, [[1.0], [3.0]], [0, 1]) == (1 / 8 + 1 / 8) / 2 + 0.5 / 2 * 4.0


def test_softmax_of_huge_z() -> None:
    assert notes.output_activation("softmax", [1000.0, -1000.0, 1000.0]) == [0.5, 0.0, 0.5]


def test_sigmoid_keeps_its_relative_accuracy() -> None:
    assert notes.sigmoid(-40.0) == pytest.approx(math.exp(-40.0), rel=1e-15)
