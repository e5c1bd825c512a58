"""The benchmarks' own safeguards: the limit computes what it should, and a wrong competitor ends the run."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.checks import DisagreementError, compare
from benchmarks.timing import Outcome, Row
from benchmarks.worker import Competitor, CompetitorError
from benchmarks.workloads import WORKLOADS

QUICK = ("scalar", "tiny", "doublings", "memory")


@pytest.mark.parametrize(
    ("workload", "label"),
    [(name, e.label) for name in QUICK for e in WORKLOADS[name].entries if e.peer in (None, "tinygrad_bp")],
)
def test_ours_and_the_limit_agree_with_the_derivation_by_hand(workload, label):
    table = WORKLOADS[workload]
    with np.errstate():  # the limit lets e^{-z} overflow
        results = table.entry(label).build().results()
    assert compare(workload, label, results, table.expected(), table.tolerance) <= table.tolerance


@pytest.mark.parametrize("wrong", [1 + 1e-8, np.nan, np.inf])
@pytest.mark.parametrize("name", sorted(WORKLOADS["tiny"].expected()))
def test_a_wrong_number_is_named(name, wrong):
    expected = WORKLOADS["tiny"].expected()
    planted = {key: x.copy() for key, x in expected.items()}
    planted[name].flat[np.argmax(np.abs(planted[name]))] *= wrong
    with pytest.raises(DisagreementError, match=name):
        compare("tiny", "planted", planted, expected, 1e-9)


@pytest.mark.parametrize("results", [{}, {"another": np.ones(3)}, {"W1 after a step": np.ones(3)}])
def test_what_cannot_be_compared_is_refused(results):
    with pytest.raises(DisagreementError):
        compare("tiny", "planted", results, WORKLOADS["tiny"].expected(), 1e-9)


def test_ratios_are_taken_within_a_round():
    rows = {"a": Row("a", seconds=[2.0, 20.0, 200.0]), "b": Row("b", seconds=[1.0, 10.0, 100.0]), "c": Row("c")}
    outcome = Outcome(WORKLOADS["tiny"], "warmed", rows)
    assert outcome.ratios("a", "b").tolist() == [2.0, 2.0, 2.0]
    assert outcome.ratios("a", "c") is None
    assert outcome.ratios("a", "missing") is None


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=WORKLOADS)
def test_what_is_wanted_is_about_entries_that_exist(workload):
    labels = [entry.label for entry in workload.entries]
    assert len(set(labels)) == len(labels)
    assert workload.reference in labels
    for wanted in workload.wanted:
        assert wanted.entry in labels
        assert getattr(wanted, "other", wanted.entry) in labels


def test_who_gives_no_answer_is_given_up():
    competitor = Competitor("doublings", "tinygrad_bp", "warmed", patience=0.001)
    with pytest.raises(CompetitorError, match=r"no answer within 0\.001 s"):
        competitor.started()
    competitor.stop()


def test_who_fails_says_how():
    competitor = Competitor("doublings", "nobody", "warmed")
    with pytest.raises(CompetitorError, match="StopIteration"):
        competitor.started()
    competitor.stop()


@pytest.mark.parametrize("name", WORKLOADS)
def test_what_rounding_allows_is_far_below_what_a_mistake_makes(name):
    assert WORKLOADS[name].tolerance <= 2e-9


def test_what_fails_of_ours_is_told_from_what_fails_of_the_peers():
    rows = {label: Row(label, status="failed: there") for label in ("tinygrad_bp", "by_hand", "PyTorch", "JAX jit")}
    rows["tinygrad_bp jit"] = Row("tinygrad_bp jit", status="not in this version")
    assert Outcome(WORKLOADS["tiny"], "warmed", rows).failures() == ["tinygrad_bp", "by_hand"]
