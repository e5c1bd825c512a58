"""`bounds=` is the domain: neither f nor the candidate is called outside it, whatever the witness."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_bp import gradcheck

POINTS = [np.array(x) for x in ([0.0, 0.5, 1.0], [1e-9, 0.2, 1.0], [0.3, 0.4, 0.99], [1e-300, 0.5, 0.7])]
HOW: list[dict[str, Any]] = [{}, {"order": 2}, {"gradient": "by hand"}, {"gradient": "by hand", "exhaustive": True}]


def inside(x: Any) -> Any:
    numbers = np.real(np.asarray(getattr(x, "data", x) if not isinstance(x, np.ndarray) else x))
    if np.any(numbers < 0.0) or np.any(numbers > 1.0):
        raise AssertionError(f"called at {numbers}, outside the domain")
    return x


def f(x: Any) -> Any:
    x = inside(x)
    return np.sum(x * x * np.sqrt(x + 1e-3) + np.log1p(x))


def slope(x: Any) -> Any:
    x = inside(x)
    return 2 * x * np.sqrt(x + 1e-3) + x * x / (2 * np.sqrt(x + 1e-3)) + 1 / (1 + x)


@pytest.mark.parametrize("x", POINTS)
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_nothing_is_called_outside(x: Any, how: dict[str, Any], dtype: Any) -> None:
    how = {**how, "gradient": slope} if "gradient" in how else how
    report = gradcheck(f, x.astype(dtype), bounds=(0.0, 1.0), tau=1e-6 if dtype is np.float64 else 1e-3, **how)
    assert report.verdict != "fail", str(report)


@pytest.mark.parametrize("x", POINTS)
def test_a_wrong_one_fails_within(x: Any) -> None:
    report = gradcheck(f, x, gradient=lambda x: 1.01 * slope(x), bounds=(0.0, 1.0))
    assert report.verdict == "fail", str(report)
