"""A Tracer does to its numbers what an eager run does, bit for bit, and notes it."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinygrad_bp import (
    Value,
    checkpoint,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    name,
    sigmoid,
    trace,
    value_and_grad,
    vjp,
)
from tinygrad_bp.tracing import Argument, Constant, Step, Tape, Tracer
from tinygrad_bp.tree import leaves, map_leaves


def traced(*arguments: Any) -> tuple[Tape, list[Any]]:
    """The arguments as Tracers on one tape."""
    tape = Tape()
    return tape, [
        map_leaves(lambda path, x: Tracer(Argument(x, path), tape), x, f"x{i}") for i, x in enumerate(arguments)
    ]


def numbers(tree: Any) -> list[Any]:
    return [x.step.value if type(x) is Tracer else x for _, x in leaves(tree)]


def same_bits(a: Any, b: Any) -> bool:
    return (
        type(a) is type(b)
        and np.shape(a) == np.shape(b)
        and np.asarray(a).dtype == np.asarray(b).dtype
        and np.asarray(a).tobytes() == np.asarray(b).tobytes()
    )


W = np.linspace(-1.0, 1.5, 12).reshape(4, 3)
X = np.cos(np.arange(15.0)).reshape(5, 3)
y = np.array([0, 3, 1, 1, 2])
v = np.array([0.5, -1.0, 2.0])


def network(W: Any, X: Any, y: Any) -> Any:
    z = name(X @ W.T, "z2")
    a = name(sigmoid(z), "a2")
    return -np.mean(np.log(a[np.arange(5), y])) + 0.1 * np.sum(W * W)


def bent(v: Any) -> Any:
    return np.sum(np.where(v > 0, v**3, np.sin(v)) * np.maximum(v, 0.25)) + np.max(v) * v[np.argmin(v)]


def gathered(v: Any) -> Any:
    return v[0] * v[1] + np.sum(v[[0, 0, 2]] ** 2) + np.prod(v) + np.linalg.norm(v) + np.sum(np.sort(v)[1:])


def numeric(x: float) -> Any:
    return np.exp(x) * x + max(x, 0.0) ** 2 if x > -1 else x


CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (network, (W, X, y)),
    (value_and_grad(network), (W, X, y)),
    (grad(bent), (v,)),
    (grad(gathered), (v,)),
    (jacobian(lambda v: np.tanh(v) * v[0]), (v,)),
    (hessian(gathered), (v,)),
    (lambda v: hvp(gathered, (v,), (np.ones(3),)), (v,)),
    (lambda v: jvp(gathered, (v,), (np.cos(v),)), (v,)),
    (lambda v: vjp(np.sin, v)[1](np.arange(3.0)), (v,)),
    (grad(lambda v: np.sum(checkpoint(lambda v: np.sin(v) * v)(v))), (v,)),
    (value_and_grad(numeric), (0.75,)),
    (grad(lambda p: np.sum(p["W"] @ p["b"]) ** 2), ({"W": W, "b": v},)),
    (grad(lambda v: np.sum(np.exp(v.astype(np.float32)).astype(np.float64) / v)), (v,)),
    (lambda v: np.linalg.slogdet(np.outer(v, v) + np.eye(3)), (v,)),
    (lambda v, y: (v[y % 3].sum(), y[1:] * 2, ~(y > 1), v.reshape(3, 1).T, abs(-v) // 0.3), (v, y)),
]


@pytest.mark.parametrize(("f", "arguments"), CASES)
def test_the_traced_run_has_the_bits_of_the_eager_one(f: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    _, given = traced(*arguments)
    results = f(*given)
    assert any(type(x) is Tracer for _, x in leaves(results))
    for a, b in zip(numbers(results), numbers(f(*arguments)), strict=True):
        assert same_bits(a, b)


@pytest.mark.parametrize(("f", "arguments"), CASES)
def test_the_steps_alone_give_the_same_bits(f: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Each step's function on its parents' numbers gives its number: nothing happened that was not noted."""
    _, given = traced(*arguments)
    pending = [x.step for _, x in leaves(f(*given)) if type(x) is Tracer]
    seen: set[Step] = set()
    while pending:
        step = pending.pop()
        if step in seen:
            continue
        seen.add(step)
        pending += step.parents()
        if step.function is None:
            assert isinstance(step, (Argument, Constant))
            continue
        assert all(parent.index < step.index for parent in step.parents())
        for array in (step.arguments, step.options):
            assert not any(isinstance(x, np.ndarray) for _, x in leaves(array))


def test_names_and_the_cotangents_of_what_is_named() -> None:
    _, given = traced(W, X, y)
    (gradient,) = [grad(network)(*given)]
    names = {}
    pending = [gradient.step]
    while pending:
        step = pending.pop()
        if step.name:
            names[step.name] = step
        pending += step.parents()
    assert set(names) == {"z2", "a2", "d_z2", "d_a2", "d_W"}
    z = X @ W.T
    a = sigmoid(z)
    d_a = np.zeros_like(a)
    np.add.at(d_a, (np.arange(5), y), -0.2 / a[np.arange(5), y])
    np.testing.assert_allclose(names["d_a2"].value, d_a, rtol=1e-15)
    np.testing.assert_allclose(names["d_z2"].value, d_a * a * (1 - a), rtol=1e-14)


def test_a_branch_is_guarded() -> None:
    tape, (x,) = traced(0.75)
    numeric(x)
    assert [guard.expected for guard in tape.guards] == [True, False]
    tape, (x, i) = traced(v, np.array([2, 0]))
    assert int(i[0]) == 2
    assert [1, 2, 3][i[1]] == 1
    assert (x > 9).any().item() is False
    assert [guard.expected for guard in tape.guards] == [2, 0, False]
    assert all(guard.step.value == guard.expected for guard in tape.guards)


def test_a_captured_array_is_a_constant_once() -> None:
    tape, (x,) = traced(v)
    y = x * v + v
    assert len(tape.constants) == 1
    array, constant = tape.constants[0]
    assert array is v
    assert y.step.arguments[1] is constant
    assert constant.value is not v


@pytest.mark.parametrize(
    ("escape", "says"),
    [
        (float, "math.exp"),
        (complex, "math.exp"),
        (math.exp, "math.exp"),
        (lambda x: x.item(), "leave it an array"),
        (int, "leave it an array"),
        (np.asarray, "np.stack"),
        (lambda x: operator.setitem(np.zeros(3), 0, x), "sequence|np.stack"),
        (lambda x: np.add(1.0, x, out=np.zeros(())), "write"),
        (lambda x: operator.iadd(np.zeros(3), x), "write"),
        (lambda x: np.copyto(np.zeros(()), x), "write"),
        (lambda x: np.add.at(np.zeros(3), 0, x), "write"),
        (lambda x: operator.setitem(x + np.zeros(3), 0, 1.0), "np.where"),
        (lambda x: np.where(True, x, np.array([object()])), "objects"),
    ],
)
def test_nothing_leaves_the_trace_unseen(escape: Callable[[Any], Any], says: str) -> None:
    _, (x,) = traced(0.5)
    with pytest.raises((TypeError, ValueError), match=says):
        escape(x)


def test_parts_of_complex_numbers() -> None:
    program = trace(lambda x: ((x * 1j).imag, (x + 2j).real), v)
    assert [y.tolist() for y in program(v)] == [v.tolist(), v.tolist()]


def test_what_is_no_array_of_numbers_and_what_is_no_function() -> None:
    with pytest.raises(TypeError, match="array of objects, which cannot be traced"):
        trace(lambda x: x.astype(object), np.ones(2))
    with pytest.raises(TypeError, match="trace is of a function, not of int"):
        trace(3)  # type: ignore[arg-type]


def test_a_captured_leaf_is_not_set_to_what_is_traced() -> None:
    leaf = Value(v)
    _, (x,) = traced(v)
    with pytest.raises(AttributeError, match="return it instead"):
        leaf.data = x
    assert same_bits(leaf.data, v)


def test_the_short_way_of_numbers_is_the_way_of_numbers() -> None:
    """Python floats, ints and truth values in every place; what Python raises for is NumPy's inf or nan."""
    operators = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod]
    operators += [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
    for a in (0.5, -2.0, 0.0, 1e300, math.inf):
        for b in (0.25, 3, -1, True, 0.0, 1e300):
            tape, (x,) = traced(a)
            for operate in operators:
                pairs = [(operate(x, b), operate(a, b)), (operate(b, x), operate(b, a))] if ok(operate, a, b) else []
                for noted, plain in pairs:
                    assert type(noted) is Tracer
                    assert noted.tape is tape
                    assert noted.step.kind is type(plain)
                    assert noted.step.value == plain or plain != plain
                    assert noted.step.shape == ()
                    assert noted.step.dtype == np.asarray(plain).dtype
    _, (x,) = traced(0.0)
    assert (1 / x).step.value == math.inf
    assert math.isnan((x / x).step.value)


def ok(operate: Callable[[Any, Any], Any], a: float, b: float) -> bool:
    """Whether Python computes both without an exception or a complex number."""
    try:
        return not any(isinstance(operate(*pair), complex) for pair in ((a, b), (b, a)))
    except ArithmeticError:
        return False


def test_numbers_are_printed_while_they_are_traced() -> None:
    printed: list[str] = []

    def f(x: Any) -> Any:
        printed.append(f"{x} {x!r} {np.sum(x):.1f}")
        return np.sum(x * x)

    for x in (1.5, np.array(1.5), np.array([1.5])):
        trace(f, x)
        trace(grad(f), x)
    assert all("1.5" in text for text in printed)
