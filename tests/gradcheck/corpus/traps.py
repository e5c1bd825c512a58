"""Functions where naive checks lie: f, x, a candidate, further arguments, and the verdicts that are right.

By what makes them hard: scale, offset, corners, jumps, cancellation, float32, edges of the domain, oscillation, noise,
saturation. An inconclusive verdict is right only with the reason given.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import tinygrad_bp as t

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=100_000)


def box(f: Any) -> Any:
    """f as a black box of one number."""
    return lambda x: float(f(float(x)))


def hashed(x: float) -> float:
    """Noise that is the same at the same x: 1e-9, from the bits of x."""
    return math.sin(x) + 1e-9 * math.sin(1e15 * x)


def heaviside(x: float) -> float:
    return (x > 0) + x


def dotted(x: float) -> float:
    return 1e12 + math.sin(x)


# f, x, candidate, further arguments, the verdict or verdicts allowed, the reason of an inconclusive one
TRAPS: dict[str, tuple[Any, Any, Any, dict[str, Any], tuple[str, ...], str | None]] = {
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
    "x³ at 0, a zero gradient that is right": (
        lambda x: np.sum(x**3), np.zeros(2), None, {}, ("pass", "inconclusive"), None),
    "1e-30 sin": (lambda x: 1e-30 * np.sin(x), 0.3, lambda x: 1e-30 * np.cos(x), {}, ("pass",), None),
    "clip inside": (
        lambda x: np.clip(x, -1, 1).sum(), np.array([0.5, 2.0]), lambda x: np.array([1.0, 0.0]), {}, ("pass",), None),
    "abs far from 0": (lambda x: np.abs(x).sum(), np.array([0.5, -2.0]), np.sign, {}, ("pass",), None),
    "abs, sign lost": (lambda x: np.abs(x).sum(), np.array([0.5, -2.0]), np.ones_like, {}, ("fail",), None),
    "many large numbers that cancel": (
        lambda x: (1e12 + math.sin(x)) - 1e12, 0.3, math.cos, {}, ("inconclusive",), "noise"),
    "oscillation, 1e6": (box(lambda x: math.sin(1e6 * x)), 0.7, lambda x: 1e6 * math.cos(1e6 * x), {}, ("pass",), None),
    "oscillation, × 1.01": (
        box(lambda x: math.sin(1e6 * x)), 0.7, lambda x: 1.01e6 * math.cos(1e6 * x), {}, ("fail",), None),
    "oscillation on a slope": (
        box(lambda x: x + 1e-3 * math.sin(1e5 * x)), 0.7, lambda x: 1 + 100 * math.cos(1e5 * x), {}, ("pass",), None),
    "oscillation on a slope, overlooked": (
        box(lambda x: x + 1e-3 * math.sin(1e5 * x)), 0.7, lambda x: 1.0, {}, ("fail",), None),
    "noise in the bits, right": (hashed, 0.7, math.cos, {}, ("inconclusive", "pass"), None),
    "noise in the bits, × 2": (hashed, 0.7, lambda x: 2 * math.cos(x), {}, ("fail",), None),
    "large x": (box(lambda x: math.sin(x)), 1e8, math.cos, {}, ("pass", "inconclusive"), "noise"),
    "large x, sign": (box(lambda x: math.sin(x)), 1e8, lambda x: -math.cos(x), {}, ("fail",), None),
    "tiny x": (box(math.sin), 1e-200, math.cos, {}, ("pass",), None),
    "x far from its scale": (box(lambda x: math.exp(-((x - 1) * 1e5) ** 2)), 1 + 1e-6,
        lambda x: -2e10 * (x - 1) * math.exp(-((x - 1) * 1e5) ** 2), {}, ("pass", "inconclusive"), "noise"),
    "saturated sigmoid": (
        box(lambda x: 1 / (1 + math.exp(-x))), 30.0, lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2, {},
        ("inconclusive",), "noise"),
    "saturated sigmoid, complex step": (
        t.sigmoid, -30.0, lambda x: np.exp(x) / (1 + np.exp(x)) ** 2, {}, ("pass",), None),
    "dead relu": (lambda x: t.relu(x).sum(), -np.ones(3), np.zeros_like, {}, ("inconclusive",), "no-power"),
    "half dead relu, the dead one wrong": (
        lambda x: t.relu(x).sum(), np.array([-1.0, 1.0]), np.ones_like, {}, ("fail",), None),
    "sqrt near 0": (box(math.sqrt), 1e-12, lambda x: 0.5 / math.sqrt(x), {}, ("pass",), None),
    "log near 0": (box(math.log), 1e-300, lambda x: 1 / x, {}, ("pass",), None),
    "log near 0, × 1.001": (box(math.log), 1e-300, lambda x: 1.001 / x, {}, ("fail",), None),
    "arcsin at 1": (np.arcsin, 1.0, lambda x: 0.0, {"bounds": (-1, 1)}, ("inconclusive",), "diverges"),
    "x log x at 0": (box(lambda x: x * math.log(x) if x > 0 else 0.0), 0.0, lambda x: 0.0, {"bounds": (0, None)},
        ("inconclusive",), None),
    "a jump beside x": (box(lambda x: x + (x > 1 + 1e-9)), 1.0, lambda x: 1.0, {}, ("pass", "inconclusive"), None),
    "staircase": (
        box(lambda x: math.floor(1e6 * x) / 1e6), 0.7345678, lambda x: 1.1, {}, ("inconclusive", "fail"), None),
    "max of equals": (np.max, np.ones(3), lambda x: np.array([1.0, 0.0, 0.0]), {}, ("pass", "inconclusive"), None),
    "max of equals, sum too large": (np.max, np.ones(3), lambda x: np.array([2.0, 2.0, 2.0]), {}, ("fail",), None),
    "float32, cancelling": (
        lambda x: (np.float32(1e4) + np.sin(x)).sum(), np.ones(2, np.float32), np.cos, {"tau": 1e-3},
        ("pass", "inconclusive"), "noise"),
    "float32, scaled": (
        lambda x: np.float32(1e-20) * np.sin(x).sum(), np.ones(2, np.float32),
        lambda x: np.float32(1e-20) * np.cos(x),
        {"tau": 1e-3}, ("pass",), None),
    "one of 1e5 wrong": (
        lambda x: np.sin(x).sum(), X, lambda x: np.cos(x) * (1 + (np.arange(x.size) == 777)), {}, ("fail",), None),
    "all of 1e5 wrong by 1 %": (lambda x: np.sin(x).sum(), X, lambda x: 1.01 * np.cos(x), {}, ("fail",), None),
    "errors of opposite sign": (
        lambda x: np.sin(x).sum(), np.ones(2), lambda x: np.cos(x) + np.array([0.01, -0.01]), {}, ("fail",), None),
    "1e-300 sin": (
        box(lambda x: 1e-300 * math.sin(x)), 0.3, lambda x: 1e-300 * math.cos(x), {}, ("pass", "inconclusive"),
        "underflow"),
    "1e300 sin": (box(lambda x: 1e300 * math.sin(x)), 0.3, lambda x: 1e300 * math.cos(x), {}, ("pass",), None),
    "softplus by exp": (
        lambda x: np.log(1 + np.exp(x)).sum(), np.array([20.0, -3.0]),
        lambda x: 1 / (1 + np.exp(-x)), {}, ("pass",), None),
}  # fmt: skip
