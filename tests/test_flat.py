"""Values pickled and copied: however deep the graph, what is shared stays shared, nothing else is."""

from __future__ import annotations

import copy
import gc
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_bp as t
from tinygrad_bp import Value
from tinygrad_bp.rules import TABLE

from .programs import matrices, programs

COPIES = {
    "deepcopy": copy.deepcopy,
    **{f"protocol {i}": lambda x, i=i: pickle.loads(pickle.dumps(x, i)) for i in range(pickle.HIGHEST_PROTOCOL + 1)},
}
each_copy = pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)


def cube(x: Any) -> Any:
    """x³, a function of a user's own."""
    return x**3


cube_rule = t.primitive(cube, lambda d, y, x: 3 * d * x**2)


@each_copy
@pytest.mark.parametrize(
    "data", [2.5, np.float32(2.5), [1.0, 2.0], np.zeros((0, 3), np.float32), np.asfortranarray(np.ones((2, 3)))]
)
def test_a_leaf(copied, data):
    leaf = Value(data, name="p")
    (np.sum(leaf) * 2).backward()
    other = copied(leaf)
    assert (other.name, other.shape, other.dtype, other.rule) == ("p", leaf.shape, leaf.dtype, None)
    assert type(other.data) is type(leaf.data)
    np.testing.assert_array_equal(other.data, leaf.data)
    np.testing.assert_array_equal(other.grad, leaf.grad)
    assert not np.shares_memory(other.data, leaf.data)
    assert not np.shares_memory(other.grad, leaf.grad)
    assert copied(Value(1.0)).grad is None


@each_copy
def test_a_copy_of_a_leaf_is_in_no_recording(copied):
    """Writing to one changes neither the other nor what was recorded, shallow copies too."""
    for both in (lambda y, p: copied((y, p)), lambda y, p: (y, copy.copy(p)), lambda y, p: (copy.copy(y), p)):
        p = Value(np.array([1.0, 2.0]))
        y = np.sum(np.multiply(p, p))
        y2, p2 = both(y, p)
        p2.data[...] = 100
        p.data[...] = 200
        np.testing.assert_array_equal(p2.data, [200, 200] if p2 is p else [100, 100])
        y2.backward()
        y.backward(retain_graph=True) if y2.parents else None
        leaf = p if p.grad is not None else p2
        np.testing.assert_array_equal(leaf.grad, [2, 4])


@each_copy
@given(program=programs(), seed=st.integers(0, 2**32 - 1))
def test_a_graph(copied, program, seed):
    leaves = [Value(x, name=f"x{i}") for i, x in enumerate(matrices(seed))]
    y = program(*leaves)
    other, again = copied((y, leaves))
    assert other.data == y.data
    y.backward()
    other.backward()
    for leaf, copied_leaf in zip(leaves, again, strict=True):
        assert (leaf.grad is None) == (copied_leaf.grad is None)
        if leaf.grad is not None:
            np.testing.assert_array_equal(copied_leaf.grad, leaf.grad)


@each_copy
def test_shared_leaves_stay_shared(copied):
    p = Value(2.0)
    a, b = p * 3, p * 5
    a2, b2, p2 = copied([a, b, p])
    (a2 + b2).backward()
    assert p2.grad == 8.0
    assert p.grad is None


@pytest.mark.parametrize("copied", [copy.deepcopy, COPIES["protocol 2"]])
@pytest.mark.parametrize("x", [0.5, np.array([0.5, 0.25])])
def test_a_deep_graph(copied, x):
    p = Value(x)
    y = p
    for _ in range(5_000):
        y = y * 0.9999 + p * 1e-5
    y2, p2 = copied((y, p))
    y2.backward(np.ones(y2.shape) if y2.shape else None)
    y.backward(np.ones(y.shape) if y.shape else None)
    np.testing.assert_array_equal(p2.grad, p.grad)


@each_copy
def test_a_consumed_graph(copied):
    p = Value(np.ones(2))
    y = np.sum(p * 2)
    y.backward()
    other = copied(y)
    assert other.data == 4.0
    assert other.grad == 1.0
    assert repr(other) == repr(y)
    with pytest.raises(RuntimeError, match="let go of"):
        other.backward()


def test_a_graph_with_a_consumed_part_says_so():
    p = Value(np.ones(2))
    z = p * 2
    np.sum(z).backward()
    with pytest.raises(RuntimeError, match=r"let go of.*retain_graph"):
        pickle.dumps(z * 3)


def test_a_graph_whose_leaf_was_changed_says_so():
    p = Value(2.0)
    y = p * p
    p.data = 3.0
    with pytest.raises(RuntimeError, match="was changed after multiply"):
        copy.deepcopy(y)


@each_copy
def test_a_changed_array_does_not_reach_a_copy(copied):
    p = Value(np.array([1.0, 2.0]))
    y = np.sum(p * p)
    p.data -= 50
    y2, p2 = copied((y, p))
    y2.backward()
    np.testing.assert_array_equal(p2.grad, [2, 4])


@each_copy
def test_gradients_that_are_values(copied):
    """p refers to p.grad, which refers to p."""
    p = Value(np.array([1.0, 2.0]))
    z = np.exp(p)
    y = np.sum(z * z)
    y.backward(create_graph=True)
    p2, y2, z2 = copied((p, y, z))
    g = p2.grad
    assert type(g) is Value
    np.testing.assert_allclose(g.data, 2 * np.exp([2, 4]))
    p2.zero_grad()
    np.sum(g).backward()
    np.testing.assert_allclose(p2.grad, 4 * np.exp([2, 4]))
    assert y2.data == y.data
    np.testing.assert_allclose(z2.grad.data, 2 * z.data)


@each_copy
def test_gradients_of_intermediates(copied):
    p, q = Value(np.ones(2)), Value(np.ones(2))
    z = p + q
    y = np.sum(z)
    y.backward(retain_graph=True)
    z2, p2 = copied((z, p))
    np.testing.assert_array_equal(z2.grad, [1, 1])
    assert not np.shares_memory(z2.grad, z.grad)
    assert not np.shares_memory(z2.grad, p2.grad)


@each_copy
def test_a_rule_of_the_users_own_goes_by_name(copied):
    p = Value(2.0)
    y2, p2 = copied((cube_rule(p), p))
    assert y2.rule is cube_rule
    y2.backward()
    assert p2.grad == 12.0


def test_a_rule_that_is_not_stated_where_it_is_unpickled(monkeypatch):
    text = pickle.dumps(cube_rule(Value(2.0)))
    monkeypatch.delitem(TABLE, cube)
    with pytest.raises(LookupError, match=r"cube.*primitive"):
        pickle.loads(text)


def test_a_rule_without_a_name():
    square = t.primitive(lambda x: x * x, lambda d, y, x: 2 * d * x)
    p = Value(3.0)
    for y in (square(p), t.checkpoint(np.exp)(p)):
        with pytest.raises(pickle.PicklingError, match="name of its function"):
            pickle.dumps(y)
        y2, p2 = copy.deepcopy((y, p))
        y2.backward()
        y.backward()
        assert p2.grad == p.grad
        p.zero_grad()


def test_every_rule_pickles():
    for rule in TABLE.values():
        if (getattr(rule.function, "__module__", None) or "").startswith("tests."):
            continue
        assert pickle.loads(pickle.dumps(rule)) is rule
        assert copy.deepcopy(rule) is rule


def test_copies_are_freed_by_reference_counting():
    p = Value(np.ones(2))
    y = np.sum(p * p)
    gc.collect()
    gc.disable()
    try:
        copy.deepcopy((y, p))
        assert gc.collect() == 0
    finally:
        gc.enable()
