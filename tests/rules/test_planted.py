"""The tests are tested: a wrong rule, stated through the public words, fails the check, and is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t
from tinygrad_bp.rules import TABLE

from .check import check

x23 = np.array([[0.3, -0.7, 1.2], [0.9, 0.4, -1.1]])
x3 = np.array([0.8, -0.5, 0.6])
square = np.array([[2.0, 0.3], [-0.4, 1.5]])


@pytest.fixture
def stated() -> Iterator[Callable[..., Any]]:
    """States a rule of a function of the test's own, and forgets it afterwards."""
    before = set(TABLE)
    yield lambda kind, function, *rules, **options: kind(named(function), *rules, **options)
    for function in set(TABLE) - before:
        del TABLE[function]


def named(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of its own, which a table does not know yet."""

    def planted(*arguments: Any, **options: Any) -> Any:
        return function(*arguments, **options)

    return planted


RIGHT = {
    "elementwise": (t.elementwise, np.sin, [lambda d, y, x: d * np.cos(x)], [x23]),
    "elementwise of two": (
        t.elementwise,
        np.multiply,
        [lambda d, y, a, b: d * b, lambda d, y, a, b: d * a],
        [x23, x3],
    ),
    "linear": (t.linear, lambda x: np.cumsum(x, axis=0), [lambda d, y, x: reversed_cumsum(d)], [x23]),
    "bilinear": (
        t.bilinear,
        np.matmul,
        [lambda d, y, a, b: d @ b.T, lambda d, y, a, b: a.T @ d],
        [x23, x23.T],
    ),
    "primitive": (
        t.primitive,
        np.linalg.inv,
        [lambda d, y, x: -(y.T @ d @ y.T), lambda tangents, y, x: -(y @ tangents[0] @ y)],
        [square],
    ),
}

WRONG = {
    "by a factor of 1.001": (t.elementwise, np.sin, [lambda d, y, x: 1.001 * d * np.cos(x)], [x23], 0),
    "by a sign": (t.elementwise, np.cos, [lambda d, y, x: d * np.sin(x)], [x23], 0),
    "zero": (t.elementwise, np.sin, [lambda d, y, x: 0 * d], [x23], 0),
    "in one entry": (t.elementwise, np.sin, [lambda d, y, x: d * np.cos(x) * (1 + 1e-3 * (x == 1.2))], [x23], 0),
    "in the second argument": (
        t.elementwise,
        np.divide,
        [lambda d, y, a, b: d / b, lambda d, y, a, b: -d * y],
        [x23, x3],
        1,
    ),
    "not linear in d": (t.elementwise, np.sin, [lambda d, y, x: d * np.cos(x) * (1 + 1e-6 * d)], [x23], 0),
    "with an adjoint that is not transposed": (
        t.linear,
        lambda x: np.cumsum(x, axis=0),
        [lambda d, y, x: np.concatenate([d[:1], d[:1] + d[1:]])],
        [x23],
        0,
    ),
    "with factors not transposed": (
        t.bilinear,
        np.matmul,
        [lambda d, y, a, b: d @ b, lambda d, y, a, b: a @ d],
        [square, np.array([[1.0, 0.2], [0.7, -1.3]])],
        0,
    ),
    "with sides exchanged": (
        t.bilinear,
        lambda a, b: a * b[0],
        [lambda d, y, a, b: d * b[0], lambda d, y, a, b: np.concatenate([b[:1] * d, 0 * b[1:]])],
        [x3, np.array([[0.4, 0.9, -0.2], [1.0, 1.1, 1.2]])],
        1,
    ),
    "with a pushforward of its own": (
        t.primitive,
        np.linalg.inv,
        [lambda d, y, x: -(y.T @ d @ y.T), lambda tangents, y, x: -(y @ tangents[0])],
        [square],
        0,
    ),
    "with a pullback of its own": (
        t.primitive,
        np.linalg.inv,
        [lambda d, y, x: -(y @ d @ y), lambda tangents, y, x: -(y @ tangents[0] @ y)],
        [square],
        0,
    ),
}


def reversed_cumsum(d: Any) -> Any:
    return np.concatenate([d[:1] + d[1:], d[1:]])


@pytest.mark.parametrize("row", RIGHT.values(), ids=RIGHT)
def test_a_right_rule_passes(stated, row):
    kind, function, rules, arguments = row
    check(stated(kind, function, *rules), *arguments)


@pytest.mark.parametrize("row", WRONG.values(), ids=WRONG)
def test_a_wrong_rule_is_caught_and_named(stated, row):
    kind, function, rules, arguments, argument = row
    with pytest.raises(AssertionError, match=f"planted, argument {argument}: "):
        check(stated(kind, function, *rules), *arguments)


def test_a_missing_unbroadcast_is_named(stated):
    rule = stated(t.bilinear, np.multiply, lambda d, y, a, b: d * b, lambda d, y, a, b: d * a, broadcasts=False)
    check(rule, x23, x23)
    with pytest.raises(ValueError, match=r"rule of planted gave a cotangent of shape \(2, 3\)"):
        check(rule, x23, x3)


def test_a_wrong_second_order_is_caught(stated):
    """A right first derivative, but of numbers taken out of the graph."""
    rule = stated(t.elementwise, np.sin, lambda d, y, x: d * np.cos(getattr(x, "data", x)))
    check(rule, x23, order=1)
    with pytest.raises(AssertionError, match="second order of planted, argument 0"):
        check(rule, x23)


def test_a_rule_is_stated_once(stated):
    with pytest.raises(ValueError, match="sin has a rule already"):
        t.elementwise(np.sin, lambda d, y, x: d * np.cos(x))
