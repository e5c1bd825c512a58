"""What the audit says of the notes: every verdict with the mathematics that it must come from."""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

import json

import numpy as np
import pytest

from tinygrad_bp.audit import CLAIMS, READINGS, Row, audit
from tinygrad_bp.audit.cases import random_cases


def words(*answers: str) -> str:
    """The words of a choice of readings, each given as "axis: choice"."""
    return "; ".join(reading.words for reading in READINGS if f"{reading.axis}: {reading.choice}" in answers)


NO_BIAS = f"{words('bias: in the sum')}, or {words('bias: absent')}"
SUM_OVER_EXAMPLES = words("x, y: of the sum", "i: outside the sum")

VERDICTS = {
    # z_i^(l+1) has b_i, and the sum has not: right with it, or where there is none
    "N1": ("holds as", NO_BIAS),
    # the definition of a
    "N2": ("holds", "as written"),
    # with squared error ∂J/∂z_i = Σ_k (a_k − y_k) ∂a_k/∂z_i, which is (a_i − y_i) f'(z_i) only where a_k depends on z_k
    # alone, as on a softmax it does not; sigmoid and softmax with cross-entropy give a_i − y_i
    "N3": ("holds as", words("不同: 不用")),
    # no fixed n_1, n_2 run over all weights of layers that differ in width; i is bound twice, in two sums apart
    "N4": ("holds as", words("bounds: each layer's own")),
    # likewise; it equals N4 where J(w,b; x,y) is the squared error; the outer bars are the norm of a number, itself
    "N5": ("holds as", words("bounds: each layer's own", "head: squared error")),
    # as an equation it would say that the gradient is 0
    "N6": ("holds as", words("=: assignment")),
    # x, y without index are one example, m times the same; and the i under the sum is taken from the i of w_ji
    "N7": ("holds as", SUM_OVER_EXAMPLES),
    "N8": ("holds as", SUM_OVER_EXAMPLES),
    # differentiation is linear, and the decay is known without it
    "N9": ("holds", "as written"),
    # y_i − Σ_k a_k is another difference than y_i − a_i, which is meant, and what the next line of the notes has; with
    # the vector y − h(x) the other entries do not depend on z_i
    "N10": ("holds as", f"{words('h: entry')}, or {words('h: vector')}"),
    # h(x) is a vector, and f' is not 0
    "N10a": ("does not hold", "none of the 2 tried"),
    "N10b": ("does not hold", "none of the 2 tried"),
    # i runs over layer l and j over layer l + 1, so that the weight between them is w_ji in N1
    "N11": ("holds as", words("w_ij: from i to j")),
    "N12": ("holds as", NO_BIAS),
    # the δ of N10 is ∂J/∂z, and N14 keeps it so; ∂J/∂a lacks f'
    "N13": ("holds as", words("delta: z")),
    # the chain rule through z^(l+1); w_ji with j in layer l + 1 is the W of N1, transposed
    "N14": ("holds", "as written"),
    # the chain rule through z^(l+1)
    "N15": ("holds", "as written"),
    # J̄ of N11 has the other examples and the decay; and ∂a/∂w = f' a_j, so that a_j belongs to ∂J/∂z
    "N16": ("holds as", words("delta: z", "cost: one example")),
    # the chain rule through all activations of the layer, b having no decay
    "N17": ("holds", "as written"),
}


@pytest.mark.parametrize("id", VERDICTS)
def test_verdict_and_reading(id: str, rows: dict[str, Row]) -> None:
    verdict, reading = VERDICTS[id]
    assert rows[id].verdict == verdict
    assert rows[id].reading.partition("; «")[0] == reading


def test_seventeen_rows_in_order(rows: dict[str, Row]) -> None:
    assert [claim.id for claim in CLAIMS] == [f"N{k}" for k in range(1, 18)]
    assert list(rows) == list(VERDICTS)  # N10a and N10b after N10, within its row


@pytest.mark.parametrize("id", VERDICTS)
def test_error_as_written(id: str, rows: dict[str, Row]) -> None:
    row = rows[id]
    if id == "N11":  # w_ij^(l) with i > S_(l+1) or j > S_l does not exist
        assert row.error is None
    elif row.verdict == "holds":
        assert row.error is not None
        assert row.error < 1e-14
    else:
        assert row.error is not None
        assert row.error > 0.01


@pytest.mark.parametrize("id", VERDICTS)
def test_whatever_does_not_hold_as_written_is_corrected(id: str, rows: dict[str, Row]) -> None:
    assert bool(rows[id].correction) == (rows[id].verdict != "holds")


def test_n10_says_what_fails_beside_it(rows: dict[str, Row]) -> None:
    for remark in ("N10a", "N10b"):
        assert rows[remark] in rows["N10"].beside
        assert f"«{rows[remark].formula}» beside it does not hold" in rows["N10"].reading
        assert rows[remark].correction in rows["N10"].correction


FUNCTIONS = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "softplus": lambda z: np.log1p(np.exp(z))}


def test_the_error_of_n1_is_the_bias_it_lacks(rows: dict[str, Row]) -> None:
    """Worked out apart from the audit: the largest |b| over the largest of z and z − b, at each example of each net."""
    worst = 0.0
    for case in random_cases(0):
        f = FUNCTIONS[case.f]
        for x in case.X.astype(float):
            a, z, b = x, [], []
            for l in range(1, len(case.sizes)):
                b.append(case.parameters[f"b{l}"].astype(float))
                z.append(case.parameters[f"W{l}"].astype(float) @ a + b[-1])
                a = f(z[-1])
            all_z, all_b = np.concatenate(z), np.concatenate(b)
            worst = max(worst, abs(all_b).max() / max(abs(all_z).max(), abs(all_z - all_b).max()))
    assert rows["N1"].error == pytest.approx(worst, rel=1e-12)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_verdicts_do_not_depend_on_the_networks(seed: int, rows: dict[str, Row]) -> None:
    for row in audit(seed=seed):
        assert (row.verdict, row.reading, row.correction) == (
            rows[row.id].verdict,
            rows[row.id].reading,
            rows[row.id].correction,
        )


def test_the_same_seed_gives_the_same_rows_in_order(rows: dict[str, Row]) -> None:
    again = audit(seed=0)
    assert [row.id for row in again] == [claim.id for claim in CLAIMS]
    assert all(row == rows[row.id] for row in again)


def test_rows_as_text_and_as_json(rows: dict[str, Row]) -> None:
    for row in rows.values():
        assert json.loads(json.dumps(row.to_dict(), allow_nan=False)) == row.to_dict()
        assert row.to_dict().keys() == {"id", "formula", "verdict", "reading", "correction", "error", "beside"}
        text = str(row)
        assert all(part in text for part in (row.id, row.formula, row.verdict, row.reading, row.correction))
    assert "error as written: undefined" in str(rows["N11"])
    assert str(rows["N10b"]).splitlines()[0].strip() in str(rows["N10"])


def test_the_list_of_readings_names_each_once() -> None:
    assert len({(reading.axis, reading.choice) for reading in READINGS}) == len(READINGS)
    assert len({reading.words for reading in READINGS}) == len(READINGS)


@pytest.mark.parametrize("seed", range(5))
def test_networks_are_such_that_no_agreement_is_an_accident(seed: int) -> None:
    cases = random_cases(seed)
    assert len(cases) >= 3
    for case in cases:
        assert len(case.sizes) >= 4
        assert len(set(case.sizes)) == len(case.sizes)
        assert 2 <= case.m <= min(case.sizes)
        assert case.decay > 0
        assert case.learning_rate > 0
        assert all((case.parameters[f"b{l}"] != 0).all() for l in range(1, len(case.sizes)))
        assert (case.Y.astype(float).sum(axis=1) == 1).all()
