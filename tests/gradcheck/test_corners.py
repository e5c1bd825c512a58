"""Several corners at one point: a right gradient never fails there, and a wrong one is found beside them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t
from tinygrad_bp.gradcheck import Report, gradcheck

from .corpus import corners
from .corpus.mutants import error

TAU = {np.float64: 1e-6, np.float32: 1e-3}


def checked(point: str, depth: int, seed: int, dtype: Any, how: str, fault: str | None = None) -> Report:
    """The report on one network: seen as Values, as a black box, or with the engine's own gradient."""
    P, X, Y = corners.draw(point, depth, seed, dtype)

    def box(P: Any) -> Any:
        return dtype(corners.cost({name: np.array(p, dtype) for name, p in P.items()}, X, Y))

    def by_hand(P: Any) -> Any:
        return corners.gradient(P, X, Y, fault)

    if fault is not None:
        assert error(by_hand(P), corners.gradient(P, X, Y)) > 0.005
    f = box if how == "box" else lambda P: corners.cost(P, X, Y)
    return gradcheck(f, P, gradient=None if how == "engine" else by_hand, tau=TAU[dtype], seed=seed)


@pytest.mark.parametrize(
    ("point", "depth", "dtype", "how"),
    list(itertools.product(corners.POINTS, [2, 3], TAU, ["values", "box", "engine"])),
)
def test_right_gradients(point: str, depth: int, dtype: Any, how: str) -> None:
    report = checked(point, depth, depth - 2, dtype, how)
    assert report.verdict != "fail", str(report)
    if dtype is np.float64 and how == "values" and report.verdict == "inconclusive":
        assert report.reason == "kink-near", str(report)


@pytest.mark.parametrize(("point", "fault"), list(itertools.product(corners.POINTS, ["× 1.01", "rows turned"])))
@pytest.mark.parametrize(("how", "dtype"), [("values", np.float64), ("box", np.float64), ("box", np.float32)])
def test_wrong_gradients(point: str, fault: str, how: str, dtype: Any) -> None:
    report = checked(point, 3, 2, dtype, how, fault)
    assert report.verdict == "fail", str(report)


def test_it_says_where_it_was_judged() -> None:
    X, w, P = np.array([[1.0], [-1.0]]), np.array([1.0, -0.5]), {"W": np.zeros((1, 1)), "b": np.zeros(1)}

    def cost(P: Any) -> Any:
        return np.sum(w * np.maximum(X @ P["W"] + P["b"], 0)[:, 0]) + np.sum(P["b"])

    def gradient(P: Any, factor: float = 1.0) -> Any:
        δ = factor * w[:, None] * (X @ P["W"] + P["b"] > 0)
        return {"W": X.T @ δ, "b": δ.sum(axis=0) + 1}

    # along W alone the slopes are 1 and ½, and relu′(0) = 0 gives 0
    right = gradcheck(cost, P, gradient=gradient, seed=0)
    assert (right.verdict, right.reason) == ("inconclusive", "kink-near")
    assert "where several corners may meet" in str(right)
    wrong = gradcheck(cost, P, gradient=lambda P: gradient(P, 1.1), seed=0)
    assert wrong.verdict == "fail"
    assert "judged beside it" in str(wrong)


def meeting(x: Any) -> Any:
    return t.relu(x) - t.relu(-x) / 2


def test_one_variable_with_several_ties() -> None:
    """Where f runs on Values, its ties are counted."""
    report = gradcheck(meeting, 0.0, seed=0)
    assert (report.verdict, report.reason) == ("inconclusive", "kink-near")
    assert gradcheck(meeting, 0.0, gradient=lambda x: 2.0 if x > 0 else 0.0, seed=0).verdict == "fail"


@pytest.mark.parametrize("f", [t.relu, lambda x: max(float(x), 0.0)], ids=["values", "box"])
@pytest.mark.parametrize("at_zero", [0.0, 0.5, 1.0, 2.0])
def test_one_corner(f: Any, at_zero: float) -> None:
    """One variable and one corner: judged at it, though the candidate is right beside it."""
    report = gradcheck(f, 0.0, gradient=lambda x: at_zero if x == 0 else float(x > 0), seed=0)
    assert report.verdict == ("pass" if at_zero <= 1 else "fail"), str(report)


def test_a_candidate_that_holds_at_the_point_alone() -> None:
    """Beside the corner it says nothing; where f is convex the slopes of its sides do."""
    x = np.zeros(3)
    for entries, verdict in (([0.0, 0.3, 1.0], "pass"), ([1.5, 1.5, 1.5], "fail")):
        report = gradcheck(lambda x: t.relu(x).sum(), x, gradient=lambda x, g=entries: np.array(g), seed=0)
        assert report.verdict == verdict, str(report)
    w = np.array([1.0, -2.0, 3.0])
    report = gradcheck(lambda x: (w * t.relu(x)).sum(), x, gradient=lambda x: np.array([0.0, -1.5, 3.5]), seed=0)
    assert report.verdict != "pass", str(report)


def test_within_limits() -> None:
    P, X, Y = corners.draw("zeros", 2, 0, np.float64)
    limited = gradcheck(lambda P: corners.cost(P, X, Y), P, gradient=lambda P: corners.gradient(P, X, Y),
                        max_evaluations=150, seed=0)  # fmt: skip
    assert limited.verdict != "fail"
    assert limited.evaluations <= 150
