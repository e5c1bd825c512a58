"""A case once missed stays in."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

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
