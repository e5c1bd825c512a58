"""The passes: order, memory, deep graphs, threads; what a pass that fails leaves."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_bp as t
from tinygrad_bp import Value, grad
from tinygrad_bp.sweep import recorded

from .programs import matrices, programs

seeds = st.integers(0, 2**32 - 1)


@contextlib.contextmanager
def collector_off() -> Iterator[None]:
    """Reference counting alone."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


# what a pass may meet


def test_a_consumed_node_is_met_before_any_gradient_changes():
    p, q = Value(2.0), Value(np.ones(3))
    shared = p * 3
    (shared * 1.0).backward()
    fresh = q * 5
    for y in (np.sum(fresh) * shared, shared * np.sum(fresh), np.sum(fresh * shared)):
        with pytest.raises(RuntimeError, match=r"let go of.*retain_graph=True"):
            y.backward()
        assert p.grad == 3.0
        assert q.grad is None
        assert fresh.grad is None
        assert y.grad is None
        assert fresh.arguments, "nothing was let go of"


def test_a_pass_lets_go_of_the_graph():
    p = Value(np.ones(3))
    z = p * 2
    y = np.sum(z)
    y.backward()
    assert z.arguments == ()
    assert y.parents == []
    assert repr(z) == "Value(shape=(3,), dtype=float64, from multiply)"


def test_a_branch_that_gets_no_cotangent_is_let_go_of_too():
    p = Value(np.ones(3))
    inner = p * 2
    y = np.sum(np.where(np.zeros(3, bool), inner, p))
    y.backward()
    assert inner.arguments == ()


def test_a_wrong_shape_names_the_rule():
    wrong = t.primitive(lambda x: np.sum(x), lambda d, y, x: np.ones(7))
    wrong.name = "wrong"
    p, q = Value(np.ones(3)), Value(np.ones(3))
    y = np.sum(q) + wrong(p)
    with pytest.raises(ValueError, match=r"rule of wrong gave a cotangent of shape \(7,\) for an argument .*\(3,\)"):
        y.backward()
    assert p.grad is None
    assert q.grad is None


def test_a_pullback_that_says_too_little():
    few = t.primitive(lambda x, y: x * y, lambda d, z, x, y: (d * y,))
    none = t.primitive(lambda x, y: x + y, lambda d, z, x, y: (d, None))
    p, q = Value(np.ones(2)), Value(np.ones(2))
    with pytest.raises(ValueError, match="1 cotangents for 2 arguments"):
        few(p, q).backward(np.ones(2))
    with pytest.raises(TypeError, match="None for argument 1"):
        none(p, q).backward(np.ones(2))
    none(p, np.ones(2)).backward(np.ones(2))
    np.testing.assert_array_equal(p.grad, [1, 1])


def test_a_rule_may_hand_out_its_arguments():
    """Half the square's cotangent is the argument itself, which is then in nobody else's `.grad`."""
    half_square = t.primitive(lambda x: 0.5 * np.sum(x * x), lambda d, y, x: x)
    kept = np.ones(3)
    constant = t.primitive(lambda x: np.sum(x), lambda d, y, x: kept)
    p = Value(np.arange(3.0))
    half_square(p).backward()
    assert not np.shares_memory(p.grad, p.data)
    (half_square(p) + half_square(p)).backward()
    np.testing.assert_array_equal(p.grad, [0, 3, 6])
    np.testing.assert_array_equal(p.data, [0, 1, 2])
    q = Value(np.arange(3.0))
    (constant(q) + constant(q) + np.sum(q * 2)).backward()
    np.testing.assert_array_equal(kept, np.ones(3))
    np.testing.assert_array_equal(q.grad, [4, 4, 4])


def test_sums_in_place_touch_nobody_elses_array():
    """z's cotangent goes to p and q, and p's is added to."""
    p, q = Value(np.ones(3)), Value(np.ones(3))
    z = p + q
    start = np.full(3, 2.0)
    y = p * 3 + z + p * 4 + np.reshape(p, (3,)) + p[:2].sum() + p[np.array([0, 0])].sum()
    y.backward(start)
    np.testing.assert_array_equal(start, [2, 2, 2])
    np.testing.assert_array_equal(q.grad, [2, 2, 2])
    np.testing.assert_array_equal(z.grad, [2, 2, 2])
    np.testing.assert_array_equal(p.grad, [2 * 9 + 6 + 12, 2 * 9 + 6, 2 * 9])


@pytest.mark.parametrize("n", range(2, 8))
@pytest.mark.parametrize("x", [1.5, np.float64(1.5), np.array(1.5), np.array([1.5, 2.5])], ids=lambda x: repr(x))
def test_any_number_of_cotangents_is_summed(n, x):
    for create_graph in (False, True):
        p = Value(x)
        y = sum([p, np.sum(p) * 1.0, np.sum(p), p * p, p + p, -p, p * 3][:n])
        y.backward(np.ones(y.shape) if y.shape else None, create_graph=create_graph)
        slopes = t.grad(lambda x: np.sum(sum([x, np.sum(x) * 1.0, np.sum(x), x * x, x + x, -x, x * 3][:n])))(x)
        g = p.grad.data if create_graph else p.grad
        np.testing.assert_array_equal(g, slopes)
        h = 1e-6

        def f(v: Any) -> Any:
            return np.sum(sum([v, np.sum(v) * 1.0, np.sum(v), v * v, v + v, -v, v * 3][:n]))

        step = np.zeros(np.shape(x))
        if step.shape:
            step[0] = h
            first = np.asarray(g)[0]
        else:
            step, first = h, g
        np.testing.assert_allclose(first, (f(x + step) - f(x - step)) / (2 * h), rtol=1e-6)


# order


@given(programs(), seeds)
def test_the_order_is_topological_and_every_node_comes_once(program, seed):
    y = program(*map(Value, matrices(seed)))
    nodes = recorded([y])
    places = {node: i for i, node in enumerate(nodes)}
    assert len(places) == len(nodes)
    assert nodes[-1] is y
    for node in nodes:
        assert all(parent.rule is None or places[parent] < places[node] for parent in node.parents)


@given(programs(), seeds)
def test_two_runs_give_the_same_bits(program, seed):
    def run() -> list[bytes]:
        leaves = [Value(x) for x in matrices(seed)]
        program(*leaves).backward()
        return [np.asarray(leaf.grad, dtype=float).tobytes() for leaf in leaves]

    assert run() == run()


@given(programs(), seeds)
def test_backward_is_grad_and_its_differences(program, seed):
    xs, direction = matrices(seed), matrices(seed + 1)
    leaves = [Value(x) for x in xs]
    program(*leaves).backward()
    gradients = [np.zeros((2, 2)) if leaf.grad is None else leaf.grad for leaf in leaves]
    for g, other in zip(gradients, t.grad(program, (0, 1))(*xs), strict=True):
        np.testing.assert_array_equal(g, other)
    h = 1e-4
    f = [program(*(x + k * h * d for x, d in zip(xs, direction, strict=True))) for k in (-2, -1, 1, 2)]
    slope = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h)
    np.testing.assert_allclose(sum(np.sum(g * d) for g, d in zip(gradients, direction, strict=True)), slope,
                               rtol=1e-7, atol=1e-7)  # fmt: skip


# deep and wide


def test_forty_doublings():
    x = Value(1.0)
    y = x
    for _ in range(40):
        y = y + y
    y.backward()
    assert x.grad == 2.0**40
    w = Value(np.ones(2))
    z = w
    for _ in range(40):
        z = z + z
    assert t.jvp(lambda w: _doubled(w), (1.0,), (1.0,))[1] == 2.0**40
    np.sum(z).backward(create_graph=True)
    np.testing.assert_array_equal(w.grad.data, [2.0**40] * 2)


def _doubled(y: Any) -> Any:
    for _ in range(40):
        y = y + y
    return y


def deep(x: Value, n: int) -> Value:
    """n times five operations."""
    y = x
    for _ in range(n):
        y = y * 0.999999 + x * 1e-9
        y = y + 1e-9
        y = -y
    return y


def test_a_million_deep():
    """Recorded, printed, pulled and freed."""
    with collector_off():
        x = Value(1.0)
        y = deep(x, 200_000)
        reference = weakref.ref(y)
        assert repr(y).startswith("Value(")
        y.backward()
        assert abs(x.grad) < 1
        del y
        assert reference() is None


def test_bytes_a_node():
    n = 10_000
    x = Value(1.0)
    tracemalloc.start()
    y = deep(x, n)
    y.backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak / (5 * n) < 600


@pytest.mark.parametrize("step", [lambda y: -y, lambda y: y + 1.0, np.tanh, lambda y: np.where(True, y, 0.0)])
@pytest.mark.parametrize("x", [0.5, np.array([0.5])])
def test_a_deep_chain_is_freed_unused(step, x):
    with collector_off():
        y = p = Value(x)
        for _ in range(30_000):
            y = step(y)
        inner = weakref.ref(y.parents[0])
        del y
        assert inner() is None
        del p


def test_a_deep_chain_forward_and_to_second_order():
    def chain(x: Any) -> Any:
        for _ in range(20_000):
            x = np.sin(x) * 1.0001
        return x

    value, slope = t.jvp(chain, (0.5,), (1.0,))
    assert slope == pytest.approx(t.grad(chain)(0.5), rel=1e-9)
    assert t.value_and_grad(chain)(0.5)[0] == value
    assert np.isfinite(t.grad(t.grad(chain))(0.5))


def test_indexing_in_a_loop_costs_the_same_each_time():
    def blocks(n: int) -> int:
        x = Value(np.ones(n))
        s: Any = 0.0
        for i in range(n - 1):
            s = s + x[i] * x[i + 1]
        tracemalloc.start()
        s.backward()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        np.testing.assert_array_equal(x.grad, [1, *[2] * (n - 2), 1])
        return peak

    assert blocks(3000) < 4 * blocks(1000)


# memory


def model(p: Value, w: Value) -> Value:
    z = t.name(np.tanh(np.arange(6.0).reshape(2, 3) @ w + p), "z")
    return np.sum(z[:, 0] * z[0, 1]) + np.sum(t.checkpoint(np.exp)(z)) + p * 2.0


@pytest.mark.parametrize("use", ["dropped", "backward", "retained", "recorded", "failed", "transform", "hessian"])
def test_graphs_are_freed_by_reference_counting(use):
    p, w = Value(0.5), Value(np.ones((3, 2)))

    def once() -> list[Any]:
        y = model(p, w)
        references = [weakref.ref(node) for node in recorded([y])]
        if use == "backward":
            y.backward()
        elif use == "retained":
            y.backward(retain_graph=True)
        elif use == "failed":
            with contextlib.suppress(ValueError):
                y.backward(np.ones(3))
        elif use == "recorded":
            y.backward(create_graph=True)
            g = w.grad
            p.zero_grad()
            w.zero_grad()
            np.sum(g * g).backward()
        elif use == "transform":
            t.grad(model, (0, 1))(0.5, np.ones((3, 2)))
        elif use == "hessian":
            t.hessian(lambda w: model(0.5, w))(np.ones((3, 2)))
        p.zero_grad()
        w.zero_grad()
        return references

    with collector_off():
        for _ in range(3):
            assert all(reference() is None for reference in once())


@pytest.mark.parametrize("transform", [
    lambda: t.grad(model, (0, 1))(0.5, np.ones((3, 2))),
    lambda: t.hvp(lambda w: model(0.5, w), (np.ones((3, 2)),), (np.ones((3, 2)),)),
    lambda: t.jvp(model, (0.5, np.ones((3, 2))), (1.0, np.ones((3, 2)))),
    lambda: t.vjp(model, 0.5, np.ones((3, 2)))[1](1.0),
    lambda: t.jacobian(lambda w: np.tanh(w))(np.ones(3)),
])  # fmt: skip
def test_transforms_leave_nothing_for_the_collector(transform):
    transform()
    with collector_off():
        for _ in range(3):
            transform()
        assert gc.collect() == 0


def test_memory_is_flat_over_passes():
    """But for what the interpreter keeps of freed tuples."""
    p, w = Value(0.5), Value(np.ones((3, 2000)))

    def passes(n: int) -> int:
        for _ in range(n):
            y = model(p, w)
            y.backward()
            w.data -= 1e-6 * w.grad
            p.data -= 1e-6 * p.grad
            p.zero_grad()
            w.zero_grad()
        return tracemalloc.get_traced_memory()[0]

    with collector_off():
        tracemalloc.start()
        before = passes(5)
        after = passes(100)
        tracemalloc.stop()
    assert after - before < 100_000, "a matrix of 32 kB in each of 100 passes"


def test_the_pass_lets_go_as_it_goes():
    """A chain of large arrays: on the way back no more than the way there."""
    n, size = 50, 80_000
    tracemalloc.start()
    y = p = Value(np.ones(size // 8))
    for _ in range(n):
        y = np.tanh(y)
    y = np.sum(y)
    forward = tracemalloc.get_traced_memory()[0]
    y.backward()
    peak = tracemalloc.get_traced_memory()[1]
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert peak < forward + 8 * size
    assert after < 8 * size
    assert p.grad is not None


# threads


@pytest.fixture
def hurried():
    """The interpreter goes from thread to thread as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def together(n: int, work: Any) -> list[Any]:
    """The results of n threads that start at once."""
    barrier = threading.Barrier(n)

    def start(i: int) -> Any:
        barrier.wait()
        return work(i)

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(start, range(n)))


def test_leaves_shared_by_threads_lose_nothing(hurried):
    """Additions of large arrays let other threads go on."""
    p, w = Value(1.0), Value(np.ones(50_000))

    def work(i: int) -> None:
        for _ in range(50):
            np.sum(p * w).backward()

    together(4, work)
    assert p.grad == 4 * 50 * 50_000
    np.testing.assert_array_equal(w.grad, np.full(50_000, 200.0))


def test_one_graph_pulled_by_threads(hurried):
    x, w = Value(1.0), Value(np.ones(2))
    y = x * w
    for _ in range(100):
        y = y + np.tanh(y) * x
    y = np.sum(y)
    y.backward(retain_graph=True)
    right, of_x = w.grad, x.grad
    w.zero_grad()
    x.zero_grad()
    together(4, lambda i: [y.backward(retain_graph=True) for _ in range(10)])
    np.testing.assert_allclose(w.grad, 40 * right, rtol=1e-12)
    assert x.grad == pytest.approx(40 * of_x, rel=1e-12)
    _, pullback = t.vjp(lambda w: np.sum(np.tanh(w) * w), np.ones(2))
    (expected,) = pullback(1.0)
    for pulled in together(4, lambda i: [pullback(1.0)[0] for _ in range(20)]):
        for g in pulled:
            np.testing.assert_array_equal(g, expected)


@settings(max_examples=5)
@given(programs(), seeds)
def test_transforms_in_threads_do_not_disturb_each_other(program, seed):
    def work(i: int) -> Any:
        xs = matrices(seed + i)
        if i % 2:
            with t.no_grad():
                return t.grad(program, (0, 1))(*xs)
        return t.grad(program, (0, 1))(*xs)

    for i, found in enumerate(together(4, work)):
        for g, right in zip(found, t.grad(program, (0, 1))(*matrices(seed + i)), strict=True):
            np.testing.assert_array_equal(g, right)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(["+", "*", "-", "where", "hypot"]), st.integers(0, 20), st.integers(0, 20)),
                min_size=3, max_size=12))  # fmt: skip
def test_a_0_d_array_as_an_array_of_one_entry(program: list[tuple[str, int, int]]) -> None:
    """NumPy makes scalars of 0-d arrays now and then, to which nothing is added in place."""

    def f(x: Any) -> Any:
        made = [x, x * 2, x * x]
        for operation, i, j in program:
            a, b = made[i % len(made)], made[j % len(made)]
            if operation == "where":
                made.append(np.where(a > b, a * 0.5, b))
            elif operation == "hypot":
                made.append(np.hypot(a, b))
            else:
                made.append({"+": a + b, "*": a * b * 0.25, "-": a - 0.5 * b}[operation])
        return np.sum(sum(made))

    for x in (0.7, 1.3):
        one = grad(f)(np.array([x]))[0]
        assert grad(f)(np.array(x)) == pytest.approx(one, rel=1e-12, abs=1e-12)
        assert grad(f)(x) == pytest.approx(one, rel=1e-12, abs=1e-12)


def test_a_cotangent_of_a_0_d_array_that_became_a_scalar() -> None:
    def f(x: Any) -> Any:
        p, q = 2 * x, x * x
        return q * np.hypot(p, q) * np.hypot(p, q) * x + p * np.hypot(p, q) * np.hypot(p, q) * x

    assert grad(f)(np.array(1.0)) == pytest.approx(71.0, rel=1e-14)
    second = grad(grad(lambda x: np.arctan2(2 * x, x * x)))
    assert second(np.array(1.0)) == pytest.approx(0.16, rel=1e-14)


@pytest.mark.parametrize("data", [2.0, np.float64(2.0), np.float32(2.0), np.array([2.0])])
def test_a_leaf_that_is_the_root_has_a_gradient_of_its_own_kind(data):
    leaf = Value(data)
    leaf.backward()
    assert type(leaf.grad) is type(leaf.data)
    assert np.shape(leaf.grad) == leaf.shape
    assert np.asarray(leaf.grad).dtype == leaf.dtype
    assert leaf.grad == 1
