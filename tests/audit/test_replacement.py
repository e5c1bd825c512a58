"""Nothing is typed in: another claim in the place of one changes its row alone, and another truth the verdicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tinygrad_bp.audit import CLAIMS, Claim, Row, audit
from tinygrad_bp.audit.cases import random_cases
from tinygrad_bp.audit.judge import judge
from tinygrad_bp.network import Network

BY_ID = {claim.id: claim for claim in CLAIMS}
REMARKS = {remark.id: remark for claim in CLAIMS for remark in claim.beside}


def scaled(side: Callable[..., Any], factor: float) -> Callable[..., Any]:
    return lambda n, *indices: factor * np.asarray(side(n, *indices))


def as_corrected(claim: Claim) -> Claim:
    """The claim with the two sides of its correction."""
    right = claim.corrected
    assert right is not None
    return replace(claim, over=right.over, left=right.left, right=right.right, heads=right.heads)


@pytest.mark.parametrize("id", BY_ID)
def test_a_replaced_claim_changes_its_row_and_no_other(id: str, rows: dict[str, Row]) -> None:
    """A formula that holds is replaced by one that is wrong by a billionth, one that does not by one that holds."""
    holding = rows[id].verdict == "holds"
    claim = BY_ID[id]
    other = replace(claim, right=scaled(claim.right, 1 + 1e-9)) if holding else as_corrected(claim)
    for row in audit(claims=[other if c.id == id else c for c in CLAIMS]):
        if row.id != id:
            assert row == rows[row.id]
        elif holding:
            assert row.verdict == "does not hold"
            assert row.correction == claim.formula
            assert row.error == pytest.approx(1e-9, rel=1e-3)
        else:
            assert row.verdict == "holds"
            assert row.reading.partition("; «")[0] == "as written"
            assert row.error is not None
            assert row.error < 1e-14


@pytest.mark.parametrize("id", BY_ID)
def test_a_wrong_right_side_holds_under_no_reading(id: str) -> None:
    claim = BY_ID[id]
    row = judge(replace(claim, right=scaled(claim.right, -1.0), beside=()), random_cases(0))
    assert row.verdict == "does not hold"
    assert row.reading.startswith("none of the ")
    assert row.correction == (judge(replace(claim, beside=()), random_cases(0)).correction or claim.formula)


@pytest.mark.parametrize("id", REMARKS)
def test_a_replaced_remark_changes_its_row(id: str) -> None:
    claim = replace(BY_ID["N10"], beside=tuple(as_corrected(r) if r.id == id else r for r in REMARKS.values()))
    (row,) = audit([claim])
    assert [remark.verdict for remark in row.beside] == ["holds" if r == id else "does not hold" for r in REMARKS]
    assert f"«{REMARKS[id].formula}»" not in row.reading
    assert row.verdict == "holds as"


@pytest.mark.parametrize("id", BY_ID)
def test_a_correction_that_does_not_hold_is_not_given(id: str) -> None:
    claim = BY_ID[id]
    assert claim.corrected is not None
    wrong = replace(claim.corrected, right=scaled(claim.corrected.right, 1 + 1e-9))
    row = judge(replace(claim, left=scaled(claim.left, 2.0), corrected=wrong, beside=()), random_cases(0))
    assert row.verdict == "does not hold"
    assert row.correction == ""


def test_another_cost_changes_the_verdicts(monkeypatch: pytest.MonkeyPatch, rows: dict[str, Row]) -> None:
    """A network that decays its biases too is not that of the notes, as long as it has any: N4, N5, N11 miss a term of
    its cost, N6, N8, N9 one of its gradient, and J̄ depends on b not through a alone (N17).
    """
    cost = Network.cost

    def with_decaying_biases(self: Network, parameters: Any, *arguments: Any) -> Any:
        biases = [parameters[name] for name in self.architecture.shapes if name.startswith("b")]
        return cost(self, parameters, *arguments) + 0.5 * self.architecture.decay * sum(np.sum(b * b) for b in biases)

    monkeypatch.setattr(Network, "cost", with_decaying_biases)
    changed = {row.id: row for row in audit() if row.reading != rows[row.id].reading}
    assert set(changed) == {"N4", "N5", "N6", "N8", "N9", "N11", "N17"}
    for row in changed.values():
        assert row.verdict == "holds as"
        assert "in a network without biases" in row.reading


def test_another_decay_changes_the_verdicts(monkeypatch: pytest.MonkeyPatch, rows: dict[str, Row]) -> None:
    """A network with λ where the notes have λ/2."""
    cost = Network.cost

    def with_twice_the_decay(self: Network, parameters: Any, *arguments: Any) -> Any:
        weights = [parameters[name] for name in self.architecture.shapes if name.startswith("W")]
        return cost(self, parameters, *arguments) + 0.5 * self.architecture.decay * sum(np.sum(W * W) for W in weights)

    monkeypatch.setattr(Network, "cost", with_twice_the_decay)
    changed = {row.id: row.verdict for row in audit() if row.reading != rows[row.id].reading}
    assert changed == dict.fromkeys(["N4", "N5", "N6", "N7", "N9", "N11"], "does not hold")


def test_another_step_of_the_network_changes_n6_alone(monkeypatch: pytest.MonkeyPatch, rows: dict[str, Row]) -> None:
    fit = Network.fit

    def with_twice_the_rate(self: Network, X: Any, Y: Any, *, epochs: int, learning_rate: float) -> list[float]:
        return fit(self, X, Y, epochs=epochs, learning_rate=2 * learning_rate)

    monkeypatch.setattr(Network, "fit", with_twice_the_rate)
    changed = {row.id: row.verdict for row in audit() if row.reading != rows[row.id].reading}
    assert changed == {"N6": "does not hold"}
