"""The notes' derivations: what each is, and that a slip in one would show."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tinygrad_bp.audit import derivations as notes
from tinygrad_bp.audit.derivations import NotesDerivation, derivations
from tinygrad_bp.derivation import Comparison, compare


def judged(of: NotesDerivation) -> Comparison:
    found = compare(of.cost, of.by_hand, *of.arguments)
    assert isinstance(found, Comparison)
    return found


def test_five_formulas_each_as_written_and_as_corrected() -> None:
    every = derivations()
    assert [str(of) for of in every[:2]] == ["N10 as written", "N10 as corrected"]
    assert [of.id for of in every] == [id for id in ("N10", "N14", "N15", "N16", "N17") for _ in range(2)]
    assert [of.written for of in every] == [True, False] * 5
    assert every[2].formula == "δ_i^(l) = Σ_{j=1}^{S_{l+1}} (w_ji^(l) δ_j^(l+1)) f'(z_i^(l))"


@pytest.mark.parametrize("seed", [0, 1])
def test_all_are_right_but_n16_as_written(seed: int) -> None:
    wrong = [str(of) for of in derivations(seed) if not judged(of).ok]
    assert wrong == ["N16 as written"]


def test_n16_lacks_the_slope_at_each_layer() -> None:
    """δ of N13's words, ∂J/∂a, times a: what is missing is f′(z)."""
    (of,) = (of for of in derivations() if str(of) == "N16 as written")
    found = judged(of)
    assert [f.verdict for f in found.findings if f.quantity.startswith("a")] == ["right"] * 3
    for layer in (1, 2, 3):
        finding = found[f'parameters["W{layer}"]']
        assert finding.verdict == "wrong"
        assert f"a{layer + 1} * (1 - a{layer + 1})" in finding.explanations[0].text
        assert "missing" in finding.explanations[0].text


@pytest.mark.parametrize("of", [of for of in derivations() if of.written and of.id != "N16"], ids=str)
def test_what_each_gives_is_judged(of: NotesDerivation) -> None:
    """Every quantity of it, a thousandth too large, is found."""
    for name in of.by_hand(*of.arguments):

        def by_hand(*arguments: object, name: str = name) -> dict[str, object]:
            given = of.by_hand(*arguments)  # type: ignore[arg-type]
            return {**given, name: 1.001 * given[name]}

        found = judged(dataclasses.replace(of, by_hand=by_hand))  # type: ignore[arg-type]
        altered = name if name[0] in "za" else f'parameters["{name}"]'
        assert found[altered].verdict == "wrong"


def test_the_notes_sign_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """N10 without the minus before f′."""
    real = notes.Layers.delta
    monkeypatch.setattr(notes.Layers, "delta", lambda self: {layer: -d for layer, d in real(self).items()})
    (of, *_) = derivations()
    first = judged(of).first_wrong
    assert first is not None
    assert first.explanations[0].kind == "sign"
    assert np.sign(first.worst.yours) == -np.sign(first.worst.expected)  # type: ignore[union-attr]
