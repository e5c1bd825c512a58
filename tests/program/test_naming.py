"""Every quantity has a name, in words and in Python, that nobody else has."""

from __future__ import annotations

import builtins
import dataclasses
import keyword
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinygrad_bp as t
from tinygrad_bp import grad, name, sigmoid, trace, value_and_grad
from tinygrad_bp.program.naming import identifier

from .running import assert_exact

v = np.array([0.5, -1.5, 2.0])


def names(f: Any, *arguments: Any) -> dict[str, str]:
    """By quantity, the identifiers of what has a name."""
    program = assert_exact(f, *arguments)
    of = program.written.names
    return {of.quantity(step): of[step] for step in (*program.inputs, *program.steps)}


def test_given_names_and_cotangents() -> None:
    def cost(params: Any, x: Any) -> Any:
        z2 = name(params["W"] @ x, "z2")
        return np.sum(name(np.tanh(z2), "z2"))

    called = names(value_and_grad(cost), {"W": np.ones((2, 3))}, v)
    wanted = {
        'params["W"]': "W", "x": "x", "z2": "z2", "z2[1]": "z2_1", "d_z2": "d_z2",
        'd_params["W"]': "d_W",
    }  # fmt: skip
    assert wanted.items() <= called.items()


def test_a_cotangent_goes_by_the_very_quantity() -> None:
    """Cotangents come in the opposite order."""

    def cost(W: Any, h: Any) -> Any:
        for _ in range(3):
            h = name(np.tanh(W @ h), "h")
        return np.sum(h)

    lines = assert_exact(grad(cost), np.ones((3, 3)), v).source.splitlines()
    assert [line.split(" = ")[0].strip() for line in lines if "h_" in line.split(" = ")[0]] == [
        "h_1", "h_2", "h_3", "d_h_2", "d_h_1",
    ]  # fmt: skip


def test_parameters_are_called_as_f_calls_them() -> None:
    def f(f: Any, sum: Any, lambda_: Any, __x: Any, sigmoid: Any, max: Any, id: Any, exp: Any) -> Any:
        y = np.max(f * np.exp(exp)) + np.sum(sum * lambda_) + __x * id
        return np.max(y) * max + t.sigmoid(sigmoid)

    program = assert_exact(f, v, v, v, 2.0, 3.0, 4.0, 5.0, 6.0)
    assert "def f(f, sum, lambda_, __x, sigmoid, max, id, exp):" in program.source
    assert_exact(grad(f), v, v, v, 2.0, 3.0, 4.0, 5.0, 6.0)
    apart = assert_exact(lambda np, math, abs, float: float * abs**2 + math / np, 1.0, 2.0, 3.0, 4.0)
    assert "def f(np_, math_, abs_, float_):" in apart.source
    assert "def f(x, a_b):" in trace(lambda x, **options: x * options["a b"], v, **{"a b": 2.0}).source


def test_leaves_of_containers_by_their_last_key_where_that_is_theirs_alone() -> None:
    f = lambda p, q: sum(np.sum(x) for x in (p["a"], p["b"]["c"], q["c"], q["d"][0], q["d"][1]))  # noqa: E731
    called = names(f, {"a": v, "b": {"c": v}}, {"c": v, "d": [v, v]})
    assert called['p["a"]'] == "a"
    assert called['p["b"]["c"]'] == "p_b_c"
    assert called['q["c"]'] == "q_c"
    assert called['q["d"][0]'] == "d0"
    assert called['q["d"][1]'] == "d1"


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass
class Layer:
    W: Any
    b: Any


def test_fields() -> None:
    called = names(lambda pair, layer: pair.left * layer.W + pair.right * layer.b, Pair(v, v), Layer(v, v))
    assert set(called.values()) >= {"left", "right", "W", "b"}


@pytest.mark.parametrize("word", ["lambda", "for", "sum", "print", "np", "math", "float", "None"])
def test_no_name_shadows_what_python_needs(word: str) -> None:
    def f(x: Any) -> Any:
        return np.sum(name(np.exp(x), word) * float(2))

    program = assert_exact(value_and_grad(f), v)
    of = program.written.names
    for step in (*program.inputs, *program.steps):
        assert of[step].isidentifier()
        assert not keyword.iskeyword(of[step])
        assert of[step] not in (*dir(builtins), "np", "math")


def test_a_parameter_may_be_called_as_a_helper_or_a_quantity_is() -> None:
    assert_exact(lambda sigmoid_, np_, exp: name(sigmoid(sigmoid_) * np_, "sigmoid") + np.exp(exp), v, v, v)
    assert_exact(lambda exp, log: np.exp(exp) * np.log(log), 0.5, 2.0, eager=False)
    assert_exact(eval("lambda sigmoid: s(sigmoid) + sigmoid", {"s": sigmoid}), v)

    def sigmoid_(x: Any) -> Any:
        return sigmoid(x)

    sigmoid_.__name__ = "sigmoid"
    assert "def sigmoid(x):" in assert_exact(sigmoid_, v).source


def test_every_step_has_a_name_of_its_own() -> None:
    program = trace(grad(lambda v: np.sum(np.exp(v) * np.exp(np.exp(v)) / (v + 1) - (v - 2))), v)
    of = program.written.names
    called = [of[step] for step in (*program.inputs, *program.steps)]
    assert len(set(called)) == len(called)


def test_names_that_are_no_words() -> None:
    assert identifier("hidden layer 1") == "hidden_layer_1"
    assert identifier("δ2") == "δ2"
    assert identifier("2nd") == "t_2nd"
    assert identifier("*") == "t"
    assert_exact(lambda v: name(np.exp(v), "δ²!") + name(v * 2, "hidden layer") + name(v * 3, ""), v)


table = np.linspace(0.0, 1.0, 7)


def test_captured_arrays_by_what_the_function_calls_them() -> None:
    weights, data = np.arange(7.0), {"scale": np.linspace(1.0, 2.0, 7) ** 3}

    def f(x: Any, offset: Any = np.linspace(3.0, 9.0, 7)) -> Any:  # noqa: B008
        return np.sum(x * table + weights * x * data["scale"] + offset) + np.sum(np.sqrt(np.arange(1.0, 8.0)) * x)

    for g in (f, value_and_grad(f)):
        program = assert_exact(g, np.ones(7))
        assert {"table", "weights", "scale"} <= set(program.constants)
        assert program.constants["scale"].tobytes() == data["scale"].tobytes()
        assert any(key.startswith("constant") for key in program.constants)
