"""Every rule: against the witnesses, forward against backward, second order, float32, empty arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import tinygrad_bp as t
from tinygrad_bp.rules import COMPOSED, TABLE

from .cases import CASES, ELEMENTWISE, Case
from .check import check, largest

# a case each: the few examples are of a hundred cases
FEW = settings(max_examples=max(3, settings.default.max_examples // 10))
U32 = float(np.finfo(np.float32).eps)
seeds = st.integers(0, 2**32 - 1)
elementwise = pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda f: f.__name__.lstrip("_"))
each_case = pytest.mark.parametrize("case", CASES, ids=[case.label for case in CASES])


@st.composite
def arguments(draw: st.DrawFn, function: Any, **sides: int) -> list[Any]:
    """Arguments of shapes that broadcast with one another."""
    domains = ELEMENTWISE[function]
    drawn = draw(mutually_broadcastable_shapes(num_shapes=len(domains), max_dims=3, **{"max_side": 3, **sides}))
    rng = np.random.default_rng(draw(seeds))
    return [np.asarray(domain(rng, shape)) for domain, shape in zip(domains, drawn.input_shapes, strict=True)]


def test_every_rule_has_a_case():
    tested = {*ELEMENTWISE, *(case.function for case in CASES)}
    untested = [getattr(f, "__name__", f) for f in (*TABLE, *COMPOSED) if f not in tested and is_ours(f)]
    assert not untested, f"no case in tests/rules/cases.py for {untested}"


def is_ours(function: Any) -> bool:
    """Whether a rule is the project's own, not one that a test has stated."""
    return not (getattr(function, "__module__", None) or "").startswith("tests.")


def callable_of(function: Any) -> Any:
    """What users call: NumPy's function itself, or our rule of a function of ours."""
    return function if isinstance(function, np.ufunc) else TABLE[function]


@elementwise
@FEW
@given(data=st.data())
def test_elementwise(function, data):
    check(callable_of(function), *data.draw(arguments(function)))


@each_case
@FEW
@given(seed=seeds)
def test_case(case: Case, seed):
    check(case.call, *case.arguments(np.random.default_rng(seed)), name=case.label, seed=seed)


def in_float32(call: Any, xs: list[Any], name: str) -> None:
    """The value has NumPy's dtype, the gradient float32, and both are those in float64 to within float32's rounding."""
    narrow = [np.asarray(x, dtype=np.float32) for x in xs]
    wide = [x.astype(np.float64) for x in narrow]
    y32, pullback32 = t.vjp(call, *narrow)
    y64, pullback64 = t.vjp(call, *wide)
    u = np.asarray(np.random.default_rng(0).standard_normal(np.shape(y32)))
    pairs = [(y32, y64), *zip(pullback32(u.astype(np.float32)), pullback64(u), strict=True)]
    for got, right in pairs:
        dtype = call(*narrow).dtype if got is y32 else np.float32
        assert got.dtype == dtype, f"{name} gives {got.dtype}, not {dtype}"
        assert largest(got - right) <= 200 * U32 * (largest(right) + largest(u)), f"{name} loses digits in float32"
    assert t.jvp(call, narrow, narrow)[1].dtype == y32.dtype


@elementwise
@FEW
@given(data=st.data())
def test_elementwise_float32(function, data):
    in_float32(callable_of(function), data.draw(arguments(function)), function.__name__)


@each_case
def test_case_float32(case: Case):
    in_float32(case.call, case.arguments(np.random.default_rng(0)), case.label)


def assert_nothing_written(call: Any, xs: list[Any]) -> None:
    """Neither the arguments nor the output are changed, where it is a leaf's own array that is handed to the rule."""
    for kind in (t.Value, lambda x: t.Value(x) * 1.0):
        values = [kind(np.array(x, dtype=float)) for x in xs]
        y = call(*values)
        known = [*values, *([y] if isinstance(y, t.Value) else [])]  # a count of what is not 0 is a plain number
        before = [np.array(v.data) for v in known]
        assert all(np.array_equal(x, v.data) for x, v in zip(xs, values, strict=True)), "the function writes"
        if isinstance(y, t.Value):
            y.backward(np.ones(y.shape))
        assert all(np.array_equal(x, v.data, equal_nan=True) for x, v in zip(before, known, strict=True)), (
            "the rule writes"
        )


@elementwise
def test_elementwise_writes_to_nothing(function: Any) -> None:
    rng = np.random.default_rng(0)
    assert_nothing_written(callable_of(function), [domain(rng, (2, 3)) for domain in ELEMENTWISE[function]])


@each_case
def test_case_writes_to_nothing(case: Case) -> None:
    assert_nothing_written(case.call, case.arguments(np.random.default_rng(0)))


@elementwise
@FEW
@given(data=st.data())
def test_elementwise_of_empty_arrays(function, data):
    xs = data.draw(arguments(function, min_side=0, max_side=1))
    y, pullback = t.vjp(callable_of(function), *xs)
    for g, x in zip(pullback(np.ones_like(y)), xs, strict=True):
        assert g.shape == x.shape
        assert np.all(np.isfinite(g))


@pytest.mark.parametrize(
    "call",
    [
        np.sum,
        np.mean,
        t.logsumexp,
        lambda x: np.sum(x, axis=0),
        lambda x: np.max(x, axis=1),
        lambda x: t.softmax(x, axis=0),
        np.transpose,
        lambda x: np.reshape(x, (3, 0, 2)),
        lambda x: np.concatenate([x, x]),
        lambda x: x @ np.ones((3, 2)),
        lambda x: x[1:],
    ],
)
@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
def test_empty_arrays(call):
    x = np.ones((0, 3))
    y, pullback = t.vjp(call, x)
    np.testing.assert_array_equal(y, call(x))
    assert pullback(np.ones_like(y))[0].shape == (0, 3)
    assert np.shape(t.jvp(call, (x,), (x,))[1]) == np.shape(y)
