"""checkpoint: the same gradients from less memory."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_bp as t
from tinygrad_bp import Value

from .programs import Program, matrices, programs

seeds = st.integers(0, 2**32 - 1)


@given(programs(), programs(4), seeds)
def test_the_same_numbers_and_gradients(inner, outer, seed):
    xs, ds = matrices(seed), matrices(seed + 1)

    def plain(a: Any, b: Any) -> Any:
        return outer(a * inner(a, b), b)

    def kept(a: Any, b: Any) -> Any:
        return outer(a * t.checkpoint(inner)(a, b), b)

    assert plain(*xs) == t.checkpoint(plain)(*xs)
    for f in (kept, t.checkpoint(kept), t.checkpoint(t.checkpoint(plain))):
        leaves = [Value(x) for x in xs]
        y = f(*leaves)
        assert y.data == plain(*xs)
        y.backward()
        for leaf, right in zip(leaves, t.grad(plain, (0, 1))(*xs), strict=True):
            np.testing.assert_allclose(np.zeros((2, 2)) if leaf.grad is None else leaf.grad, right, rtol=1e-11,
                                       atol=1e-13)  # fmt: skip
        for got, right in [
            (t.jvp(f, xs, ds)[1], t.jvp(plain, xs, ds)[1]),
            *zip(t.hvp(f, xs, ds), t.hvp(plain, xs, ds), strict=True),
        ]:
            np.testing.assert_allclose(got, right, rtol=1e-9, atol=1e-10)


def test_second_and_third_order_of_floats():
    def f(x: Any) -> Any:
        return np.exp(np.tanh(x) * 1.3) ** 1.7 + np.sin(x) / x

    g = t.checkpoint(f)
    for x in np.random.default_rng(0).uniform(0.1, 2, 50).tolist():
        assert type(g(Value(x)).data) is float
        assert g(Value(x)).data == f(Value(x)).data
        assert t.grad(g)(x) == pytest.approx(t.grad(f)(x), rel=1e-13)
        assert t.grad(t.grad(g))(x) == pytest.approx(t.grad(t.grad(f))(x), rel=1e-12)
    assert t.grad(t.grad(t.grad(g)))(0.7) == pytest.approx(t.grad(t.grad(t.grad(f)))(0.7), rel=1e-11)


def test_a_recorded_pass():
    p = Value(np.array([0.5, 1.0]))
    np.sum(t.checkpoint(lambda x: x**3)(p)).backward(create_graph=True)
    g = p.grad
    p.zero_grad()
    np.sum(g).backward()
    np.testing.assert_allclose(p.grad, [3, 6])


def test_containers_and_options():
    def f(p: Any, *, scale: Any, how: str = "sum") -> Any:
        assert how == "sum"
        return {"y": p["W"] @ p["b"] * scale, "z": (np.sum(p["W"]), 3.0), "w": p["b"].astype(np.float32)}

    p = {"W": Value(np.ones((2, 3))), "b": Value(np.arange(3.0)), "n": np.ones(2)}
    scale = Value(2.0)
    out = t.checkpoint(f)(p, scale=scale)
    assert list(out) == ["y", "z", "w"]
    assert (out["y"].shape, out["z"][0].shape, out["z"][1].data) == ((2,), (), 3.0)
    assert (out["y"].dtype, out["w"].dtype) == (np.float64, np.float32)
    (np.sum(out["y"]) + out["z"][0] + np.sum(out["w"])).backward()
    np.testing.assert_array_equal(p["W"].grad, [[1, 3, 5], [1, 3, 5]])
    np.testing.assert_array_equal(p["b"].grad, [5, 5, 5])
    assert scale.grad == 6.0


def test_plain_arguments_are_passed_through():
    seen = []
    f = t.checkpoint(lambda x: seen.append(type(x)) or x * 2)
    assert f(3.0) == 6.0
    with t.no_grad():
        assert f(Value(3.0)).rule is None
    assert seen == [float, Value]


@pytest.mark.parametrize("x", [0.0, np.zeros(2)])
def test_a_callers_constant_is_the_recorded_one(x):
    """At v = 0 the result is the same for any c, and only the gradient would tell."""
    c = np.array([3.0, 4.0])
    v = Value(x)
    y = np.sum(t.checkpoint(lambda v, c: v * c)(v, c))
    c[:] = 50
    y.backward()
    np.testing.assert_array_equal(v.grad, 7.0 if v.shape == () else [3, 4])


@pytest.mark.parametrize("x", [0.0, np.zeros(2)])
@pytest.mark.parametrize("outer", [lambda f: f, t.checkpoint], ids=["alone", "in another"])
def test_a_captured_constant_that_is_changed_is_missed_aloud(x, outer):
    """At v = 0 the result is the same for any c, and only the gradient would tell."""
    c = np.array([3.0, 4.0])
    v = Value(x)
    f = outer(lambda v: np.sum(t.checkpoint(lambda v: v * c)(v)))
    y, unchanged = f(v), f(v)
    unchanged.backward()
    np.testing.assert_array_equal(v.grad, 7.0 if v.shape == () else [3, 4])
    c[0] = 50
    for create_graph in (True, False):
        with pytest.raises(RuntimeError, match="used other numbers when it was run again"):
            y.backward(create_graph=create_graph)


def test_a_changed_leaf_is_the_recorded_one():
    v = Value(np.array([3.0, 4.0]))
    y = np.sum(t.checkpoint(lambda v: v * v)(v))
    v.data -= 50
    y.backward()
    np.testing.assert_array_equal(v.grad, [6, 8])


@pytest.mark.parametrize("x", [1.0, np.ones(2)])
def test_what_it_cannot_do_says_so(x):
    draw = np.random.default_rng(0).standard_normal
    p = Value(x)
    with pytest.raises(RuntimeError, match="other numbers when it was run again"):
        np.sum(t.checkpoint(lambda v: v * draw())(p)).backward()
    with pytest.raises(RuntimeError, match="other numbers"):
        np.sum(t.checkpoint(lambda v: v * draw())(p)).backward(create_graph=True)
    with pytest.raises(RuntimeError, match="not among its arguments: pass it as one"):
        t.checkpoint(lambda v: v * p)(Value(x))
    with pytest.raises(TypeError, match=r"result\[1\] of checkpoint of .* is of type NoneType"):
        t.checkpoint(lambda v: (v * 2, None))(p)
    with pytest.raises(TypeError, match=r"result\[1\] of checkpoint of .* dtype int64"):
        t.checkpoint(lambda v: (v * 2, np.arange(2)))(p)
    assert p.grad is None


def test_an_error_of_the_function_comes_through():
    def f(v: Any) -> Any:
        raise KeyError("mine")

    for x in (1.0, np.ones(2)):
        with pytest.raises(KeyError, match="mine"):
            t.checkpoint(f)(Value(x))
    assert (Value(1.0) * 2).rule is not None


def test_memory_of_a_recurrence_is_of_the_order_of_its_square_root():
    """1,000 steps of two vectors each: in segments of 40 some 130 vectors at once, not 2,000."""
    size = 2000
    x = np.linspace(-1, 1, size)

    def steps(n: int) -> Any:
        def run(h: Any, w: Any) -> Any:
            for _ in range(n):
                h = np.tanh(h * w)
            return h

        return run

    def peak(segments: int, wrap: Any) -> tuple[float, np.ndarray]:
        segment = wrap(steps(1000 // segments))
        h, w = Value(x), Value(np.full(size, 1.01))
        tracemalloc.start()
        y = h
        for _ in range(segments):
            y = segment(y, w)
        np.sum(y).backward()
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top / (8 * size), w.grad

    few, g = peak(25, t.checkpoint)
    many, right = peak(1, lambda f: f)
    assert many > 1900
    assert few < 4 * 32
    np.testing.assert_allclose(g, right, rtol=1e-12)


def test_arguments_are_let_go_of_with_the_graph():
    gc.collect()
    gc.disable()
    try:
        p = Value(np.ones(3))
        z = p * 2
        y = t.checkpoint(np.exp)(z)
        inner = weakref.ref(z)
        np.sum(y).backward()
        del z
        assert inner() is None, "the result, still held, holds what it was computed from"
    finally:
        gc.enable()


def test_the_comparison_catches_a_wrong_pass(monkeypatch):
    """The checkpoint's own pullback, off by a millionth."""
    module = sys.modules["tinygrad_bp.checkpoint"]
    right = t.vjp

    def wrong(f: Any, *primals: Any) -> Any:
        y, pullback = right(f, *primals)
        return y, lambda d: tuple(g * (1 + 1e-6) for g in pullback(d))

    monkeypatch.setattr(module, "vjp", wrong)
    program = Program([("*", 0, 1), ("@", 2, 0)])
    with pytest.raises(AssertionError):
        test_the_same_numbers_and_gradients.hypothesis.inner_test(program, program, 1)
