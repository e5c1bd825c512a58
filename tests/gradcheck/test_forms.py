"""Pullbacks, the engine's own rules, second order, localisation, reports."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t
from tinygrad_bp.gradcheck import gradcheck

from .one_layer import W, X, cost, slope, wrong_slope

random = np.random.default_rng(3)
SQUARE = random.normal(size=(6, 6))


def layer(W: Any, X: Any) -> Any:
    return np.tanh(X @ W.T)


def layer_pullback(cotangent: Any, W: Any, X: Any) -> Any:
    dz = cotangent * (1 - np.tanh(X @ W.T) ** 2)
    return dz.T @ X, dz @ W


def test_pullback() -> None:
    report = gradcheck(layer, W, X, pullback=layer_pullback, seed=0)
    assert report.ok
    assert set(report.resolution) == {"W", "X"}
    assert gradcheck(layer, W, X, seed=0).ok


@pytest.mark.parametrize("fault", ["no f'", "transposed cotangent", "constant"])
def test_wrong_pullback(fault: str) -> None:
    def pullback(cotangent: Any, W: Any, X: Any) -> Any:
        dW, dX = layer_pullback(cotangent, W, X)
        if fault == "no f'":
            return cotangent.T @ X, dX
        return (dW, dX[::-1]) if fault == "transposed cotangent" else (dW + 1e-3, dX)

    report = gradcheck(layer, W, X, pullback=pullback, seed=0)
    assert report.verdict == "fail"
    assert {f.path for f in report.findings if f.verdict == "fail" and not f.entry} == {
        "X" if "trans" in fault else "W"
    }


def test_pullback_of_one_argument_and_containers() -> None:
    def f(p: Any) -> Any:
        return {"a": np.sin(p["W"]), "b": p["W"].sum()}

    def pullback(cotangent: Any, p: Any) -> Any:
        return {"W": cotangent["a"] * np.cos(p["W"]) + cotangent["b"]}

    assert gradcheck(f, {"W": W}, pullback=pullback, seed=0).ok
    assert gradcheck(f, {"W": W}, seed=0).ok


def test_a_wrong_rule_of_the_users_is_caught() -> None:
    def cube(x: Any) -> Any:
        return x**3

    wrong = t.elementwise(cube, lambda d, y, x: 2 * d * x**2)
    report = gradcheck(lambda x: np.sum(wrong(x)), W, seed=0)
    assert report.verdict == "fail"
    assert any("0.6667" in (f.pattern or "") for f in report.findings), str(report)


def test_a_wrong_primitive_is_caught() -> None:
    def scaled(x: Any) -> Any:
        return np.sin(x) * 3

    wrong = t.primitive(scaled, lambda d, y, x: 2.9 * d * np.cos(x))
    assert gradcheck(lambda x: np.sum(wrong(x)), W, seed=0).verdict == "fail"
    assert "not heard" in gradcheck(lambda x: np.sum(right(x)), W, seed=0).witnesses["forward mode"]


def scaled_rightly(x: Any) -> Any:
    return np.sin(x) * 5


right = t.primitive(scaled_rightly, lambda d, y, x: 5 * d * np.cos(x))


def doubled(x: Any) -> Any:
    return np.sin(x) * 7


def test_a_wrong_pushforward_is_a_conflict() -> None:
    lopsided = t.primitive(
        doubled, lambda d, y, x: 7 * d * np.cos(x), lambda tangents, y, x: 6 * tangents[0] * np.cos(x)
    )
    report = gradcheck(lambda x: np.sum(lopsided(x)), W, seed=0)
    assert (report.verdict, report.reason) == ("inconclusive", "conflict")
    assert "contradicts" in report.witnesses["forward mode"]


def test_second_order() -> None:
    assert gradcheck(lambda x: np.sum(np.sin(x) * x[::-1]), W, order=2, seed=0).ok
    report = gradcheck(lambda a, b: np.sum(np.tanh(a @ b)), W, X.T, order=2, seed=0)
    assert report.ok
    assert "second order: a" in report.resolution


def half(x: Any) -> Any:
    return 0.5 * x**2


def half_slope(x: Any) -> Any:
    return 1.0 * x


def test_second_order_finds_what_first_order_cannot() -> None:
    slope = t.elementwise(half_slope, lambda d, y, x: 1.1 * d)
    rule = t.elementwise(half, lambda d, y, x: d * slope(x))
    assert gradcheck(lambda x: np.sum(rule(x)), W, seed=0).ok
    report = gradcheck(lambda x: np.sum(rule(x)), W, order=2, seed=0)
    assert report.verdict == "fail"
    assert {f.path for f in report.findings if f.verdict == "fail" and not f.entry} == {"second order: x"}


def floats_only(x: Any) -> float:
    return float(np.sum(np.sin(np.asarray(x, dtype=np.float64)) * np.asarray(x)[::-1]))


def floats_slope(x: Any) -> Any:
    return np.cos(x) * x[::-1] + np.sin(x)[::-1]


@pytest.mark.parametrize("wrong", [0.0, 1e-3])
def test_second_order_of_a_black_box_is_its_symmetry(wrong: float) -> None:
    B, x0 = random.normal(size=(12, 12)), W.copy()

    def gradient(x: Any) -> Any:  # right at x0, and wrong beside it
        return floats_slope(x) + wrong * (B @ (x - x0).ravel()).reshape(x.shape)

    assert gradcheck(floats_only, W, gradient=gradient, seed=0).ok
    report = gradcheck(floats_only, W, gradient=gradient, order=2, seed=0)
    assert report.verdict == ("fail" if wrong else "pass"), str(report)
    assert "symmetry" in report.witnesses["second order"]


def test_second_order_of_a_gradient_by_hand() -> None:
    assert gradcheck(lambda x: np.sum(np.sin(x)), W, gradient=np.cos, order=2, seed=0).ok


PATTERNS: dict[str, tuple[Any, str]] = {
    "all entries × 2": (lambda g: 2 * g, "all entries × 2"),
    "sign": (lambda g: -g, "sign flipped"),
    "transposed": (lambda g: g.T, "transposed"),
    "zero": (lambda g: 0 * g, "all entries zero"),
    "row": (lambda g: g * np.where(np.arange(6) == 3, 1.5, 1)[:, None], "row 3 only: × 1.5"),
    "column": (lambda g: g * np.where(np.arange(6) == 2, 0.5, 1), "column 2 only: × 0.5"),
    "entry": (lambda g: g + 0.5 * (np.arange(36).reshape(6, 6) == 20), "entry [3, 2] only"),
    "decay": (lambda g: g + 0.1 * SQUARE, "differs by 0.1 times the argument"),
    "offset": (lambda g: g + 0.25, "all entries off by 0.25"),
    "NaN": (lambda g: np.where(np.arange(6) == 2, np.nan, g), "not finite, where f has a finite slope"),
}


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("exhaustive", [False, True])
def test_pattern(name: str, exhaustive: bool) -> None:
    change, said = PATTERNS[name]
    B = np.arange(1.0, 37.0).reshape(6, 6) / 20

    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * B)

    report = gradcheck(f, SQUARE, gradient=lambda x: change(np.cos(x) * B), seed=4, exhaustive=exhaustive)
    assert report.verdict == "fail"
    assert said in (report.findings[0].pattern or ""), str(report)
    if name == "entry":
        found = [x for x in report.findings if x.entry]
        assert [x.path for x in found] == ["x[3, 2]"]
        assert found[0].yours == pytest.approx(np.cos(SQUARE[3, 2]) * B[3, 2] + 0.5)
        assert abs(found[0].numeric - np.cos(SQUARE[3, 2]) * B[3, 2]) <= found[0].bound < 1e-6


@pytest.mark.parametrize("wrong", [[17], [5, 6, 40000], list(range(0, 80000, 20000))])
def test_localising_takes_logarithmically_many(wrong: list[int]) -> None:
    x = np.random.default_rng(0).normal(size=80_000)

    def gradient(x: Any) -> Any:
        g = np.cos(x)
        g[wrong] *= 1.01
        return g

    report = gradcheck(lambda x: np.sum(np.sin(x)), x, gradient=gradient, seed=0)
    assert sorted(f.path for f in report.findings if f.entry) == sorted(f"x[{i}]" for i in wrong)
    assert report.evaluations < 100 + len(wrong) * 2 * 17 * 12


def test_many_small_errors_pass_with_a_note() -> None:
    x = np.random.default_rng(0).normal(size=4000)
    report = gradcheck(lambda x: np.sum(np.sin(x)), x, gradient=lambda x: np.cos(x) * (1 + 3e-7), seed=0)
    assert report.ok, str(report)


def test_report() -> None:
    report = gradcheck(cost, W, gradient=lambda W: 2 * slope(W), seed=5)
    text = str(report)
    for part in ("yours", "numeric (of f)", "± bound", "yours/numeric", "all entries × 2", "seed=5", "tau=1e-06"):
        assert part in text
    json.dumps(report.to_dict())
    with pytest.raises(AssertionError, match="all entries × 2"):
        report.raise_unless_ok()
    assert gradcheck(cost, W, seed=5).raise_unless_ok().ok
    again = gradcheck(cost, W, gradient=lambda W: 2 * slope(W), seed=5)
    assert again.to_dict() == report.to_dict()
    fresh = gradcheck(cost, W)
    assert f"seed={fresh.seed}" in fresh.replay
    assert 0 < fresh.resolution["W"] < 1e-9
    assert 0 <= fresh.resolution["W"].missed < 0.1


def test_limit_and_progress() -> None:
    told: list[int] = []
    report = gradcheck(cost, W, gradient=wrong_slope, seed=1, max_evaluations=40, progress=told.append)
    assert report.verdict == "fail"
    assert report.evaluations <= 40
    assert told == sorted(told)
    assert told[-1] <= report.evaluations
    free: list[int] = []
    assert gradcheck(cost, W, seed=1, progress=free.append).evaluations == free[-1] + 1


@pytest.mark.parametrize("k", [-60, -20, 20, 60])
@pytest.mark.parametrize("wrong", [1.0, 1.001])
def test_a_power_of_two_changes_nothing(k: int, wrong: float) -> None:
    factor = 2.0**k
    one = gradcheck(cost, W, gradient=lambda W: wrong * slope(W), seed=3)
    other = gradcheck(lambda W: factor * cost(W), W, gradient=lambda W: factor * wrong * slope(W), seed=3)
    assert (one.verdict, one.evaluations) == (other.verdict, other.evaluations)


def test_cost_does_not_grow() -> None:
    counts = []
    for n in (20, 2_000, 200_000):
        x = np.random.default_rng(0).normal(size=n)
        counts.append(gradcheck(lambda x: np.sum(np.sin(x)), x, gradient=np.cos, seed=0).evaluations)
    assert max(counts) <= 60


def test_an_error_that_is_planted_is_seen_at_the_stated_resolution() -> None:
    report = gradcheck(cost, W, gradient=slope, seed=1, tau=1e-9)
    r = 30 * max(float(report.resolution["W"]), 1e-9)

    def off(W: Any) -> Any:
        g = slope(W)
        g[2, 1] *= 1 + r
        return g

    assert gradcheck(cost, W, gradient=off, seed=1, tau=1e-9).verdict == "fail"
