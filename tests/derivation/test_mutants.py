"""The mechanical slips and the random programs of the corpus."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pytest

import tinygrad_bp

from .corpus import CORPUS, KINDS, Case, Steps
from .corpus.blame import by_engine, by_steps, differentiated, error, flattened
from .corpus.mutants import SAME, Mutant, mutants
from .corpus.operators import OPERATORS
from .corpus.random_programs import Program, program

by_case = pytest.mark.parametrize("case", CORPUS, ids=str)
SCOPE = {"np": np}


def points(case: Case | Program, count: int = 2) -> list[tuple[Any, ...]]:
    return [case.arguments(np.random.default_rng(seed)) for seed in range(count)]


def same(some: Iterable[Any], others: Iterable[Any]) -> bool:
    return all(error(a, b) < SAME for a, b in zip(some, others, strict=True))


@cache
def of(name: str) -> list[Mutant]:
    (case,) = [case for case in CORPUS if case.name == name]
    return mutants(case.steps, points(case), case.known)


@by_case
def test_a_mutant_is_wrong_at_its_own_step_alone(case: Case) -> None:
    arguments = points(case)[0]
    for mutant in of(case.name)[::17]:
        verdicts = by_steps(case.steps, mutant.steps, arguments)
        wrong = [quantity for quantity, verdict in verdicts.items() if verdict == "wrong"]
        assert wrong == [case.steps.quantities[mutant.step]], str(mutant)
        assert verdicts == by_engine(case.cost, mutant.steps.function()(*arguments), arguments), str(mutant)


@by_case
def test_what_is_the_same_edit_may_be_called_the_same(case: Case) -> None:
    """The words of a planted slip are all those of the mechanical slips that do the same."""
    right = [case.steps.run(*point) for point in points(case)]
    for edit in {edit for planted in case.slips for edit in planted.edits}:
        values = [edit.apply(case.steps).step(edit.step, made) for made in right]
        for mutant in of(case.name):
            if mutant.step == edit.step and same(mutant.values, values):
                assert mutant.acceptable <= edit.acceptable, (str(edit), str(mutant))


def test_every_operator_makes_slips_and_every_word_is_used() -> None:
    made = [mutant for case in CORPUS for mutant in of(case.name)]
    assert len(OPERATORS) >= 20
    assert {operator for mutant in made for operator in mutant.operators} == set(OPERATORS)
    assert {word for mutant in made for word in mutant.acceptable} == KINDS
    assert len(made) > 4000
    assert min(Counter(word for mutant in made for word in mutant.acceptable).values()) >= 5
    assert len({(id(mutant.right), mutant.step, mutant.formula) for mutant in made}) == len(made)


TWO_LAYERS = """
def gradient(X, Y, W1, b1, W2, lam):
    a2 = np.tanh(X @ W1.T + b1)
    z3 = a2 @ W2.T
    d_z3 = (z3 - Y) / len(X)
    d_W2 = d_z3.T @ a2 + lam * W2
    d_a2 = d_z3 @ W2
    d_z2 = d_a2 * (1 - a2 * a2)
    d_W1 = d_z2.T @ X
    d_b1 = np.sum(d_z2, axis=0)
    return {"z3": d_z3, "a2": d_a2, "z2": d_z2, "W1": d_W1, "b1": d_b1, "W2": d_W2}
"""


@pytest.mark.parametrize(
    ("formula", "words"),
    {
        "d_z3 = (Y - z3) / len(X)": {"sign"},
        "d_z3 = z3 - Y": {"sum-for-mean", "constant-factor", "factor-missing"},
        "d_W2 = d_z3.T @ a2": {"decay-missing", "term-missing"},
        "d_W2 = d_z3.T @ a2 - lam * W2": {"sign"},
        "d_W2 = d_z3.T @ a2 + 2 * (lam * W2)": {"decay-doubled", "term-doubled", "term-added", "constant-factor"},
        "d_W2 = d_z3 @ a2 + lam * W2": {"transpose-missing"},
        "d_W2 = a2 @ d_z3.T + lam * W2": {"operands-swapped"},
        "d_W2 = np.roll(d_z3.T @ a2 + lam * W2, 1, axis=0)": {"rolled", "shifted"},
        "d_W2 = d_z3.T[..., 1:] @ a2[:-1] + lam * W2": {"shifted"},
        "d_a2 = d_z3 @ W2.T": {"transpose-added"},
        "d_a2 = d_z3 * W2": {"elementwise-for-matrix-product"},
        "d_a2 = (d_z3 @ W2).T": {"transposed"},
        "d_a2 = d_z3 @ W1": {"wrong-operand", "shifted"},
        "d_a2 = d_z3": {"factor-missing"},
        "d_z2 = d_a2": {"derivative-missing", "factor-missing", "term-missing"},
        "d_z2 = d_a2 * (1 - a2 * a2) * (1 - a2 * a2)": {"derivative-squared", "factor-doubled", "factor-added"},
        "d_z2 = d_a2 * (1 - z3 * z3)": {"wrong-operand", "derivative-argument"},
        "d_z2 = d_a2 * (a2 * (1 - a2))": {"derivative-other"},
        "d_z2 = -(d_a2 * (1 - a2 * a2))": {"sign"},
        "d_W1 = d_a2.T @ X": {"wrong-operand", "derivative-missing", "factor-missing"},
        "d_W1 = 2 * (d_z2.T @ X)": {"constant-factor", "term-doubled", "term-added"},
        "d_W1 = d_z2.T[:, 1:] @ X[1:]": {"left-out"},
        "d_b1 = np.mean(d_z2, axis=0)": {"constant-factor"},
        "d_b1 = np.sum(d_z2, axis=1)": {"wrong-axis", "transpose-added"},
        "d_b1 = np.sum(d_z2, axis=0) + lam * b1": {"decay-on-bias", "term-added"},
        "d_b1 = d_z2[0]": {"sum-missing", "left-out"},
    }.items(),
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_the_words_for_a_slip(formula: str, words: set[str]) -> None:
    steps = Steps(TWO_LAYERS, SCOPE)
    step, _, text = formula.partition(" = ")
    made = [steps.run(*point) for point in square_points()]
    values = [Steps(TWO_LAYERS, SCOPE).with_text(step, formula).step(step, each) for each in made]
    (found,) = [mutant for mutant in two_layers() if mutant.step == step and same(mutant.values, values)]
    missing, unexpected = words - found.acceptable, found.acceptable - words
    assert not missing
    assert not unexpected - {"rolled", "shifted", "sum-added"}, ast.unparse(ast.parse(text))


@cache
def square_points() -> list[tuple[Any, ...]]:
    drawn = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        drawn.append((*(rng.normal(size=(3, 3)) for _ in "XYW"), rng.normal(size=3), rng.normal(size=(3, 3)), 0.3))
    return drawn


@cache
def two_layers() -> list[Mutant]:
    return mutants(Steps(TWO_LAYERS, SCOPE), square_points())


def test_what_the_cost_does_not_know_is_taken_for_nothing() -> None:
    (case,) = [case for case in CORPUS if case.name == "batch_norm"]
    assert "r" not in case.known
    assert "d_y * r" not in {mutant.formula for mutant in of(case.name)}
    assert "d_y * r" in {mutant.formula for mutant in mutants(case.steps, points(case))}


@pytest.mark.parametrize("seed", range(40))
def test_a_random_program_runs_on_values_and_every_quantity_counts(seed: int) -> None:
    made = program(seed)
    assert made.source == program(seed).source
    arguments = points(made)[0]
    J, quantities = differentiated(made.cost, dict.fromkeys(made.shapes), arguments)
    assert J.item() == pytest.approx(float(made.cost(*arguments)), rel=1e-12)
    assert len(quantities) >= len(made.shapes) + 2
    J.backward()
    assert all(np.max(np.abs(value.grad)) > 0 for value in quantities.values())


@pytest.mark.parametrize("seed", range(5))
def test_a_random_programs_gradient_is_that_of_differences(seed: int) -> None:
    made = program(seed)
    assert tinygrad_bp.gradcheck(made.cost, *points(made)[0]).verdict == "pass"


def test_random_programs_differ() -> None:
    sources = [program(seed).source for seed in range(60)]
    assert len(set(sources)) == len(sources)
    written = "".join(sources)
    for part in ("@", ".T", "softmax(", "np.sum(", "np.mean(", "[1:]", "[:, ::-1]", "np.sqrt(", "[:, None]", "lam"):
        assert part in written


def test_by_engine_needs_no_derivation_of_all() -> None:
    """A quantity that a derivation leaves out is passed over: what comes before is judged from the nearest later δ."""
    (case,) = [case for case in CORPUS if case.name == "notes_squared_error"]
    arguments = points(case)[0]
    derived = case.by_hand(*arguments)
    del derived["z3"]
    assert set(by_engine(case.cost, derived, arguments).values()) == {"right"}
    derived["z4"] = 2 * derived["z4"]
    verdicts = by_engine(case.cost, derived, arguments)
    assert verdicts["z4"] == "wrong"
    assert verdicts["z2"] == "wrong"
    assert dict(flattened(derived)).keys() == verdicts.keys()
