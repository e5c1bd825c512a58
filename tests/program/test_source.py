"""The text of a program: as a person would have written it."""

from __future__ import annotations

import ast
import dataclasses
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import pytest

from tinygrad_bp import (
    elementwise,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    log_softmax,
    logsumexp,
    name,
    primitive,
    sigmoid,
    softmax,
    trace,
    value_and_grad,
    vjp,
)
from tinygrad_bp.program import expression, functions, literals

from ..derivation.corpus import CORPUS, Case
from .running import assert_exact, compiled

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(5, 3)), rng.uniform(size=(5, 2))
PARAMETERS = {
    "W1": rng.normal(size=(4, 3)),
    "b1": rng.normal(size=4),
    "W2": rng.normal(size=(2, 4)),
    "b2": rng.normal(size=2),
}
v = np.array([0.5, -1.0, 2.0])


def network(params: Any, X: Any, Y: Any) -> Any:
    z2 = name(X @ params["W1"].T + params["b1"], "z2")
    a2 = name(sigmoid(z2), "a2")
    z3 = name(a2 @ params["W2"].T + params["b2"], "z3")
    a3 = name(sigmoid(z3), "a3")
    return np.sum((a3 - Y) ** 2) / (2 * len(X))


NETWORK = '''\
import numpy as np


@np.errstate(over="ignore")
def sigmoid(x):
    """1 / (1 + exp(−x)), entry by entry; an exp(−x) that overflows gives the right 0."""
    return 1.0 / (1.0 + np.exp(-x))


def network(params, X, Y):
    # X (5, 3), Y (5, 2)
    W1 = params["W1"]  # (4, 3)
    b1 = params["b1"]  # (4,)
    W2 = params["W2"]  # (2, 4)
    b2 = params["b2"]  # (2,)
    z2 = X @ W1.T + b1             # (5, 4)
    a2 = sigmoid(z2)               # (5, 4)
    z3 = a2 @ W2.T + b2            # (5, 2)
    a3 = sigmoid(z3)               # (5, 2)
    difference = a3 - Y            # (5, 2)
    d_a3 = 0.1 * (2 * difference)  # (5, 2)
    d_z3 = d_a3 * a3 * (1 - a3)    # (5, 2)
    d_b2 = np.sum(d_z3, axis=0)    # (2,)
    d_a2 = d_z3 @ W2               # (5, 4)
    d_W2 = d_z3.T @ a2             # (2, 4)
    d_z2 = d_a2 * a2 * (1 - a2)    # (5, 4)
    d_b1 = np.sum(d_z2, axis=0)    # (4,)
    d_W1 = d_z2.T @ X              # (4, 3)
    return np.sum(difference ** 2) / 10, {"W1": d_W1, "b1": d_b1, "W2": d_W2, "b2": d_b2}
'''


def test_the_network_of_the_notes() -> None:
    program = assert_exact(value_and_grad(network), PARAMETERS, X, Y)
    assert program.source == NETWORK
    assert str(program) == f"# {program!r}\n{NETWORK}"
    assert repr(program) == "<program network(params, X, Y): 27 steps>"


POWERS = '''\
import math

import numpy as np


def exp(x):
    """math.exp(x); NumPy's inf or nan where that raises."""
    try:
        return math.exp(x)
    except (ArithmeticError, ValueError):
        with np.errstate(all="ignore"):
            return float(np.exp(np.float64(x)))


def f(x, y):
    return math.tanh(x * y) + exp(-x) / 2.0 - abs(y)
'''


def test_python_floats() -> None:
    program = assert_exact(lambda x, y: np.tanh(x * y) + np.exp(-x) / 2.0 - abs(y), 1.5, 2.0, eager=False)
    assert program.source == POWERS
    run = compiled(program)
    assert run(-1000.0, 1.0) == float("inf")
    assert program(-1000.0, 1.0) == float("inf")


def body(f: Any, *arguments: Any, **options: Any) -> list[str]:
    """The lines of a program's function, without the shapes."""
    source = assert_exact(f, *arguments, **options).source
    lines = source[source.rindex("\ndef ") :].split("\n")[2:-1]
    return [line.partition("  #")[0].strip() for line in lines if not line.strip().startswith("#")]


@pytest.mark.parametrize(
    ("f", "line"),
    [
        (lambda x: (x - 1) * 2 - (3 - x), "return (x - 1) * 2 - (3 - x)"),
        (lambda x: -(x**3), "return -x ** 3"),
        (lambda x: (-x) ** 3, "return (-x) ** 3"),
        (lambda x: x**3**-1, "return x ** 0.3333333333333333"),
        (lambda x: 2.0**x, "return 2.0 ** x"),
        (lambda x: (-2.0) ** x, "return (-2.0) ** x"),
        (lambda x: x - -0.0, "return x - -0.0"),
        (lambda x: x / (x / 2), "return x / (x / 2)"),
        (lambda x: x @ x / 2 % 3 // 2, "return x @ x / 2 % 3 // 2"),
        (lambda x: x @ (x * 2), "return x @ (x * 2)"),
        (lambda x: (x > 0) & ~(x < 1) | (x == 2), "return (x > 0) & ~(x < 1) | (x == 2)"),
        (lambda x: x[1:, None] * x[..., ::-1], "return x[1:, None] * x[..., ::-1]"),
        (lambda x: x[[0, 2]], "return x[[0, 2]]"),
        (lambda x: np.sum(x, axis=0, keepdims=True), "return np.sum(x, axis=0, keepdims=True)"),
        (lambda x: x.astype(np.float32), "return x.astype(np.float32)"),
        (lambda x: np.concatenate([x, x * 2]), "return np.concatenate([x, x * 2])"),
        (lambda x: np.add.outer(x, x).T, "return np.add.outer(x, x).T"),
        (lambda x: np.minimum(x, np.inf) + np.nan, "return np.minimum(x, np.inf) + np.nan"),
        (lambda x: np.where(x > 0, x, 0.0), "return np.where(x > 0, x, 0.0)"),
        (lambda x: np.clip(x, -1, 1), "return np.clip(x, -1, 1)"),
        (lambda x: np.linalg.norm(x), "return np.linalg.norm(x)"),
        (lambda x: softmax(x), "return softmax(x)"),
        (lambda x: logsumexp(x, axis=0), "return logsumexp(x, axis=0)"),
        (lambda x: [x, (x + 1,), {"a": {1: x}}], 'return [x, (x + 1,), {"a": {1: x}}]'),
        (lambda x: (x + 1, None, "text", 3, 2.5), 'return x + 1, None, "text", 3, 2.5'),
        (lambda x: np.einsum("i,j->ij", x, x), 'return np.einsum("i,j->ij", x, x)'),
        (lambda x: x * np.array([1.0, 2.0, 3.0]), "return x * np.array([1.0, 2.0, 3.0])"),
        (lambda x: x * np.eye(3), "return x * np.eye(3)"),
        (lambda x: x * 0.1, "return x * 0.1"),
        (lambda x: x * np.float64(0.1), "return x * 0.1"),
    ],
)
def test_expressions(f: Any, line: str) -> None:
    assert body(f, v) == [line]


def test_a_number_of_another_width_is_written_out() -> None:
    x = v.astype(np.float32)
    assert body(lambda x: x * np.float64(0.1), x) == ["return x * np.float64(0.1)"]
    assert body(lambda x: x * np.float32(0.1), x) == ["return x * 0.1"]
    assert body(lambda x: x * 0.1, x) == ["return x * 0.1"]


def test_what_is_taken_from_places_is_added_there() -> None:
    def cost(x: Any, i: Any) -> Any:
        return x[0] * x[1] + np.sum(x[i] ** 2) + np.sum(x[1:])

    assert body(grad(cost), v, np.array([0, 2, 2])) == [
        "d_x = np.zeros(3)",
        "d_x[1:] += np.ones(2)",
        "np.add.at(d_x, i, 2 * x[i])",
        "d_x[1] += x[0]",
        "d_x[0] += x[1]",
        "return d_x",
    ]


def test_what_is_fixed_and_what_was_branched_on_is_asserted() -> None:
    def f(x: Any, n: int, how: str = "exp", flag: bool = False, index: Any = None) -> Any:
        if np.sum(x) < 0 or flag:
            return x
        return x**n if how == "exp" and x[np.argmax(x)] > 1 else x[int(np.argmin(x))]

    program = assert_exact(f, v, 3, "exp", flag=False)
    lines = program.source.split("\n")
    for line in ("assert n == 3", 'assert how == "exp"', "assert flag is False", "assert not np.sum(x) < 0",
                 "assert x[np.argmax(x)] > 1"):  # fmt: skip
        assert f"    {line}" in lines
    run = compiled(program)
    with pytest.raises(AssertionError):
        run(-v, 3, "exp", False)
    with pytest.raises(AssertionError):
        run(v, 2, "exp", False)


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass(frozen=True)
class Layer:
    W: Any
    b: Any


def test_containers() -> None:
    def f(layers: Any, pair: Any, table: Any) -> Any:
        x = layers[0].W * pair.left + layers[1].b * table["x"] + pair.right
        return Layer(x, [Pair(x * 2, layers[1])]), OrderedDict(a=x)

    program = assert_exact(f, [Layer(v, v), Layer(v, v + 1)], Pair(v, 2.0), OrderedDict(x=v))
    assert set(program.constants) == {"Layer", "Pair", "OrderedDict"}
    assert_exact(value_and_grad(lambda layers: np.sum(layers[0].W * layers[1].b)), [Layer(v, v), Layer(v, v + 1)])


def test_an_argument_that_is_handed_back() -> None:
    assert_exact(lambda x: x, v)
    assert_exact(lambda x, y: (y, {"x": x}), 1.5, v)
    assert_exact(grad(lambda x, y: np.sum(x * y)), v, v + 1)
    assert_exact(lambda x: np.ones(3), v)
    assert_exact(grad(lambda x: 2.0), v)
    assert_exact(grad(lambda x: 2.0), 0.5)
    assert_exact(lambda: np.ones(3))


def test_a_function_of_ones_own_is_handed_in() -> None:
    swish = elementwise(lambda x: x / (1 + np.exp(-x)), lambda d, y, x: d * (y + (1 - y) / (1 + np.exp(-x))))

    def total(x: Any, w: Any) -> Any:
        return w @ x

    weighted = primitive(total, lambda d, y, x, w: (d * w, d * x))
    f = lambda x, w: np.sum(swish(x)) * weighted(x, w)  # noqa: E731
    program = assert_exact(value_and_grad(f, (0, 1)), v, v + 1)
    assert program.constants["total"] is total
    assert set(program.constants) == {"function", "total"}
    assert "# function and total: of your own, as they are" in program.source
    assert_exact(lambda x: swish(x) * 2, 0.7, eager=False)
    assert_exact(lambda x: np.apply_along_axis(lambda row: row * 2, 0, x), v)


@pytest.mark.parametrize(
    "f",
    [
        grad(lambda v: np.sum(v**3 * np.sin(v))),
        jacobian(lambda v: np.tanh(v) * v[0]),
        hessian(lambda v: np.prod(v) * np.sum(np.exp(v))),
        lambda v: hvp(lambda v: np.sum(np.exp(v) * v[0]), (v,), (np.ones(3),)),
        lambda v: jvp(lambda v: np.exp(v) * v[::-1], (v,), (np.cos(v),)),
        lambda v: vjp(lambda v: np.sin(v) @ v, v)[1](2.5),
        value_and_grad(lambda v: -log_softmax(v)[1] + np.max(v) + np.linalg.norm(v)),
        lambda v: (np.linalg.slogdet(np.outer(v, v) + np.eye(3)), np.linalg.eigh(np.outer(v, v))),
        lambda v: np.split(v, 3) + list(np.meshgrid(v, v)),
    ],
)
def test_transforms(f: Any) -> None:
    assert_exact(f, v)


def test_second_order_of_a_number() -> None:
    assert_exact(grad(grad(lambda x: np.sin(x) * x**3)), 0.7)
    assert_exact(hessian(lambda x: np.exp(x) / x), 0.7)
    assert_exact(value_and_grad(lambda x: sum(np.tanh(x * k) for k in range(40)) * sigmoid(x)), 0.3)


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,), (1, 1), (2, 0, 3)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_empty_and_single(shape: Any, dtype: Any) -> None:
    x = np.full(shape, 0.75, dtype=dtype)
    assert_exact(lambda x: (np.exp(x) * 2 - x, x.T, np.sum(x), np.sum(x, axis=tuple(range(x.ndim)), keepdims=True)), x)
    assert_exact(value_and_grad(lambda x: np.sum(np.tanh(x) * x / 3) + np.sum(x * x)), x)
    assert_exact(value_and_grad(lambda x: logsumexp(np.append(x, 0.5)) if x.ndim < 2 else np.sum(sigmoid(x))), x)


def test_masks_and_integers() -> None:
    table, mask, i = np.arange(12.0).reshape(4, 3), np.array([True, False, True]), np.array([2, 0, 0])
    assert_exact(value_and_grad(lambda t, m, i: np.sum(np.where(m, t, -t)[i] * (i + 1))), table, mask, i)
    assert_exact(
        lambda t, m, i: (t[:, m], m & (i > 0), i // 2, i % 2, ~m, i @ i, m.sum(), i.astype(float)), table, mask, i
    )
    assert_exact(value_and_grad(lambda t, m: np.sum(t[:, m] ** 2)), table, mask)


def test_long_expressions_are_broken_up() -> None:
    def f(x: Any) -> Any:
        for k in range(20):
            x = np.sin(x) * np.cos(x + k) - x / (2.5 + np.tanh(x * k))
        return x

    program = assert_exact(f, v)
    assert max(map(len, program.source.split("\n"))) <= 110


def test_many_parameters() -> None:
    params = {f"a_long_name_of_parameter_{i}": v for i in range(12)}
    assert_exact(value_and_grad(lambda p: sum(np.sum(x**2) for x in p.values())), params)


@pytest.mark.parametrize("case", CORPUS, ids=str)
def test_the_costs_of_the_corpus(case: Case) -> None:
    arguments = case.arguments(np.random.default_rng(0))
    if case.name.startswith("notes"):  # whose network wants its examples to be arrays
        program = assert_exact(value_and_grad(lambda parameters: case.cost(parameters, *arguments[1:])), arguments[0])
    else:
        floats = [i for i, x in enumerate(arguments) if isinstance(x, dict) or np.asarray(x).dtype.kind == "f"]
        program = assert_exact(value_and_grad(case.cost, floats), *arguments)
    assert max(map(len, program.source.split("\n"))) <= 120


@pytest.mark.parametrize("function", [sigmoid, softmax, log_softmax, logsumexp])
def test_helpers_are_the_rules_own_text(function: Any) -> None:
    """The text above a program computes what the engine's own function does, as it is written there."""
    text = functions.source_of(function.function, "helper")
    space: dict[str, Any] = {"np": np}
    exec(text, space)
    x = rng.normal(size=(40, 7)) * 100
    assert space["helper"](x).tobytes() == function(x).tobytes()
    ours, theirs = ast.parse(text).body[0], functions.definition(function.function)
    assert [ast.unparse(line) for line in ours.body] == [ast.unparse(line) for line in theirs.body]


@pytest.mark.parametrize("planted", ["+ for -", "no parentheses", "rounded numbers"])
def test_a_wrong_printer_is_caught(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if planted == "+ for -":
        monkeypatch.setitem(expression._BINARY, np.subtract, ast.Add())
    elif planted == "no parentheses":
        monkeypatch.setitem(expression._BINARY, np.divide, ast.Mult())
    else:
        monkeypatch.setattr(literals, "_number", lambda x: ast.Constant(round(x, 3)))
    with pytest.raises(AssertionError):
        assert_exact(lambda x: (x - 0.12345) / (x - 2), v)


def test_what_is_written_is_written_again() -> None:
    assert trace(network, PARAMETERS, X, Y).source == trace(network, PARAMETERS, X, Y).source


def test_lines_are_short_and_say_nothing_twice() -> None:
    a = np.arange(16.0).reshape(4, 4)
    ones = np.arange(3.0, dtype=np.float32)[:, None]
    for f, x in (
        (lambda a: np.sum((2 * a) @ (2 * a).T), a.copy()),
        (lambda a: np.sum(np.sort(a) * a), a),
        (lambda b: np.sum(np.where(b > b, b, b)), ones),
        (lambda b: np.sum(b**2 @ np.ones((1, 4), np.float32) @ np.ones((4, 4), np.float32) @ np.ones((4, 4))), ones),
    ):
        source = assert_exact(grad(f), x).source
        assert ".T.T" not in source
        assert "=None" not in source
        assert max(map(len, source.splitlines())) <= 120
