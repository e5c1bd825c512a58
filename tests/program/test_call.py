"""A program called on other numbers: what f gives, or an error that names the argument."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_bp import grad, jit, name, sigmoid, trace, value_and_grad
from tinygrad_bp.tree import leaves

from ..programs import matrices, programs
from .running import assert_exact, assert_same, compiled

rng = np.random.default_rng(0)
v = np.array([0.5, -1.5, 2.0])


@settings(max_examples=60)
@given(programs(), st.integers(0, 1000))
def test_random_programs_on_other_numbers(f: Any, seed: int) -> None:
    program = trace(value_and_grad(f, (0, 1)), *matrices(seed))
    others = matrices(seed + 1)
    run = compiled(program)(*others, **program.constants)
    assert_same(program(*others), run, program.source)
    for (path, a), (_, b) in zip(leaves(run), leaves(value_and_grad(f, (0, 1))(*others)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13, err_msg=path)


#: what a random program of Python floats is made of
SCALAR: list[Any] = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - b,
    lambda a, b: a / (2.5 + np.cos(b)),
    lambda a, b: a / b,
    lambda a, b: np.exp(a),
    lambda a, b: np.log(a * a + 1.0),
    lambda a, b: np.log(a),
    lambda a, b: np.sqrt(a),
    lambda a, b: a**2,
    lambda a, b: a**-1,
    lambda a, b: abs(a) ** b,
    lambda a, b: np.tanh(a),
    lambda a, b: sigmoid(a) - b,
    lambda a, b: np.maximum(a, b),
    lambda a, b: -a,
    lambda a, b: np.where(a > b, a, b * 2),
]


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from(range(len(SCALAR))), st.integers(0, 9), st.integers(0, 9)), max_size=9),
    st.lists(st.sampled_from([0.0, -0.0, 0.5, -1.25, 3.0, 1e200, -710.0, float("inf"), float("nan")]),
             min_size=2, max_size=2),
    st.lists(st.sampled_from([0.0, 0.25, -2.0, 1e300, 800.0]), min_size=2, max_size=2),
)  # fmt: skip
def test_random_graphs_of_python_floats(parts: Any, xs: list[float], others: list[float]) -> None:
    def f(x: Any, y: Any) -> Any:
        made = [x, y]
        for k, i, j in parts:
            made.append(SCALAR[k](made[i % len(made)], made[j % len(made)]))
        return made[-1] * 1.0

    program = assert_exact(value_and_grad(f, (0, 1)), *xs)
    try:
        result = program(*others)
    except ValueError as error:
        assert "trace it again" in str(error)  # noqa: PT017
        return
    with np.errstate(all="ignore"):
        assert_same(compiled(program)(*others, **program.constants), result, program.source)
        eager = value_and_grad(f, (0, 1))(*others)
    for (path, a), (_, b) in zip(leaves(result), leaves(eager), strict=True):
        assert type(a) is float
        assert a == b or (a != a and b != b), f"{path} of {program.source}"


def loss(params: Any, x: Any, n: int) -> Any:
    return np.sum(np.tanh(params["W"] @ x)) * params["scale"] ** n


PARAMS = {"W": np.ones((2, 3)), "scale": 0.5}


def test_other_numbers() -> None:
    program = trace(value_and_grad(loss), PARAMS, v, 2)
    other = {"W": rng.normal(size=(2, 3)), "scale": 1.5}
    assert_same(program(other, v + 1, 2), value_and_grad(loss)(other, v + 1, 2), "")
    assert_same(program(other, n=2, x=v), value_and_grad(loss)(other, v, 2), "")
    assert_same(program({**other, "scale": 2}, v, 2), value_and_grad(loss)({**other, "scale": 2.0}, v, 2), "")


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (({**PARAMS, "W": np.ones((3, 3))}, v, 2), ValueError, r'params\["W"\] has shape \(2, 3\).*\(3, 3\)'),
        ((PARAMS, v.astype(np.float32), 2), TypeError, "x is of float64.*float32"),
        ((PARAMS, [1.0, 2.0, 3.0], 2), ValueError, "x is a list, where one array is expected"),
        ((PARAMS, 1.0, 2), TypeError, "x is an array of float64.*float"),
        (({"W": PARAMS["W"]}, v, 2), ValueError, "params is nested as"),
        (({**PARAMS, "scale": v}, v, 2), TypeError, r'params\["scale"\] is a Python float.*ndarray'),
        (({**PARAMS, "scale": "1"}, v, 2), TypeError, r'params\["scale"\] is a Python float.*str'),
        ((PARAMS, v, 3), ValueError, "n is fixed at 2 in this program, and here it is 3"),
        ((PARAMS, v, 2.0), ValueError, "n is fixed at 2"),
        ((PARAMS, v), TypeError, "missing n"),
        ((PARAMS, v, 2, 4), TypeError, "takes 3 arguments: params, x, n, not 4"),
    ],
)
def test_what_does_not_fit_is_named(arguments: Any, error: Any, says: str) -> None:
    program = trace(grad(loss), PARAMS, v, 2)
    with pytest.raises(error, match=says):
        program(*arguments)
    with pytest.raises(TypeError, match="does not take y="):
        program(PARAMS, v, 2, y=1)


def test_another_branch_is_an_error() -> None:
    def f(x: Any) -> Any:
        return np.sum(x) if name(np.sum(x * x), "length") > 1 else x[np.argmax(x)] * 2 if x[0] > 0 else -x

    program = trace(f, v)
    assert program(v + 1) == np.sum(v + 1)
    with pytest.raises(ValueError, match=r"f went on where .* is True, and here it is False: trace it again"):
        program(v / 10)
    assert [guard.expected for guard in program.guards] == [True]


def test_as_many_as_a_mask_picks() -> None:
    for f in (lambda x: x[x > 0] * 2, lambda x: np.nonzero(x > 0)[0] + 1, lambda x: np.repeat(x, (x > 0) + 1),
              value_and_grad(lambda x: np.mean(x[x > 0] ** 2))):  # fmt: skip
        program, replayed = assert_exact(f, v), jit(f)
        assert_same(program(v * 2), f(v * 2), "")
        for x in (v, -v, v * 2, -v):
            assert_same(replayed(x), f(x), "")
        with pytest.raises(ValueError, match=r"is \(2,\)|is \(5,\)"):
            program(-v)
        with pytest.raises(AssertionError):
            compiled(program)(-v)


def test_results_are_memory_of_their_own() -> None:
    table = np.arange(3.0) + 0.5
    program = trace(lambda x: (x, x.T, x[1:], x * table, table, {"again": x * table}), v)
    x = v.copy()
    results = [y for _, y in leaves(program(x))]
    for i, y in enumerate(results):
        assert not any(np.shares_memory(y, z) for z in (x, table, *results[:i]))
    results[4][:] = 7.0
    assert_same(program(x)[4], table, "")


@dataclasses.dataclass
class Layer:
    W: Any
    b: Any


def test_containers_of_ones_own() -> None:
    f = value_and_grad(lambda layer, x: np.sum(layer.W @ x + layer.b))
    layer = Layer(np.ones((2, 3)), np.ones(2))
    program = assert_exact(f, layer, v)
    value, gradient = program(Layer(layer.W * 2, layer.b), v)
    assert type(gradient) is Layer
    assert value == f(Layer(layer.W * 2, layer.b), v)[0]


def test_warnings_are_the_recorded_runs_alone() -> None:
    program = trace(lambda x: np.log(x) / x, v**2)
    assert np.isinf(program(v * 0.0)).all()


def test_to_dict_is_json() -> None:
    def f(x: Any) -> Any:
        return name(np.exp(x), "a") * 2 if np.sum(x) > 0 else x

    table = json.loads(json.dumps(trace(f, v).to_dict()))
    assert table["name"] == "f"
    assert table["arguments"] == [{"name": "x", "quantity": "x", "shape": [3], "dtype": "float64"}]
    assert {"name": "a", "quantity": "a", "shape": [3], "dtype": "float64", "function": "exp", "of": ["x"]} in table[
        "steps"
    ]
    assert [guard["expected"] for guard in table["guards"]] == [True]
