"""Simplification keeps every bit, of every kind of number, and makes nothing that would not."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_bp import Program, grad, hvp, name, trace, value_and_grad
from tinygrad_bp.program import plainer
from tinygrad_bp.program import simplify as simplification
from tinygrad_bp.program.simplify import simplify
from tinygrad_bp.program.trace import _traced
from tinygrad_bp.rules.shapes import cast
from tinygrad_bp.tracing import Constant, Step, Tape
from tinygrad_bp.tree import leaves

from ..programs import matrices, programs
from .running import assert_exact, assert_same

SPECIAL = np.array([[0.0, -0.0, 1.0, -1.5], [np.inf, -np.inf, np.nan, 1e-30], [3.0, 1e30, -np.nan, 0.1]])
KINDS = [
    SPECIAL,
    SPECIAL.astype(np.float32),
    np.asfortranarray(SPECIAL),
    SPECIAL.T,
    SPECIAL[::2, 1:],
    np.array([[0, 1, -7], [2, 3, 127]], dtype=np.int8),
    np.array([[0, 1, -7], [2, 3, 9]]),
    np.zeros((0, 3)),
    np.float64(-0.0),
    np.array(np.nan),
]


def steps(f: Callable[..., Any], *arguments: Any) -> list[str]:
    """What the steps of a program call."""
    with np.errstate(all="ignore"):
        return [getattr(step.function, "__name__", "").lstrip("_") for step in trace(f, *arguments).steps]


def unsimplified(f: Callable[..., Any], *arguments: Any) -> Program:
    return _traced(f, arguments, {}, Tape())


#: what leaves its argument as it is, and how many steps remain of it on an array that fills its memory
NOTHING: list[Callable[[Any], Any]] = [
    lambda x: x * 1,
    lambda x: 1 * x,
    lambda x: +x,
    lambda x: np.negative(-x),
    lambda x: np.transpose(np.transpose(x)),
    lambda x: x.reshape(-1).reshape(x.shape),
    lambda x: np.reshape(x, x.shape),
    lambda x: np.broadcast_to(x, x.shape),
    lambda x: np.conjugate(x),
    np.positive,
    lambda x: cast(x, x.dtype),
    lambda x: x[...],
    lambda x: np.expand_dims(x, 0)[0],
    lambda x: np.swapaxes(np.swapaxes(x, 0, -1), 0, -1) if x.ndim else x,
]
OF_FLOATS: list[Callable[[Any], Any]] = [lambda x: x / 1, lambda x: x**1, lambda x: x * 1.0, lambda x: x / 1.0]


@pytest.mark.parametrize("f", [*NOTHING, *OF_FLOATS])
@pytest.mark.parametrize("x", KINDS, ids=lambda x: f"{x.dtype}{x.strides}")
def test_what_does_nothing_keeps_the_bits(f: Callable[[Any], Any], x: Any) -> None:
    assert_exact(lambda x: (f(x), np.sum(f(x)), f(x) - 2), x)


@pytest.mark.parametrize("f", [*NOTHING, *OF_FLOATS])
@pytest.mark.parametrize("x", [SPECIAL, np.asfortranarray(SPECIAL), SPECIAL.astype(np.float32)])
def test_what_does_nothing_is_gone(f: Callable[[Any], Any], x: Any) -> None:
    if not (x.flags.f_contiguous and f is NOTHING[5]):  # which has to copy
        assert steps(lambda x: np.exp(f(x)), x) == ["exp"]


def test_what_would_change_the_order_in_memory_stays() -> None:
    """A copy of every second row lies otherwise in memory, and sums of it are rounded otherwise."""
    assert "multiply" in steps(lambda x: np.sum(x * 1), SPECIAL[::2, 1:])


@pytest.mark.parametrize("f", [*OF_FLOATS, lambda x: np.negative(-x), lambda x: +x])
@pytest.mark.parametrize("x", [0.0, -0.0, 1.5, float("inf"), float("nan"), -float("nan"), 1e308])
def test_python_floats(f: Callable[[Any], Any], x: float) -> None:
    assert_exact(lambda x: (f(x), f(x) - 2.0), x, eager=False)
    assert steps(lambda x: np.exp(f(x)), x) == ["exp"]


@pytest.mark.parametrize(
    ("f", "x", "kept"),
    [
        (lambda x: x + 0, SPECIAL, "add"),
        (lambda x: 0.0 + x, SPECIAL, "add"),
        (lambda x: x - x, SPECIAL, "subtract"),
        (lambda x: x * 0, SPECIAL, "multiply"),
        (lambda x: x * -1, SPECIAL, "multiply"),
        (lambda x: np.sum(x, axis=()), SPECIAL, "sum"),
        (lambda x: (x.T @ x).T, SPECIAL, "transpose"),
        (lambda x: x * 1.0, np.array([1, 2]), "multiply"),
        (lambda x: x / 1, np.array([1, 2]), "divide"),
        (lambda x: x * np.float64(1.0), SPECIAL.astype(np.float32), "multiply"),
        (lambda x: x * np.ones((2, 3, 4)), SPECIAL, "multiply"),
        (lambda x: (x * 2) / 2, SPECIAL, "multiply"),
        (lambda x: (x + 1e16) - 1e16, SPECIAL, "subtract"),
        (lambda x: np.sqrt(x) ** 2, SPECIAL, "sqrt"),
        (lambda x: np.exp(np.log(x)), SPECIAL, "exp"),
        (lambda x: cast(cast(x, np.dtype(np.float32)), np.dtype(np.float64)), SPECIAL, "cast"),
        (lambda x: x[::-1][::-1], np.zeros(3)[::2] + 1, "getitem"),
    ],
)
def test_what_would_change_bits_is_not_made(f: Callable[[Any], Any], x: Any, kept: str) -> None:
    if kept != "getitem":
        assert kept in steps(f, x)
    with np.errstate(all="ignore"):
        assert_exact(f, x)


def test_a_quantity_is_computed_once() -> None:
    f = lambda x, y: np.exp(x) * np.exp(x) + np.exp(y) + np.sum(x, axis=0) + np.sum(x, axis=(0,))  # noqa: E731
    assert sorted(steps(f, SPECIAL, SPECIAL)) == ["add", "add", "add", "exp", "exp", "multiply", "sum"]
    assert_exact(f, SPECIAL, SPECIAL)


@pytest.mark.parametrize(
    ("a", "b"), [(1, 1.0), (0.0, -0.0), (1, True), (np.float32(0.1), 0.1), (np.float64(1.0), 1.0), (2, np.int8(2))]
)
def test_different_numbers_are_kept_apart(a: Any, b: Any) -> None:
    x = np.array([1.0, -2.0], dtype=np.float32)
    program = assert_exact(lambda x: (np.copysign(x, a), np.copysign(x, b)), x)
    assert len(program.steps) == 2


def test_constants_are_one_by_their_content() -> None:
    a, b, c = np.array([1.0, -0.0]), np.array([1.0, -0.0]), np.array([1.0, 0.0])
    program = assert_exact(lambda x: (x * a + x * b, np.copysign(x, a), np.copysign(x, c)), np.array([3.0, 4.0]))
    assert len(program.captured) == 2
    assert len(program.steps) == 4


def test_nan_is_nan() -> None:
    program = assert_exact(lambda x: (np.fmax(x, np.nan), np.fmax(x, float("nan"))), SPECIAL)
    assert len(program.steps) == 1


def test_what_depends_on_no_argument_is_a_number_or_a_constant() -> None:
    """Here the cotangents of a sum: ones, times ½, times a table."""
    table = np.linspace(0, 1, 12).reshape(3, 4)
    f = lambda x: np.sum(x * table) / 2  # noqa: E731
    program = assert_exact(grad(f), SPECIAL)
    assert not program.steps or all(any(True for _ in step.parents()) for step in program.steps)
    step = Step(np.multiply, (0.25, 4), {}, 1.0)
    folded = simplification._Simplification()
    assert folded.constant(step) == 1.0
    array = Step(np.negative, (Constant(table),), {}, -table)
    assert isinstance(folded.constant(array), Constant)
    assert folded.constant(Step(np.sum, (Constant(table),), {}, np.sum(table))) == np.sum(table)


def test_the_transpose_of_a_captured_array_is_written_so() -> None:
    A, F = np.arange(6.0).reshape(3, 2), np.asfortranarray(np.arange(6.0).reshape(3, 2))
    of_a, of_f = lambda x: np.sum(np.exp(A @ x)), lambda x: np.sum(np.exp(F @ x))
    for captured, f in (("A", grad(of_a)), ("F", grad(of_f)), ("A", lambda x: hvp(lambda y: of_a(y), (x,), (x,)))):
        program = assert_exact(f, np.array([1.0, 2.0]))
        assert list(program.constants) == [captured]
        assert f"{captured}.T @" in program.source
        assert same_steps(simplify(program), program)


def test_what_is_false_or_true_whatever_x_is() -> None:
    assert steps(lambda x: np.where((x > 0) | (x > 1) & False, x, 0.0), SPECIAL) == ["greater", "where"]
    assert_exact(
        lambda x: ((x > 0) | np.zeros((3, 4), bool), (x > 0) & np.False_, (x[0] > 0) | np.zeros((3, 4), bool)), SPECIAL
    )
    assert steps(lambda x: np.exp(x) * x**0 + x**0.0, SPECIAL) == ["exp", "add"]
    assert_exact(lambda x: (x**0, x.T**0 * x.T, x * np.power(x, 0), x[0, 0] ** 0), SPECIAL)
    assert_exact(lambda x: (x**0, x * x**0.0, 2.0 * x**0), np.nan)
    assert_exact(lambda n: (n**0, n * n**0), np.arange(3))
    assert_exact(lambda n: (n | False, n & False, n & 0), np.arange(3))


def test_a_step_that_nobody_needs_is_gone() -> None:
    def f(x: Any) -> Any:
        np.exp(x)
        return np.sin(x)

    assert steps(f, SPECIAL) == ["sin"]


@pytest.mark.parametrize("narrow", [SPECIAL[:, :1], SPECIAL[0], np.float64(-0.0), np.array(2.5)])
def test_a_stretch_that_the_next_step_does_anyway_is_gone(narrow: Any) -> None:
    f = lambda x, y: (np.broadcast_to(x, y.shape) * y, np.where(y > 0, np.broadcast_to(x, y.shape), y))  # noqa: E731
    with np.errstate(all="ignore"):
        program = assert_exact(f, narrow, SPECIAL)
    assert not any(step.function is np.broadcast_to for step in program.steps)
    kept = lambda x, y: np.sum(np.broadcast_to(x, y.shape)) + np.exp(np.broadcast_to(x, y.shape))  # noqa: E731
    assert any(step.function is np.broadcast_to for step in assert_exact(kept, narrow, SPECIAL).steps)


def test_a_python_float_that_is_stretched_stays_an_array() -> None:
    """0.1 · float32 is float32, but an array of 0.1 makes it float64."""
    assert_exact(lambda x, y: np.broadcast_to(x, (2,)) * y, 0.1, np.array([1.0, 2.0], dtype=np.float32))


def test_reshapes_become_one() -> None:
    f = lambda x: np.exp(np.reshape(np.reshape(x, (2, 6)), (4, 3)))  # noqa: E731
    assert steps(f, SPECIAL) == ["reshape", "exp"]
    assert_exact(f, SPECIAL)


def test_a_name_goes_to_the_step_and_a_second_is_another_name() -> None:
    def f(x: Any) -> Any:
        a = name(np.exp(x), "a")
        b = name(a, "b")
        c = name(np.exp(x), "c")
        return name(x, "x") + b + c

    program = assert_exact(f, SPECIAL)
    assert [step.name for step in program.steps] == ["a", "b", "c", None, None]
    assert program.source.count("np.exp") == 1
    for line in ("a = np.exp(x)", "b = a", "c = a"):
        assert line in program.source


def same_steps(a: Program, b: Program) -> bool:
    return a.source == b.source and len(a.steps) == len(b.steps)


@settings(max_examples=60)
@given(programs(), st.integers(0, 1000))
def test_random_programs_keep_their_bits_and_simplifying_again_does_nothing(f: Any, seed: int) -> None:
    xs = matrices(seed)
    for g in (f, value_and_grad(f, (0, 1))):
        program = assert_exact(g, *xs)
        assert same_steps(simplify(program), program)
        whole = unsimplified(g, *xs)
        assert len(program.steps) <= len(whole.steps)
        for (_, a), (_, b) in zip(leaves(program.outputs), leaves(whole.outputs), strict=True):
            if isinstance(a, Step) and isinstance(b, Step):
                assert_same(a.value, b.value, "")


@pytest.mark.parametrize("wrong", ["x + 0", "(a @ b).T", "x * 0"])
def test_a_wrong_simplification_is_caught(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks of this room fail where a step is left out that changes bits."""
    right = plainer.repeated_argument

    def planted(step: Step) -> Any:
        arguments = step.arguments
        if wrong == "x + 0" and step.function is np.add and arguments[1] == 0:
            return arguments[0]
        if (
            wrong == "x * 0"
            and step.function is np.multiply
            and not isinstance(arguments[1], Step)
            and not arguments[1]
        ):
            return arguments[0]
        if wrong == "(a @ b).T" and step.function is np.transpose and arguments[0].function is np.matmul:
            a, b = arguments[0].arguments
            return Step(np.matmul, (b, a), {}, (b.value @ a.value).T.copy().T)
        return right(step)

    monkeypatch.setattr(simplification, "repeated_argument", planted)
    x = np.array([[-0.0, 1.5], [2.0, 3.0]])
    f = {"x + 0": lambda x: x + 0, "x * 0": lambda x: x * 0, "(a @ b).T": lambda x: (x @ x.T[::-1]).T}[wrong]
    with pytest.raises(AssertionError):
        assert_exact(f, x)


def test_an_operator_is_written_only_where_it_gives_the_same_bits() -> None:
    assert steps(lambda x: np.power(x, 2.5), SPECIAL) == ["pow"]
    assert steps(lambda x: np.power(x, 2), np.array([1, 2])) == ["power"]
    for exponent in (2, 0.5, -1, 3, 2.5, 0, 1):
        assert_exact(lambda x, exponent=exponent: (np.power(x, exponent), x**exponent), np.abs(SPECIAL))
    assert operator.pow(np.float64(3), 2) == 9
