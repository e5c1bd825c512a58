"""The conventions, a row each, as the README's table states them: in arrays and Python floats, backward and forward."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t

inf, nan = math.inf, math.nan

#: statement → function, its arguments (arrays as lists), the gradient in each
CONVENTIONS: dict[str, tuple[Any, list[Any], list[Any]]] = {
    "ties of max share equally": (np.max, [[1.0, 3.0, 3.0, 2.0]], [[0, 0.5, 0.5, 0]]),
    "ties of min share equally": (np.min, [[1.0, 1.0, 1.0, 2.0]], [[1 / 3, 1 / 3, 1 / 3, 0]]),
    "max of nan: the nan": (np.max, [[1.0, nan]], [[0, 1]]),
    "ties of maximum share equally": (np.maximum, [2.0, 2.0], [0.5, 0.5]),
    "ties of minimum share equally": (np.minimum, [2.0, 2.0], [0.5, 0.5]),
    "maximum of nan: the nan": (np.maximum, [2.0, nan], [0, 1]),
    "fmax ignores nan": (np.fmax, [2.0, nan], [1, 0]),
    "|x|′ = 0 at 0": (np.abs, [0.0], [0]),
    "fabs likewise": (np.fabs, [0.0], [0]),
    "relu′ = 0 at 0": (t.relu, [0.0], [0]),
    "leaky_relu′ = slope at 0": (t.leaky_relu, [0.0], [0.01]),
    "hypot is flat at zero": (np.hypot, [0.0, 0.0], [0, 0]),
    "arctan2 jumps at zero": (np.arctan2, [0.0, 0.0], [nan, nan]),
    "sinc′ = 0 at 0": (np.sinc, [0.0], [0]),
    "norm is flat at zero": (np.linalg.norm, [[0.0, 0.0]], [[0, 0]]),
    "norm of order 3 is flat at zero": (lambda x: np.linalg.norm(x, 3), [[0.0, 0.0]], [[0, 0]]),
    "the spectral norm is flat at zero": (
        lambda x: np.linalg.norm(x, 2),
        [[[0.0, 0.0], [0.0, 0.0]]],
        [[[0, 0], [0, 0]]],
    ),
    "the nuclear norm is flat at zero": (lambda x: np.linalg.norm(x, "nuc"), [[[0.0], [0.0]]], [[[0], [0]]]),
    "the smallest singular value is flat at zero": (lambda x: np.linalg.norm(x, -2), [[[0.0, 0.0]]], [[[0, 0]]]),
    "norm of order 1 is flat at zero": (lambda x: np.linalg.norm(x, 1), [[0.0, 2.0]], [[0, 1]]),
    "norm of order ∞ is flat at zero": (lambda x: np.linalg.norm(x, np.inf), [[0.0, 0.0]], [[0, 0]]),
    "the spread of equal numbers is flat": (np.std, [[2.0, 2.0]], [[0, 0]]),
    "prod with a zero": (np.prod, [[2.0, 0.0, 3.0]], [[0, 6, 0]]),
    "prod with two zeros": (np.prod, [[2.0, 0.0, 0.0]], [[0, 0, 0]]),
    "cumprod with a zero": (lambda x: np.cumprod(x)[-1], [[2.0, 0.0, 3.0]], [[0, 6, 0]]),
    "det of a singular matrix": (np.linalg.det, [[[1.0, 2.0], [2.0, 4.0]]], [[[4, -2], [-2, 1]]]),
    "det of zeros": (np.linalg.det, [[[0.0, 0.0], [0.0, 0.0]]], [[[0, 0], [0, 0]]]),
    "sort hands each entry its own": (lambda x: np.sort(x)[1], [[3.0, 1.0, 3.0]], [[1, 0, 0]]),
    "median of two in the middle": (np.median, [[4.0, 1.0, 2.0, 9.0]], [[0.5, 0, 0.5, 0]]),
    "median beside an infinity": (np.median, [[inf, 1.0, 2.0]], [[0, 0, 1]]),
    "√′ = ∞ at 0": (np.sqrt, [0.0], [inf]),
    "∛′ = ∞ at 0": (np.cbrt, [0.0], [inf]),
    "log′ = ∞ at 0": (np.log, [0.0], [inf]),
    "1/x at 0": (lambda x: 1.0 / x, [0.0], [-inf]),
    "clip′ = 1 at the lower end": (lambda x: np.clip(x, -1, 2), [-1.0], [1]),
    "clip′ = 1 at the upper end": (lambda x: np.clip(x, -1, 2), [2.0], [1]),
    "clip′ = 0 outside": (lambda x: np.clip(x, -1, 2), [2.5], [0]),
    "bounds of clip are flat where it does not clip": (np.clip, [1.0, 1.0, 2.0], [1, 0, 0]),
    "clip with bounds the wrong way round is its upper one": (np.clip, [1.0, 3.0, 2.0], [0, 0, 1]),
    "d x⁰ = 0": (lambda x: x**0, [0.0], [0]),
    "d x⁰ = 0, exponent an array": (lambda x: x ** np.zeros_like(x), [0.0], [0]),
    "d nan⁰ = 0": (lambda x: x ** np.zeros_like(x), [nan], [0]),
    "d x¹ = 1 at 0": (lambda x: x**1, [0.0], [1]),
    "d x² = 0 at 0": (lambda x: x**2.0, [0.0], [0]),
    "d x^½ = ∞ at 0": (lambda x: x**0.5, [0.0], [inf]),
    "d x³ of a negative base": (lambda x: x**3, [-2.0], [12]),
    "∂(0^y)/∂y = 0": (lambda y: 0.0**y, [2.0], [0]),
    "∂(0^y)/∂y = 0 at y = 0": (lambda y: 0.0**y, [0.0], [0]),
    "logsumexp of all −∞ is flat": (t.logsumexp, [[-inf, -inf]], [[0, 0]]),
    "logsumexp with one −∞": (t.logsumexp, [[-inf, 1.0]], [[0, 1]]),
    "logsumexp with an ∞": (t.logsumexp, [[inf, 1.0]], [[1, 0]]),
    "logaddexp likewise": (np.logaddexp, [-inf, 1.0], [0, 1]),
    "logaddexp of −∞ twice is flat": (np.logaddexp, [-inf, -inf], [0, 0]),
    "logaddexp with an ∞": (np.logaddexp, [inf, 1.0], [1, 0]),
    "sigmoid at 1000": (t.sigmoid, [1000.0], [0]),
    "sigmoid at −1000": (t.sigmoid, [-1000.0], [0]),
    "softplus at 1000": (t.softplus, [1000.0], [1]),
    "softplus at −1000": (t.softplus, [-1000.0], [0]),
    "tanh at 1000": (np.tanh, [1000.0], [0]),
    "tanh at −1000": (np.tanh, [-1000.0], [0]),
    "logsumexp at ±1000": (t.logsumexp, [[1000.0, -1000.0]], [[1, 0]]),
    "softmax at ±1000": (lambda x: t.softmax(x)[0], [[1000.0, -1000.0]], [[0, 0]]),
    "where does not read the other branch": (lambda x: np.where(x > 0, np.log(np.where(x > 0, x, 1)), 0), [-1.0], [0]),
}

VALUES = {
    "sigmoid at 1000": 1,
    "sigmoid at −1000": 0,
    "softplus at 1000": 1000,
    "softplus at −1000": 0,
    "logsumexp at ±1000": 1000,
    "logsumexp of all −∞ is flat": -inf,
}

rows = pytest.mark.parametrize("statement", CONVENTIONS)


def backward_and_forward(function: Any, xs: list[Any], expected: list[Any]) -> Any:
    """Holds both passes against the gradient expected; gives the value."""
    with np.errstate(all="ignore"):
        y, pullback = t.vjp(function, *xs)
        for got, right in zip(pullback(np.ones_like(y)), expected, strict=True):
            np.testing.assert_array_equal(got, np.asarray(right, dtype=float))
        for i, right in enumerate(expected):
            tangents = [np.ones_like(x) if j == i else np.zeros_like(x) for j, x in enumerate(xs)]
            np.testing.assert_allclose(t.jvp(function, xs, tangents)[1], np.sum(np.asarray(right, dtype=float)))
    return y


@rows
def test_of_arrays(statement):
    function, xs, expected = CONVENTIONS[statement]
    y = backward_and_forward(function, [np.array(x) for x in xs], expected)
    if statement in VALUES:
        assert y == VALUES[statement]


@pytest.mark.parametrize("statement", [s for s, (_, xs, _) in CONVENTIONS.items() if not isinstance(xs[0], list)])
def test_of_python_floats(statement):
    function, xs, expected = CONVENTIONS[statement]
    y = backward_and_forward(function, xs, expected)
    if statement in VALUES:
        assert y == VALUES[statement]


@rows
def test_of_float32(statement):
    function, xs, expected = CONVENTIONS[statement]
    narrow = [np.array(x, dtype=np.float32) for x in xs]
    y = backward_and_forward(function, narrow, [np.asarray(g, dtype=np.float32) for g in expected])
    assert y.dtype == np.float32


def test_quantiles_beside_infinities():
    x, q = np.array([inf, 1.0, 2.0, 3.0, -inf]), [0.25, 0.45, 0.5, 0.9]
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(np.quantile(t.Value(x), q).data, np.quantile(x, q))
    np.testing.assert_allclose(t.grad(lambda x: np.sum(np.quantile(x, q[:3])))(x), [0, 1.2, 1.8, 0, 0])
