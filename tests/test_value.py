"""Value: what leaves the graph, and how it says so; operators; `.data` and `.grad`."""

from __future__ import annotations

import itertools
import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_bp as t
from tinygrad_bp import Value

from .programs import matrices, programs

ARRAY = np.zeros(3)

LEAVING = {
    "float": (lambda v, w: float(v), r"\.item\(\)"),
    "float of an array": (lambda v, w: float(w), r"\.item\(\)"),
    "int": (lambda v, w: int(v), r"\.item\(\)"),
    "complex": (lambda v, w: complex(v), r"\.item\(\)"),
    "index": (lambda v, w: operator.index(v), r"\.item\(\)"),
    "range": (lambda v, w: range(v), r"\.item\(\)"),
    "a list's index": (lambda v, w: [1, 2][v], r"\.item\(\)"),
    "math.exp": (lambda v, w: math.exp(v), r"\.item\(\)"),
    "math.floor": (lambda v, w: math.floor(v), r"\.item\(\)"),
    "math.fsum": (lambda v, w: math.fsum([v]), r"\.item\(\)"),
    "np.array of one": (lambda v, w: np.array(v), "np.stack"),
    "np.array of a list": (lambda v, w: np.array([v]), "np.stack"),
    "np.array of a nested list": (lambda v, w: np.array([[w], [w]]), "np.stack"),
    "np.array of object": (lambda v, w: np.array(w, dtype=object), "np.stack"),
    "np.asarray": (lambda v, w: np.asarray(w), "np.stack"),
    "np.float64": (lambda v, w: np.float64(v), r"value\.data"),
    "np.full": (lambda v, w: np.full(3, v), r"value\.data"),
    "ndarray.dot": (lambda v, w: ARRAY.dot(w), "np.stack"),
    "array[:] = value": (lambda v, w: operator.setitem(ARRAY, slice(None), w), "array = array"),
    "array[mask] = value": (lambda v, w: operator.setitem(ARRAY, ARRAY > 1, w), "array = array"),
    "array += value": (lambda v, w: operator.iadd(ARRAY, w), r"array = array \+ value"),
    "array *= number": (lambda v, w: operator.imul(ARRAY, v), r"array = array \+ value"),
    "array @= value": (lambda v, w: operator.imatmul(np.eye(3), Value(np.eye(3))), r"array = array \+ value"),
    "out=": (lambda v, w: np.exp(w, out=ARRAY), "out="),
    "out= of a reduction": (lambda v, w: np.sum(w, out=ARRAY), "out="),
    "where=": (lambda v, w: np.add(w, 1, where=ARRAY > 0), "where="),
    "dtype=": (lambda v, w: np.exp(w, dtype=np.float64), "dtype="),
    "np.add.at": (lambda v, w: np.add.at(ARRAY, [0], v), r"add\.at"),
    "np.copyto": (lambda v, w: np.copyto(ARRAY, w), "copyto"),
    "np.put": (lambda v, w: np.put(ARRAY, [0], w), "put"),
    "np.fill_diagonal": (lambda v, w: np.fill_diagonal(np.eye(2), v), "np.stack"),
    "value[i] = x": (lambda v, w: operator.setitem(w, 0, 1.0), r"np\.where.*np\.concatenate"),
    "value[value]": (lambda v, w: w[v], r"\.item\(\)"),
    "a function without a rule": (lambda v, w: np.i0(w), r"i0 .*not differentiated.*primitive"),
    "a function that is refused": (lambda v, w: np.fft.fft(w), r"fft .*complex"),
    "astype(int)": (lambda v, w: w.astype(int), "astype"),
    "complex numbers": (lambda v, w: w + 1j, "add of .*complex"),
    "a subclass": (lambda v, w: type("Parameter", (Value,), {}), "Parameter.*give your class a Value"),
    "a masked array": (lambda v, w: w * np.ma.array([1.0, 2, 3], mask=[0, 1, 0]), "MaskedArray.*np.asarray"),
}


@pytest.mark.parametrize("case", LEAVING)
def test_nothing_leaves_the_graph_silently(case):
    leave, message = LEAVING[case]
    with pytest.raises(TypeError, match=message):
        leave(Value(2.0), Value(np.ones(3)))
    np.testing.assert_array_equal(ARRAY, np.zeros(3))


def test_an_array_entry_set_to_a_number():
    """NumPy's own text, since it takes what can be indexed for a sequence; ours is its cause."""
    array = np.zeros(3)
    with pytest.raises(ValueError, match="sequence") as caught:
        array[0] = Value(2.0)
    assert ".item()" in str(caught.value.__cause__)
    assert "np.stack" in str(caught.value.__cause__)
    np.testing.assert_array_equal(array, np.zeros(3))


@pytest.mark.parametrize("compare", [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge])
@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0, math.nan]), min_size=3, max_size=3))
def test_comparisons_are_plain(compare, entries):
    a, b = np.array(entries), np.array([-1.0, 0.0, 1.0])
    for x, y in [(Value(a), b), (a, Value(b)), (Value(a), Value(b))]:
        result = compare(x, y)
        assert type(result) is np.ndarray
        np.testing.assert_array_equal(result, compare(a, b))
    for x, y in [(Value(entries[0]), 0.0), (entries[0], Value(0.0)), (Value(entries[0]), Value(0.0))]:
        assert compare(x, y) is compare(entries[0], 0.0)


def test_hash_is_identity():
    v, w = Value(1.0), Value(1.0)
    assert len({v, w, v}) == 2
    assert {v: 1}[v] == 1
    assert w not in {v: 1} or hash(v) == hash(w)
    assert (v == None) is False  # noqa: E711
    assert (v == "a") is False


def test_bool_is_for_control_flow():
    assert Value(1.0)
    assert not Value(0.0)
    assert not Value(np.zeros(1))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Value(np.ones(2)))


def test_printing():
    assert f"{Value(1.23456):.2f}" == "1.23"
    assert f"{np.sum(Value(np.ones(3))):.1f}" == "3.0"
    assert f"{Value(np.ones(2))}" == "[1. 1.]"
    assert repr(Value(1.5, name="x")) == "Value(1.5, name='x')"
    assert repr(np.exp(Value(np.ones((2, 3), np.float32)))) == "Value(shape=(2, 3), dtype=float32, from exp)"
    assert repr(Value(np.array([2.5]))) == "Value(2.5, shape=(1,), dtype=float64)"
    assert repr(t.name(np.tanh(Value(0.0)), "a")) == "Value(0.0, name='a', from tanh)"
    assert repr(t.name(Value(0.5), "a")) == "Value(0.5, name='a', from identity)"
    assert repr(np.einsum("i,i", Value(np.ones(2)), np.ones(2))) == "Value(2.0, shape=(), dtype=float64, from einsum)"
    assert "from concatenate)" in repr(np.stack([Value(0.5), 1.0]))


def test_len_iter_contains():
    w = Value(np.arange(6.0).reshape(3, 2))
    assert len(w) == 3
    rows = list(w)
    assert all(type(row) is Value for row in rows)
    np.sum(rows[1] * 2).backward()
    np.testing.assert_array_equal(w.grad, [[0, 0], [2, 2], [0, 0]])
    assert 4.0 in w
    assert 9.0 not in w
    for call in (len, iter):
        with pytest.raises(TypeError, match=r"shape \(\)"):
            call(Value(2.0))
    with pytest.raises(TypeError, match="Python float cannot be indexed"):
        Value(2.0)[0]


def test_item_and_detach():
    w = Value(np.array([2.5]))
    assert w.item() == 2.5
    assert type(w.item()) is float
    assert type((Value(2.0) * 3).item()) is float
    with pytest.raises(ValueError, match="size 1"):
        Value(np.ones(2)).item()
    y = w * 2
    free = y.detach()
    assert free.arguments == ()
    assert not np.shares_memory(free.data, y.data)
    free.data[0] = 9
    assert y.data[0] == 5.0


def test_shape_errors_name_the_operation_and_its_arguments():
    W = Value(np.ones((3, 4)), name="W1")
    with pytest.raises(ValueError, match=r"(?s)mismatch.*matmul of W1\[3, 4\], ndarray\[3, 2\]"):
        W @ np.ones((3, 2))
    with pytest.raises(ValueError, match=r"broadcast.*add of W1\[3, 4\], ndarray\[5\]"):
        W + np.ones(5)
    with pytest.raises(IndexError, match=r"out of bounds.*getitem"):
        W[7]


# data


def test_data_of_a_float_is_a_float():
    p = Value(2)
    p.data -= 0.5
    assert p.data == 1.5
    assert type(p.data) is float
    p.data = np.float64(3)
    assert type(p.data) is float
    p.data = 4
    assert type(p.data) is float


def test_data_of_an_array_stays_an_array():
    p = Value(np.float32(2))
    p.data = 1.5
    assert p.data == np.float32(1.5)
    assert p.data.dtype == p.dtype == np.float32
    with pytest.raises(ValueError, match=r"shape \(3,\) for a Value of shape \(2,\)"):
        Value(np.ones(2)).data = np.ones(3)
    with pytest.raises(TypeError, match="dtype int64"):
        Value(np.ones(2)).data = np.ones(2, int)


def test_data_set_is_a_copy():
    p, new = Value(np.ones(2)), np.zeros(2)
    p.data = new
    new[:] = 5
    np.testing.assert_array_equal(p.data, [0, 0])


def test_data_of_a_result_is_not_for_writing():
    y = Value(np.ones(3)) * 2
    with pytest.raises(ValueError, match="read-only"):
        y.data[0] = 1
    with pytest.raises(AttributeError, match="only a leaf"):
        y.data = np.ones(3)


# grad


def test_grad_is_none_until_a_pass_reaches_it():
    p, q = Value(2.0), Value(np.ones(2))
    y = p * 3
    assert p.grad is None
    y.backward()
    assert p.grad == 3.0
    assert type(p.grad) is float
    assert type(y.grad) is float
    assert q.grad is None
    p.zero_grad()
    y.zero_grad()
    assert p.grad is None
    assert y.grad is None


def test_leaves_accumulate_and_others_carry_the_last():
    p = Value(np.array([1.0, 2.0]))
    z = p * p
    y = np.sum(z)
    y.backward(retain_graph=True)
    first = p.grad
    y.backward(3.0)
    np.testing.assert_array_equal(first, [2, 4])
    np.testing.assert_array_equal(p.grad, [8, 16])
    np.testing.assert_array_equal(z.grad, [3, 3])
    assert y.grad == 3.0


def test_a_leaf_as_root():
    p = Value(2.0)
    p.backward()
    p.backward()
    assert p.grad == 2.0
    w = Value(np.ones(2))
    start = np.array([1.0, 2.0])
    w.backward(start)
    assert not np.shares_memory(w.grad, start)


def test_clipping_a_gradient_in_place():
    p, q = Value(np.ones(3)), Value(np.ones(3))
    np.sum(p + q).backward()
    p.grad *= 0.5
    p.grad[0] = 9
    np.testing.assert_array_equal(q.grad, [1, 1, 1])
    p.grad = np.zeros(3)
    np.sum(p * 2).backward()
    np.testing.assert_array_equal(p.grad, [2, 2, 2])


GRAPHS = {
    "p + q": lambda p, q: p + q,
    "p + p": lambda p, q: p + p,
    "p + p + q": lambda p, q: p + p + q,
    "views": lambda p, q: np.reshape(p, (2, 2)).T.T + q,
    "reshape": lambda p, q: np.reshape(np.reshape(p, (4,)), (2, 2)) - q,
    "broadcast": lambda p, q: np.broadcast_to(p, (3, 2, 2)) + q,
    "sum": lambda p, q: np.sum(p) + np.sum(q),
    "sums": lambda p, q: np.sum(p, axis=0) + np.sum(q, axis=0),
    "named": lambda p, q: t.name(p, "a") + t.name(q, "b"),
    "slices": lambda p, q: p[:1] + q[:1] + p[0] + q,
    "concatenate": lambda p, q: np.concatenate([p, q]) + np.concatenate([q, p]),
    "positive": lambda p, q: np.positive(p) + np.copy(q),
    "where": lambda p, q: np.where(np.array([True, False]), p, q),
    "times one": lambda p, q: p * 1.0 + q / 1.0,
    "clip": lambda p, q: np.clip(p, -9, 9) + np.maximum(q, -9),
}


def held(y: Value) -> list[Value]:
    """All nodes of a graph."""
    nodes, pending = [], [y]
    while pending:
        node = pending.pop()
        if not any(node is other for other in nodes):
            nodes.append(node)
            pending.extend(node.parents)
    return nodes


def separate(nodes: list[Value], *others: np.ndarray) -> None:
    """Requires that no two `.grad`s share memory, with each other, with any `.data` or with the others."""
    numbers = [np.asarray(node.grad.data if type(node.grad) is Value else node.grad) for node in nodes]
    for (i, g), (j, h) in itertools.combinations(enumerate(numbers), 2):
        assert not np.shares_memory(g, h), f".grad of {nodes[i]} and .grad of {nodes[j]}"
    for i, g in enumerate(numbers):
        for node in nodes:
            assert not np.shares_memory(g, node.data), f".grad of {nodes[i]} and .data of {node}"
        assert not any(np.shares_memory(g, other) for other in others), f".grad of {nodes[i]} and a caller's array"


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("graph", GRAPHS)
def test_no_gradients_share_memory(graph, create_graph):
    p, q = Value(np.ones((2, 2))), Value(np.full((2, 2), 2.0))
    y = GRAPHS[graph](p, q)
    nodes = held(y)
    start = np.ones(y.shape)
    gradient = Value(start) if create_graph else start
    y.backward(gradient, create_graph=create_graph)
    separate(nodes, start, *([gradient.data] if create_graph else []))


@given(programs(), st.integers(0, 2**32 - 1))
def test_no_gradients_of_a_program_share_memory(program, seed):
    leaves = [Value(x) for x in matrices(seed)]
    y = program(*leaves)
    nodes = held(y)
    y.backward()
    separate([node for node in nodes if node.grad is not None])


def test_gradients_stay_apart_in_later_passes():
    p, q = Value(np.ones(3)), Value(np.ones(3))
    for _ in range(3):
        z = p + q
        np.sum(np.reshape(z, (3, 1))).backward()
        separate([p, q, z])


# backward


def test_the_gradient_of_the_root_is_its_own():
    a = Value(np.ones(3)) * 2
    y = a + np.ones(3)
    y.backward(np.ones(3))
    y.grad[:] = 7
    np.testing.assert_array_equal(a.grad, [1, 1, 1])


def test_a_gradient_to_start_from():
    w = Value(np.ones((2, 3), np.float32))
    (w * 2).backward([[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(w.grad, [[2, 4, 6], [8, 10, 12]])
    assert w.grad.dtype == np.float32
    v = Value(2.0)
    (v * 2).backward(np.float64(3))
    assert v.grad == 6.0
    assert type(v.grad) is float
    (v * 2).backward(Value(1.0))
    assert v.grad == 8.0
    x = Value(np.ones((1, 1)))
    (x * 3).backward()
    np.testing.assert_array_equal(x.grad, [[3.0]])


@pytest.mark.parametrize(
    ("gradient", "error", "message"),
    [
        (None, ValueError, "needs gradient="),
        (1.0, ValueError, r"shape \(\), the Value has shape \(3,\)"),
        (np.ones((3, 1)), ValueError, r"shape \(3, 1\)"),
        (Value(np.ones(2)), ValueError, r"shape \(2,\)"),
        (np.ones(3, int), TypeError, "dtype int64"),
        (np.ones(3, complex), TypeError, "dtype complex"),
        ("ones", TypeError, "gradient is of type str"),
    ],
)
def test_a_wrong_gradient_changes_nothing(gradient, error, message):
    w = Value(np.ones(3))
    y = w * 2
    with pytest.raises(error, match=message):
        y.backward(gradient)
    assert w.grad is None
    assert y.grad is None
    y.backward(np.ones(3))
    np.testing.assert_array_equal(w.grad, [2, 2, 2])


@pytest.mark.parametrize("x", [2.0, np.array([2.0, 3.0])])
def test_create_graph_gives_values(x):
    p = Value(x)
    np.sum(p**3).backward(create_graph=True)
    g = p.grad
    assert type(g) is Value
    p.zero_grad()
    np.sum(g).backward()
    np.testing.assert_allclose(p.grad, 6 * np.asarray(x))


@pytest.mark.parametrize("function", [t.relu, lambda x: np.heaviside(x, 0.5), lambda x: np.copysign(2.0, x)])
@pytest.mark.parametrize("x", [-2.0, np.array([-2.0, -1.0])])
def test_create_graph_gives_values_where_nothing_depends_on_the_leaf_too(function, x):
    p = Value(x)
    z = p * 1.0
    y = np.sum(function(z))
    for _ in range(2):  # accumulated too
        y.backward(create_graph=True)
        for of in (p, z):
            assert type(of.grad) is Value
            np.testing.assert_array_equal(of.grad.data, np.zeros_like(x))
    np.sum(p.grad * p).backward()


def test_create_graph_inside_no_grad_records():
    p = Value(np.array([2.0]))
    y = np.sum(p**3)
    with t.no_grad():
        y.backward(create_graph=True)
    g = p.grad
    p.zero_grad()
    np.sum(g).backward()
    np.testing.assert_allclose(p.grad, [12.0])


def test_create_graph_where_raw_and_recorded_cotangents_meet():
    """Two sums give plain cotangents, which a recorded third is added to."""
    p = Value(np.array([1.0, 2.0]))
    (np.sum(p * p) + np.sum(p) + np.sum(p)).backward(create_graph=True)
    np.testing.assert_array_equal(p.grad.data, [4.0, 6.0])


def test_retain_graph():
    p = Value(3.0)
    y = p * p
    y.backward(retain_graph=True)
    y.backward()
    assert p.grad == 12.0
    with pytest.raises(RuntimeError, match="retain_graph"):
        y.backward()
    assert p.grad == 12.0


# Python numbers


def test_python_bools_are_numbers():
    v = Value(3.0)
    y = (v > 1) * v + v * (v > 9)
    assert y.data == 3.0
    assert type(y.data) is float
    y.backward()
    assert v.grad == 1.0


@pytest.mark.parametrize("kind", [float, np.float64, np.array])
def test_integer_division_is_plain(kind):
    v = Value(kind(7.0))
    for result in (v // 2, np.floor_divide(v, 2)):
        assert not isinstance(result, Value)
        assert result == 3.0
    assert 15 // v == 2.0


def test_special_values_of_floats_without_a_warning():
    v = Value(0.0)
    assert math.isnan(v // 0) or v // 0 == math.inf
    assert Value(1.0) // v == math.inf
    assert (1 / v).data == math.inf
    assert math.isnan(((v - 8) ** 0.5).data)
    assert (Value(1e308) * 10).data == math.inf
    assert np.log(v).data == -math.inf
    assert np.exp(v + 1e4).data == math.inf
    y = 1 / v
    y.backward()
    assert v.grad == -math.inf


def test_a_numpy_scalar_with_a_float():
    y = Value(2.0) * np.float64(3)
    y.backward()
    assert y.data == 6.0


def test_a_primitive_may_return_a_python_number():
    total = t.primitive(lambda x: math.fsum(x), lambda d, y, x: d * np.ones_like(x))
    p = Value(np.ones(3))
    total(p).backward()
    np.testing.assert_array_equal(p.grad, [1, 1, 1])


def test_a_sum_starts_from_nothing() -> None:
    x = Value(np.array([1.0, -2.0]))
    terms = [x[0] * x[1], x[0] / x[1]]
    assert len(t.sweep.recorded([sum(terms)])) == len(t.sweep.recorded(terms)) + 1
    assert 0 + terms[0] is terms[0]


def test_a_zero_in_front_is_recorded_where_it_matters() -> None:
    leaf, zero = Value(3.0), Value(-0.0) * 1
    assert 0 + leaf is not leaf  # whose number may be set
    assert math.copysign(1, (0 + zero).item()) == 1  # 0 + -0.0 is 0.0
    assert (0.0 + leaf * 1).arguments[0] == 0.0
    squared = leaf * leaf
    with t.no_grad():
        assert (0 + squared).rule is None


@pytest.mark.parametrize("x", [2.0, 0.0, -0.0, np.inf, np.nan])
def test_numbers_in_front_of_an_operator_are_as_numpy_has_them(x: float) -> None:
    for operation, ufunc in (
        (operator.add, np.add),
        (operator.sub, np.subtract),
        (operator.mul, np.multiply),
        (operator.truediv, np.divide),
    ):
        for other in (0, 1, -3, 0.5, np.float64(0.5)):
            with np.errstate(all="ignore"):
                y = operation(other, Value(x))
                expected = ufunc(np.float64(other), x)
            assert np.array_equal(y.item(), expected, equal_nan=True)
            assert type(y.data) is (float if type(other) is not np.float64 else np.float64)
