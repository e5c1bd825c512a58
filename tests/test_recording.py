"""A recording holds the numbers it was made with; no_grad; names."""

from __future__ import annotations

import asyncio
import copy
import inspect
import pickle
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_bp as t
from tinygrad_bp import Value
from tinygrad_bp.recording import names
from tinygrad_bp.sweep import recorded

from .programs import matrices, programs
from .rules.cases import CASES


def test_nothing_is_evaluated_twice(monkeypatch):
    X = pickle.loads(pickle.dumps(np.ones((4, 3))))  # whose dtype is equal to NumPy's own, and another object
    W = Value(np.ones((3, 2)))
    monkeypatch.setattr("tinygrad_bp.dispatch.record", None)  # the long way, once the short one has failed
    for data in (X, t.constant(X), X.astype(np.float32)):
        np.testing.assert_array_equal((data @ W).data, np.full((4, 2), 3.0))


# numbers changed between recording and backward pass


def whole(x: np.ndarray) -> None:
    x[...] = 77


def one_entry(x: np.ndarray) -> None:
    x.reshape(-1)[:1] = 77


def through_a_view(x: np.ndarray) -> None:
    x.T[...] -= 5


CHANGES = [whole, one_entry, through_a_view]
changes = pytest.mark.parametrize("change", CHANGES, ids=[change.__name__ for change in CHANGES])

c = np.array([[1.0, 2.0], [3.0, 4.0]])

#: functions of a Value and a caller's array
CONSTANTS = {
    "v * c": lambda v, c: v * c,
    "c * v": lambda v, c: c * v,
    "v / c": lambda v, c: v / c,
    "c / v": lambda v, c: c / v,
    "v ** c": lambda v, c: v**c,
    "c ** v": lambda v, c: c**v,
    "v + c": lambda v, c: (v + c) ** 2,
    "v @ c": lambda v, c: v @ c,
    "c @ v": lambda v, c: c @ v,
    "c.T @ v": lambda v, c: c.T @ v,
    "c[0] * v": lambda v, c: c[0] * v,
    "a list": lambda v, c: v * list(c),
    "maximum": lambda v, c: np.maximum(v, c),
    "where": lambda v, c: np.where(c > 2, v, 3 * v),
    "where, of c": lambda v, c: np.where(v > 1, v, c) * v,
    "concatenate": lambda v, c: np.concatenate([v, c]) ** 2,
    "stack": lambda v, c: np.stack([c, v, c]) ** 2,
    "einsum": lambda v, c: np.einsum("ij,jk->ik", v, c),
    "dot": lambda v, c: np.dot(c, v),
    "tensordot": lambda v, c: np.tensordot(v, c, axes=([0], [1])),
    "clip": lambda v, c: np.clip(v, 0.0, c) ** 2,
    "hypot": lambda v, c: np.hypot(v, c),
    "reshape": lambda v, c: np.reshape(v, (4,)) * np.reshape(c, (4,)),
    "solve": lambda v, c: np.linalg.solve(c, v),
    "average": lambda v, c: np.average(v, weights=c),
    "outer": lambda v, c: np.outer(v, c),
    "mapped": lambda v, c: v * c.view(),
}


def gradient(call: Any, v: Any, c: Any, change: Any = None, create_graph: bool = False) -> Any:
    """∂Σ(call)²/∂v, with c changed after recording."""
    y = np.sum(call(v, c) ** 2)
    if change is not None:
        change(c)
    y.backward(create_graph=create_graph)
    return v.grad


@changes
@pytest.mark.parametrize("case", CONSTANTS)
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_callers_array(case, change, create_graph):
    call = CONSTANTS[case]
    expected = gradient(call, Value(np.full((2, 2), 1.5)), c.copy())
    changed = c.copy()
    v = Value(np.full((2, 2), 1.5))
    g = gradient(call, v, changed, change, create_graph)
    np.testing.assert_array_equal(g.data if create_graph else g, expected)
    assert changed.flags.writeable
    if create_graph:
        second = np.sum(t.hvp(lambda v: np.sum(call(v, c) ** 2), (np.full((2, 2), 1.5),), (np.ones((2, 2)),))[0])
        v.zero_grad()
        np.sum(g).backward()
        np.testing.assert_allclose(np.sum(v.grad), second, rtol=1e-12)


def test_a_mapped_file(tmp_path):
    mapped = np.memmap(tmp_path / "numbers", dtype=np.float64, shape=(2,), mode="w+")
    mapped[:] = [1, 2]
    v = Value(np.ones(2))
    y = np.sum(v * mapped)
    mapped[:] = 50
    y.backward()
    np.testing.assert_array_equal(v.grad, [1, 2])
    assert type(y.data) is np.float64


#: functions of a Value and a parameter that can be changed
PARAMETERS = {
    "index": (lambda v, p: v[p], np.array([0, 0])),
    "index, in a tuple": (lambda v, p: v[p, 0], np.array([1, 1])),
    "index, a list": (lambda v, p: v[p], [1, 1]),
    "mask": (lambda v, p: v[p], np.array([[True, False], [False, True]])),
    "axes, a list": (lambda v, p: np.transpose(v, p) * c, [1, 0]),
    "axes, by name": (lambda v, p: np.transpose(v, axes=p) * c, [1, 0]),
    "shape": (lambda v, p: np.reshape(v, p) * np.arange(4.0), [4]),
    "shift": (lambda v, p: np.roll(v, p, axis=0) * c, np.array(1)),
    "shift, a list": (lambda v, p: np.roll(v, p, axis=(0, 1)) * c, [1, 1]),
    "repeats": (lambda v, p: np.repeat(v, p, axis=0), np.array([2, 1])),
    "take": (lambda v, p: np.take(v, p, axis=1), np.array([1, 1])),
    "take_along_axis": (lambda v, p: np.take_along_axis(v, p, axis=0), np.array([[0, 1], [0, 1]])),
    "condition": (lambda v, p: np.where(p, v, 0.0), np.array([[True, False], [False, True]])),
}


@pytest.mark.parametrize("case", PARAMETERS)
def test_a_callers_parameter(case):
    call, parameter = PARAMETERS[case]
    expected = gradient(call, Value(c), parameter)
    changed = copy.deepcopy(parameter)

    def change(p: Any) -> None:
        if type(p) is list:
            p[:] = [0] * len(p)
        else:
            p[...] = 0

    v = Value(c)
    np.testing.assert_array_equal(gradient(call, v, changed, change), expected)


def in_place(p: Value, held: np.ndarray) -> None:
    p.data -= 5


def an_entry(p: Value, held: np.ndarray) -> None:
    p.data.reshape(-1)[0] = 77


def replaced(p: Value, held: np.ndarray) -> None:
    p.data = np.full(p.shape, 77.0)


def through_what_was_held(p: Value, held: np.ndarray) -> None:
    held[...] = 77


LEAF_CHANGES = [in_place, an_entry, replaced, through_what_was_held]
leaf_changes = pytest.mark.parametrize("change", LEAF_CHANGES, ids=[change.__name__ for change in LEAF_CHANGES])

HELD = {
    "nothing": lambda p: np.zeros(()),
    "the array": lambda p: p.data,
    "a view": lambda p: p.data[:1],
    "a transposed view": lambda p: p.data.T,
    "a memoryview's array": lambda p: np.asarray(memoryview(p.data)),
}

LEAVES = {
    "p * p": lambda p: p * p,
    "multiply": lambda p: np.multiply(p, p),
    "p ** 3": lambda p: p**3,
    "exp": lambda p: np.exp(p),
    "p @ p": lambda p: p @ p,
    "reshape": lambda p: np.reshape(p, (4,)) ** 2,
    "transpose": lambda p: p.T * np.arange(2.0) + p,
    "slices": lambda p: p[0] * p[1],
    "a view of a view": lambda p: np.reshape(p.T[::-1], (4,))[1:3] ** 2,
    "named": lambda p: t.name(p, "a") * t.name(p, "b"),
    "broadcast": lambda p: np.broadcast_to(p, (3, 2, 2)) ** 2,
    "positive": lambda p: np.positive(p) ** 2,
    "copy": lambda p: np.copy(p) ** 2,
    "norm": lambda p: np.linalg.norm(p),
    "inv": lambda p: np.linalg.inv(p + 5 * np.eye(2)),
    "softmax": lambda p: t.softmax(p, axis=1),
    "logsumexp": lambda p: t.logsumexp(p),
    "max": lambda p: np.max(p, axis=0),
    "einsum": lambda p: np.einsum("ij,ij->i", p, p),
    "checkpoint": lambda p: t.checkpoint(lambda x: x * x)(p),
    "no_grad": lambda p: _inside_no_grad(p) * p,
    "detached": lambda p: p.detach() * p,
}


def _inside_no_grad(p: Value) -> Value:
    with t.no_grad():
        return np.reshape(p, (4,)).T.reshape((2, 2))


@leaf_changes
@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("case", LEAVES)
def test_a_leafs_array(case, held, change):
    call = LEAVES[case]
    expected = t.grad(lambda p: np.sum(call(p) ** 2))(c)
    p = Value(c)
    outside = HELD[held](p)
    y = np.sum(call(p) ** 2)
    before = y.data
    change(p, outside)
    assert y.data == before
    y.backward()
    np.testing.assert_array_equal(p.grad, expected)


@leaf_changes
@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("case", LEAVES)
def test_a_leafs_array_where_the_pass_is_recorded(case, held, change):
    """The right second derivative, or an error that names the operation: never a wrong one."""
    call = LEAVES[case]
    p = Value(c)
    outside = HELD[held](p)
    y = np.sum(call(p) ** 2)
    change(p, outside)
    try:
        y.backward(create_graph=True)
    except RuntimeError:
        with pytest.raises(RuntimeError, match=r"was changed after [\w< >]+ had recorded it"):
            y.backward(create_graph=True)
        assert p.grad is None
        return
    g = p.grad
    np.testing.assert_allclose(g.data, t.grad(lambda p: np.sum(call(p) ** 2))(c), rtol=1e-12)
    p.zero_grad()
    np.sum(g).backward()
    (right,) = t.hvp(lambda p: np.sum(call(p) ** 2), (c,), (np.ones((2, 2)),))
    np.testing.assert_allclose(np.zeros((2, 2)) if p.grad is None else p.grad, right, rtol=1e-12, atol=1e-12)


@leaf_changes
def test_a_leafs_array_changed_after_a_recorded_pass(change):
    p = Value(c)
    np.sum(p**3).backward(create_graph=True)
    g = p.grad
    outside = p.data
    change(p, outside)
    p.zero_grad()
    np.sum(g).backward()
    np.testing.assert_array_equal(p.grad, 6 * c)


@pytest.mark.parametrize("case", CASES, ids=[case.label for case in CASES])
def test_every_rule_on_changed_arrays(case):
    """Each argument a leaf whose array is written to through itself, then each but one a caller's array."""
    xs = case.arguments(np.random.default_rng(1))
    expected = t.grad(lambda *xs: np.sum(case.call(*xs)), tuple(range(len(xs))))(*xs)
    leaves = [Value(x) for x in xs]
    y = np.sum(case.call(*leaves))
    for leaf in leaves:
        leaf.data[...] = 0.1234
    if isinstance(y, Value):  # but where a count is plain
        y.backward()
    for leaf, g in zip(leaves, expected, strict=True):
        np.testing.assert_array_equal(np.zeros(leaf.shape) if leaf.grad is None else leaf.grad, g)
    for i, x in enumerate(xs):
        leaf, arrays = Value(x), [np.array(x) for x in xs]
        try:
            y = np.sum(case.call(*arrays[:i], leaf, *arrays[i + 1 :]))
        except TypeError:  # NumPy does not ask this argument for a function of its own
            continue
        for array in arrays:
            array[...] = 0.1234
        if isinstance(y, Value):
            y.backward()
            np.testing.assert_array_equal(np.zeros(leaf.shape) if leaf.grad is None else leaf.grad, expected[i])


@given(programs(), st.integers(0, 2**32 - 1), st.booleans())
def test_programs_on_changed_leaves(program, seed, hold):
    xs = matrices(seed)
    expected = t.grad(program, (0, 1))(*xs)
    leaves = [Value(x) for x in xs]
    outside = [leaf.data for leaf in leaves] if hold else []
    y = program(*leaves)
    for leaf in leaves:
        leaf.data += 1
    for array in outside:
        array[...] = 5
    y.backward()
    for leaf, g in zip(leaves, expected, strict=True):
        np.testing.assert_array_equal(np.zeros((2, 2)) if leaf.grad is None else leaf.grad, g)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_changed_float_is_right_or_an_error(create_graph):
    p = Value(3.0)
    y = p * p
    p.data -= 1
    with pytest.raises(RuntimeError, match=r"was changed after multiply had recorded it"):
        y.backward(create_graph=create_graph)
    assert p.grad is None
    p.data = 3.0
    (p * p).backward()
    assert p.grad == 6.0


def test_a_changed_float_beside_arrays():
    p, w = Value(3.0), Value(np.ones(2))
    y = np.sum(p * w * p)
    p.data = 50.0
    y.backward()
    assert p.grad == 12.0
    np.testing.assert_array_equal(w.grad, [9, 9])


def test_a_changed_float_on_the_way_forward():
    p = Value(3.0)

    def f(x: Any) -> Any:
        y = x * p
        p.data = 10.0
        return y

    with pytest.raises(RuntimeError, match="was changed"):
        t.jvp(f, (2.0,), (1.0,))


def test_the_usual_update_is_in_place():
    p = Value(np.ones((4, 5)))
    array = p.data
    address = array.ctypes.data
    del array
    for _ in range(3):
        loss = np.sum((np.arange(4.0) @ p) ** 2) + np.sum(p * p) + np.sum(np.reshape(p, (20,)) ** 2)
        loss.backward()
        p.data -= 0.001 * p.grad
        p.zero_grad()
        assert p.data.ctypes.data == address
        assert p.data.flags.writeable


@pytest.mark.parametrize("call", [lambda p: p * p, lambda p: 2.0 / p, np.tanh, np.exp, lambda p: np.multiply(p, 3.0)])
def test_a_leafs_array_is_not_copied_where_nobody_else_holds_it(call):
    p = Value(np.ones(3))
    y = call(p)
    assert all(np.shares_memory(x, p._primal) for x in y.operands if np.ndim(x))
    held = p.data
    y = call(p)
    assert not any(np.shares_memory(x, held) for x in y.operands if np.ndim(x))


def test_a_result_held_keeps_its_numbers_through_the_update():
    p = Value(np.ones((2, 2)))
    z = np.reshape(p, (4,))
    np.sum(z * z).backward()
    seen = z.data
    p.data -= 0.5 * p.grad
    np.testing.assert_array_equal(seen, np.ones(4))
    np.testing.assert_array_equal(z.data, np.ones(4))


def test_a_callers_arrays_stay_writeable():
    a, index = np.ones((2, 2)), np.array([0, 1])
    v = Value(np.ones((2, 2)))
    y = np.sum((v * a + a) @ a + a[index] * v[index])
    for array in (a, index):
        assert array.flags.writeable
        array[...] = 0
    y.backward()
    assert a.flags.writeable


# no_grad


def records() -> bool:
    return (Value(1.0) * 2).rule is not None and (Value(np.ones(1)) * 2).rule is not None


@pytest.mark.parametrize(
    "call", [lambda p: p * 2, lambda p: p[1:], lambda p: np.reshape(p, (3, 1)), lambda p: t.name(p, "q"), np.sum]
)
def test_no_grad_gives_leaves(call):
    p = Value(np.ones(3), name="p")
    with t.no_grad():
        y = call(p)
        assert (Value(1.0) + 1).rule is None
    assert y.rule is None
    y.data[...] = 9
    np.testing.assert_array_equal(p.data, np.ones(3))
    assert records()


def test_no_grad_nested_and_with_an_error():
    with t.no_grad():
        with t.no_grad():
            assert not records()
        assert not records()
        with pytest.raises(ZeroDivisionError), t.no_grad():
            raise ZeroDivisionError
        assert not records()
    assert records()
    block = t.no_grad()
    with block, block:
        assert not records()
    assert records()


def test_no_grad_decorates():
    @t.no_grad()
    def f() -> bool:
        """Says so."""
        return records()

    assert not f()
    assert not f()
    assert f.__doc__ == "Says so."
    assert records()


def test_no_grad_decorates_a_coroutine():
    @t.no_grad()
    async def f() -> bool:
        await asyncio.sleep(0)
        return records()

    async def both() -> tuple[bool, bool]:
        inside = asyncio.create_task(f())
        await asyncio.sleep(0)
        return await inside, records()

    assert inspect.iscoroutinefunction(f)
    assert asyncio.run(both()) == (False, True)


def test_no_grad_refuses_generators():
    for f in (_generator, _async_generator):
        with pytest.raises(TypeError, match=r"generator .*with no_grad"):
            t.no_grad()(f)


def _generator() -> Any:
    yield 1


async def _async_generator() -> Any:
    yield 1


def test_no_grad_blocks_close_in_any_order():
    def generator() -> Any:
        with t.no_grad():
            yield records()

    running = generator()
    assert not next(running)
    with t.no_grad():
        running.close()
        assert not records()
    assert records()


def test_no_grad_is_of_one_thread():
    entered, checked, seen = threading.Event(), threading.Event(), []

    def other() -> None:
        with t.no_grad():
            entered.set()
            checked.wait(10)
            seen.append(records())

    thread = threading.Thread(target=other)
    thread.start()
    entered.wait(10)
    seen.append(records())
    with t.no_grad():
        fresh = threading.Thread(target=lambda: seen.append(records()))
        fresh.start()
        fresh.join()
    checked.set()
    thread.join()
    assert seen == [True, True, False]


def test_no_grad_is_of_one_task():
    async def paused() -> bool:
        with t.no_grad():
            await asyncio.sleep(0.001)
            return records()

    async def going() -> bool:
        await asyncio.sleep(0.0005)
        return records()

    async def both() -> list[bool]:
        return await asyncio.gather(paused(), going(), paused())

    assert asyncio.run(both()) == [False, True, False]


def test_an_asynchronous_generator_closed_elsewhere():
    async def numbers() -> Any:
        with t.no_grad():
            yield 1
            yield 2

    async def main() -> bool:
        running = numbers()
        await asyncio.create_task(running.__anext__())
        await asyncio.create_task(running.aclose())
        return records()

    assert asyncio.run(main())


def test_transforms_inside_no_grad():
    with t.no_grad():
        assert t.grad(lambda x: x * x)(3.0) == 6.0
        assert t.grad(t.grad(lambda x: x**3))(2.0) == 12.0
        np.testing.assert_array_equal(t.hessian(lambda x: np.sum(x**2))(np.ones(2)), 2 * np.eye(2))
        assert t.jvp(lambda x: x * x, (3.0,), (1.0,)) == (9.0, 6.0)
        assert not records()
        p = Value(5.0)
        g = t.grad(lambda x: x * p)(3.0)
        assert g == 5.0
        assert type(g) is float
    assert records()


def test_no_grad_inside_a_transform():
    def f(x: Any) -> Any:
        with t.no_grad():
            scale = x * x
        return scale * x

    assert t.grad(f)(3.0) == 9.0


# errors in the middle


class Interrupted(BaseException):
    """As Ctrl-C is: no Exception."""


_fail = [False]


def _forward(x: Any) -> Any:
    if _fail[0]:
        raise Interrupted
    return x * 2


def _pullback(d: Any, y: Any, x: Any) -> Any:
    if _fail[0]:
        raise Interrupted
    return d * 2


fragile = t.primitive(_forward, _pullback)


@pytest.fixture(autouse=True)
def _whole():
    _fail[0] = False
    yield
    _fail[0] = False


def test_an_interrupted_function_leaves_nothing_behind():
    p = Value(np.ones(3))
    for run in (lambda: fragile(p), lambda: t.grad(lambda x: np.sum(fragile(x)))(np.ones(3))):
        _fail[0] = True
        with pytest.raises(Interrupted):
            run()
        _fail[0] = False
        assert records()
        np.sum(fragile(p)).backward()
        np.testing.assert_array_equal(p.grad, [2, 2, 2])
        p.zero_grad()
    address = p.data.ctypes.data
    p.data -= 1
    assert p.data.ctypes.data == address


def test_an_interrupted_rule_leaves_nothing_behind():
    p, q = Value(np.ones(3)), Value(np.ones(3))
    y = np.sum(fragile(p) * q)
    _fail[0] = True
    with pytest.raises(Interrupted):
        y.backward()
    with pytest.raises(Interrupted):
        t.grad(lambda x: np.sum(fragile(x)))(np.ones(3))
    assert p.grad is None
    assert q.grad is None
    assert records()
    _fail[0] = False
    with pytest.raises(RuntimeError, match="one that failed"):
        y.backward()
    assert p.grad is None
    np.sum(fragile(p) * q).backward()
    np.testing.assert_array_equal(p.grad, [2, 2, 2])


def test_an_interrupted_rule_with_retain_graph_can_be_repeated():
    p = Value(np.ones(3))
    y = np.sum(fragile(p) * 3)
    _fail[0] = True
    with pytest.raises(Interrupted):
        y.backward(retain_graph=True)
    _fail[0] = False
    y.backward()
    np.testing.assert_array_equal(p.grad, [6, 6, 6])


def test_an_error_inside_a_transform_inside_no_grad():
    def f(x: Any) -> Any:
        raise Interrupted

    with t.no_grad():
        with pytest.raises(Interrupted):
            t.grad(f)(1.0)
        assert not records()
    assert records()


# names


def test_name():
    array = np.ones(2)
    assert t.name(array, "x") is array
    assert t.name(2.0, "x") == 2.0
    p = Value(np.ones(2), name="p")
    z = t.name(p * 2, "z")
    assert z.name == "z"
    assert p.name == "p"
    np.testing.assert_array_equal(z.data, [2, 2])
    np.sum(z).backward()
    np.testing.assert_array_equal(p.grad, [2, 2])
    np.testing.assert_array_equal(z.grad, [1, 1])
    for value in (p, array):
        with pytest.raises(TypeError, match="name is of type int"):
            t.name(value, 3)  # type: ignore[arg-type]


def test_naming_twice_names_two_quantities():
    p = Value(2.0)
    a = t.name(p, "a")
    b = t.name(a, "b")
    assert (a.name, b.name, p.name) == ("a", "b", None)


def test_a_name_used_again():
    x = Value(2.0, name="x")
    first = t.name(x * 2, "z")
    second = t.name(first * 2, "z")
    other = t.name(second * 2, "z[1]")
    third = t.name(other * 2, "z")
    called = names(recorded([third]))
    assert [called[z] for z in (first, second, other, third)] == ["z", "z[1]", "z[1][1]", "z[2]"]
    assert names([x]) == {x: "x"}
    assert names([x * 2]) == {}


def test_names_survive_pickling():
    z = t.name(Value(2.0, name="x") * 3, "z")
    assert pickle.loads(pickle.dumps(z)).name == "z"


@pytest.mark.parametrize("x", [-2.0, np.float64(-2.0), np.array([-2.0]), np.array([[-2.0]])])
def test_options_are_kept_for_the_way_back_and_for_a_second(x):
    leaf = Value(x)
    y = t.leaky_relu(leaf, slope=0.5)
    assert y.options == {"slope": 0.5}
    y.backward(np.ones(np.shape(x)) if np.ndim(x) else None, retain_graph=True)
    assert np.all(leaf.grad == 0.5)
    assert np.all(pickle.loads(pickle.dumps(y)).arguments[0].data == x)
    assert pickle.loads(pickle.dumps(y)).options == {"slope": 0.5}
    assert np.all(
        t.jvp(lambda x: t.leaky_relu(x, slope=0.5), (x,), (np.ones_like(x) if np.ndim(x) else 1.0,))[1] == 0.5
    )
