"""The differences find the slope, and their own error covers what they are off by."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_bp.training.differences import Slope, noise, slope


def smooth(f: Callable[[float], float]) -> Callable[[float], tuple[float, Any]]:
    """f with a single branch."""
    return lambda x: (f(x), None)


def found(f: Callable[[float], float], x: float, scatter: float = 0.0, enough: float = 0.0) -> Slope:
    return slope(smooth(f), x, None, scatter, enough)


@given(st.floats(-3, 3), st.floats(0.1, 30), st.floats(-3, 3), st.floats(-8, 8))
def test_the_error_covers_the_difference_from_the_derivative(x: float, a: float, b: float, exponent: float) -> None:
    c = 10.0**exponent
    got = found(lambda x: c * math.sin(a * x + b), x, scatter=2.0**-52 * c * (1 + abs(a * x + b)))
    assert abs(got.value - c * a * math.cos(a * x + b)) <= 3 * got.error
    assert got.error <= 1e-8 * c * a


@pytest.mark.parametrize(
    ("f", "x", "derivative"),
    [(math.exp, 1.0, math.e), (lambda x: x**3, -2.0, 12.0), (math.tanh, 30.0, 0.0), (lambda x: 7.0, 5.0, 0.0)],
)
def test_known_slopes(f: Callable[[float], float], x: float, derivative: float) -> None:
    got = found(f, x)
    assert got.value == pytest.approx(derivative, rel=1e-10, abs=1e-10)
    assert got.error < 1e-9


def test_it_stops_when_the_error_is_small_enough() -> None:
    seen: list[float] = []

    def f(x: float) -> float:
        seen.append(x)
        return math.exp(x)

    assert found(f, 0.0, enough=1e-5).error <= 1e-5
    few = len(seen)
    seen.clear()
    assert found(f, 0.0).error < 1e-5
    assert few < len(seen)


def test_three_steps_are_exact_for_a_cubic() -> None:
    """D(h) = f' + c₂ h², so the first extrapolation is exact, and the second sees that it is."""
    seen: list[float] = []

    def cubic(x: float) -> float:
        seen.append(x)
        return x**3

    assert found(cubic, 1.0, enough=1e-10).error <= 1e-10
    assert len(seen) == 6


def test_scatter_is_admitted() -> None:
    scatter = 1e-6
    got = found(lambda x: math.sin(x) + scatter * math.sin(1e9 * x), 1.0, scatter)
    assert got.error > 1e-6
    assert abs(got.value - math.cos(1.0)) <= got.error


@pytest.mark.parametrize("distance", [1e-4, 1e-3, 0.02, 0.5, -0.01])
def test_a_difference_across_a_kink_is_left_out(distance: float) -> None:
    got = slope(lambda x: (2 * max(x, 0.0) + x * x, x > 0), distance, distance > 0, 1e-18, 0.0)
    assert got.value == pytest.approx(2 * (distance > 0) + 2 * distance, abs=10 * got.error)
    assert got.error < 1e-9


@pytest.mark.parametrize("x", [0.0, 1e-12])
def test_at_a_kink_nothing_is_told(x: float) -> None:
    got = slope(lambda x: (abs(x), x > 0), x, x > 0, 0.0, 0.0)
    assert math.isnan(got.value)
    assert got.error == math.inf


def test_nothing_is_told_of_a_function_that_is_no_number() -> None:
    assert found(lambda x: math.nan, 1.0).error == math.inf


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1.0, 1e6])
def test_the_noise_of_rounded_numbers_is_measured(scale: float) -> None:
    grain = 2.0**-40 * scale

    def rounded(t: float) -> float:
        return grain * round(scale * math.exp(1e4 * t) * (1 + t * 1e6) / grain)

    assert grain / math.sqrt(12) / 4 < noise(rounded) < grain / math.sqrt(12) * 4


def test_the_noise_of_float32_is_that_of_float32() -> None:
    weights = np.random.default_rng(0).normal(size=100)

    def f(t: float) -> float:
        return float(np.sum(np.tanh(np.float32(1e3) * np.float32(t) + weights.astype(np.float32))))

    assert 1e-8 < noise(f) < 1e-4


def test_a_straight_line_has_no_noise() -> None:
    assert noise(lambda t: 3.0 + t) == 0.0
