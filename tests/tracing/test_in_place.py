"""`x += y` in a trace: right, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinygrad_bp import grad, jit, trace

x = np.array([1.0, 2.0, 3.0])


def test_of_an_array_that_nobody_else_sees() -> None:
    def softmax(X: Any, W: Any, b: Any) -> Any:
        h = X @ W
        h += b
        h -= h.max(axis=1, keepdims=True)
        e = np.exp(h)
        e /= e.sum(axis=1, keepdims=True)
        return e

    arguments = np.eye(3), np.arange(6.0).reshape(3, 2), x[:2]
    jitted = jit(softmax)
    for scale in (1.0, 2.0, 3.0):
        given = tuple(scale * a for a in arguments)
        assert jitted(*given).tolist() == softmax(*given).tolist() == trace(softmax, *given)(*given).tolist()


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^"])
def test_every_operator(sign: str) -> None:
    space: dict[str, Any] = {}
    exec(f"def f(x, y):\n    h = x + y\n    h {sign}= y\n    return h", space)
    f = space["f"]
    y = np.array([[2, 1], [3, 1]]) if sign in "&|^" else np.array([[2.0, 1.0], [3.0, 1.0]])
    assert trace(f, y, y).source.count("\n") < 8
    assert trace(f, y, y)(2 * y, y).tolist() == f(2 * y, y).tolist()


def argument(x: Any) -> Any:
    x += 1
    return x


def alias(x: Any) -> Any:
    h = x * 2
    g = h
    h += 1
    return g


def of_view(x: Any) -> Any:
    h = x * 2
    v = h.reshape(3, 1)
    v += 1
    return h


def with_view(x: Any) -> Any:
    h = x * 2
    v = h[1:]
    h += 1
    return v


def in_container(x: Any) -> Any:
    parts = {"h": x * 2}
    g = parts["h"]
    parts["h"] += 1
    return g


@pytest.mark.parametrize("f", [argument, alias, of_view, with_view, in_container])
def test_where_others_see_it_it_is_refused(f: Callable[..., Any]) -> None:
    for transform in (jit(f), lambda x: trace(f, x)):
        given = x.copy()
        with pytest.raises(TypeError, match=r"in place .*write x = x \+ y"):
            transform(given)
        assert given.tolist() == x.tolist()


def test_the_dtype_and_the_shape_stay() -> None:
    def f(x: Any, y: Any) -> Any:
        h = x * 2
        h += y
        return h

    for y in (x, 2 * x):
        result = jit(f)(x.astype(np.float32), y)
        assert result.dtype == np.float32
        assert result.tolist() == f(x.astype(np.float32), y).tolist()
    with pytest.raises(ValueError, match=r"shape \(3,\) gives one of shape \(2, 3\)"):
        trace(f, x, np.ones((2, 3)))
    with pytest.raises(TypeError, match="array of int64 gives one of float64"):
        trace(f, np.arange(3), x)


def test_numbers_are_bound_again() -> None:
    def f(x: Any, n: Any) -> Any:
        total = 0.0
        kept = []
        for part in x:
            total += part * n
            kept.append(total)
        return kept

    assert jit(f)(x, 2.0) == f(x, 2.0) == [2.0, 6.0, 12.0]
    assert jit(grad(lambda x: sum(f(x, 2.0))))(x).tolist() == [6.0, 4.0, 2.0]
