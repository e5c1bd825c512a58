"""Who holds an array: what may be shared, and what has to be copied."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_bp import Value, constant
from tinygrad_bp.memory import Holder, held_alone, lasting, owned, sole


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


# constants


@pytest.mark.parametrize(
    "x", [np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2).T, np.arange(4)[::-1], 2.5, []]
)
def test_nobody_can_write_to_a_constant(x):
    c = constant(x)
    np.testing.assert_array_equal(c, x)
    assert c.dtype == np.asarray(x).dtype
    assert c.flags.f_contiguous or not np.asarray(x).flags.f_contiguous
    for view in (c, c[...], c.view(), c.T):
        assert lasting(view) is view
    for view in (c, c[...], c.view(), c.T, np.asarray(memoryview(c))):
        with pytest.raises(ValueError, match="WRITEABLE"):
            view.flags.writeable = True
        with pytest.raises(ValueError, match="read-only"):
            view[...] = 1


def test_only_constants_last():
    x = np.ones(3)
    frozen = x.view()
    frozen.flags.writeable = False
    for other in (x, frozen, x[1:], np.frombuffer(bytearray(8))):
        assert not np.shares_memory(lasting(other), other)
    part = constant(x)[1:]
    assert lasting(part) is part
    read = np.frombuffer(bytes(8))
    assert lasting(read) is read


def test_a_recording_shares_a_constant():
    c, x = constant(np.arange(3.0)), np.arange(3.0)
    v = Value(np.ones(3))
    assert (v * c).arguments[1] is c
    assert (c * v).arguments[0] is c
    assert np.where(np.array([True, False, True]), v, c).arguments[2] is c
    assert (v * x).arguments[1] is not x
    np.sum(v * c).backward()
    np.testing.assert_array_equal(v.grad, x)
    assert v.grad.flags.writeable


@pytest.mark.parametrize("x", [Value(1.0), Value(np.ones(2)), np.array([None]), "text"])
def test_what_is_no_data(x):
    with pytest.raises(TypeError, match=r"constant\(…\)"):
        constant(x)


@pytest.mark.parametrize("turned", [lambda x: x, np.transpose, lambda x: x[::2], lambda x: x.astype(object)])
@pytest.mark.parametrize("rows", [2, 300])
def test_what_lasts_is_not_what_the_caller_may_change(turned, rows):
    x = turned(np.arange(100.0 * rows).reshape(rows, 100))
    before = x.copy()
    kept = lasting(x)
    assert kept.flags.fnc == x.flags.fnc
    x[...] = -1
    np.testing.assert_array_equal(kept, before)


def test_a_large_array_is_copied_once():
    """Also where the pass back is recorded, which reads parts and transposes of it again."""
    kept = lasting(np.ones((300, 100)))
    for view in (kept, kept.T, kept[5:].T, lasting(np.ones((300, 100)).T).T):
        assert lasting(view) is view
