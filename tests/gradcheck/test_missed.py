"""A case once missed stays in."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import tinygrad_bp as t
from tinygrad_bp.gradcheck import gradcheck

from .corpus import missed, statistics


@pytest.mark.parametrize("seed", missed.RIGHT)
def test_right_gradients(seed: int) -> None:
    f, x, gradient, tau = missed.right(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of the networks' own overflow
        report = gradcheck(f, x, gradient=gradient, tau=tau, seed=seed)
    assert report.verdict != "fail", str(report)


@pytest.mark.parametrize("seed", missed.SMOOTH, ids=str)
def test_bounds(seed: list[int]) -> None:
    f, x, truth = statistics.smooth_case(seed)
    report = gradcheck(lambda x: float(f(float(x))), x, gradient=lambda x: truth, seed=seed[1])
    assert report.verdict != "fail", str(report)
    finding = report.findings[0]
    assert not np.isfinite(finding.bound) or finding.absolute_error <= finding.bound, str(report)


def test_tiny_derivatives() -> None:
    """1e-305 overflowed where it was divided by."""
    report = gradcheck(lambda x: float(1e-305 * np.sin(x)), 0.3, gradient=lambda x: 1e-305 * np.cos(x), seed=0)
    assert report.verdict != "fail", str(report)


@pytest.mark.parametrize("seed", [267, 4096])
def test_saturated_to_the_bit(seed: int) -> None:
    """A slope of 1e-300 beside values of 0.4: what is divided by it, or by the step that suits it, overflows."""
    random = np.random.default_rng(seed)
    shape = (int(random.integers(1, 5)), int(random.integers(1, 5)))
    x, w = 100.0 * random.standard_normal(shape), random.standard_normal(shape)
    report = gradcheck(lambda x: np.mean(t.sigmoid(x * w * 30)), x, tau=1e-6, seed=seed % 1000)
    assert report.verdict != "fail", str(report)


@pytest.mark.parametrize(("network", "scale"), missed.SCALED)
@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_scales_whose_square_overflows(network: str, scale: float, factor: float) -> None:
    """‖g v‖ overflowed where a failure was confirmed, and ⟨g, g⟩ where it was described."""
    f, P, gradient = missed.scaled(network, scale, factor)
    report = gradcheck(f, P, gradient=gradient, seed=1)
    assert report.verdict == ("pass" if factor == 1.0 else "fail"), str(report)
    assert factor == 1.0 or "× 1.5" in str(report)
