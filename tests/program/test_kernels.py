"""What a replay computes in its own way, at every number where that could differ."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_bp.program.kernels import sum_log1p

ULP = np.finfo(float).eps


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """As a replay runs."""
    with np.errstate(all="ignore"):
        yield


def exact(x: np.ndarray) -> float:
    """Σ log(1 + x), each to an ulp and summed without a rounding."""
    return math.fsum(map(math.log1p, x.ravel().tolist()))


@pytest.mark.parametrize(
    "scale", [5e-324, 1e-310, 1e-300, 1e-17, 1.1e-16, 1e-8, 1e-3, 1.0, 30.0, 1e9, 1e70, 1e100, 1e300]
)
@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 23, 1000])
def test_the_sum_of_logarithms_is_right_to_a_few_roundings(scale: float, n: int) -> None:
    x = scale * np.random.default_rng(n).uniform(0, 2, n)
    assert abs(sum_log1p(x) - exact(x)) <= 4 * ULP * exact(x) + 5e-324 * n


@given(st.lists(st.floats(0, 1.7e308), max_size=40))
def test_of_any_numbers(entries: list[float]) -> None:
    x = np.array(entries)
    assert abs(sum_log1p(x) - exact(x)) <= 4 * ULP * exact(x) + 5e-324 * len(x)


def test_in_any_shape_and_order() -> None:
    x = np.random.default_rng(0).exponential(size=(6, 5, 3))
    for y in (x, x.T, x[:, ::2], np.asfortranarray(x)[::-1]):
        before = y.copy()
        assert sum_log1p(y) == pytest.approx(exact(y), rel=4 * ULP)
        assert np.array_equal(y, before)  # and nothing is written there


@pytest.mark.parametrize("odd", [np.inf, np.nan])
def test_infinite_and_undefined(odd: float) -> None:
    for place in range(11):
        x = np.ones(11)
        x[place] = odd
        assert str(sum_log1p(x)) == str(odd)
