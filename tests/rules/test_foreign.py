"""Functions and rules of anybody's: what they write to, keep or get wrong is refused or undone, never silently felt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_bp import bilinear, elementwise, grad, linear, primitive

X = np.array([-1.0, 2.0, 3.0])


def test_a_rule_may_index_the_cotangent_of_a_sum() -> None:
    def partial(d: Any, y: Any, x: Any) -> Any:
        g = d.copy()
        g[x < 0] = 0
        return g

    positive = elementwise(lambda x: np.maximum(x, 0), partial)
    np.testing.assert_array_equal(grad(lambda x: np.sum(positive(x)))(X), [0, 1, 1])
    np.testing.assert_array_equal(grad(lambda x: np.sum(positive(x) * x))(X), [0, 4, 6])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda d, y, x: d * np.array([[1.0], [2.0]]),
        lambda d, y, x: np.concatenate([d, x]),
        lambda d, y, x: np.sum(d),
        lambda d, y, x: d[:2],
    ],
)
@pytest.mark.parametrize("cost", [lambda y, x: np.sum(y), lambda y, x: np.sum(y * x)])
def test_a_cotangent_of_another_shape_is_named(wrong: Any, cost: Any) -> None:
    def unlike(x: Any) -> Any:
        return x * 1.0

    rule = elementwise(unlike, wrong)
    with pytest.raises(
        ValueError, match=r"the rule of unlike gave a cotangent of shape .* for an argument of shape \(3,\)"
    ):
        grad(lambda x: cost(rule(x), x))(X)


def test_a_function_that_reuses_its_output() -> None:
    buffer = np.empty(3)
    tanh = elementwise(lambda x: np.tanh(x, out=buffer), lambda d, y, x: d * (1 - y * y))
    found = grad(lambda x: np.sum(tanh(x)) + 2 * np.sum(tanh(3 * x)))(X)
    np.testing.assert_allclose(found, 1 - np.tanh(X) ** 2 + 6 * (1 - np.tanh(3 * X) ** 2), rtol=1e-13)


def test_a_pullback_that_keeps_what_it_returns() -> None:
    kept = np.ones(3)

    def pullback(d: Any, y: Any, x: Any) -> Any:
        kept[:] = 2 * d * x
        return kept

    square = primitive(lambda x: x * x, pullback)
    found = grad(lambda x: np.sum(square(x)) + np.sum(square(x) * 3))(X)
    np.testing.assert_array_equal(found, 8 * X)


def test_who_writes_to_what_it_is_given_is_told() -> None:
    def doubled(x: Any) -> Any:
        x *= 2
        return np.sum(x)

    into_argument = primitive(doubled, lambda d, y, x: 2 * d * np.ones_like(x))
    into_cotangent = primitive(lambda x: 2.0 * x, lambda d, y, x: np.multiply(d, 2, out=d))
    with pytest.raises(ValueError, match="read-only"):
        grad(into_argument)(X)
    with pytest.raises(ValueError, match="read-only"):
        grad(lambda x: np.sum(into_cotangent(x) * x + x))(X)


@pytest.mark.parametrize(
    "masked",
    [
        lambda m, v: m * v,
        lambda m, v: (m + v) ** 2,
        lambda m, v: np.ma.exp(v),
        lambda m, v: np.ma.where(m > 1, v, 0.0),
        lambda m, v: np.ma.getdata(v),
        lambda m, v: v * m,
    ],
)
def test_masked_arrays_do_not_take_a_value_apart(masked: Any) -> None:
    m = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])
    with pytest.raises(TypeError, match=r"a Value does not turn into an array|MaskedArray"):
        grad(lambda v: np.sum(masked(m, v)))(X)


def test_a_partial_that_is_not_stated_is_missed_aloud() -> None:
    """Of two arguments, one partial: a gradient of nothing in the other would be wrong in silence."""
    scaled = elementwise(lambda x, w: x * w, lambda d, y, x, w: d * w)
    np.testing.assert_array_equal(grad(lambda x: np.sum(scaled(x, X)))(X), X)
    for f in (lambda w: np.sum(scaled(X, w)), lambda w: np.sum(scaled(w, w))):
        with pytest.raises(TypeError, match="has no derivative in its argument 1"):
            grad(f)(X)


@pytest.mark.parametrize(
    "rule",
    [
        linear(lambda x: np.full(3, x), lambda d, y, x: np.sum(d)),
        elementwise(lambda x: np.full(3, x), lambda d, y, x: d),
        primitive(lambda x: np.full(3, x), lambda d, y, x: np.sum(d)),
    ],
    ids=["linear", "elementwise", "primitive"],
)
def test_a_cotangent_alike_everywhere_comes_as_an_array(rule: Any) -> None:
    """Also where the function makes an array of Python floats."""
    for x in (2.0, np.array(2.0)):
        assert grad(lambda x: np.sum(rule(x)))(x) == 3
        assert grad(lambda x: np.sum(rule(x) * np.arange(3)))(x) == 3
    assert grad(lambda x: np.sum(bilinear_of_numbers(x, 2.0)))(0.5) == 8


bilinear_of_numbers = bilinear(
    lambda a, b: np.full((2, 2), a * b), lambda d, y, a, b: np.sum(d) * b, lambda d, y, a, b: np.sum(d) * a
)


def test_what_is_no_rule_is_refused_where_it_is_stated() -> None:
    with pytest.raises(TypeError, match="a rule is of a function, not of 3"):
        elementwise(3, lambda d, y, x: d)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"a function of \(d, y, \*arguments\), and not of \(d\)"):
        elementwise(lambda x: x, lambda d: d)
    with pytest.raises(TypeError, match="pullback is of type NoneType"):
        primitive(lambda x: x, None)  # type: ignore[arg-type]


def test_a_complex_cotangent_is_named() -> None:
    def turned(x: Any) -> Any:
        return x * 1.0

    rule = primitive(turned, lambda d, y, x: d * 1j)
    with pytest.raises(TypeError, match="the rule of turned gave a cotangent of complex128"):
        grad(lambda x: np.sum(rule(x)))(X)
