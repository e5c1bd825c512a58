"""What is taken, and what is refused in one clear sentence."""

from __future__ import annotations

import dataclasses
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t
from tinygrad_bp.gradcheck import gradcheck

A = np.arange(1.0, 7.0).reshape(2, 3) / 7


def square(x: Any) -> Any:
    return np.sum(x**2)


def twice(x: Any) -> Any:
    return 2 * x


def overwriting() -> Any:
    buffer = np.empty(A.shape)

    def gradient(x: Any) -> Any:
        buffer[:] = 2 * x
        return buffer

    return gradient


def changing(x: Any) -> Any:
    g = 2 * x
    x[0] = 0
    return g


REFUSED: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any], type[Exception], str]] = {
    "no argument": (square, (), {}, TypeError, "arguments"),
    "integers": (square, (np.arange(3),), {}, TypeError, "x has dtype int64"),
    "an int": (square, (3,), {}, TypeError, "x is of type int: pass a float"),
    "bools": (square, (np.array([True]),), {}, TypeError, "dtype bool"),
    "complex": (square, (1j * A,), {}, TypeError, "complex128"),
    "float16": (square, (A.astype(np.float16),), {}, TypeError, "float16"),
    "long double": (square, (A.astype(np.longdouble),), {}, TypeError, "convert"),
    "a string": (square, ("a",), {}, TypeError, "str"),
    "none": (square, (None,), {}, TypeError, "NoneType"),
    "within a dict": (lambda p: p["W"].sum(), ({"W": np.arange(3)},), {}, TypeError, r'p\["W"\] has dtype'),
    "empty": (square, (np.zeros((0, 3)),), {}, ValueError, "x is empty"),
    "nothing": (lambda p: 1.0, ({},), {}, ValueError, "no array"),
    "argnums too large": (square, (A,), {"argnums": 1}, TypeError, "argnums=1"),
    "argnums twice": (square, (A,), {"argnums": (0, 0)}, ValueError, "once"),
    "both": (square, (A,), {"gradient": twice, "pullback": twice}, TypeError, "not both"),
    "order 3": (square, (A,), {"order": 3}, ValueError, "order=3"),
    "tau": (square, (A,), {"tau": 0.0}, ValueError, "tau=0.0"),
    "max_evaluations": (square, (A,), {"max_evaluations": 5}, ValueError, "max_evaluations=5 is too few"),
    "f gives an array": (twice, (A,), {"gradient": twice}, ValueError, "pullback"),
    "f gives a string": (lambda x: "a", (A,), {"gradient": twice}, TypeError, "str"),
    "f gives complex": (lambda x: complex(x.sum()), (A,), {"gradient": twice}, TypeError, "complex"),
    "broadcastable": (square, (np.ones(3),), {"gradient": lambda x: np.ones((3, 1))}, ValueError, r"shape \(3, 1\)"),
    "a scalar": (square, (np.ones(3),), {"gradient": lambda x: 2.0}, ValueError, r"shape \(\)"),
    "transposed": (square, (A,), {"gradient": lambda x: 2 * x.T}, ValueError, r"shape \(3, 2\)"),
    "no gradient": (square, (A,), {"gradient": lambda x: None}, TypeError, "None for x"),
    "a gradient of objects": (square, (A,), {"gradient": lambda x: x.astype(object)}, TypeError, "floats"),
    "a complex gradient": (square, (A,), {"gradient": lambda x: 1j * x}, TypeError, "complex128"),
    "a gradient changes x": (square, (A,), {"gradient": changing}, ValueError, "gradient changes its argument x"),
    "f changes x": (changing, (np.ones(1),), {"gradient": twice}, ValueError, "f changes its argument x|shape"),
    "an overwritten view": (square, (A,), {"gradient": overwriting()}, ValueError, "overwrites"),
    "another nesting": (
        lambda p: square(p["W"]), ({"W": A},), {"gradient": lambda p: [2 * p["W"]]}, ValueError, "nested"),
    "one part too few": (
        lambda a, b: square(a * b), (A, A), {"gradient": lambda a, b: (a,)}, ValueError, "1 parts for 2"),
    "no tuple": (lambda a, b: square(a * b), (A, A), {"gradient": lambda a, b: a}, TypeError, "2 arguments"),
    "outside its bounds": (square, (A,), {"bounds": (10, 20)}, ValueError, "x is not within them"),
    "bounds": (square, (A,), {"bounds": 3}, TypeError, "pair"),
    "no rule": (lambda x: np.sum(np.i0(x)), (A,), {}, TypeError, "i0"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    f, arguments, options, error, said = REFUSED[name]
    with pytest.raises(error, match=said) as caught:
        gradcheck(f, *arguments, seed=0, **options)
    assert len(str(caught.value)) < 400


def test_f_that_changes_its_argument() -> None:
    def f(x: Any) -> Any:
        y = np.sum(x**2)
        x += 1
        return y

    with pytest.raises(ValueError, match="f changes its argument x"):
        gradcheck(f, A, gradient=twice)


Pair = namedtuple("Pair", ["W", "b"])


@dataclasses.dataclass
class Layer:
    W: Any
    b: Any


def parameters(kind: str) -> Any:
    W, b = A.copy(), np.array([0.3, -0.2, 0.5])
    return {
        "dict": {"W": W, "b": b},
        "list": [W, b],
        "tuple": (W, b),
        "named tuple": Pair(W, b),
        "dataclass": Layer(W, b),
    }[kind]


@pytest.mark.parametrize("kind", ["dict", "list", "tuple", "named tuple", "dataclass"])
@pytest.mark.parametrize("wrong", [False, True])
def test_containers(kind: str, wrong: bool) -> None:
    def parts(p: Any) -> Any:
        return (p["W"], p["b"]) if kind == "dict" else (p[0], p[1]) if kind in ("list", "tuple") else (p.W, p.b)

    def f(p: Any) -> Any:
        W, b = parts(p)
        return np.sum(np.sin(W) * b)

    def gradient(p: Any) -> Any:
        W, b = parts(p)
        gW, gb = np.cos(W) * b, np.sum(np.sin(W), axis=0)
        if wrong:
            gb[1] *= 1.5
        new = {"dict": lambda: {"W": gW, "b": gb}, "list": lambda: [gW, gb], "tuple": lambda: (gW, gb),
               "named tuple": lambda: Pair(gW, gb), "dataclass": lambda: Layer(gW, gb)}  # fmt: skip
        return new[kind]()

    report = gradcheck(f, parameters(kind), gradient=gradient, seed=1)
    assert report.ok is not wrong, str(report)
    suffix = {"dict": '["b"]', "list": "[1]", "tuple": "[1]", "named tuple": ".b", "dataclass": ".b"}[kind]
    if wrong:
        assert [x.path for x in report.findings if x.verdict == "fail"] == ["p" + suffix, f"p{suffix}[1]"]
    assert gradcheck(f, parameters(kind), seed=1).ok


def test_argnums() -> None:
    def f(a: Any, labels: Any, b: Any) -> Any:
        return np.sum(np.sin(a[labels])) * b

    labels = np.array([0, 1, 1])
    a = np.array([0.3, 0.7])
    right = gradcheck(f, a, labels, 2.0, argnums=(0, 2), seed=0)
    assert right.ok
    assert set(right.resolution) == {"a", "b"}
    assert gradcheck(f, a, labels, 2.0, argnums=2, gradient=lambda a, labels, b: np.sum(np.sin(a[labels])), seed=0).ok
    wrong = gradcheck(
        f, a, labels, 2.0, argnums=(0, 2),
        gradient=lambda a, labels, b: (np.bincount(labels, np.cos(a[labels])) * b, 1.0), seed=0,
    )  # fmt: skip
    assert [x.path for x in wrong.findings if x.verdict == "fail"] == ["b", "b"]


def test_many_single_numbers_are_one_block() -> None:
    values = [0.1 * k + 0.05 for k in range(30)]

    def f(x: Any) -> Any:
        return sum(np.sin(v) * k for k, v in enumerate(x))

    report = gradcheck(f, values, gradient=lambda x: [k * np.cos(v) for k, v in enumerate(x)], seed=0)
    assert report.ok
    assert report.evaluations < 60
    wrong = gradcheck(
        f, values, gradient=lambda x: [k * np.cos(v) * (2 if k == 7 else 1) for k, v in enumerate(x)], seed=0
    )
    assert [x.path for x in wrong.findings if x.entry] == ["x[7]"]


def test_scalars_of_each_kind() -> None:
    for x in (0.3, np.float64(0.3), np.float32(0.3), np.array(0.3), np.array(0.3, np.float32)):
        assert gradcheck(lambda x: np.sin(x), x, gradient=lambda x: np.cos(x), tau=1e-3, seed=0).ok
        assert gradcheck(lambda x: np.sin(x), x, gradient=lambda x: -np.cos(x), tau=1e-3, seed=0).verdict == "fail"
        assert gradcheck(lambda x: np.sin(x), x, tau=1e-3, seed=0).ok


def test_no_memory_order_matters() -> None:
    x = np.asfortranarray(np.random.default_rng(0).normal(size=(4, 5)))[::2, ::-1]
    report = gradcheck(lambda x: np.sum(np.sin(x) * A[:, :1]), x, gradient=lambda x: np.cos(x) * A[:, :1], seed=0)
    assert report.ok


def test_a_function_of_values_only() -> None:
    assert gradcheck(lambda x: (x.tanh() * 2).sum(), A, seed=0).ok


def test_values_as_constants() -> None:
    assert gradcheck(lambda x: t.logsumexp(x @ A.T), A, seed=0).ok
