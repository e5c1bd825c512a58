"""One directional derivative with its bound."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tinygrad_bp.gradcheck.slope import directional


@pytest.mark.parametrize("seed", range(5))
def test_the_truth_is_within_the_bound(seed: int) -> None:
    random = np.random.default_rng(seed)
    x, v = {"a": random.standard_normal(4), "b": random.standard_normal((2, 3))}, {}
    v = {name: random.standard_normal(p.shape) for name, p in x.items()}
    found = directional(lambda x: float(np.sum(np.sin(x["a"])) + np.prod(np.exp(x["b"]))), (x,), v)
    along = found.direction[0]
    for name in x:
        np.testing.assert_allclose(along[name], v[name], rtol=1e-6)
    truth = float(np.cos(x["a"]) @ along["a"] + np.exp(x["b"].sum()) * along["b"].sum())
    assert found.reason is None
    assert abs(found.value - truth) <= found.bound <= 1e-8 * abs(truth)
    assert 0 < found.evaluations < 60


def test_the_bound_is_as_small_as_was_asked_for() -> None:
    def f(x: float) -> float:
        return math.exp(math.sin(9 * x))

    for relative in (1e-3, 1e-10):
        found = directional(f, (0.3,), 2.0, relative=relative)
        truth = 9 * math.cos(2.7) * f(0.3) * found.direction[0]
        assert abs(found.value - truth) <= found.bound <= relative * abs(truth)


REASONS: dict[str, tuple[Any, float, str]] = {
    "noise": (lambda x: 1e12 + math.sin(x), 0.3, "noise"),
    "corner": (abs, 0.0, "kink"),
    "jump": (lambda x: (x > 0) + x, 0.0, "jump"),
    "steep": (lambda x: math.copysign(abs(x) ** (1 / 3), x), 0.0, "diverges"),
    "undefined": (lambda x: math.nan, 0.3, "non-finite"),
}


@pytest.mark.parametrize("name", REASONS)
def test_why_not(name: str) -> None:
    f, x, reason = REASONS[name]
    found = directional(f, (x,), 1.0)
    assert found.reason == reason
    assert not found.bound <= 1e-9 * abs(found.value)


def test_a_corner_has_both_slopes_within_the_bound() -> None:
    found = directional(lambda x: max(x, 0.0) * 3, (0.0,), 1.0)
    assert found.value == pytest.approx(1.5)
    assert found.bound >= 1.5


def test_some_arguments() -> None:
    found = directional(lambda x, y: float(x * y), (2.0, 5.0), 1.0, argnums=1)
    assert abs(found.value - 2 * found.direction[1]) <= found.bound
    still = directional(lambda x: math.sin(x), (2.0,), 0.0)
    assert (still.value, still.bound) == (0.0, 0.0)
    with pytest.raises(ValueError, match="direction"):
        directional(lambda x: float(x.sum()), (np.ones(3),), np.ones(2))
