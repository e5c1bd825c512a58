"""Every rule: the text of its program, forward and with its gradient, gives the recorded bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t

from ..rules.cases import CASES, ELEMENTWISE, Case
from ..rules.test_rules import callable_of
from .running import assert_exact

elementwise = pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda f: f.__name__.lstrip("_"))
each_case = pytest.mark.parametrize("case", CASES, ids=[case.label for case in CASES])


def cost(call: Any, u: Any) -> Any:
    """⟨u, call(…)⟩, of which every entry of the output has its own weight."""
    return lambda *xs: np.sum(u * call(*xs))


def arrays(function: Any, dtype: Any = np.float64) -> list[Any]:
    rng = np.random.default_rng(0)
    domains = ELEMENTWISE[function]
    shapes = [(2, 3), (3,), (2, 1)][: len(domains)]
    return [np.asarray(domain(rng, shape)).astype(dtype) for domain, shape in zip(domains, shapes, strict=True)]


def assert_both_exact(call: Any, xs: list[Any]) -> None:
    assert_exact(call, *xs, eager=False)
    u = np.random.default_rng(1).standard_normal(np.shape(call(*xs)))
    assert_exact(t.value_and_grad(cost(call, u), tuple(range(len(xs)))), *xs)


@elementwise
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_elementwise(function: Any, dtype: Any) -> None:
    assert_both_exact(callable_of(function), arrays(function, dtype))


@each_case
def test_case(case: Case) -> None:
    assert_both_exact(case.call, case.arguments(np.random.default_rng(0)))


@each_case
def test_case_in_float32(case: Case) -> None:
    assert_both_exact(case.call, [np.asarray(x, np.float32) for x in case.arguments(np.random.default_rng(0))])


@elementwise
def test_python_floats(function: Any) -> None:
    rng = np.random.default_rng(0)
    xs = [float(domain(rng, ())) for domain in ELEMENTWISE[function]]
    call = callable_of(function)
    assert_exact(call, *xs, eager=False)
    assert_exact(t.value_and_grad(lambda *xs: call(*xs) * 1.5, tuple(range(len(xs)))), *xs)
