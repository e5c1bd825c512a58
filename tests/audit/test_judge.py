"""How a claim is judged: what counts as agreement, which readings are found, and what is refused."""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tinygrad_bp.audit import CLAIMS, HEADS, Claim, Interpretation, Notation, Row, audit
from tinygrad_bp.audit.cases import J, one_example, random_cases
from tinygrad_bp.audit.judge import Sides, agree, judge
from tinygrad_bp.audit.notation import to
from tinygrad_bp.audit.readings import SOFTMAX, SQUARED_ERROR, TWO_CLASSES
from tinygrad_bp.audit.sides import biases, hidden, once, outputs, recurrence, weights

N2, N9, N14 = (next(claim for claim in CLAIMS if claim.id == id) for id in ("N2", "N9", "N14"))
U, U_32 = 2.0**-53, 2.0**-24


def row_of(claim: Claim) -> Row:
    return judge(claim, random_cases(0))


def sides(left: Any, right: Any, rounding: float = 0.0) -> Sides:
    """Two sides whose float32 versions are off by this."""
    left, right = np.array(left, float), np.array(right, float)
    return Sides(left, right, left + rounding, right)


# agreement


def test_sides_agree_within_rounding() -> None:
    assert agree(sides([1.0, 2.0], [1.0, 2.0]))
    assert agree(sides([1.0, 2.0], [1.0, 2.0 + 4 * U]))
    assert not agree(sides([1.0, 2.0], [1.0, 2.0 + 2**10 * U]))
    assert not agree(sides([0.0], [1e-300]))
    assert agree(sides([0.0, 0.0], [0.0, 0.0]))


def test_what_rounding_does_is_measured_in_float32() -> None:
    """The same difference is rounding where float32 shows as much of it, and an error where it does not."""
    assert agree(sides([1e-3], [1e-3 + 1e-13], rounding=1e3 * U_32))
    assert not agree(sides([1e-3], [1e-3 + 1e-13], rounding=1e-3 * U_32))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("field", Sides._fields)
def test_what_is_not_finite_agrees_with_nothing(bad: float, field: str) -> None:
    both = sides([1.0, 2.0], [1.0, 2.0])
    assert not agree(both._replace(**{field: np.array([1.0, bad])}))


def test_nan_does_not_agree_with_nan() -> None:
    assert not agree(Sides(*4 * [np.array([np.nan])]))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_claim_of_nan_does_not_hold(bad: float) -> None:
    row = row_of(replace(N14, right=lambda n, l, i: bad))
    assert (row.verdict, row.error) == ("does not hold", None)
    assert "NaN" not in json.dumps(row.to_dict(), allow_nan=False)
    assert row_of(replace(N14, left=lambda n, l, i: bad, right=lambda n, l, i: bad)).verdict == "does not hold"


def test_one_wrong_entry_at_one_example_is_enough() -> None:
    def wrong_once(n: Notation, l: int, i: int) -> Any:
        return recurrence(n, l, i) * (1 + 1e-9 * ((n.e, l, i) == (2, 3, 1)))

    row = row_of(replace(N14, right=wrong_once))
    assert row.verdict == "does not hold"
    assert row.error is not None
    assert 0 < row.error < 2e-9


def test_another_order_of_the_same_sum_is_no_error() -> None:
    def backwards(n: Notation, l: int, i: int) -> Any:
        return sum((n.w(l, j, i) * n.f_prime(l, i)) * n.delta(l + 1, j) for j in reversed(to(n.S(l + 1))))

    assert row_of(replace(N14, right=backwards)).verdict == "holds"


# readings that no formula of the notes needs, but one that is written otherwise


def test_delta_of_the_activations() -> None:
    """The recurrence of ∂J/∂a has the f' of the layer above."""
    row = row_of(
        replace(
            N14,
            right=lambda n, l, i: sum(n.w(l, j, i) * n.delta(l + 1, j) * n.f_prime(l + 1, j) for j in to(n.S(l + 1))),
        )
    )
    assert (row.verdict, row.reading) == ("holds as", "δ_i as ∂J/∂a_i")


def test_the_mean_without_decay() -> None:
    row = row_of(
        Claim(
            "mean",
            "∂J̄/∂w_ij^(l) = 1/m Σ a_j^(l) δ_i^(l+1)",
            heads=(SQUARED_ERROR,),
            over=weights,
            left=lambda n, l, i, j: n.d_dw(n.Jbar, l, i, j),
            right=lambda n, l, i, j: sum(n.at(e).a(l, j) * n.at(e).delta(l + 1, i) for e in to(n.m)) / n.m,
        )
    )
    assert (row.verdict, row.reading) == ("holds as", "J̄ as the mean over the examples without the decay")


def test_heads_that_share_a_formula_are_both_named() -> None:
    row = row_of(
        Claim(
            "δ",
            "δ_i = a_i − y_i",
            over=outputs,
            left=lambda n, i: n.delta(n.L, i),
            right=lambda n, i: n.h(i) - n.y(i),
        )
    )
    assert row.reading == (
        "with a sigmoid output and cross-entropy as the cost, or with a softmax output and cross-entropy as the cost"
    )


def test_source_and_destination() -> None:
    row = row_of(
        replace(
            N14,
            right=lambda n, l, i: sum(n.w(l, i, j) * n.delta(l + 1, j) for j in to(n.S(l + 1))) * n.f_prime(l, i),
        )
    )
    assert (row.verdict, row.error) == ("holds as", None)
    assert row.reading.startswith("w_ij as the weight from neuron i to neuron j")


def test_readings_are_only_added_where_they_are_needed() -> None:
    """Two axes that make no difference, and one that does, are asked about."""

    def asks_more_than_it_needs(n: Notation, l: int, i: int) -> Any:
        n.reads("h")
        n.reads("=")
        return sum(n.w(l, i, j) * n.a(l, j) for j in n.inputs(l))

    row = row_of(replace(CLAIMS[0], right=asks_more_than_it_needs))
    assert row.reading == row_of(CLAIMS[0]).reading


def test_an_interpretation_remembers_what_it_was_asked() -> None:
    reads = Interpretation()
    assert (reads.variants(), str(reads)) == ([], "as written")
    assert reads("delta") is None
    more = reads.variants()
    assert [one.readings[0][:2] for one in more] == [("delta", "z"), ("delta", "a")]
    assert more[1]("delta") == "a"
    assert more[1].variants() == []


def test_a_remark_that_fails_is_told_though_the_formula_holds() -> None:
    remark = Claim("N2a", "0 = a_i", over=hidden, left=lambda n, l, i: 0.0, right=lambda n, l, i: n.a(l, i))
    row = row_of(replace(N2, beside=(remark,)))
    assert (row.verdict, row.reading, row.correction) == ("holds", "as written; «0 = a_i» beside it does not hold", "")
    assert [(r.id, r.verdict, r.error) for r in row.beside] == [("N2a", "does not hold", 1.0)]


# what is true, by another way


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("number", range(3))
def test_truth_is_that_of_the_delta_recurrence(head: Any, number: int) -> None:
    """The engine's derivatives that claims are held against are those of the network's own literal recurrence."""
    truth = random_cases(0)[number].truth(head, True, np.float64)
    by_hand = truth.network(True).delta_gradient(truth.X, truth.Y, literal=True)
    for name, value in truth.gradient(J).items():
        np.testing.assert_allclose(value, by_hand[name], rtol=1e-12, atol=1e-15)
    for e in to(truth.case.m):
        found = truth.sensitivities(one_example(e))
        for l in range(2, len(truth.case.sizes) + 1):
            np.testing.assert_allclose(found[f"z{l}"][0], by_hand[f"delta{l}"][e - 1], rtol=1e-11, atol=1e-15)


def test_the_slope_by_an_activation_that_the_cost_is_not_computed_from_is_refused() -> None:
    """Cross-entropy is computed from z^(L); a derivative by a^(L) would be zero without a word."""
    for head in (TWO_CLASSES, SOFTMAX):
        row = row_of(
            Claim(
                "∂J/∂a",
                "0 = ∂J/∂a_i^(L)",
                heads=(head,),
                over=outputs,
                left=lambda n, i: 0.0,
                right=lambda n, i: n.d_da(n.Jxy, n.L, i),
            )
        )
        assert (row.verdict, row.error) == ("does not hold", None)


@pytest.mark.parametrize(
    "symbol",
    [
        lambda n: n.S(0),
        lambda n: n.S(n.L + 1),
        lambda n: n.w(0, 1, 1),
        lambda n: n.w(n.L, 1, 1),
        lambda n: n.w(1, 1, 0),
        lambda n: n.w(1, 1, n.S(1) + 1),
        lambda n: n.w(1, n.S(2) + 1, 1),
        lambda n: n.b(1, 0),
        lambda n: n.z(1, 1),
        lambda n: n.z(2, n.S(2) + 1),
        lambda n: n.a(2, 0),
        lambda n: n.a(n.L + 1, 1),
        lambda n: n.h(n.S(n.L) + 1),
        lambda n: n.y(0),
        lambda n: n.at(0),
        lambda n: n.at(n.m + 1),
        lambda n: n.delta(1, 1),
        lambda n: n.d_dw(n.J, n.L, 1, 1),
        lambda n: n.d_db(n.J, 1, -1),
        lambda n: n.chain_db(n.Jbar, "a", n.L, 1),
        lambda n: n.chain_dw(n.Jbar, "a", n.L - 1, 1, 1),  # of cross-entropy, which is not computed from a^(L)
        lambda n: n.f_prime(1, 1),
        lambda n: n.f_prime(n.L + 1, 1),
    ],
)
def test_a_symbol_that_does_not_exist_makes_a_formula_undefined(symbol: Any) -> None:
    row = row_of(Claim("symbol", "a symbol out of range", over=once, left=symbol, right=symbol))
    assert row.verdict != "holds"
    assert row.error is None


# refusals


def test_no_claims_no_rows() -> None:
    assert audit(claims=[]) == []


def test_claims_may_come_one_by_one() -> None:
    assert [row.id for row in audit(claim for claim in (N2, N14))] == ["N2", "N14"]


@pytest.mark.parametrize("seed", [-1, 1.0, None, True, "0"])
def test_a_seed_is_an_integer(seed: Any) -> None:
    with pytest.raises(ValueError, match="seed must be an integer, 0 or more"):
        audit([N2], seed=seed)


def test_only_claims_are_judged() -> None:
    with pytest.raises(TypeError, match="claims must be of type Claim; one is of type str"):
        audit(["N2"])  # type: ignore[list-item]


def test_an_id_is_given_once() -> None:
    with pytest.raises(ValueError, match="N2 is there 2 times"):
        audit([N2, N14, N2])


def test_a_claim_about_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="N2 claims nothing"):
        audit([replace(N2, over=lambda n: [])])


def test_sides_must_match() -> None:
    with pytest.raises(ValueError, match=r"N2: at \(2, 1\) one side gives more numbers than the other"):
        audit([replace(N2, right=lambda n, l, i: (1.0, 2.0))])


def test_an_error_of_a_claim_is_its_own() -> None:
    with pytest.raises(ZeroDivisionError):
        audit([replace(N2, right=lambda n, l, i: 1 // 0)])


def test_claims_for_other_indices() -> None:
    """A claim of one's own: the gradient of the biases is the mean δ."""
    claim = Claim(
        "mean δ",
        "∂J/∂b_i^(l) = 1/m Σ δ_i^(l+1)",
        over=biases,
        left=lambda n, l, i: n.d_db(n.J, l, i),
        right=lambda n, l, i: sum(n.at(e).delta(l + 1, i) for e in to(n.m)) / n.m,
    )
    assert row_of(claim).verdict == "holds"
    assert row_of(replace(claim, over=lambda n: ((l - 1, i) for l, i in hidden(n)))).verdict == "holds"
