"""What must come out: the examples a gradient check is judged by."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t
from tinygrad_bp.gradcheck import gradcheck

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=100_000)
PI = math.pi


def heaviside(x: float) -> float:
    return (x > 0) + x


def dotted(x: float) -> float:
    return 1e12 + math.sin(x)


# f, x, candidate, further arguments, the verdict or verdicts allowed, the reason of an inconclusive one
EXAMPLES: dict[str, tuple[Any, Any, Any, dict[str, Any], tuple[str, ...], str | None]] = {
    "sin(1e4 x)": (lambda x: np.sin(1e4 * x), 0.3, lambda x: 1e4 * np.cos(1e4 * x), {}, ("pass",), None),
    "1e-9 tanh, right": (lambda x: 1e-9 * np.tanh(x), 0.4, lambda x: 1e-9 * (1 - np.tanh(x) ** 2), {}, ("pass",), None),
    "1e-9 tanh, × 1.001": (
        lambda x: 1e-9 * np.tanh(x), 0.4, lambda x: 1.001e-9 * (1 - np.tanh(x) ** 2), {}, ("fail",), None),
    "1e12 + sin, a black box": (dotted, 0.3, math.cos, {}, ("inconclusive",), "noise"),
    "1e12 + sin, complex step": (lambda x: 1e12 + np.sin(x), 0.3, np.cos, {}, ("pass",), None),
    "relu at 0: 0": (lambda x: max(x, 0.0), 0.0, lambda x: 0.0, {}, ("pass",), None),
    "relu at 0: 0.5": (lambda x: max(x, 0.0), 0.0, lambda x: 0.5, {}, ("pass",), None),
    "relu at 0: 1": (lambda x: max(x, 0.0), 0.0, lambda x: 1.0, {}, ("pass",), None),
    "relu at 0: 2": (lambda x: max(x, 0.0), 0.0, lambda x: 2.0, {}, ("fail",), None),
    "relu at 0: -0.1": (lambda x: max(x, 0.0), 0.0, lambda x: -0.1, {}, ("fail",), None),
    "relu of Values at 0": (t.relu, 0.0, None, {}, ("pass",), None),
    "relu of Values at 0: 2": (t.relu, 0.0, lambda x: 2.0, {}, ("fail",), None),
    "relu at 1e-8": (lambda x: max(x, 0.0), 1e-8, lambda x: 1.0, {}, ("pass", "inconclusive"), "kink-near"),
    "1 + relu(x - 1) at 1 + 1e-8": (
        lambda x: 1 + max(x - 1, 0.0), 1 + 1e-8, lambda x: 1.0, {}, ("pass", "inconclusive"), "kink-near"),
    "heaviside + x at 0": (heaviside, 0.0, lambda x: 1.0, {}, ("inconclusive",), "jump"),
    "np.heaviside + x at 0": (lambda x: np.heaviside(x, 0.5) + x, 0.0, lambda x: 1.0, {}, ("inconclusive",), "jump"),
    "heaviside of Values at 0": (lambda x: np.heaviside(x, 0.5) + x, 0.0, None, {}, ("inconclusive",), "jump"),
    "cbrt at 0: 0": (np.cbrt, 0.0, lambda x: 0.0, {}, ("inconclusive",), "diverges"),
    "cbrt at 0: 1e9": (np.cbrt, 0.0, lambda x: 1e9, {}, ("inconclusive",), "diverges"),
    "cbrt at 0: inf": (np.cbrt, 0.0, lambda x: np.inf, {}, ("inconclusive",), "diverges"),
    "cbrt of Values at 0": (np.cbrt, 0.0, None, {}, ("inconclusive",), "diverges"),
    "sqrt |x| at 0": (lambda x: np.sqrt(np.abs(x)), 0.0, lambda x: 0.0, {}, ("inconclusive",), "diverges"),
    "tanh, float32, right": (
        np.tanh, np.float32(0.4), lambda x: 1 - np.tanh(x) ** 2, {"tau": 1e-3}, ("pass",), None),
    "tanh, float32, × 1.01": (
        np.tanh, np.float32(0.4), lambda x: 1.01 * (1 - np.tanh(x) ** 2), {"tau": 1e-3}, ("fail",), None),
    "sin over 1e5 entries, zeros": (lambda x: np.sin(x).sum(), X, np.zeros_like, {}, ("fail",), None),
    "sin over 1e5 entries, right": (lambda x: np.sin(x).sum(), X, np.cos, {}, ("pass",), None),
    "does not depend on x": (lambda x: 3.0, np.ones(4), np.zeros_like, {}, ("inconclusive",), "no-power"),
    "does not depend on x, of Values": (lambda x: 3.0, np.ones(4), None, {}, ("inconclusive",), "no-power"),
    "draws random numbers": (
        lambda x: np.sum(x**2) + 1e-3 * GENERATOR.normal(), np.ones(4), lambda x: 2 * x, {}, ("inconclusive",),
        "nondeterministic"),
    "random gradient": (
        lambda x: np.sum(x**2), np.ones(4), lambda x: 2 * x + 1e-3 * GENERATOR.normal(), {}, ("inconclusive",),
        "nondeterministic"),
    "not finite": (lambda x: np.log(x), -1.0, lambda x: 1 / x, {}, ("inconclusive",), "non-finite"),
    "edge of the domain": (np.sqrt, 0.0, lambda x: 1.0, {}, ("inconclusive",), "domain"),
    "edge of the domain, with bounds": (
        lambda x: np.exp(x) if x >= 0 else math.nan, 0.0, np.exp, {"bounds": (0, None)}, ("pass",), None),
    "edge of the domain, wrong": (
        lambda x: np.exp(x) if x >= 0 else math.nan, 0.0, lambda x: 1.1, {"bounds": (0, np.inf)}, ("fail",), None),
    "NaN where f is smooth": (np.sin, 0.3, lambda x: math.nan, {}, ("fail",), None),
    "one infinite entry": (
        lambda x: np.sin(x).sum(), np.ones(3), lambda x: np.array([0.5403023, np.inf, 0.5403023]), {}, ("fail",), None),
    "exp(3x)": (lambda x: np.exp(3 * x), 5.0, lambda x: 3 * np.exp(3 * x), {}, ("pass",), None),
    "x³ at 0, a zero gradient that is right": (lambda x: np.sum(x**3), np.zeros(2), None, {}, ("pass", "inconclusive"), None),
    "1e-30 sin": (lambda x: 1e-30 * np.sin(x), 0.3, lambda x: 1e-30 * np.cos(x), {}, ("pass",), None),
    "clip inside": (lambda x: np.clip(x, -1, 1).sum(), np.array([0.5, 2.0]), lambda x: np.array([1.0, 0.0]), {}, ("pass",), None),
    "abs far from 0": (lambda x: np.abs(x).sum(), np.array([0.5, -2.0]), np.sign, {}, ("pass",), None),
    "abs, sign lost": (lambda x: np.abs(x).sum(), np.array([0.5, -2.0]), np.ones_like, {}, ("fail",), None),
    "many large numbers that cancel": (
        lambda x: (1e12 + math.sin(x)) - 1e12, 0.3, math.cos, {}, ("inconclusive",), "noise"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_example(name: str, seed: int) -> None:
    f, x, candidate, more, allowed, reason = EXAMPLES[name]
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
