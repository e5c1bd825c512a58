"""The corpus: mutants of hand-written back-propagation. Long runs: `python -m tests.gradcheck.corpus.score`."""

from __future__ import annotations

import numpy as np
import pytest

from .corpus import networks
from .corpus.mutants import Mutant, error, mutants, wrong_gradient
from .corpus.operators import OPERATORS
from .corpus.score import TAU, cases, ours, run, upper_bound


def test_operators_fit() -> None:
    assert len(OPERATORS) >= 40
    used = {mutant.operator for network in networks.NETWORKS for mutant in mutants(network)}
    assert len(used) >= 60, set(OPERATORS) - used


@pytest.mark.parametrize("network", networks.NETWORKS)
def test_every_operator_changes_a_gradient_somewhere(network: str) -> None:
    point = networks.draw(network, np.random.default_rng(3))
    right = getattr(networks, network + "_gradient")(*point)
    errors = [
        error(wrong, right) for mutant in mutants(network) if (wrong := wrong_gradient(mutant, point)) is not None
    ]
    assert sum(e > 10 * TAU for e in errors) > 100
    assert error(right, right) == 0.0


def test_score_on_a_few() -> None:
    score = run(ours, cases(seed=20, points=5, sample=3))
    assert not score.missed
    assert score.of("wrong", "pass") == 0
    assert score.of("wrong", "fail") >= 0.98 * score.of("wrong")
    assert score.of("right", "pass") == score.of("right") == 30
    assert np.median(score.resolutions) <= 1e-9


def test_a_mutant_can_be_named_again() -> None:
    mutant = next(m for m in mutants("mlp_tanh") if m.operator == "transpose lost")
    assert str(mutant) == "mlp_tanh: transpose lost [0]"
    assert Mutant("mlp_tanh", "transpose lost", 0) == mutant


def test_upper_bound() -> None:
    assert upper_bound(0, 300) == pytest.approx(0.00994, rel=1e-2)
    assert upper_bound(0, 3000) == pytest.approx(0.000998, rel=1e-2)
    assert upper_bound(3, 10) == pytest.approx(0.6066, rel=1e-3)
