"""f and f': values, stability, the derivative at exactly 0, and types."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinygrad_bp.network.activations import ACTIVATIONS, LEAKY_SLOPE, log_softmax, softmax

REFERENCE: dict[str, Callable[[float], float]] = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)) if z > -700 else 0.0,
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0.0),
    "leaky_relu": lambda z: z if z > 0 else z / 100,
    "softplus": lambda z: math.log1p(math.exp(z)) if z < 700 else z,
    "identity": lambda z: z,
}
AT_ZERO = {"sigmoid": 0.25, "tanh": 1.0, "relu": 0.0, "leaky_relu": LEAKY_SLOPE, "softplus": 0.5, "identity": 1.0}
ANALYTIC = ("sigmoid", "tanh", "softplus", "identity")
Z = np.array([-1000.0, -745.0, -40.0, -3.0, -1e-8, 0.0, 1e-300, 1e-8, 0.5, 3.0, 40.0, 745.0, 1000.0])


def test_none_is_left_out() -> None:
    assert REFERENCE.keys() == AT_ZERO.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("f", ACTIVATIONS)
def test_values_at_any_z(f: str) -> None:
    expected = [REFERENCE[f](z) for z in Z]
    np.testing.assert_allclose(ACTIVATIONS[f].f(Z), expected, rtol=1e-15, atol=1e-16)


@pytest.mark.parametrize("f", ACTIVATIONS)
def test_derivative_at_exactly_zero(f: str) -> None:
    zero = np.zeros(1)
    assert ACTIVATIONS[f].derivative(zero, ACTIVATIONS[f].f(zero)).tolist() == [AT_ZERO[f]]


@pytest.mark.parametrize("f", ACTIVATIONS)
def test_derivative_is_that_of_f(f: str) -> None:
    z = Z if f in ANALYTIC else Z[Z != 0]
    by_complex_step = ACTIVATIONS[f].f(z + 1e-30j).imag / 1e-30
    np.testing.assert_allclose(
        ACTIVATIONS[f].derivative(z, ACTIVATIONS[f].f(z)), by_complex_step, rtol=4e-16, atol=4e-16
    )


@pytest.mark.parametrize("f", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_types_are_kept(f: str, dtype: type[np.floating[Any]]) -> None:
    z = Z.astype(dtype)
    a = ACTIVATIONS[f].f(z)
    assert a.dtype == dtype
    assert ACTIVATIONS[f].derivative(z, a).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_at_any_z(dtype: type[np.floating[Any]]) -> None:
    z = np.array([[1000.0, -1000.0, 0.0], [-1000.0, -1000.0, -1000.0], [0.0, math.log(2.0), 0.0]], dtype=dtype)
    expected = np.array([[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3], [0.25, 0.5, 0.25]])
    assert softmax(z).dtype == log_softmax(z).dtype == dtype
    np.testing.assert_allclose(softmax(z), expected, rtol=1e-6 if dtype is np.float32 else 1e-15)
    np.testing.assert_allclose(log_softmax(z)[0], [0.0, -2000.0, -1000.0])
    np.testing.assert_allclose(log_softmax(z)[1:], np.log(expected[1:]), rtol=1e-6 if dtype is np.float32 else 1e-15)
