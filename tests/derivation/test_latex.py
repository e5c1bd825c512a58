"""Derivations as LaTeX: as the notes write them, and it can be set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_bp import derive, name, sigmoid

from ..program.typesetting import assert_latex, assert_mathtext, lines_of
from .corpus import CORPUS, Case
from .test_derive import derived


@pytest.mark.parametrize("case", CORPUS[::4], ids=str)
def test_a_derivation_is_set_by_mathtext(case: Case) -> None:
    assert_mathtext(lines_of(derived(case)[0].latex))


def test_every_derivation_is_set_by_latex(tmp_path: Path) -> None:
    assert_latex((derived(case)[0].latex for case in CORPUS), tmp_path)


def steps(activation: Any) -> dict[str, str]:
    def cost(W1: Any, W2: Any, b1: Any, X: Any, Y: Any, lam: Any) -> Any:
        a2 = name(activation(name(X @ W1.T + b1, "z2")), "a2")
        return np.sum((name(a2 @ W2.T, "z3") - Y) ** 2) / (2 * len(X)) + lam / 2 * np.sum(W1**2)

    rng = np.random.default_rng(0)
    arguments = [rng.normal(size=shape) for shape in ((4, 3), (2, 4), (4,), (5, 3), (5, 2))]
    lines = lines_of(derive(cost, *arguments, 0.1).latex)
    return {left.strip(): right.partition(" && ")[0] for left, right in (line.split("&=") for line in lines)}


def test_the_recurrence_reads_as_in_the_notes() -> None:
    def delta(name: str) -> str:
        return rf"\delta_{{{name}}} = \frac{{\partial J}}{{\partial {name}}}"

    for activation, prime in ((sigmoid, r"\sigma'"), (np.tanh, r"\tanh'")):
        found = steps(activation)
        assert found["z^{(2)}"].strip() == r"X \, W^{(1)\top} + b^{(1)}"
        assert found[delta("z^{(3)}")].strip() == r"\frac{1}{5} \, \left(z^{(3)} - Y\right)"
        assert found[delta("a^{(2)}")].strip() == r"\delta_{z^{(3)}} \, W^{(2)}"
        assert found[delta("z^{(2)}")].strip() == rf"\delta_{{a^{{(2)}}}} \odot {prime}\left(z^{{(2)}}\right)"
        assert found[delta("W^{(1)}")].strip() == r"\delta_{z^{(2)}}^{\top} \, X + \lambda \, W^{(1)}"
        assert found[delta("b^{(1)}")].strip() == r"\sum_{i} \left(\delta_{z^{(2)}}\right)_{i, :}"
        assert found[delta(r"\lambda")].strip() == r"\frac{1}{2} \, \left\Vert W^{(1)} \right\Vert_{F}^{2}"


def test_a_minus_before_a_sum_is_of_all_of_it() -> None:
    def cost(w: Any, X: Any, y: Any) -> Any:
        return np.sum((name(X @ w, "z") - y) ** 2) / 2

    lines = lines_of(derive(cost, np.ones(3), np.ones((5, 3)), np.zeros(5)).latex)
    (of_y,) = (line for line in lines if r"\partial y" in line)
    assert of_y.partition("&=")[2].partition(" && ")[0].strip() == r"-\left(z - y\right)"
