"""Programs as mathematics: what is written for what, and that it can be set, for every rule and for random programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_bp as t
from tinygrad_bp import Program, name, trace
from tinygrad_bp.program.latex import lines

from ..programs import matrices, programs
from ..rules.cases import CASES, ELEMENTWISE
from ..rules.test_rules import callable_of
from .test_rules import arrays, cost
from .typesetting import ENGINE, assert_latex, assert_mathtext, lines_of

RULES = [*ELEMENTWISE, *CASES]
#: mathtext takes 20 ms for a formula: it sets them all where no LaTeX does
BY_MATHTEXT = RULES[::10] if ENGINE else RULES


def of_call(call: Any, xs: list[Any]) -> Program:
    """The program of a call and its gradient."""
    with np.errstate(all="ignore"):
        u = np.random.default_rng(1).standard_normal(np.shape(call(*xs)))
        return trace(t.value_and_grad(cost(call, u), tuple(range(len(xs)))), *xs)


def of_rule(rule: Any) -> Iterator[Program]:
    if rule in ELEMENTWISE:
        yield of_call(callable_of(rule), arrays(rule))
        rng = np.random.default_rng(0)
        yield trace(callable_of(rule), *[float(domain(rng, ())) for domain in ELEMENTWISE[rule]])
    else:
        yield of_call(rule.call, rule.arguments(np.random.default_rng(0)))


@pytest.mark.parametrize(
    "rule", BY_MATHTEXT, ids=lambda rule: getattr(rule, "label", None) or rule.__name__.lstrip("_")
)
def test_rules_are_set_by_mathtext(rule: Any) -> None:
    for program in of_rule(rule):
        assert lines_of(program.latex) == lines(program)
        assert_mathtext(lines(program))


def test_every_rule_is_set_by_latex(tmp_path: Path) -> None:
    assert_latex((program.latex for rule in RULES for program in of_rule(rule)), tmp_path)


@settings(max_examples=settings().max_examples // 4)  # 20 ms a line
@given(programs(), st.integers(0, 5))
def test_random_programs_are_set_by_mathtext(f: Any, seed: int) -> None:
    assert_mathtext(lines(trace(t.value_and_grad(f, (0, 1)), *matrices(seed))))


def formulas(f: Any, *arguments: Any) -> dict[str, str]:
    """The right sides by the left, without the sets."""
    with np.errstate(all="ignore"):
        program = trace(f, *arguments)
    return {
        left.strip(): right.partition(" && ")[0].strip()
        for left, sign, right in (line.partition("&=") for line in lines(program))
        if sign
    }


def formula(f: Any, *arguments: Any) -> str:
    """What a function of x, y, … returns."""
    (right,) = [right for left, right in formulas(f, *arguments).items() if left.startswith("f")]
    return right


x, y, A, B, c = np.arange(3.0), np.ones(3), np.eye(3)[:2], np.ones((3, 4)), 2.5
WRITTEN = [
    (lambda x, y: x * y, (x, y), r"x \odot y"),
    (lambda c, x: c * x, (c, x), r"c \, x"),
    (lambda x, c: x * 2 * c, (x, c), r"2 \, x \, c"),
    (lambda x, c: 2 * (c * x), (x, c), r"2 \, c \, x"),
    (lambda x, y: x * (x + y), (x, y), r"x \odot \left(x + y\right)"),
    (lambda x, y: x - (x - y), (x, y), r"x - \left(x - y\right)"),
    (lambda x, y: -x * y, (x, y), r"-x \odot y"),
    (lambda x, y: x - (-y), (x, y), r"x - \left(-y\right)"),
    (lambda x, y: x / (1 + y), (x, y), r"\frac{x}{1 + y}"),
    (lambda A, B: A @ B, (A, B), r"A \, B"),
    (lambda A, B: (2 * A) @ B, (A, B), r"\left(2 \, A\right) \, B"),
    (lambda A, B: (A @ B) * -2.5, (A, B), r"-2.5 \, A \, B"),
    (lambda x, y: x @ y, (x, y), r"x^{\top} \, y"),
    (lambda A: A.T, (A,), r"A^{\top}"),
    (lambda W1: W1.T, (A,), r"W^{(1)\top}"),
    (lambda A, B: (A @ B).T, (A, B), r"\left(A \, B\right)^{\top}"),
    (lambda A: np.sum(A), (A,), r"\sum_{i, j} A_{ij}"),
    (lambda A: np.sum(A, axis=0), (A,), r"\sum_{i} A_{i, :}"),
    (lambda A, c: np.sum(A + c, axis=-1), (A, c), r"\sum_{j} \left(A + c\right)_{:, j}"),
    (lambda A: np.mean(A), (A,), r"\frac{1}{6} \, \sum_{i, j} A_{ij}"),
    (lambda A: np.max(A, axis=1, keepdims=True), (A,), r"\max_{j} A_{:, j}"),
    (lambda A: np.sum(A**2), (A,), r"\left\Vert A \right\Vert_{F}^{2}"),
    (lambda x: np.sum(x * x), (x,), r"\left\Vert x \right\Vert^{2}"),
    (lambda x: np.linalg.norm(x), (x,), r"\left\Vert x \right\Vert"),
    (lambda A: np.linalg.norm(A, 2), (A,), r"\operatorname{norm}\left(A, 2\right)"),
    (lambda A: A**3, (A,), r"A^{\odot 3}"),
    (lambda c: c**3, (c,), r"c^{3}"),
    (lambda W1: W1**2, (A,), r"\left(W^{(1)}\right)^{\odot 2}"),
    (lambda x: np.sqrt(x + 1), (x,), r"\sqrt{x + 1}"),
    (lambda x: np.where(x > 0, x, 2.0), (x,), r"\begin{cases} x & x > 0 \\ 2 & \text{otherwise} \end{cases}"),
    (lambda x: t.sigmoid(x), (x,), r"\sigma\left(x\right)"),
    (lambda A: A[0, 1:], (A,), r"A_{[0, 1:]}"),
    (lambda x: x[:, None], (x,), r"x"),
    (lambda A: np.reshape(A, 6), (A,), r"\operatorname{reshape}_{6}\left(A\right)"),
    (lambda A: np.linalg.inv(A @ A.T), (A,), r"\left(A \, A^{\top}\right)^{-1}"),
    (lambda A, x: np.linalg.solve(A @ A.T, A @ x), (A, x), r"\left(A \, A^{\top}\right)^{-1} \, A \, x"),
    (lambda A, B: np.einsum("ij,jk->ik", A, B), (A, B), r"\left[\sum_{j} A_{ij} \, B_{jk}\right]_{ik}"),
    (lambda A: np.pad(A, 1), (A,), r"\operatorname{pad}\left(A, 1\right)"),
    (lambda x: x + 1e-9, (x,), r"x + 10^{-9}"),
    (lambda x: x * np.array([1.0, 2.0, 3.0]), (x,), r"x \odot \left(1, 2, 3\right)"),
    (lambda x: {"a": (x, 3)}, (x,), r"\left\{\mathtt{a}: \left(x, 3\right)\right\}"),
]


@pytest.mark.parametrize(("f", "arguments", "expected"), WRITTEN, ids=[row[2] for row in WRITTEN])
def test_how_it_is_written(f: Any, arguments: tuple[Any, ...], expected: str) -> None:
    assert formula(f, *arguments) == expected


def network(X: Any, W1: Any, b1: Any, activation: Any) -> Any:
    return np.sum(name(activation(name(X @ W1.T + b1, "z2")), "a2") ** 3)


@pytest.mark.parametrize(
    ("activation", "prime"),
    [(t.sigmoid, r"\sigma'"), (np.tanh, r"\tanh'"), (t.relu, r"\operatorname{relu}'"),
     (t.leaky_relu, r"\operatorname{leaky\_relu}'"),
     (lambda z: t.leaky_relu(z, slope=0.3), r"\operatorname{leaky\_relu}'")],
)  # fmt: skip
def test_a_known_derivative_has_its_prime(activation: Any, prime: str) -> None:
    rng = np.random.default_rng(0)
    f = lambda X, W1, b1: network(X, W1, b1, activation)  # noqa: E731
    found = formulas(t.grad(f, (1, 2)), rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), np.zeros(4))
    assert found["z^{(2)}"] == r"X \, W^{(1)\top} + b^{(1)}"
    assert found[r"\delta_{z^{(2)}}"] == rf"\delta_{{a^{{(2)}}}} \odot {prime}\left(z^{{(2)}}\right)"
    assert found[r"\delta_{W^{(1)}}"] == r"\delta_{z^{(2)}}^{\top} \, X"


def test_what_only_looks_like_a_derivative_has_none() -> None:
    def f(z: Any, d: Any) -> Any:
        y, w = name(t.sigmoid(z), "y"), name(np.tanh(z), "w")
        return d * y * (1 - w), d * y * (2 - y), d * (1 - y**2), np.where(z <= 0, 0.0, d), d * w * (1 - w)

    assert "'" not in "".join(formulas(f, np.ones(3), np.ones(3)).values())


def test_no_symbol_stands_for_two_quantities() -> None:
    found = formulas(lambda z1, z_1: (name(z1 + 1, "a"), name(z_1 + 2, "a"), name(z1 * z_1, "α")), x, y)
    assert {"a", r"\alpha"} <= set(found)
    assert found[r"\alpha"] == r"z^{(1)} \odot \mathrm{z\_1}"
    assert len(found) == 4


def test_names_that_mean_something_to_latex(tmp_path: Path) -> None:
    names = [
        "100%",
        "a_b_c",
        "x^2",
        "\\input{x}",
        "{",
        "$&#~",
        "θ",
        "naïve",
        "变量",
        "lambda",
        "z2[1]",
        'p["W_1"]',
        "x' y",
    ]
    program = trace(lambda x: [name(x + i, given) for i, given in enumerate(names)], x)
    assert_mathtext(lines(program))
    assert_latex([program.latex], tmp_path)


def test_branches_and_parts_that_are_added() -> None:
    def f(x: Any) -> Any:
        return np.sum(x[1:] * x[:-1]) if np.sum(x) > 1 else x[0]

    program = trace(t.grad(f), x)
    assert r"\text{where } & \sum_{i} x_{i} > 1" in lines(program)
    assert r"\left(\delta_{x}\right)_{[:-1]} &{+}{=} x_{[1:]}" in lines(program)
