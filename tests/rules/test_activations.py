"""softplus: to a few ulps what the definition gives, at the ends of the range too, of any dtype; Values as arrays."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest

from tinygrad_bp import Value, grad, log_softmax, sigmoid, softplus

ODD = [0.0, -0.0, 5e-324, 1e-300, -1e-17, 0.5, -0.5, 36.7, -36.7, 745.0, -745.0, 1000.0, -1000.0, 1e308, -1e308]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_it_is_its_definition(dtype: Any) -> None:
    x = np.concatenate([np.clip(ODD, -3e38, 3e38), np.linspace(-800, 800, 4001), np.linspace(-3, 3, 999)]).astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = softplus(x)
        assert y.dtype == dtype
        wide = x.astype(np.longdouble)
        right = np.logaddexp(np.longdouble(0), wide).astype(dtype)
        np.testing.assert_array_max_ulp(y, right, 4)
        assert np.array_equal(softplus(Value(x)).data, y)


def test_of_what_is_not_finite() -> None:
    for x, right in ((math.inf, math.inf), (-math.inf, 0.0), (math.nan, math.nan)):
        for of in (np.array([x]), np.array([x], np.float32), np.array(x), np.float64(x), x):
            assert np.array_equal(softplus(of), np.full(np.shape(of), right), equal_nan=True)
        y = softplus(Value(x)).data
        assert type(y) is float
        assert y == right or (math.isnan(y) and math.isnan(right))


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int64])
def test_of_whole_numbers(dtype: Any) -> None:
    x = np.array([0, 1, 3]).astype(dtype)
    np.testing.assert_allclose(softplus(x), np.logaddexp(0.0, x.astype(float)), rtol=1e-15)
    assert softplus(x).dtype == float


def test_python_floats_are_as_arrays() -> None:
    for x in [*ODD, 0.3, -2.7, 20.0, -20.0]:
        y = softplus(Value(x)).data
        assert abs(y - softplus(np.array([x]))[0]) <= 2 * math.ulp(y)
    assert grad(softplus)(0.0) == 0.5


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(), (1,), (7,), (16, 3), (3, 0), (0, 3), (2, 3, 4)])
def test_of_a_value_they_give_the_bits_of_an_array_and_leave_it_as_it_is(shape: tuple[int, ...], dtype: Any) -> None:
    x = (30 * np.random.default_rng(0).standard_normal(shape)).astype(dtype)
    for y in (x, x.T, -1000 * x, np.where(x > 0, np.inf, x), np.full_like(x, np.nan), np.full_like(x, -np.inf)):
        before = y.copy()
        with np.errstate(all="ignore"):
            assert np.array_equal(sigmoid(Value(y)).data, sigmoid(y), equal_nan=True)
            for axis in (None, *range(y.ndim)):
                ours, plain = log_softmax(Value(y), axis=axis).data, log_softmax(y, axis=axis)
                assert np.array_equal(ours, plain, equal_nan=True)
                assert ours.dtype == plain.dtype == dtype
        assert np.array_equal(y, before, equal_nan=True)
