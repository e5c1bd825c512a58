"""The corpus itself: its derivations are right, and each slip changes its own steps and no other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_bp
from tinygrad_bp.tree import leaves

from .corpus import CORPUS, KINDS, Case, Slip
from .corpus.blame import (
    BEYOND_ROUNDING,
    argument_names,
    by_engine,
    by_steps,
    cotangents,
    differentiated,
    error,
    flattened,
    only_by_chance,
)
from .corpus.slips import GENERAL, slip
from .corpus.steps import Steps

SEEDS = range(5)
ROUNDING = 1e-12
PLANTED = [pytest.param(case, slip, id=f"{case}: {slip}") for case in CORPUS for slip in case.slips]
by_case = pytest.mark.parametrize("case", CORPUS, ids=str)


def drawn(case: Case, seed: int) -> tuple[Any, ...]:
    return case.arguments(np.random.default_rng(seed))


@by_case
@pytest.mark.parametrize("seed", SEEDS)
def test_a_right_derivation_has_the_engines_gradient(case: Case, seed: int) -> None:
    arguments = drawn(case, seed)
    derived = case.by_hand(*arguments)
    names = argument_names(case.cost)
    argnums = tuple(i for i, argument in enumerate(names) if argument in derived)
    assert argnums
    gradients = tinygrad_bp.grad(case.cost, argnums)(*arguments)
    for i, gradient in zip(argnums, gradients, strict=True):
        pairs = zip(leaves(derived[names[i]]), leaves(gradient), strict=True)
        for (path, ours), (other_path, engines) in pairs:
            assert path == other_path
            assert error(ours, engines) < ROUNDING, names[i] + path


@by_case
@pytest.mark.parametrize("seed", SEEDS)
def test_a_right_derivation_has_the_engines_delta_of_each_named_quantity(case: Case, seed: int) -> None:
    arguments = drawn(case, seed)
    derived = case.by_hand(*arguments)
    J, quantities = differentiated(case.cost, derived, arguments)
    truth = cotangents(J, quantities)
    for name, hand in flattened(derived):
        assert error(hand, truth[name]) < ROUNDING, name
    assert float(case.cost(*arguments)) == pytest.approx(J.item(), rel=1e-12)


@by_case
def test_the_engines_gradient_is_that_of_differences(case: Case) -> None:
    arguments = drawn(case, 0)
    derived = case.by_hand(*arguments)
    names = argument_names(case.cost)
    given = {name: argument for name, argument in zip(names, arguments, strict=True) if name in derived}
    rest = {name: argument for name, argument in zip(names, arguments, strict=True) if name not in derived}
    report = tinygrad_bp.gradcheck(
        lambda given: case.cost(**given, **rest), given, gradient=lambda given: {name: derived[name] for name in given}
    )
    assert report.ok, str(report)


@by_case
def test_a_derivation_is_one_assignment_for_each_quantity(case: Case) -> None:
    steps = case.steps
    assert sorted(steps.names) == sorted(steps.quantities)
    assert len(steps.names) == len(set(steps.names))
    derived = case.by_hand(*drawn(case, 0))
    assert sorted(steps.quantities.values()) == sorted(path for path, _ in flattened(derived))
    made = steps.run(*drawn(case, 0))
    for path, value in flattened(derived):
        (step,) = [step for step, quantity in steps.quantities.items() if quantity == path]
        np.testing.assert_array_equal(made[step], value)


@by_case
def test_both_witnesses_find_nothing_in_a_right_derivation(case: Case) -> None:
    for seed in SEEDS:
        arguments = drawn(case, seed)
        assert set(by_steps(case.steps, case.steps, arguments).values()) == {"right"}
        assert set(by_engine(case.cost, case.by_hand(*arguments), arguments).values()) == {"right"}


@by_case
def test_the_steps_of_a_right_derivation_are_right_for_whatever_comes_after(case: Case) -> None:
    for seed in SEEDS:
        assert only_by_chance(case.cost, case.steps, drawn(case, seed), np.random.default_rng(seed)) == []


def test_a_term_that_the_truth_hides_is_missed() -> None:
    (case,) = [case for case in CORPUS if case.name == "principal_component"]
    without = case.steps.with_text("d_X", "d_X = d_c")
    arguments = drawn(case, 0)
    assert set(by_steps(case.steps, without, arguments).values()) == {"right"}
    assert only_by_chance(case.cost, without, arguments, np.random.default_rng(0)) == ["X"]


@pytest.mark.parametrize(("case", "planted"), PLANTED)
def test_a_slip_is_wrong_at_its_own_steps_alone(case: Case, planted: Slip) -> None:
    right, hand = case.steps, planted.apply(case.steps)
    changed = {right.quantities[step] for step in planted.changed}
    for seed in SEEDS:
        arguments = drawn(case, seed)
        verdicts = by_steps(right, hand, arguments)
        assert {quantity for quantity, verdict in verdicts.items() if verdict == "wrong"} == changed
        assert verdicts == by_engine(case.cost, planted.plant(case.by_hand)(*arguments), arguments)
        for edit in planted.edits:  # each alone, from the right later δ
            truth, alone = right.run(*arguments), edit.apply(right).run(*arguments)
            assert BEYOND_ROUNDING < error(alone[edit.step], truth[edit.step]) < np.inf


def test_the_corpus_is_what_it_is_said_to_be() -> None:
    assert len({case.name for case in CORPUS}) == len(CORPUS) >= 12
    for case in CORPUS:
        assert len(case.slips) == len(set(case.slips)) >= 8
        assert sum(len(planted.changed) > 1 for planted in case.slips) >= 2
    assert {edit.kinds[0] for case in CORPUS for planted in case.slips for edit in planted.edits} == KINDS
    assert any(isinstance(argument, dict) for case in CORPUS for argument in drawn(case, 0))
    assert KINDS.issuperset(GENERAL)
    assert KINDS.issuperset(word for words in GENERAL.values() for word in words)


def test_a_slip_must_stand_exactly_once_and_be_called_by_a_known_word() -> None:
    case = CORPUS[0]
    with pytest.raises(ValueError, match="stands 0 times"):
        slip("d_z", "no such text", "", "sign").apply(case.steps)
    with pytest.raises(ValueError, match="stands 2 times"):
        slip("d_W", "d_", "", "sign").apply(case.steps)
    with pytest.raises(ValueError, match="0 steps assign d_none"):
        slip("d_none", "a", "", "sign").apply(case.steps)
    with pytest.raises(ValueError, match="vocabulary"):
        slip("d_z", "a", "b", "typo")


def test_the_witnesses_tell_a_wrong_step_from_one_that_inherits() -> None:
    right = Steps("def f(x):\n    d_y = 2.0 * x\n    d_x = 3.0 * d_y\n    return {'y': d_y, 'x': d_x}", {})
    wrong = right.with_text("d_y", "d_y = x")
    assert by_steps(right, wrong, (1.5,)) == {"y": "wrong", "x": "inherited"}
    assert by_steps(right, right.with_text("d_x", "d_x = d_y"), (1.5,)) == {"y": "right", "x": "wrong"}
    both = wrong.with_text("d_x", "d_x = 6.0 * d_y")  # one slip hides the other: both are wrong all the same
    assert by_steps(right, both, (1.5,)) == {"y": "wrong", "x": "wrong"}

    def cost(x: Any) -> Any:
        y = tinygrad_bp.name(3.0 * x, "y")
        return y * y / 3.0

    for hand, verdicts in {
        (2.0, 6.0): {"y": "right", "x": "right"},
        (1.0, 3.0): {"y": "wrong", "x": "inherited"},
        (1.0, 6.0): {"y": "wrong", "x": "wrong"},
        (2.0, np.nan): {"y": "right", "x": "wrong"},
    }.items():
        assert by_engine(cost, dict(zip("yx", hand, strict=True)), (1.0,)) == verdicts
