"""Transforms of functions: containers, nesting, consistency with one another and with differences."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_bp as t
from tinygrad_bp import Value, transforms

from .programs import Program, matrices, programs

seeds = st.integers(0, 2**32 - 1)


class Layer(NamedTuple):
    W: Any
    b: Any


@dataclasses.dataclass(frozen=True)
class Model:
    layers: Any
    scale: Any


# containers


def test_a_gradient_is_nested_as_its_argument():
    model = Model([Layer(np.ones((2, 2)), np.zeros(2)), Layer(np.eye(2), np.ones(2))], {"s": 2.0, "unused": np.ones(3)})

    def cost(model: Any, x: Any) -> Any:
        for W, b in model.layers:
            x = np.tanh(x @ W + b)
        return np.sum(x) * model.scale["s"]

    x = np.array([0.1, 0.2])
    before = model.layers[0].W.copy()
    value, g = t.value_and_grad(cost)(model, x)
    assert type(g) is Model
    assert type(g.layers[0]) is Layer
    assert type(value) is np.float64
    assert type(g.scale["s"]) is float
    assert g.scale["s"] == pytest.approx(value / 2)
    np.testing.assert_array_equal(g.scale["unused"], np.zeros(3))
    h = 1e-6
    shifted = before.copy()
    shifted[0, 1] += h
    moved = cost(Model([Layer(shifted, model.layers[0].b), model.layers[1]], model.scale), x)
    assert g.layers[0].W[0, 1] == pytest.approx((moved - value) / h, rel=1e-4)
    np.testing.assert_array_equal(model.layers[0].W, before)
    assert type(model.layers[0].W) is np.ndarray


def f(x: Any, y: Any, z: Any = 1.0) -> Any:
    return x * x * y * z


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 12.0),
        (1, 4.0),
        (-1, 4.0),
        (-2, 12.0),
        (np.int64(1), 4.0),
        ((0,), (12.0,)),
        ((1, 0), (4.0, 12.0)),
        ([0, 1], (12.0, 4.0)),
        ((), ()),
    ],
)
def test_argnums(argnums, expected):
    g = t.grad(f, argnums)(2.0, 3.0)
    assert g == expected
    assert type(g) is type(expected)
    assert t.value_and_grad(f, argnums)(2.0, 3.0) == (12.0, expected)


@pytest.mark.parametrize("argnums", [2, -3, (0, 5)])
def test_argnums_that_are_not_there(argnums):
    with pytest.raises(TypeError, match="f was called with 2 positional arguments"):
        t.grad(f, argnums)(2.0, 3.0)


@pytest.mark.parametrize("argnums", ["x", 1.0, (0, "y"), None])
def test_argnums_that_are_no_numbers(argnums):
    with pytest.raises(TypeError, match="is no position: pass the number of an argument"):
        t.grad(f, argnums)


@pytest.mark.parametrize("argnums", [(0, 0), (0, -2)])
def test_argnums_named_twice(argnums):
    with pytest.raises(TypeError, match="twice"):
        t.grad(f, argnums)(2.0, 3.0)


def test_keywords_and_other_arguments_pass_through():
    seen = []

    def g(x: Any, how: Any, *, factor: Any = 1.0) -> Any:
        seen.append((how, factor))
        return x * factor

    how, factor = object(), np.array(3.0)
    assert t.grad(g)(2.0, how, factor=factor) == 3.0
    assert seen[0][0] is how
    assert seen[0][1] is factor
    assert t.jacobian(g)(2.0, how, factor=factor) == 3.0


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"W": [1.0, "a"]}, r'params\["W"\]\[1\] is of type str'),
        ({"W": np.arange(3)}, r'params\["W"\] has dtype int64'),
        (Layer(1.0, None), r"params\.b is of type NoneType"),
        (np.array([1j]), r"params has dtype complex128"),
        (True, "params is of type bool"),
    ],
)
def test_what_is_not_of_floats_is_refused_by_its_path(argument, message):
    def cost(params: Any) -> Any:
        raise AssertionError("was called")

    for transform in (t.grad, t.jacobian, t.hessian):
        with pytest.raises(TypeError, match=message):
            transform(cost)(argument)
    with pytest.raises(TypeError, match=message):
        t.vjp(cost, argument)


class Class:
    def __call__(self, x: Any) -> Any:
        return x

    def method(self, x: Any) -> Any:
        return x


def test_paths_of_methods_and_partials():
    for call in (Class(), Class().method, functools.partial(lambda k, x: x, 1)):
        with pytest.raises(TypeError, match=r"^x\[0\] is of type str"):
            t.grad(call)(["a"])
    with pytest.raises(TypeError, match=r"^argument1 is of type str"):
        t.grad(lambda *xs: xs[0], 1)(1.0, "a")


def test_paths_of_functions_around_others():
    def cost(x: Any) -> Any:
        return x

    @functools.wraps(cost)
    def around(*arguments: Any) -> Any:
        return cost(*arguments)

    @functools.wraps(Class().method)
    def around_a_method(*arguments: Any) -> Any:
        return cost(*arguments)

    def signed(*arguments: Any) -> Any:
        return cost(*arguments)

    signed.__signature__ = inspect.signature(cost)  # type: ignore[attr-defined]
    for call in (around, around_a_method, functools.wraps(around)(lambda *xs: xs[0]), signed, t.value_and_grad(cost)):
        with pytest.raises(TypeError, match=r"^x\[0\] is of type str"):
            t.grad(call)(["a"])


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (np.ones(2), r"shape \(2,\)"),
        (np.ones((1, 1)), r"shape \(1, 1\)"),
        (None, "NoneType"),
        ([1.0], "list"),
        ("a", "str"),
    ],
)
def test_a_gradient_is_of_a_single_number(result, message):
    def cost(x: Any) -> Any:
        return x * result if type(result) is np.ndarray else result

    with pytest.raises(TypeError, match=f"cost returned .*{message}"):
        t.grad(cost)(2.0)


def test_zeros_where_nothing_is_touched():
    x = {"a": np.ones((2, 3), np.float32), "b": 2.0, "c": np.zeros((0, 4)), "d": np.float32(1)}
    for cost in (lambda x: 5.0, lambda x: np.float64(5), lambda x: 7, lambda x: x["b"] * 0.0, lambda x: Value(3.0)):
        g = t.grad(cost)(x)
        assert g["a"].dtype == np.float32
        assert g["a"].shape == (2, 3)
        assert g["b"] == 0.0
        assert type(g["b"]) is float
        assert g["c"].shape == (0, 4)
        assert g["d"].dtype == np.float32
    assert t.jvp(lambda x: 5.0, (1.0,), (1.0,)) == (5.0, 0.0)
    _, pullback = t.vjp(lambda x: np.ones(3), 1.0)
    assert pullback(np.ones(3)) == (0.0,)
    assert t.hessian(lambda x: x * 3.0)(2.0) == 0.0
    np.testing.assert_array_equal(t.hessian(lambda x: np.sum(x))(np.ones(2)), np.zeros((2, 2)))
    np.testing.assert_array_equal(t.jacobian(lambda x: np.ones(2))(np.ones(3)), np.zeros((2, 3)))


def test_float32_stays_float32():
    x = np.linspace(0.5, 1, 4, dtype=np.float32).reshape(2, 2)

    def g(x: Any) -> Any:
        return np.tanh(x @ x) * 2

    def cost(x: Any) -> Any:
        return np.sum(g(x))

    results = [
        *t.value_and_grad(cost)(x),
        t.jacobian(g)(x),
        t.hessian(cost)(x),
        t.hvp(cost, (x,), (x,))[0],
        *t.jvp(g, (x,), (x,)),
        t.vjp(g, x)[1](np.ones((2, 2)))[0],
        t.jacobian(lambda x: x)(np.zeros((0,), np.float32)),
    ]
    assert {r.dtype for r in results} == {np.dtype(np.float32)}


def test_python_floats_stay_python_floats():
    def cost(x: Any) -> Any:
        return np.exp(x) * x

    y, pullback = t.vjp(cost, 1.0)
    for result in (*t.value_and_grad(cost)(1.0), t.hessian(cost)(1.0), *t.jvp(cost, (1.0,), (1.0,)), y, *pullback(1.0)):
        assert type(result) is float


# aliasing


ALIASING = {
    "itself": lambda x, y: x,
    "both": lambda x, y: (x, x),
    "a sum": lambda x, y: x + y,
    "views": lambda x, y: (np.reshape(x, (4,)), x.T),
    "named": lambda x, y: {"a": t.name(x, "a"), "b": np.positive(y)},
    "a constant": lambda x, y: (x, kept),
    "broadcast": lambda x, y: np.broadcast_to(x + y, (2, 2, 2)),
}
kept = np.ones((2, 2))


@pytest.mark.parametrize("case", ALIASING)
def test_results_share_no_memory(case):
    call = ALIASING[case]
    xs, ts = [np.ones((2, 2)), np.full((2, 2), 2.0)], [np.ones((2, 2)), np.ones((2, 2))]
    y, pullback = t.vjp(call, *xs)
    u = _map(np.ones_like, y)
    primal, tangent = t.jvp(call, xs, ts)
    jacobian = t.jacobian(call, (0, 1))(*xs)
    pulled, again = pullback(u), pullback(u)
    for results in ((y, xs, kept), (primal, tangent, xs, ts, kept), (pulled, again, u, xs), (jacobian, xs)):
        arrays = [x for part in results for x in _flat(part)]
        for i, a in enumerate(arrays):
            assert not any(np.shares_memory(a, b) for b in arrays[i + 1 :] if b is not kept or a is not kept), case
    for x in _flat([pulled, primal, tangent]):
        x[...] = 5
    for g, other in zip(_flat(pullback(u)), _flat(again), strict=True):
        np.testing.assert_array_equal(g, other)


def _flat(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        tree = list(tree.values())
    return [x for part in tree for x in _flat(part)] if isinstance(tree, (list, tuple)) else [tree]


def _map(function: Any, tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _map(function, part) for key, part in tree.items()}
    return tuple(_map(function, part) for part in tree) if isinstance(tree, tuple) else function(tree)


@given(programs(), seeds)
def test_gradients_share_no_memory(program, seed):
    xs = matrices(seed)
    before = [x.copy() for x in xs]
    found = t.grad(program, (0, 1))(*xs)
    assert not np.shares_memory(*found)
    assert not any(np.shares_memory(g, x) for g in found for x in xs)
    for x, unchanged in zip(xs, before, strict=True):
        np.testing.assert_array_equal(x, unchanged)
        assert x.flags.writeable


# nesting


def test_no_perturbation_is_taken_for_another():
    g = t.grad
    assert g(lambda x: x * g(lambda y: x + y)(1.0))(1.0) == 1.0
    assert g(lambda x: x * g(lambda y: x * y)(2.0))(3.0) == 6.0
    assert g(lambda x: g(lambda y: x * x * y * y)(x))(3.0) == 6 * 3.0**2
    assert g(lambda x: x * g(lambda x: x * x)(x))(3.0) == 12.0
    d = lambda f, x: t.jvp(f, (x,), (1.0,))[1]  # noqa: E731
    assert d(lambda x: x * d(lambda y: x + y, 1.0), 1.0) == 1.0
    assert d(lambda x: x * g(lambda y: x * y)(2.0), 3.0) == 6.0
    assert g(lambda x: x * d(lambda y: x * y, 2.0))(3.0) == 6.0
    assert g(lambda x: d(lambda y: y, x) * x)(3.0) == 1.0
    assert g(lambda x: g(lambda y: x)(1.0) + x)(3.0) == 1.0


def test_the_amazing_bug():
    """Manzyuk et al., *Perturbation confusion in forward automatic differentiation of higher-order functions*, 2019."""

    def d(f: Any) -> Any:
        return lambda x: t.jvp(f, (x,), (1.0,))[1]

    def shift(u: Any) -> Any:
        return lambda f: lambda x: f(x + u)

    def derivative_of_shift(f: Any, y: Any) -> Any:
        return d(lambda u: shift(u)(f)(y))(0.0)

    twice = derivative_of_shift(lambda x: derivative_of_shift(np.exp, x), 1.0)
    assert twice == pytest.approx(math.e, rel=1e-14)


def test_what_is_captured_from_outside_keeps_its_derivative():
    """The value of an inner transform that is the outer variable itself, or hangs on it only."""
    for inner in (lambda y: _x[0], lambda y: _x[0] * 1.0, lambda y: _x[0] + 0 * y, lambda y: np.positive(_x[0])):

        def value(x: Any, inner: Any = inner) -> Any:
            _x[0] = x
            return t.value_and_grad(inner)(1.0)[0]

        def pulled(x: Any, inner: Any = inner) -> Any:
            _x[0] = x
            return t.vjp(inner, 1.0)[0]

        def pushed(x: Any, inner: Any = inner) -> Any:
            _x[0] = x
            return t.jvp(inner, (1.0,), (1.0,))[0]

        def container(x: Any, inner: Any = inner) -> Any:
            _x[0] = x
            return t.vjp(lambda y: {"a": (inner(y), y)}, 1.0)[0]["a"][0]

        for outer in (value, pulled, pushed, container):
            assert t.grad(outer)(2.0) == 1.0
            assert t.jvp(outer, (2.0,), (1.0,))[1] == 1.0
    _x[0] = None


_x: list[Any] = [None]


def test_third_order():
    g = t.grad
    assert g(g(g(lambda x: x**4)))(2.0) == 48.0
    assert g(g(g(np.exp)))(1.0) == pytest.approx(math.e, rel=1e-14)
    x = np.array([0.3, -0.2])
    third = t.jacobian(t.hessian(lambda x: np.sum(x**3) * x[0]))(x)
    for axes in [(1, 0, 2), (0, 2, 1), (2, 1, 0)]:
        np.testing.assert_allclose(third, np.transpose(third, axes), atol=1e-14)
    assert third[0, 0, 0] == pytest.approx(24 * x[0])
    assert third[0, 1, 1] == pytest.approx(6 * x[1])


@given(programs(), seeds)
def test_second_order_every_way(program, seed):
    """grad of jvp, jvp of grad, vjp of vjp, backward of a recorded pass: the same Hd."""
    xs, ds = matrices(seed), matrices(seed + 1)
    both = (0, 1)

    def slope(*xs: Any) -> Any:
        return t.jvp(program, xs, ds)[1]

    def weighted(*xs: Any) -> Any:
        return sum(np.sum(g * d) for g, d in zip(t.grad(program, both)(*xs), ds, strict=True))

    def pulled(*xs: Any) -> Any:
        return sum(np.sum(g * d) for g, d in zip(t.vjp(program, *xs)[1](1.0), ds, strict=True))

    leaves = [Value(x) for x in xs]
    program(*leaves).backward(create_graph=True)
    found = [leaf.grad for leaf in leaves]
    for leaf in leaves:
        leaf.zero_grad()
    terms = [np.sum(g * d) for g, d in zip(found, ds, strict=True) if g is not None]
    if terms:
        sum(terms).backward()
    recorded = [np.zeros((2, 2)) if leaf.grad is None else leaf.grad for leaf in leaves]
    ways = [
        t.hvp(program, xs, ds),
        t.grad(slope, both)(*xs),
        t.grad(weighted, both)(*xs),
        t.vjp(weighted, *xs)[1](1.0),
        t.grad(pulled, both)(*xs),
        recorded,
    ]
    h = 1e-4
    plus, minus = (t.grad(program, both)(*(x + k * h * d for x, d in zip(xs, ds, strict=True))) for k in (1, -1))
    for i in both:
        for way in ways[1:]:
            np.testing.assert_allclose(way[i], ways[0][i], rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(ways[0][i], (plus[i] - minus[i]) / (2 * h), rtol=1e-4, atol=1e-5)


@given(programs(), programs(4), seeds)
def test_forward_and_backward_are_transposes(program, other, seed):
    def call(*xs: Any) -> Any:
        return {"a": program(*xs), "b": (np.tanh(xs[0] @ xs[1]), other(*xs))}

    xs, ds = matrices(seed), matrices(seed + 1)
    y, pullback = t.vjp(call, *xs)
    same, tangent = t.jvp(call, xs, ds)
    u = {"a": 0.7, "b": (matrices(seed + 2)[0], -0.4)}
    assert y["a"] == same["a"] == program(*xs)
    left = sum(np.sum(a * b) for a, b in zip(_flat(u), _flat(tangent), strict=True))
    right = sum(np.sum(g * d) for g, d in zip(pullback(u), ds, strict=True))
    assert left == pytest.approx(right, rel=1e-10, abs=1e-11)


@given(programs(), seeds)
def test_jacobian_and_hessian(program, seed):
    xs = matrices(seed)

    def wide(a: Any, b: Any) -> Any:
        return np.stack([np.tanh(a @ b), a * program(a, b)])

    blocks = t.jacobian(wide, (0, 1))(*xs)
    rows = t.vjp(wide, *xs)[1]
    for index in [(0, 1, 0), (1, 0, 1)]:
        basis = np.zeros((2, 2, 2))
        basis[index] = 1
        for block, g in zip(blocks, rows(basis), strict=True):
            assert block.shape == (2, 2, 2, 2, 2)
            np.testing.assert_allclose(block[index], g, rtol=1e-10, atol=1e-12)
    (haa, hab), (hba, hbb) = t.hessian(program, (0, 1))(*xs)
    np.testing.assert_allclose(hab, np.transpose(hba, (2, 3, 0, 1)), rtol=1e-9, atol=1e-10)
    d = matrices(seed + 1)
    products = t.hvp(program, xs, d)
    np.testing.assert_allclose(np.tensordot(haa, d[0]) + np.tensordot(hab, d[1]), products[0], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(np.tensordot(hba, d[0]) + np.tensordot(hbb, d[1]), products[1], rtol=1e-9, atol=1e-10)


def test_jacobian_by_either_pass():
    """More outputs than inputs goes forwards, fewer backwards; shapes and nesting alike."""
    A = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(t.jacobian(lambda x: A @ x)(np.ones(2)), A)
    np.testing.assert_array_equal(t.jacobian(lambda x: A.T @ x)(np.ones(3)), A.T)
    j = t.jacobian(lambda p: {"y": A @ p["x"] * p["s"], "c": 3.0})({"x": np.ones(2), "s": 2.0})
    np.testing.assert_array_equal(j["y"]["x"], 2 * A)
    np.testing.assert_array_equal(j["y"]["s"], A @ np.ones(2))
    np.testing.assert_array_equal(j["c"]["x"], np.zeros(2))
    assert j["c"]["s"] == 0.0
    h = t.hessian(lambda p: np.sum(p["x"] ** 2) * p["s"])({"x": np.ones(2), "s": 2.0})
    np.testing.assert_array_equal(h["x"]["x"], 4 * np.eye(2))
    np.testing.assert_array_equal(h["x"]["s"], [2, 2])
    np.testing.assert_array_equal(h["s"]["x"], [2, 2])
    assert h["s"]["s"] == 0.0


# pullbacks, tangents


def test_a_pullback_can_be_called_many_times_and_by_threads():
    y, pullback = t.vjp(lambda x: np.tanh(x) * x[0], np.array([0.5, 0.2]))
    y[:] = 99
    rows = [np.array([1.0, 0.0]), np.array([0.0, 1.0])]
    expected = [pullback(u)[0] for u in rows]
    with ThreadPoolExecutor(4) as pool:
        for i, (g,) in enumerate(pool.map(lambda i: pullback(rows[i % 2]), range(40))):
            np.testing.assert_array_equal(g, expected[i % 2])


def test_a_pullback_differentiated_in_its_cotangent():
    """The pullback is linear: its derivative along u is itself at u. With indexing, where sums are in place."""
    x = np.array([2.0, 3.0])
    _, pullback = t.vjp(lambda x: np.stack([x[0] * x[1], np.sum(x * x) + x[0]]), x)
    for u in np.eye(2):
        g = t.jvp(lambda c: pullback(c)[0], (np.ones(2),), (u,))[1]
        np.testing.assert_array_equal(g, pullback(u)[0])
    np.testing.assert_array_equal(t.jacobian(lambda c: pullback(c)[0])(np.ones(2)), [[3, 5], [2, 6]])
    with t.no_grad():
        np.testing.assert_array_equal(pullback(Value(np.array([1.0, 0.0])))[0], [3, 2])


def test_a_tangent_differentiated():
    def along(d: Any) -> Any:
        return t.jvp(lambda x: np.sum(x[0] * x + x**2), (np.array([2.0, 3.0]),), (d,))[1]

    np.testing.assert_array_equal(t.grad(along)(np.ones(2)), [2 + 2 + 3 + 4, 2 + 6])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: t.jvp(np.sin, (1.0,), (np.ones(2),)), ValueError, r"tangents\[0\] has shape \(2,\)"),
        (lambda: t.jvp(np.sin, (1.0,), (1.0, 2.0)), ValueError, "tangents is nested"),
        (lambda: t.jvp(np.sin, 1.0, 1.0), TypeError, "primals is a tuple"),
        (lambda: t.jvp(np.sin, (1.0,), 1.0), TypeError, "tangents is a tuple"),
        (lambda: t.jvp(np.sin, (1.0,), ("a",)), TypeError, r"tangents\[0\] is of type str"),
        (lambda: t.vjp(np.sin, np.ones(2))[1](1.0), ValueError, r"cotangent has shape \(\)"),
        (lambda: t.vjp(lambda x: (x, x), 1.0)[1](1.0), ValueError, "cotangent is nested as float"),
        (lambda: t.vjp(np.sin, np.ones(2))[1](np.ones(2, int)), TypeError, "cotangent has dtype int64"),
        (lambda: t.hvp(np.sum, (np.ones(2),), (np.ones(3),)), ValueError, r"vectors\[0\] has shape \(3,\)"),
        (lambda: t.hvp(np.sum, (np.ones(2),), np.ones(2)), TypeError, r"vectors is a tuple .* pass \(vector,\)"),
    ],
)
def test_wrong_tangents_and_cotangents(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_tangents_of_dicts_in_any_order():
    assert t.jvp(lambda p: p["a"] * p["b"], ({"a": 2.0, "b": 3.0},), ({"b": 1.0, "a": 0.0},)) == (6.0, 2.0)


def test_special_values_to_second_order():
    """Python's ZeroDivisionError is NumPy's inf, in a recorded pass too."""
    for call in (lambda x: x / 0.0 + x * x, lambda x: 1 / x, lambda x: x**-1, lambda x: np.log(x), lambda x: x**0.5):
        with np.errstate(all="ignore"):
            expected = t.grad(lambda x: np.sum(t.grad(lambda x: np.sum(call(x)))(x)))(np.zeros(1))[0]  # noqa: B023
        np.testing.assert_array_equal(t.grad(t.grad(call))(0.0), expected)
        np.testing.assert_array_equal(t.hvp(call, (0.0,), (1.0,))[0], expected)
        x = Value(0.0)
        call(x).backward(create_graph=True)
        g = x.grad
        x.zero_grad()
        g.backward()
        assert x.grad is None or np.isnan(x.grad) or x.grad == expected
    _, pullback = t.vjp(lambda x: 1 / x, 0.0)
    assert t.grad(lambda d: pullback(d)[0])(1.0) == -math.inf


def test_a_function_of_values_gives_values():
    v = Value(3.0)
    g = t.grad(lambda x: x**3)(v)
    assert type(g) is Value
    g.backward()
    assert v.grad == 18.0


def test_the_wrapped_function_shows():
    assert t.grad(f).__name__ == "f"
    assert t.jacobian(t.grad(f)).__name__ == "f"
    assert t.grad(t.grad(f))(2.0, 3.0) == 6.0


@pytest.mark.parametrize("plant", [lambda g: g * (1 + 1e-6), np.zeros_like], ids=["scaled", "zeroed"])
def test_the_comparisons_catch_a_wrong_pass(plant, monkeypatch):
    """Each property above fails where the reverse pass is off by a millionth, or drops an argument."""
    right = transforms.Run.pull

    def wrong(self: Any, cotangents: Any, release: bool) -> list[Any]:
        first, *others = right(self, cotangents, release)
        return [plant(first), *others]

    monkeypatch.setattr(transforms.Run, "pull", wrong)
    program = Program([("*", 0, 1), ("@", 2, 0), ("sin", 3, 0)])
    forwards = test_forward_and_backward_are_transposes.hypothesis.inner_test
    for check in (test_jacobian_and_hessian.hypothesis.inner_test, test_second_order_every_way.hypothesis.inner_test):
        with pytest.raises(AssertionError):
            check(program, 1)
    with pytest.raises(AssertionError):
        forwards(program, program, 1)
