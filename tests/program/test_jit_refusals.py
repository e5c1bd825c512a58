"""What a replay cannot follow is refused, and what NumPy raises is raised, or caught, as by the function itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinygrad_bp import grad, jit, trace, value_and_grad

x = np.array([1.0, 2.0, 3.0])


def regularised(A: Any) -> Any:
    try:
        return np.linalg.cholesky(A).sum()
    except np.linalg.LinAlgError:
        return np.linalg.cholesky(A + 10 * np.eye(2)).sum()


def test_what_a_replay_raises_f_may_catch() -> None:
    jitted = jit(regularised)
    for A in (np.eye(2), -np.eye(2), 2 * np.eye(2), -2 * np.eye(2)):
        assert jitted(A) == regularised(A)


def test_what_a_replay_raises_f_raises() -> None:
    jitted = jit(value_and_grad(lambda A, b: np.sum(np.linalg.solve(A, b))))
    jitted(np.eye(3), x)
    for _ in range(3):
        with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
            jitted(np.zeros((3, 3)), x)
    assert jitted(np.eye(3), x)[0] == 6
    taken = jit(lambda x, i: x[i])
    assert taken(x, np.array([0, 2])).tolist() == [1, 3]
    with pytest.raises(IndexError, match="out of bounds"):
        taken(x, np.array([0, 3]))


def by_math(x: Any) -> Any:
    try:
        return math.exp(x)
    except TypeError:
        return -1.0


@pytest.mark.parametrize(("f", "argument"), [(regularised, -np.eye(2)), (by_math, 1.0)])
def test_what_was_caught_is_refused(f: Callable[..., Any], argument: Any) -> None:
    for transform in (jit(f), lambda x: trace(f, x)):
        with pytest.raises(TypeError, match="catches the"):
            transform(argument)


def sets(p: Any) -> Any:
    p["W"] = p["W"] * 2
    return p["W"]


def appends(p: Any) -> Any:
    p["parts"].append(p["W"])
    return p["W"]


def trains(p: Any) -> Any:
    cost, gradient = value_and_grad(lambda p: np.sum(p["W"] ** 2))({"W": p["W"]})
    p["W"] -= 0.1 * gradient["W"]
    return cost


@pytest.mark.parametrize("f", [sets, appends, trains])
def test_arguments_that_f_changes(f: Callable[..., Any]) -> None:
    for transform in (jit(f), lambda x: trace(f, x)):
        given = {"W": x.copy(), "parts": [x.copy()]}
        with pytest.raises(TypeError, match=r"changes .*argument p"):
            transform(given)
        assert given["W"].tolist() == x.tolist()
        assert len(given["parts"]) == 1


@pytest.mark.parametrize("write", [str, repr, "{:.2f}".format])
def test_numbers_as_text(write: Callable[[Any], str]) -> None:
    for f in (lambda x: (x, write(x.sum())), lambda x: {write(x.sum()): x}):
        for transform in (jit(f), lambda x, f=f: trace(f, x)):
            with pytest.raises(TypeError, match="text in which a traced number stands"):
                transform(x)
    with pytest.raises(ValueError, match="could not convert"):
        jit(lambda x: x * float(write(x.sum())))(x)


def test_methods_that_an_array_has_and_a_trace_has_not() -> None:
    for name in ("sort", "fill", "partition"):
        with pytest.raises(AttributeError, match=f"traced has no {name}"):
            jit(lambda x, name=name: getattr(x * 2, name)())(x)


def test_comparisons_with_what_is_no_number() -> None:
    def f(x: Any, words: Any) -> Any:
        return x == None, x != None, x == "a", words == "a", words != "b"  # noqa: E711

    jitted = jit(f)
    for words in (np.array(["a", "b", "c"]), np.array(["b", "a", "a"])):
        for got, expected in zip(jitted(x, words), f(x, words), strict=True):
            assert np.array_equal(got, expected)
            assert type(got) is type(expected)


def test_operators_of_whole_numbers() -> None:
    def f(n: Any) -> Any:
        return n << 2, n >> 1, 2 << n, divmod(n, 3)

    jitted = jit(f)
    for n in (np.arange(5), 3 * np.arange(5)):
        assert str(jitted(n)) == str(f(n))


def test_truth_values_of_python_floats_are_python_s() -> None:
    jitted = jit(lambda a: (a == 1, a < 2.0))
    for a in (1.0, 2.0):
        assert all(type(truth) is bool for truth in jitted(a))
        assert jitted(a) == (a == 1, a < 2)


@pytest.mark.parametrize(
    ("f", "arguments"),
    [
        (lambda x: x if isinstance(x, np.ndarray) else 2 * x, (np.ones(3),)),
        (lambda x: x if isinstance(x, float) else 2 * x, (1.5,)),
        (lambda x: [x, x] if np.isscalar(x) else x, (1.5,)),
        (lambda x, y: x if x is y else x + y, (shared := np.ones(3), shared)),
        (lambda x: (lambda y: (y.__iadd__(1.0), y)[1])(2 * x), (np.ones(3),)),  # and the like
    ],
)
def test_what_hangs_on_the_type_or_identity_of_an_argument(f: Callable[..., Any], arguments: Any) -> None:
    with pytest.raises(RuntimeError, match="hangs on their type or identity"):
        jit(f)(*arguments)


def test_what_is_written_for_arrays_alone() -> None:
    seen: list[Any] = []

    def f(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            seen.append(x)
        return 2 * x

    with pytest.raises(TypeError, match="changes seen"):
        jit(f)(np.ones(3))
    assert seen == []


def test_python_floats_are_computed_as_values_are() -> None:
    assert jit(lambda x: 1 / x)(0.0) == np.inf
    assert np.isnan(jit(lambda x: x**0.5)(-1.0))


@pytest.mark.parametrize("kind", [trace, lambda f, x: jit(grad(f))(x), lambda f, x: trace(grad(f), x)])
def test_an_error_of_the_functions_own_says_what_it_says(kind: Any) -> None:
    def f(x: Any) -> Any:
        if x.shape == (3,):
            raise KeyError(f"row {x[0]}, {x[1]:.2f} of {x[2]!r}", 7)
        return x

    with pytest.raises(KeyError) as raised:
        kind(f, np.array([1.0, 2.0, 3.0]))
    text, seven = raised.value.args
    assert text.startswith("row 1.0, 2.00 of ")
    assert text.isascii()
    assert seven == 7
