"""What must come out: the examples a gradient check is judged by."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from tinygrad_bp.gradcheck import gradcheck

from .corpus.traps import TRAPS


@pytest.mark.parametrize("name", TRAPS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_example(name: str, seed: int) -> None:
    f, x, candidate, more, allowed, reason = TRAPS[name]
    report = gradcheck(f, x, gradient=candidate, seed=seed, **more)
    assert report.verdict in allowed, str(report)
    if report.verdict == "inconclusive" and reason is not None:
        assert report.reason == reason, str(report)
        assert report.remedy


def backpropagation(fault: str, scale: float) -> tuple[Any, Any, dict[str, np.ndarray[Any, Any]]]:
    """A two-layer network by hand, with one fault."""
    random = np.random.default_rng(5)
    x, y = random.normal(size=(7, 4)), np.eye(3)[random.integers(0, 3, 7)]
    P = {
        "W1": random.normal(size=(5, 4)),
        "b1": random.normal(size=5),
        "W2": random.normal(size=(3, 5)),
        "b2": np.zeros(3),
    }
    decay, m = 0.1, 7

    def cost(P: Any) -> Any:
        a = np.tanh(x @ P["W1"].T + P["b1"])
        z = a @ P["W2"].T + P["b2"]
        return scale * (np.sum((z - y) ** 2) / (2 * m) + decay / 2 * (np.sum(P["W1"] ** 2) + np.sum(P["W2"] ** 2)))

    def gradient(P: Any) -> Any:
        a = np.tanh(x @ P["W1"].T + P["b1"])
        d3 = scale * (a @ P["W2"].T + P["b2"] - y)
        d3 = d3 / (1 if fault == "1/m" else m)
        d3 = -d3 if fault == "sign" else d3
        back = P["W2"].copy()
        back[:3, :3] = back[:3, :3].T if fault == "transpose" else back[:3, :3]
        d2 = (d3 @ back) * (1.0 if fault == "f'" else 1 - a**2)
        n = m - 1 if fault == "sample" else m
        lost = 0.0 if fault == "decay" else decay * scale
        return {
            "W1": d2[:n].T @ x[:n] + lost * P["W1"],
            "b1": np.zeros(5) if fault == "bias" else d2.sum(axis=0),
            "W2": d3.T @ a + decay * scale * P["W2"],
            "b2": d3.sum(axis=0),
        }

    return cost, gradient, P


FAULTS = ["1/m", "f'", "transpose", "decay", "sample", "bias", "sign"]


@pytest.mark.parametrize(("fault", "scale"), list(itertools.product([*FAULTS, "none"], [1e-8, 1.0, 1e8])))
def test_backpropagation(fault: str, scale: float) -> None:
    cost, gradient, P = backpropagation(fault, scale)
    report = gradcheck(cost, P, gradient=gradient, seed=3)
    assert report.verdict == ("pass" if fault == "none" else "fail"), str(report)
