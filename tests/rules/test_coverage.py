"""Every function that NumPy lets a Value in at is in exactly one class: differentiated, plain, refused, not yet."""

from __future__ import annotations

import inspect
import sys
from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t
from tinygrad_bp.rules import COMPOSED, NOT_YET, PLAIN, REFUSED, TABLE, coverage, refusal
from tinygrad_bp.rules.coverage import classes_of, reachable

from .test_rules import is_ours


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


def test_numpy_has_ufuncs():
    assert {np.exp, np.matmul, np.strings.str_len} <= set(all_ufuncs())


@pytest.mark.parametrize("ufunc", all_ufuncs(), ids=lambda f: f.__name__)
def test_every_ufunc_is_in_one_class(ufunc):
    takes_values = any("d" in types[: ufunc.nin] or "O" in types[: ufunc.nin] for types in ufunc.types)
    assert len(classes_of(ufunc)) == 1 or (not takes_values and not classes_of(ufunc)), (
        f"{ufunc.__name__} is {classes_of(ufunc) or 'in no class'}"
    )


def test_every_function_is_in_one_class():
    others = {name: classes_of(f) for name, f in reachable().items() if len(classes_of(f)) != 1}
    assert not others, f"in no class, or in several: {others}"
    assert len(reachable()) > 400


def test_coverage_counts_every_function_once():
    table = coverage()
    assert list(table) == ["differentiated", "plain", "refused", "not yet"]
    assert sum(map(len, table.values())) == len(reachable())
    assert "numpy.exp" in table["differentiated"]
    assert len(table["not yet"]) == len(NOT_YET)


def test_an_unknown_function_is_in_no_class_and_names_itself():
    unknown = np.frompyfunc(lambda x: x, 1, 1)
    assert classes_of(unknown) == []
    with pytest.raises(TypeError, match=r"of a Value has no rule: state one with tinygrad_bp\.primitive"):
        unknown(t.Value([1.0]))


@pytest.mark.parametrize("ufunc", [f for f in all_ufuncs() if f in REFUSED], ids=lambda f: f.__name__)
def test_a_refused_ufunc_names_itself(ufunc):
    with pytest.raises(TypeError, match=ufunc.__name__):
        ufunc(*[t.Value([1.0])] * ufunc.nin)


@pytest.mark.parametrize("ufunc", [f for f in all_ufuncs() if f in PLAIN], ids=lambda f: f.__name__)
def test_a_plain_ufunc_is_numpys(ufunc):
    xs = [np.array([1.5, -2.0, 0.5])] * ufunc.nin
    got = ufunc(*map(t.Value, xs))
    assert type(got) is np.ndarray
    np.testing.assert_array_equal(got, ufunc(*xs))


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (np.i0, "numpy.i0 of a Value"),
        (np.nanmedian, "numpy.nanmedian of a Value"),
        (lambda v: np.polydiv(v, v), "numpy.polydiv of a Value"),
        (lambda v: np.linalg.qr(np.stack([v])), "at least as many rows"),
        (lambda v: np.poly(np.stack([v, v])), "of a matrix"),
        (np.unique, "gives a set"),
        (np.histogram, "counts"),
        (np.linalg.eigvals, "gives complex numbers"),
        (np.fft.fft, "numpy.fft.fft of a Value"),
        (lambda v: np.save("nowhere", v), "give it value.data"),
        (lambda v: np.copyto(np.zeros(2), v), "write np.where"),
        (lambda v: np.full(2, v, like=v), "leaves the graph"),
        (lambda v: np.asarray([1.0], like=v), "leaves the graph"),
        (lambda v: np.reshape(v, 2, order="F"), r"reshape\(order=…\) is not differentiated"),
        (lambda v: np.sum(v, where=[True, False]), r"sum\(where=…\) is not differentiated"),
        (lambda v: np.sum(v, dtype=np.float32), r"sum\(dtype=…\) is not differentiated"),
        (lambda v: np.pad(v, 1, mode="mean"), r"pad\(mode='mean'\) is not differentiated"),
        (lambda v: np.quantile(v, 0.5, method="lower"), r"quantile\(method='lower'\) is not differentiated"),
        (lambda v: np.std(v, dtype=np.float32), r"std\(dtype=…\) is not differentiated: leave dtype= out"),
        (lambda v: np.ravel(v, order="F"), r"ravel\(order=…\) is not differentiated: leave order= out"),
        (lambda v: np.tile(v, 2, 3), "tile"),
        (lambda v: np.linalg.svd(np.stack([v])), "pass full_matrices=False"),
    ],
)
def test_what_is_refused_says_what_to_write(call, hint):
    with pytest.raises(TypeError, match=hint):
        call(t.Value([1.0, 2.0]))


def test_refusals():
    assert "not differentiated yet" in refusal(np.i0)
    assert "complex" in refusal(np.fft.rfft)
    assert "has no rule" in refusal(len)


@pytest.mark.parametrize(
    ("call", "error", "hint"),
    [
        (lambda v: np.einsum("ij->j", v), ValueError, "'ij' are not for an operand of shape"),
        (lambda v: np.einsum("i,i", v), ValueError, "are not for 1 operands"),
        (lambda v: np.einsum("...->", v), ValueError, "no place for the axes"),
        (lambda v: np.tensordot(v, np.ones(3), 1), ValueError, "their lengths differ"),
        (lambda v: np.cross(v, v), ValueError, "vectors of 3 entries"),
        (lambda v: np.select([v > 0], [v, v]), ValueError, "as many choices as conditions"),
        (lambda v: np.gradient(v, edge_order=2), ValueError, "needs 3 entries"),
        (lambda v: np.split(v, 3), ValueError, "equal division"),
        (lambda v: np.squeeze(v, axis=0), ValueError, "size not equal to one"),
        (lambda v: np.moveaxis(v, 0, 3), np.exceptions.AxisError, "out of bounds"),
        (lambda v: np.linalg.norm(v, "fro"), ValueError, "'fro' is not one of vectors"),
        (lambda v: np.median(v, axis=1), np.exceptions.AxisError, "out of bounds"),
        (lambda v: np.split(v, 2, axis=1), np.exceptions.AxisError, "out of bounds"),
        (lambda v: np.diff(v, axis=-2), np.exceptions.AxisError, "out of bounds"),
        (lambda v: np.take(v, 0, axis=1), np.exceptions.AxisError, "out of bounds"),
        (lambda v: np.linalg.norm(v, 1, axis=(0, 1)), np.exceptions.AxisError, "out of bounds"),
        (lambda v: np.take(v, 5), IndexError, "out of bounds"),
        (lambda v: np.quantile(v, 1.5), ValueError, r"not within \[0, 1\]"),
        (lambda v: np.percentile(v, [50, -1]), ValueError, r"not within \[0, 1\]"),
        (lambda v: np.einsum(v, [-1]), ValueError, "not from 0 to 51"),
        (lambda v: np.einsum(v, [52]), ValueError, "not from 0 to 51"),
        (lambda v: np.einsum(v), ValueError, "sublist of its indices"),
        (lambda v: np.diff(v, n=-1), ValueError, "give n from 0"),
        (lambda v: np.diag(np.reshape(v, (1, 1, 2))), ValueError, "of 3 axes"),
        (lambda v: np.clip(v, 0, 1, min=0), ValueError, "bounds twice"),
        (lambda v: np.convolve(v, v, "whole"), ValueError, "'whole' is none of"),
        (lambda v: np.interp(v, [0.0, 1.0], [0.0, 1.0, 2.0]), ValueError, r"xp of shape \(2,\) and fp of \(3,\)"),
        (lambda v: np.linalg.multi_dot([v]), ValueError, "two arrays or more"),
        (lambda v: np.linalg.matrix_power(np.stack([v, v]), 2.0), TypeError, "integer"),
        (lambda v: np.linalg.norm(v, t.Value(2.0)), TypeError, "no derivative in its order"),
        (lambda v: np.tile(v, t.Value(2.0)), TypeError, "integer"),
        (lambda v: np.delete(np.ones(2), v), IndexError, "must be of integer"),
        (lambda v: np.take_along_axis(np.ones(2), v, 0), IndexError, "integer"),
        (lambda v: np.choose(v, [np.ones(2), v]), TypeError, "safe"),
        (lambda v: t.leaky_relu(v, t.Value(np.array(0.1))), TypeError, "no derivative in its argument 1"),
        (lambda v: np.tril(v, t.Value(np.array(1.0))), TypeError, "no derivative in its argument 1"),
    ],
)
def test_wrong_arguments_give_clear_errors(call, error, hint):
    with pytest.raises(error, match=hint):
        call(t.Value([1.0, 2.0]))


def functions(table: Any) -> list[Any]:
    """NumPy's functions in a table that are no ufuncs."""
    return [f for f in table if not isinstance(f, np.ufunc) and f.__module__.startswith("numpy")]


@pytest.mark.parametrize("function", functions(COMPOSED), ids=lambda f: f"{f.__module__}.{f.__name__}")
def test_composed_functions_take_numpys_arguments_by_numpys_names(function):
    """What may be given by position comes in NumPy's order, what may be given by name has NumPy's name."""
    try:
        theirs = list(inspect.signature(function).parameters.values())
    except ValueError:  # functions written in C have no signature before NumPy 2.4
        return
    names = [p.name for p in theirs]
    if any(p.kind is p.VAR_KEYWORD for p in theirs):
        return
    ours = [p for p in inspect.signature(COMPOSED[function]).parameters.values() if p.kind is not p.VAR_KEYWORD]
    assert {p.name for p in ours} <= set(names)
    positional = [p.name for p in ours if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    assert positional == names[: len(positional)]


@pytest.mark.parametrize("function", functions(TABLE), ids=lambda f: f.__name__)
def test_rules_take_numpys_options_by_numpys_names(function):
    try:
        theirs = set(inspect.signature(function).parameters)
    except ValueError:
        return
    options = TABLE[function].options - {"x", "y", "a", "b", "c", "m"}
    if function is np.reshape:  # which said newshape before NumPy 2.1
        options -= {"shape"}
    assert options <= theirs


a, b = np.array([[1.5, -0.5, 2.0], [0.3, 0.8, -1.2]]), np.array([0.4, 1.1])


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.add.reduce(x),
        lambda x: np.add.reduce(x, axis=1, keepdims=True),
        lambda x: np.multiply.reduce(x, axis=None),
        lambda x: np.maximum.reduce(x, axis=1),
        lambda x: np.minimum.reduce(x),
        lambda x: np.logaddexp.reduce(x),
        lambda x: np.add.accumulate(x),
        lambda x: np.multiply.accumulate(x, axis=1),
        lambda x: np.subtract.outer(x, b),
        lambda x: np.power.outer(b, x),
        lambda x: np.arctan2.outer(x, x),
    ],
)
def test_methods_of_ufuncs(call: Any):
    y, pullback = t.vjp(call, a)
    np.testing.assert_allclose(y, call(a), rtol=1e-14)
    h = 1e-6
    u = np.ones_like(y)
    slope = (np.sum(call(a + h * a)) - np.sum(call(a - h * a))) / (2 * h)
    np.testing.assert_allclose(np.sum(pullback(u)[0] * a), slope, rtol=1e-7)


def test_methods_without_a_rule_are_refused():
    with pytest.raises(TypeError, match=r"np\.divide\.reduce is not differentiated"):
        np.divide.reduce(t.Value([1.0, 2.0]))
    assert type(np.greater.outer(t.Value([1.0]), b)) is np.ndarray


@pytest.mark.parametrize(
    "call",
    [
        lambda v: np.stack([v[0], 2.0, v[1]]),
        lambda v: np.concatenate([v, [1.0, 2.0]]),
        lambda v: np.dot([[1.0, 2.0]], v),
        lambda v: np.tensordot([[1.0, 2.0]], v, 1),
        lambda v: np.linalg.solve([[2.0, 1.0], [0.5, 3.0]], v),
        lambda v: np.linalg.lstsq([[2.0, 1.0], [0.5, 3.0]], v)[0],
        lambda v: np.trapezoid([1.0, 3.0], v),
        lambda v: np.insert([1.0, 3.0], 1, v),
        lambda v: np.append([1.0, 3.0], v),
        lambda v: np.average([1.0, 3.0], weights=v),
        lambda v: np.convolve([1.0, 3.0, 2.0], v),
        lambda v: np.gradient([1.0, 3.0], v),
        lambda v: np.interp([0.2, 0.7], [0, 1], v),
        lambda v: np.einsum("ij,j", [[1.0, 2.0], [3.0, 4.0]], v),
        lambda v: np.where([True, False], v, [3.0, 4.0]),
        lambda v: np.kron([1.0, 2.0], v),
        lambda v: np.polyval(v, [1.0, 2.0]),
        lambda v: np.diff([1.0, 2.0], append=v),
        lambda v: np.cov([1.0, 3.0], v),
    ],
)
def test_lists_beside_a_value(call):
    """A plain list beside a Value is what it is to NumPy."""
    y, pullback = t.vjp(call, b)
    np.testing.assert_allclose(y, call(b), rtol=1e-13)
    h = 1e-6
    slope = (np.sum(call(b + h)) - np.sum(call(b - h))) / (2 * h)
    np.testing.assert_allclose(np.sum(pullback(np.ones_like(y))[0]), slope, rtol=1e-7, atol=1e-9)


def test_rules_have_names_of_their_own():
    names = [TABLE[f].name for f in TABLE if is_ours(f)]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def test_a_value_that_says_what_to_take_is_plain():
    """Nothing flows to a condition, and what is taken of an array is an array."""
    v = t.Value([0.0, 1.0, -1.0])
    for take in (np.compress, np.extract):
        np.testing.assert_array_equal(take(v, b[[0, 1, 1]]), b[[1, 1]])
        np.testing.assert_array_equal(t.grad(lambda x, take=take: np.sum(take(x.detach(), x)))(v.data), [0, 1, 1])
