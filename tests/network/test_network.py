"""What a trained network answers."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_bp.network import Network


def test_labels_are_the_largest_output() -> None:
    net = Network([2, 2], seed=0)
    net.parameters = {"W1": np.eye(2), "b1": np.zeros(2)}
    X = [[3.0, 1.0], [0.0, 2.0], [-1000.0, 1000.0]]
    assert net.predict(X).tolist() == [0, 1, 1]
    np.testing.assert_allclose(net.predict_proba(X).sum(axis=1), 1.0)
    np.testing.assert_array_equal(net.predict_proba(X), net.outputs(X))


def test_labels_of_one_unit() -> None:
    net = Network([1, 1], output="sigmoid")
    net.parameters = {"W1": np.ones((1, 1)), "b1": np.zeros(1)}
    X = [[-2.0], [0.0], [1000.0]]
    assert net.predict(X).tolist() == [0, 1, 1]
    assert net.predict(X).dtype.kind == "i"
    np.testing.assert_allclose(net.predict_proba(X), [[1 / (1 + np.exp(2.0))], [0.5], [1.0]], rtol=1e-15)


def test_other_outputs_are_no_probabilities() -> None:
    net = Network([2, 3], output="identity", cost="squared-error", seed=0)
    with pytest.raises(ValueError, match=r"output 'identity' gives no probabilities; use outputs\(X\)"):
        net.predict_proba(np.ones((1, 2)))
    W, b = net.parameters["W1"], net.parameters["b1"]
    np.testing.assert_allclose(net.outputs(np.ones((4, 2))), np.tile(W.sum(axis=1) + b, (4, 1)))


def test_inputs_are_checked() -> None:
    net = Network([2, 3])
    for method in (net.predict, net.predict_proba, net.outputs):
        with pytest.raises(ValueError, match="X must have 2 columns"):
            method(np.ones((1, 3)))
