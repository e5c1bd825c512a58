"""Ladders, noise, directions and verdicts by themselves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tinygrad_bp.gradcheck.analytic import NotAnalyticError, Traced
from tinygrad_bp.gradcheck.directions import SMALLEST, gaussian, representable
from tinygrad_bp.gradcheck.ladder import Estimate, central, one_sided, slope_of_even_part
from tinygrad_bp.gradcheck.noise import difference_table, granularity, noise_level
from tinygrad_bp.gradcheck.patterns import pattern
from tinygrad_bp.gradcheck.verdict import Trial, judge, judge_kink, proves_it_can_fail

H = [2.0**-k for k in range(4, 8)]
U = 2.0**-52

FUNCTIONS: dict[str, tuple[Any, float]] = {
    "sin": (lambda t: math.sin(1 + 3 * t), 3 * math.cos(1)),
    "exp": (lambda t: math.exp(2 * t), 2.0),
    "cube": (lambda t: (1 + t) ** 3, 3.0),
    "line": (lambda t: 1 + 0.5 * t, 0.5),
    "runge": (lambda t: 1 / (1 + 25 * (t + 0.3) ** 2), -15 / (1 + 2.25) ** 2),
    "fifth": (lambda t: t**5, 0.0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_truth_is_within_the_bound(name: str) -> None:
    f, slope = FUNCTIONS[name]
    estimate = central(H, [f(h) for h in H], [f(-h) for h in H], f(0), [U] * 4)
    assert abs(estimate.value - slope) <= estimate.bound + 1e-15
    assert estimate.bound < 1e-3


@given(st.floats(0.1, 30), st.floats(-3, 3), st.floats(-3, 3), st.floats(-2, 2))
@example(1.0, 0.0, 0.0, 5e-324)
@example(1.0, 0.0, 5e-324, 5e-324)
@example(1.0, 0.0, 1e-320, 0.0)
def test_the_truth_is_within_the_bound_for_waves(w: float, phase: float, a: float, b: float) -> None:
    def f(t: float) -> float:
        return a * math.sin(w * t + phase) + b * math.exp(t)

    noise = 2 * U * (abs(a) + 2 * abs(b)) + 2 * math.ulp(0.0)  # where numbers are next to nothing, rounding is absolute
    estimate = central(H, [f(h) for h in H], [f(-h) for h in H], f(0), [noise] * 4)
    assert abs(estimate.value - (a * w * math.cos(phase) + b)) <= 3 * estimate.bound


def test_even_part() -> None:
    def kink(t: float) -> float:
        return max(t, 0.0) + math.sin(t)

    even = slope_of_even_part(H, [kink(h) for h in H], [kink(-h) for h in H], 0.0, [U] * 4)
    assert even.value == pytest.approx(0.5, abs=1e-6)
    smooth = slope_of_even_part(H, [math.exp(h) for h in H], [math.exp(-h) for h in H], 1.0, [U] * 4)
    assert abs(smooth.value) < 1e-9


def test_one_sided() -> None:
    steps = [2.0**-k for k in range(3, 10)]
    estimate = one_sided(steps, [math.exp(h) for h in steps], 1.0, [U] * 7)
    assert abs(estimate.value - 1) <= estimate.bound < 1e-9
    left = one_sided(steps, [abs(-h) for h in steps], 0.0, [U] * 7, -1)
    assert left.value == pytest.approx(-1)


def test_oscillation_is_not_trusted() -> None:
    estimate = central(H, [math.sin(1e4 * h + 1) for h in H], [math.sin(1 - 1e4 * h) for h in H], math.sin(1), [U] * 4)
    assert not estimate.trusted


@pytest.mark.parametrize("level", [1e-12, 1e-8, 1e-4])
def test_noise_is_found(level: float) -> None:
    random = np.random.default_rng(0)
    ratios = []
    for _ in range(40):
        tables = [np.sin(1 + s * np.arange(1, 8)) + level * random.standard_normal(7) for s in (2.0**-32, 2.0**-20)]
        ratios.append(noise_level(tables, 1e-16) / level)
    assert 0.3 < np.median(ratios) < 3


def test_noise_of_smooth_functions_is_the_floor() -> None:
    tables = [np.sin(1 + s * np.arange(1, 8)) for s in (2.0**-32, 2.0**-20)]
    assert noise_level(tables, 2e-16) < 1e-15
    cusp = [np.cbrt(s * np.arange(1, 8)) for s in (2.0**-32, 2.0**-20)]
    assert noise_level(cusp, 1e-17) < 1e-4 * cusp[0].max()
    assert difference_table(np.ones(7)) == (None, math.inf)


def test_granularity() -> None:
    assert granularity([1.0, 1.5, 2.25]) == 0.25
    assert granularity([1.0, 1.0, 1.0]) == 0.0
    assert granularity([0.1, 0.2, 0.7]) < 1e-15
    assert granularity([(1e12 + math.sin(k)) - 1e12 for k in range(7)]) == 2.0**-13


@given(st.integers(1, 50), st.integers(0, 1000))
def test_gaussian_numbers_keep_away_from_zero(n: int, seed: int) -> None:
    assert np.abs(gaussian(np.random.default_rng(seed), n)).min() >= SMALLEST


@given(st.floats(0.01, 1e6), st.floats(1e-3, 1e3), st.sampled_from([np.float32, np.float64]))
def test_steps_are_exact(x: float, v: float, dtype: Any) -> None:
    at = np.array([x], dtype)
    low, high = 2.0**-9 * x / v, 2.0**-4 * x / v
    along = representable(at, np.array([v]), low, high)
    coarse = float(np.spacing(np.array(x + high * v, dtype)))
    for k in range(6):
        t = low * 2.0**k
        wanted = float(at[0]) + t * along[0]
        reached = float((at + t * along).astype(dtype)[0])
        # exact, but for the last digit of an x that is finer than the numbers beyond the next power of two
        assert abs(reached - wanted) <= (coarse if float(at[0]) % coarse else 0.0)


def test_judge() -> None:
    assert judge(1.0, 1e-9, 1.0, 1e-6) == "pass"
    assert judge(1.0, 1e-9, 1.1, 1e-6) == "fail"
    assert judge(1.0, 1e-3, 1.0, 1e-6) is None
    for bad in (math.nan, math.inf):
        assert judge(bad, 1e-9, 1.0, 1e-6) != "pass"
        assert judge(1.0, bad, 1.0, 1e-6) is None
        assert judge(1.0, 1e-9, bad, 1e-6) != "pass"
    assert judge(0.0, 0.0, 0.0, 0.0) is None  # zero on both sides proves nothing


def test_judge_at_a_kink() -> None:
    left, right = Estimate(0.0, 1e-9, 0.0), Estimate(1.0, 1e-9, 0.0)
    assert [judge_kink(left, right, d, 0.0, 1e-6)[0] for d in (0.0, 0.3, 1.0, 1.1, -0.1)] == ["pass"] * 3 + ["fail"] * 2
    assert judge_kink(left, right, math.nan, 0.0, 1e-6)[0] is None


def test_it_can_fail() -> None:
    assert proves_it_can_fail(Trial("pass", None, 1.0, 1.0, 1e-9, 1.0, True), 1e-6)
    assert not proves_it_can_fail(Trial("pass", None, 1.0, 1.0, math.nan, 1.0, True), 1e-6)


ANALYTIC: dict[str, tuple[Any, bool]] = {
    "sin": (lambda x: np.sin(x).sum(), True),
    "abs": (lambda x: np.abs(x).sum(), False),
    "abs, a method": (lambda x: abs(x).sum() + x[0], False),
    "conj": (lambda x: x.conj().sum(), False),
    "real": (lambda x: x.real.sum(), False),
    "var": (lambda x: np.var(x), False),
    "norm": (lambda x: np.linalg.norm(x) + x[0], False),
    "vdot": (lambda x: np.vdot(x, x), False),
    "maximum": (lambda x: np.maximum(x, 0).sum(), True),
    "scalar": (lambda x: x[0] * x[1], True),
    "cast": (lambda x: x.astype(float).sum(), False),
    "out of sight": (lambda x: complex(x[0]) ** 2, False),
    "asarray": (lambda x: np.sum(np.asarray(x)), False),
}


@pytest.mark.parametrize("name", ANALYTIC)
def test_what_is_analytic(name: str) -> None:
    f, safe = ANALYTIC[name]
    x = np.array([0.3, 0.7]) + 1e-20j
    if safe:
        assert complex(Traced(f)(x)).imag != 0
    else:
        with pytest.raises((NotAnalyticError, TypeError)):
            Traced(f)(x)


def test_no_pattern_where_nothing_is_wrong() -> None:
    from tinygrad_bp.gradcheck.entries import nothing_known

    assert pattern(np.ones(3), nothing_known(3), (3,), np.ones(3)) is None
