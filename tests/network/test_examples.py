"""X and Y: every form that is taken, and one clear error for what is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_bp.network import Architecture, Network
from tinygrad_bp.network.examples import inputs, targets

DOUBLE = np.dtype(np.float64)
LABELS = np.array([0, 2, 1])
ONE_HOT = np.eye(3)[LABELS]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones(2), r"X must have one row for each example, shape \(m, 2\); it has shape \(2,\)"),
        (np.ones((1, 2, 2)), "X must have one row for each example"),
        (np.ones((0, 2)), "X has no rows"),
        (np.ones((4, 3)), "X must have 2 columns, the size of the input layer; it has 3"),
        ([[1.0, 2.0], [np.nan, 1.0]], "X must be finite in float64; row 1, column 0 is nan"),
        ([[1.0, -np.inf]], "X must be finite in float64; row 0, column 1 is -inf"),
        ([["1", "2"]], "X must be an array of real numbers; it is of type <U1"),
        ([[1.0, 2.0j]], "X must be an array of real numbers; it is of type complex128"),
        ([[1.0, None]], "X must be an array of real numbers; it is of type object"),
        ([[1.0, 2.0], [1.0]], "X must be an array of numbers: "),
    ],
)
def test_inputs_refused(X: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        inputs(Architecture((2, 3)), X, DOUBLE)


def test_inputs_too_large_for_the_parameters_type() -> None:
    with pytest.raises(ValueError, match="X must be finite in float32"):
        inputs(Architecture((2, 3)), [[1e300, 0.0]], np.dtype(np.float32))


@pytest.mark.parametrize("X", [[[1, 2]], [[True, False]], np.ones((1, 2), np.float16), np.ones((3, 2), np.uint8)])
def test_inputs_of_every_number(X: Any) -> None:
    rows = inputs(Architecture((2, 3)), X, DOUBLE)
    assert rows.dtype == DOUBLE
    np.testing.assert_array_equal(rows, np.asarray(X))


@pytest.mark.parametrize("cost", ["cross-entropy", "squared-error"])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("Y", [LABELS.tolist(), LABELS.astype(np.int8), ONE_HOT.astype(int), ONE_HOT.astype(bool)])
def test_labels_and_one_hot_rows_are_the_same(output: str, cost: str, Y: Any) -> None:
    rows = targets(Architecture((2, 3), output=output, cost=cost), Y, 3, DOUBLE)
    np.testing.assert_array_equal(rows, ONE_HOT)
    network = Network([2, 3], output=output, cost=cost, seed=0)
    X = np.arange(6.0).reshape(3, 2)
    for name, g in network.delta_gradient(X, Y).items():
        np.testing.assert_array_equal(g, network.delta_gradient(X, ONE_HOT)[name])


@pytest.mark.parametrize("Y", [[0, 1, 1], [[0], [1], [1]], [False, True, True], np.array([0.0, 1.0, 1.0])])
def test_one_unit_takes_numbers(Y: Any) -> None:
    rows = targets(Architecture((2, 1), output="sigmoid"), Y, 3, DOUBLE)
    np.testing.assert_array_equal(rows, [[0.0], [1.0], [1.0]])


def test_squared_error_takes_any_numbers() -> None:
    Y = np.array([[-3.0, 7.5], [0.0, 1e6]])
    np.testing.assert_array_equal(targets(Architecture((2, 2), cost="squared-error"), Y, 2, DOUBLE), Y)


def test_probabilities_add_up_to_one() -> None:
    Y = np.array([[0.2, 0.3, 0.5], [0.1, 0.2, 0.7]], np.float32)
    rows = targets(Architecture((2, 3)), Y, 2, DOUBLE)
    np.testing.assert_allclose(rows, Y, rtol=1e-6)
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, rtol=2e-16)


def test_the_parameters_type_is_taken() -> None:
    network = Network([2, 3], seed=0)
    network.parameters = {name: p.astype(np.float32) for name, p in network.parameters.items()}
    assert network.predict_proba(np.ones((4, 2))).dtype == np.float32


@pytest.mark.parametrize(
    ("architecture", "Y", "message"),
    [
        (
            Architecture((2, 3)),
            [0, 1],
            r"Y must be integer labels of shape \(3,\) or rows .* \(3, 3\), as X has 3 rows",
        ),
        (Architecture((2, 3)), 1, "Y must be integer labels"),
        (Architecture((2, 3)), np.ones((3, 2)), r"Y must be integer labels .*; it has shape \(3, 2\)"),
        (Architecture((2, 3)), [[0], [1], [2]], r"Y must be integer labels .*; it has shape \(3, 1\)"),
        (Architecture((2, 3)), [0, 1, 3], "Y: labels must run from 0 to 2, one for each output unit; row 2 has 3"),
        (Architecture((2, 3)), [0, -1, 2], "Y: labels must run from 0 to 2, .*; row 1 has -1"),
        (Architecture((2, 3)), [0.0, 1.0, 2.0], "Y: labels must be integers"),
        (Architecture((2, 3)), ["a", "b", "c"], "Y must be an array of real numbers"),
        (Architecture((2, 3)), [[1, 0, 0], [0, 1, 1], [0, 0, 1]], "Y: softmax .* add up to 1; row 1 does not"),
        (Architecture((2, 3)), [[1, 0, 0], [2, -1, 0], [0, 0, 1]], r"Y: cross-entropy needs .* in \[0, 1\]; row 1"),
        (Architecture((2, 3)), [[1, 0, 0], [np.nan, 1, 0], [0, 0, 1]], "Y must be finite .*; row 1, column 0 is nan"),
        (Architecture((2, 1), output="sigmoid"), [0, 1, 2], r"Y: cross-entropy needs targets in \[0, 1\]; row 2"),
        (Architecture((2, 1), output="sigmoid"), np.ones((3, 2)), r"Y must be targets of shape \(3,\) or \(3, 1\)"),
        (Architecture((2, 2), output="sigmoid"), [0.0, 1.0, 0.5], "Y: labels must be integers"),
    ],
)
def test_targets_refused(architecture: Architecture, Y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        targets(architecture, Y, 3, DOUBLE)


def test_nothing_given_is_changed() -> None:
    X, Y = np.ones((3, 2)), ONE_HOT.copy()
    inputs(Architecture((2, 3)), X, DOUBLE)[0, 0] = 7.0
    targets(Architecture((2, 3)), Y, 3, DOUBLE)[0, 0] = 7.0
    np.testing.assert_array_equal(X, 1.0)
    np.testing.assert_array_equal(Y, ONE_HOT)
