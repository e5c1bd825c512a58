"""Calls of composed functions that go wrong, and calls with what NumPy would take anyway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t

X, W = np.arange(6.0).reshape(2, 3) + 1, np.ones((4, 5))


@pytest.mark.parametrize(
    ("call", "error", "of"),
    [
        (lambda x, w: np.stack([x, w]), ValueError, "stack of [X[2, 3], W[4, 5]]"),
        (lambda x, w: np.dot(x, w), ValueError, "dot of X[2, 3], W[4, 5]"),
        (lambda x, w: np.repeat(x, [1, 2, 3], axis=0), ValueError, "repeat of X[2, 3], list, 0"),
        (lambda x, w: np.squeeze(x, 0), ValueError, "squeeze of X[2, 3], 0"),
        (lambda x, w: np.moveaxis(x, 0, 5), np.exceptions.AxisError, "moveaxis of X[2, 3], 0, 5"),
        (lambda x, w: np.linalg.solve(x, w), np.linalg.LinAlgError, "solve of X[2, 3], W[4, 5]"),
    ],
)
def test_a_shape_error_keeps_numpys_text_and_names_operation_and_arguments(
    call: Callable[..., Any], error: type[Exception], of: str
) -> None:
    with pytest.raises(error) as theirs:
        call(X, W)
    with pytest.raises(error) as ours:
        call(t.Value(X, name="X"), t.Value(W, name="W"))
    assert str(ours.value) == f"{theirs.value} (in {of})"


def test_an_error_of_the_callers_function_is_theirs_and_raised_once() -> None:
    calls = []

    def failing(line: Any) -> Any:
        calls.append(line)
        raise ValueError("no such line")

    with pytest.raises(ValueError, match=r"^no such line$"):
        np.apply_along_axis(failing, 0, t.Value(X))
    assert len(calls) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.sum(x, 0, None, None),
        lambda x: np.sum(x, axis=1, dtype=None, out=None),
        lambda x: np.mean(x, 0, None, None),
        lambda x: np.max(x, 0, None),
        lambda x: np.cumsum(x, 1, None, None),
        lambda x: np.var(x, 0, None, None, 1),
        lambda x: np.cumprod(x, 1, None, None),
        lambda x: np.ravel(x, "C"),
        lambda x: np.reshape(x, (3, 2), order="C"),
        lambda x: np.concatenate([x, x], out=None),
        lambda x: np.nanmax(x, axis=0, out=None),
        lambda x: np.add.reduce(x, 1, None, None),
    ],
)
def test_numpys_own_defaults_may_be_given(call: Callable[..., Any]) -> None:
    y, pullback = t.vjp(call, X)
    np.testing.assert_array_equal(y, call(X))
    assert pullback(np.ones_like(y))[0].shape == X.shape


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.nanmax(x, initial=3.0), "nanmax(initial=…) is not differentiated: leave initial= out"),
        (lambda x: np.sum(x, 0, np.float32), "sum(dtype=…) is not differentiated: leave dtype= out"),
        (lambda x: np.var(x, 0, np.float32), "var(dtype=…) is not differentiated: leave dtype= out"),
        (lambda x: np.dot(x, x.T, out=np.empty((2, 2))), "dot(out=…) is not differentiated: leave out= out"),
        (lambda x: t.logsumexp(x, 0, True), "logsumexp: give keepdims by name"),
    ],
)
def test_an_option_without_a_derivative_is_named(call: Callable[..., Any], message: str) -> None:
    with pytest.raises(TypeError) as error:
        call(t.Value(X))
    assert str(error.value).startswith(message)
