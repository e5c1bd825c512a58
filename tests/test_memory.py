"""Who holds an array: what may be shared, and what has to be copied."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_bp.memory import Holder, held_alone, owned, sole


@pytest.fixture
def holder():
    holder = Holder()
    holder._primal = np.ones((3, 4))
    return holder


OTHERS = {
    "a name": lambda x: x,
    "a view": lambda x: x[1:],
    "a view of a view": lambda x: x[1:].T[2:],
    "a memoryview": memoryview,
    "an iterator": iter,
    "a list": lambda x: [x],
    "a bound method": lambda x: x.sum,
    "a flat iterator": lambda x: x.flat,
    "DLPack": lambda x: x.__dlpack__(),
    "np.asarray": np.asarray,
    "another type of view": lambda x: x.view(np.int64),
}


@pytest.mark.parametrize("other", OTHERS)
def test_whoever_else_holds_it_is_seen(holder, other):
    assert held_alone(holder)
    held = OTHERS[other](holder._primal)
    assert not held_alone(holder)
    del held
    assert held_alone(holder)


def test_an_array_of_the_callers_alone_is_not_copied():
    def address() -> tuple[int, int]:
        x = np.ones(3)
        where = x.ctypes.data
        x = owned(x)
        return where, x.ctypes.data

    before, after = address()
    assert before == after


@pytest.mark.parametrize("view", [lambda x: x, lambda x: x.T, lambda x: x[1:], lambda x: x.reshape(-1)])
def test_what_somebody_else_reaches_is_copied(view):
    x = np.ones((3, 4))
    y = view(x)
    y = owned(y)
    assert not np.shares_memory(x, y)
    np.testing.assert_array_equal(y, view(x))


def test_a_part_of_a_larger_array_is_copied():
    y = np.ones(1000)[:2]
    y = owned(y)
    assert y.base is None


def test_a_whole_view_that_nobody_else_reaches_is_not_copied():
    y = np.ones((3, 4)).T
    base = id(y.base)
    y = owned(y)
    assert id(y.base) == base


def test_a_broadcast_is_copied_whole():
    y = np.broadcast_to(np.ones(1), (3,))
    y = owned(y)
    assert y.flags.writeable
    y[0] = 2
    np.testing.assert_array_equal(y, [2, 1, 1])


def test_sole():
    def handed(x):
        return sole(x)

    x = np.ones(3)
    assert handed(x)
    other = x
    assert not handed(x)
    del other
    assert handed(x)


def test_what_is_no_array_is_passed_through():
    assert owned(1.5) == 1.5
    assert type(owned(np.float64(1.5))) is np.float64
