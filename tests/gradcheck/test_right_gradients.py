"""Right gradients never fail. Ten thousand of each form:

HYPOTHESIS_PROFILE=deep pytest tests/gradcheck/test_right_gradients.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_bp as t
from tinygrad_bp.gradcheck import gradcheck

from .corpus import networks

FUNCTIONS: dict[str, Any] = {
    "relu": lambda x, w: np.sum(t.relu(x * w)),
    "max": lambda x, w: np.max(x * w) + np.sum(np.abs(x)),
    "maximum": lambda x, w: np.sum(np.maximum(x, w) * np.tanh(x)),
    "logsumexp": lambda x, w: t.logsumexp(x * w),
    "where": lambda x, w: np.sum(np.where(x > 0, x * x, np.sin(x) * w)),
    "saturated": lambda x, w: np.mean(t.sigmoid(x * w * 30)),
    "softmax": lambda x, w: np.sum(t.softmax(x) * w),
}


@given(
    st.sampled_from(sorted(FUNCTIONS)), st.integers(0, 2**32), st.sampled_from([np.float32, np.float64]),
    st.sampled_from([1e-6, 1e-4, 1e-3]), st.integers(-2, 2),
)  # fmt: skip
def test_of_the_engine(name: str, seed: int, dtype: Any, tau: float, power: int) -> None:
    random = np.random.default_rng(seed)
    shape = (int(random.integers(1, 5)), int(random.integers(1, 5)))
    x = (10.0**power * random.standard_normal(shape)).astype(dtype)
    w = random.standard_normal(shape).astype(dtype)
    report = gradcheck(lambda x: FUNCTIONS[name](x, w), x, tau=tau, seed=seed % 1000)
    assert report.verdict != "fail", str(report)


@given(
    st.sampled_from(networks.NETWORKS), st.integers(0, 2**32), st.sampled_from([np.float32, np.float64]),
    st.sampled_from([1.0, 1.0, 8.0, 30.0]), st.sampled_from([2.0**-60, 1.0, 2.0**30]),
)  # fmt: skip
def test_by_hand(network: str, seed: int, dtype: Any, saturation: float, scale: float) -> None:
    P, X, Y, constants = networks.draw(network, np.random.default_rng(seed), saturation)
    P, rest = (
        {k: p.astype(dtype) for k, p in P.items()},
        (X.astype(dtype), Y.astype(dtype), {**constants, "scale": scale}),
    )
    cost, gradient = getattr(networks, network + "_cost"), getattr(networks, network + "_gradient")
    report = gradcheck(lambda P: cost(P, *rest), P, gradient=lambda P: gradient(P, *rest), seed=seed % 1000)
    assert report.verdict != "fail", str(report)
    if dtype is np.float64 and saturation == 1.0 and network in networks.SMOOTH:
        assert report.ok, str(report)
