"""Python floats: what an array of one entry gives, special values too, without an exception or a warning."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_bp as t
from tinygrad_bp.rules import TABLE

from .cases import ELEMENTWISE
from .check import check
from .test_rules import FEW, callable_of, elementwise, seeds

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e300, -1e300, 1e-300, 800.0, -800.0, math.inf, -math.inf, math.nan]


def within(got: float, right: float, ulps: int) -> bool:
    """Whether two floats agree, infinities and nan included."""
    if math.isnan(right) or math.isinf(right) or right == 0:
        return got == right or (math.isnan(got) and math.isnan(right))
    return abs(got - right) <= ulps * math.ulp(right)


def of_floats(function: Any, xs: tuple[float, ...]) -> tuple[Any, list[Any]]:
    """Value and gradients of a function of Python floats."""
    leaves = [t.Value(x) for x in xs]
    y = function(*leaves)
    y.backward()
    return y.data, [leaf.grad for leaf in leaves]


def of_arrays(function: Any, xs: tuple[float, ...]) -> tuple[Any, list[Any]]:
    """The same, of arrays of one entry."""
    leaves = [t.Value(np.array([x])) for x in xs]
    with np.errstate(all="ignore"):
        y = function(*leaves)
        y.backward(np.ones_like(y.data))
    return np.ravel(y.data)[0], [leaf.grad[0] for leaf in leaves]


@elementwise
@FEW
@given(seed=seeds)
def test_rules_of_python_floats(function, seed):
    rng = np.random.default_rng(seed)
    xs = [float(domain(rng, ())) for domain in ELEMENTWISE[function]]
    call = callable_of(function)
    check(call, *xs)
    y, _ = of_floats(call, tuple(xs))
    assert type(y) is float
    assert within(y, float(call(*xs)), 4)


@elementwise
def test_special_values_are_numpys(function):
    rule = TABLE[function]
    for xs in itertools.product(SPECIAL, repeat=len(ELEMENTWISE[function])):
        y, gradients = of_floats(rule, xs)
        expected, expected_gradients = of_arrays(rule, xs)
        assert within(y, expected, 4), f"{rule.name}{xs} gives {y!r}, of arrays {expected!r}"
        for g, right in zip(gradients, expected_gradients, strict=True):
            assert type(g) is float
            assert within(g, right, 64), f"gradient of {rule.name}{xs}: {g!r}, of arrays {right!r}"


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "**", "%"])
@settings(max_examples=50)
@given(a=st.sampled_from(SPECIAL), b=st.sampled_from([*SPECIAL, 2, -1, 0]))
def test_operators_on_special_values(operator, a, b):
    """Value with Value, Value with number, number with Value."""
    operation = eval(f"lambda a, b: a {operator} b")
    with np.errstate(all="ignore"):
        right = float(operation(np.float64(a), np.float64(b)))
    for x, y in [(t.Value(a), t.Value(b)), (t.Value(a), b), (a, t.Value(b))]:
        result = operation(x, y)
        assert type(result.data) is float
        assert within(result.data, right, 4)
        result.backward()


@pytest.mark.parametrize(
    "call",
    [
        np.sum,
        np.mean,
        np.max,
        np.min,
        t.logsumexp,
        t.softmax,
        np.positive,
    ],
)
def test_other_functions_of_a_python_float(call):
    value = t.Value(0.7)
    y = call(value)
    assert type(y.data) is float
    y.backward()
    assert type(value.grad) is float
    assert value.grad == of_arrays(call, (0.7,))[1][0]


@pytest.mark.parametrize(("condition", "slope"), [(True, 1.0), (False, 0.0)])
def test_where_of_a_python_float(condition, slope):
    value = t.Value(0.7)
    np.where(condition, value, 2.0).backward()
    assert value.grad == slope


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.cumsum(x),
        lambda x: x.T,
        lambda x: np.transpose(x, ()),
        lambda x: np.moveaxis(x, (), ()),
        lambda x: np.median(x),
        lambda x: np.prod(x),
        lambda x: x.astype(np.float64),
        lambda x: np.tensordot(x, np.ones(1), 0),
        lambda x: np.geomspace(x, 1.0, 1),
        lambda x: np.insert(np.zeros(2), 1, x),
        lambda x: np.reshape(x, 1),
        lambda x: np.mean(x, axis=()),
    ],
)
def test_functions_of_arrays_take_a_python_float(f):
    """Each leaves the number as it is, so that its square has the derivatives 2x and 2."""
    square = lambda x: np.sum(f(x) ** 2)  # noqa: E731
    for function, right in ((t.grad(square), 1.5), (t.grad(t.grad(square)), 2.0), (t.hessian(square), 2.0)):
        found = function(0.75)
        assert type(found) is float
        assert found == pytest.approx(right, rel=1e-14)
