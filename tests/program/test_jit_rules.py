"""Every rule, replayed: what a jitted function gives, forward and with its gradient, is what it gives eagerly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinygrad_bp import jit, value_and_grad
from tinygrad_bp.program import blocks
from tinygrad_bp.program.agree import difference
from tinygrad_bp.tree import leaves

from ..rules.test_rules import callable_of
from .test_rules import Case, arrays, cost, each_case, elementwise


@pytest.fixture(autouse=True)
def _in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays of this size as if they were large."""
    monkeypatch.setattr(blocks, "LARGE", 4)
    monkeypatch.setattr(blocks, "ENTRIES", 4)


def assert_replayed(f: Callable[..., Any], xs: list[Any]) -> None:
    """Require the result of jit(f) to be that of f, twice, and not to change with what is done to it."""
    jitted = jit(f)
    for _ in range(2):
        with np.errstate(all="ignore"):
            wanted = f(*xs)
        result = jitted(*xs)
        assert difference(result, wanted, among=(xs, wanted)) is None
        for _, x in leaves(result):
            if isinstance(x, np.ndarray) and x.dtype.kind == "f":
                assert not any(np.may_share_memory(x, y) for y in xs)
                x[...] = 7


def assert_both_replayed(call: Callable[..., Any], xs: list[Any]) -> None:
    assert_replayed(call, xs)
    u = np.random.default_rng(1).standard_normal(np.shape(call(*xs)))
    assert_replayed(value_and_grad(cost(call, u), tuple(range(len(xs)))), xs)


@elementwise
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_elementwise(function: Any, dtype: Any) -> None:
    assert_both_replayed(callable_of(function), arrays(function, dtype))


@each_case
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_case(case: Case, dtype: Any) -> None:
    assert_both_replayed(case.call, [np.asarray(x, dtype) for x in case.arguments(np.random.default_rng(0))])
