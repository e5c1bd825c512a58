"""What a Value holds, and what it refuses, with what to pass instead."""

from __future__ import annotations

import datetime
import decimal
import fractions
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tinygrad_bp import Value

ACCEPTED = {
    "int": (3, float, 3.0),
    "negative zero": (-0.0, float, -0.0),
    "nan": (math.nan, float, math.nan),
    "a large int": (10**30, float, 1e30),
    "np.float64": (np.float64(2.5), np.float64, np.array(2.5)),
    "np.float32": (np.float32(2.5), np.float32, np.array(2.5, np.float32)),
    "list": ([1, 2.5], np.float64, np.array([1, 2.5])),
    "list of ints": ([1, 2], np.float64, np.array([1.0, 2.0])),
    "list of large ints": ([2**63, 2**64, -1], np.float64, np.array([2.0**63, 2.0**64, -1.0])),
    "nested lists": ([[1], [2]], np.float64, np.array([[1.0], [2.0]])),
    "tuple": ((1.0, 2.0), np.float64, np.array([1.0, 2.0])),
    "empty list": ([], np.float64, np.array([])),
    "0-d array": (np.array(2.0), np.float64, np.array(2.0)),
    "empty array": (np.zeros((0, 3), np.float32), np.float32, np.zeros((0, 3), np.float32)),
    "big-endian": (np.array([1.0, 2.0], ">f8"), np.float64, np.array([1.0, 2.0])),
    "strided": (np.arange(6.0)[::-2], np.float64, np.array([5.0, 3.0, 1.0])),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(case):
    data, dtype, expected = ACCEPTED[case]
    value = Value(data)
    if dtype is float:
        assert type(value.data) is float
        assert math.copysign(1, value.data) == math.copysign(1, expected)
        assert value.data == expected or math.isnan(expected)
        assert (value.shape, value.ndim, value.size, value.dtype) == ((), 0, 1, np.float64)
    else:
        assert type(value.data) is np.ndarray
        assert value.dtype == value.data.dtype == dtype
        assert value.data.dtype.isnative
        assert value.shape == expected.shape
        assert (value.ndim, value.size) == (expected.ndim, expected.size)
        np.testing.assert_array_equal(value.data, expected)


REFUSED = {
    "bool": (True, "type bool: pass a float"),
    "np.bool": (np.True_, "dtype bool.*astype"),
    "np.int64": (np.int64(1), "dtype int64.*astype"),
    "int array": (np.array([1]), "dtype int64.*astype"),
    "unsigned": (np.array([1], np.uint8), "dtype uint8.*astype"),
    "bool array": (np.array([True]), "dtype bool.*astype"),
    "list of bools": ([True], "sequence of bool"),
    "float16": (np.float16(1), "dtype float16.*astype"),
    "float16 array": (np.ones(2, np.float16), "dtype float16.*astype"),
    "longdouble": (np.longdouble(1), "astype"),
    "complex": (1j, "type complex: pass a float"),
    "complex array": (np.array([1j]), "real and imaginary"),
    "list of complex": ([1j], "sequence of complex"),
    "object": (np.array([None]), "dtype object"),
    "None": (None, "type NoneType"),
    "list of None": ([1.0, None], "sequence of object"),
    "str": ("1.0", "type str"),
    "list of str": (["a"], "sequence of"),
    "ragged": ([[1.0], [1.0, 2.0]], "rows of equal length"),
    "datetime": (datetime.date(2026, 1, 1), "type date"),
    "datetime64": (np.array(["2026-01-01"], "datetime64[D]"), "dtype datetime64"),
    "Decimal": (decimal.Decimal(1), "type Decimal"),
    "Fraction": (fractions.Fraction(1, 2), "type Fraction"),
    "dict": ({}, "type dict"),
    "masked": (np.ma.array([1.0]), "np.asarray"),
    "Value": (Value(1.0), "Value already"),
    "list of Values": ([Value(1.0)], "np.stack"),
    "function": (math.sin, "type builtin_function"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    data, message = REFUSED[case]
    with pytest.raises(TypeError, match=message):
        Value(data)


def test_name_is_a_string():
    assert Value(1.0, name="W1").name == "W1"
    assert Value(1.0).name is None
    with pytest.raises(TypeError, match="name is of type int"):
        Value(1.0, name=3)  # type: ignore[arg-type]


@given(arrays(st.sampled_from([np.float32, np.float64]), array_shapes(min_dims=0, min_side=0)))
def test_arrays_are_copied(array):
    before = array.copy()
    value = Value(array)
    assert not np.shares_memory(value.data, array)
    assert array.flags.writeable
    value.data[...] = 7
    np.testing.assert_array_equal(array, before)
    array[...] = 8
    assert np.all(value.data == 7)


def test_memory_order_is_kept():
    assert Value(np.asfortranarray(np.ones((3, 4)))).data.flags.f_contiguous


def test_an_unpickled_array_is_as_any_other():
    x = pickle.loads(pickle.dumps(np.ones((2, 3))))
    assert x.dtype is not np.dtype(float)  # only equal to it
    for value in (Value(x), pickle.loads(pickle.dumps(Value(x)))):
        assert value.data.dtype is np.dtype(float)
