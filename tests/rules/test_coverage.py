"""Every function that NumPy lets a Value in at is in exactly one class: differentiated, plain, refused, not yet."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t
from tinygrad_bp.rules import COMPOSED, PLAIN, REFUSED, TABLE


def all_ufuncs() -> list[np.ufunc]:
    """Every ufunc in any module of NumPy."""
    found = {
        f
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] == "numpy" and module is not None
        for f in vars(module).values()
        if isinstance(f, np.ufunc)
    }
    return sorted(found, key=lambda f: f.__name__)


def classes(function: Any) -> list[str]:
    """The classes that a function is in."""
    tables = {"differentiated": TABLE, "composed": COMPOSED, "plain": PLAIN, "refused": REFUSED}
    return [name for name, table in tables.items() if function in table]


def test_numpy_has_ufuncs():
    assert {np.exp, np.matmul, np.strings.str_len} <= set(all_ufuncs())


@pytest.mark.parametrize("ufunc", all_ufuncs(), ids=lambda f: f.__name__)
def test_every_ufunc_is_in_one_class(ufunc):
    if not any("d" in types[: ufunc.nin] or "O" in types[: ufunc.nin] for types in ufunc.types):
        assert classes(ufunc) in (["refused"], [])  # no Value can be given
    else:
        assert len(classes(ufunc)) == 1, f"{ufunc.__name__} is {classes(ufunc) or 'in no class'}"


def test_an_unknown_ufunc_is_in_no_class_and_names_itself():
    unknown = np.frompyfunc(lambda x: x, 1, 1)
    assert classes(unknown) == []
    with pytest.raises(TypeError, match=r"of a Value has no rule: state one with tinygrad_bp\.primitive"):
        unknown(t.Value([1.0]))


@pytest.mark.parametrize("ufunc", [f for f in all_ufuncs() if f in REFUSED], ids=lambda f: f.__name__)
def test_what_is_refused_names_itself(ufunc):
    with pytest.raises(TypeError, match=ufunc.__name__):
        ufunc(*[t.Value([1.0])] * ufunc.nin)


@pytest.mark.parametrize("ufunc", [f for f in all_ufuncs() if f in PLAIN], ids=lambda f: f.__name__)
def test_what_is_plain_is_numpys(ufunc):
    xs = [np.array([1.5, -2.0, 0.0])] * ufunc.nin
    got = ufunc(*map(t.Value, xs)) if ufunc is not np.floor_divide else ufunc(t.Value(xs[0]), 2.0)
    right = ufunc(*xs) if ufunc is not np.floor_divide else ufunc(xs[0], 2.0)
    assert type(got) is np.ndarray
    np.testing.assert_array_equal(got, right)
