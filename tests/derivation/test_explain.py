"""Explanations: the cause of a slip is named, and the suspected step gives the derivation's numbers elsewhere too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.network.slips import SLIPS, case_for
from tinygrad_bp import compare, name
from tinygrad_bp.derivation.explain import KINDS

from . import score
from .corpus import KINDS as CORPUS_KINDS

PLANTED = list(score.planted())


def test_the_vocabulary_is_that_of_the_corpus() -> None:
    assert set(KINDS) == CORPUS_KINDS | {"unknown"}


@pytest.mark.parametrize("trial", PLANTED[::3], ids=lambda trial: trial.name)
def test_a_planted_slip_is_found_named_and_explained(trial: score.Trial) -> None:
    counted = score.Score()
    comparison = score.judged(trial, counted)
    assert counted.counts["named"] == 1
    assert counted.counts["right"] == len(trial.changed), str(comparison)
    assert counted.counts["holds"] == counted.counts["suspects"] >= len(trial.changed)
    for finding in comparison.findings:
        assert bool(finding.explanations) == (finding.verdict == "wrong")
        for explanation in finding.explanations:
            assert explanation.kind in KINDS
            assert explanation.formula == finding.formula
            assert explanation.residual is not None
            assert explanation.residual < 1e-9


@pytest.mark.parametrize("trials", [lambda: score.mechanical(3, seed=1), lambda: score.of_programs(6, 4, first=500)],
                         ids=["mechanical", "random programs"])  # fmt: skip
def test_mechanical_slips_are_found_and_seldom_misnamed(trials: Any) -> None:
    counted = score.Score()
    for trial in trials():
        score.judged(trial, counted)
    assert counted.counts["trials"] >= 20
    assert counted.rate("named", "trials") == 1
    assert counted.counts["accused"] == 0
    assert counted.rate("right", "steps") >= 0.85, str(counted)
    assert counted.rate("wrong", "steps") <= 0.1, str(counted)


def two_layers(X: Any, Y: Any, W1: Any, W2: Any) -> Any:
    z2 = name(X @ W1.T, "z2")
    a2 = name(np.tanh(z2), "a2")
    z3 = name(a2 @ W2.T, "z3")
    return np.sum((z3 - Y) ** 2) / (2 * len(X)) + 0.05 * np.sum(W2 * W2)


@pytest.fixture(scope="module")
def arguments() -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return tuple(rng.normal(size=shape) for shape in ((5, 2), (5, 3), (4, 2), (3, 4)))


def test_the_words_and_the_formulas(arguments: tuple[Any, ...]) -> None:
    def by_hand(X: Any, Y: Any, W1: Any, W2: Any) -> dict[str, Any]:
        a2 = np.tanh(X @ W1.T)
        d_z3 = a2 @ W2.T - Y
        d_z2 = d_z3 @ W2
        return {"z3": d_z3, "z2": d_z2, "W2": d_z3.T @ a2, "W1": d_z2.T @ X}

    comparison = compare(two_layers, by_hand, *arguments)
    told = {finding.quantity: finding for finding in comparison.findings if finding.verdict == "wrong"}
    assert {quantity: finding.explanations[0].kind for quantity, finding in told.items()} == {
        "z3": "sum-for-mean", "W2": "decay-missing", "z2": "derivative-missing"}  # fmt: skip
    assert told["z2"].formula == "(d_z3 @ W2) * (1 - a2**2)"
    assert told["z2"].suspect == "d_z3 @ W2"
    assert told["z2"].explanations[0].text == "the factor f′(z2) = 1 - a2**2 is missing"
    assert told["W2"].explanations[0].text == "the decay term W2 / 10 is missing"
    assert "a sum where a mean is due, 1/5 is missing" in told["z3"].explanations[0].text
    text = str(comparison)
    assert "it seems done  d_z2 = d_z3 @ W2" in text
    assert comparison.first_wrong is told["z3"]
    assert comparison.to_dict()["findings"][0]["explanations"][0]["kind"] == "sum-for-mean"


def test_a_missing_delta_is_put_in_and_the_slip_in_it_is_found(arguments: tuple[Any, ...]) -> None:
    def by_hand(X: Any, Y: Any, W1: Any, W2: Any) -> dict[str, Any]:
        a2 = np.tanh(X @ W1.T)
        d_z3 = (a2 @ W2.T - Y) / len(X)
        return {"z3": d_z3, "W1": ((d_z3 @ W2) * (1 - a2)).T @ X}

    finding = compare(two_layers, by_hand, *arguments)["W1"]
    assert finding.verdict == "wrong"
    assert finding.formula == "((d_z3 @ W2) * (1 - a2**2)).T @ X"
    assert finding.suspect == "((d_z3 @ W2) * (1 - a2)).T @ X"


def test_where_no_edit_fits_nothing_is_guessed(arguments: tuple[Any, ...]) -> None:
    noise = np.random.default_rng(5)

    def by_hand(X: Any, Y: Any, W1: Any, W2: Any) -> dict[str, Any]:
        d_z3 = (np.tanh(X @ W1.T) @ W2.T - Y) / len(X)
        return {"z3": d_z3 + np.outer(np.arange(5) == 2, noise.normal(size=3))}

    finding = compare(two_layers, by_hand, *arguments)["z3"]
    (explanation,) = finding.explanations
    assert explanation.kind == "unknown"
    assert explanation.suspect is None
    assert "only row 2 off" in explanation.text


@pytest.mark.parametrize(("slip", "kind"), [
    ("output delta: sign", "sign"), ("output delta: z for a", "wrong-operand"),
    ("output delta: factor 2", "constant-factor"),
    ("derivative: missing", "derivative-missing"), ("derivative: at a", "derivative-argument"),
    ("derivative: squared", "derivative-squared"), ("derivative: of another activation", "derivative-other"),
    ("hidden delta: W not transposed", "transpose-added"), ("hidden delta: |W|", "wrong-operand"),
    ("hidden delta: examples rolled", "rolled"), ("weights: first example left out", "left-out"),
    ("weights: sign", "sign"), ("weights: transposed", "transposed"), ("weights: 1/m missing", "sum-for-mean"),
    ("biases: 1/m missing", "sum-for-mean"), ("biases: of one example", "sum-missing"),
    ("decay: missing", "decay-missing"), ("decay: doubled", "decay-doubled"), ("decay: halved", "decay-scaled"),
    ("decay: divided by m", "decay-scaled"),
])  # fmt: skip
def test_slips_of_the_notes_recurrence(slip: str, kind: str) -> None:
    case = case_for(SLIPS[slip])
    comparison = compare(case.network, SLIPS[slip].steps, case.X, case.Y)
    first = comparison.first_wrong
    assert first is not None
    assert kind in [explanation.kind for explanation in first.explanations], str(comparison)
