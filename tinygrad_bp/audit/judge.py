"""The audit: every claim is tried as written, and then with ever more readings of the closed list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .cases import Case, random_cases
from .claim import Claim, Row, Verdict
from .claims import CLAIMS
from .notation import Notation, Undefined, to
from .readings import HEAD_OF, Head, Interpretation

Array = npt.NDArray[np.float64]

LUCK = 16
"""How much luckier the rounding of a few numbers may be in float32 than in float64. At 200 seeds no two sides of the
notes' claims that agree came nearer to the bound than a fifth of it, and none that disagree nearer than 10¹¹ times it.
"""


def audit(claims: Iterable[Claim] = CLAIMS, seed: int = 0) -> list[Row]:
    """Judge claims at random networks: a row for each, in their order. The seed changes the networks alone.

    A claim holds under a reading if its two sides agree, but for rounding, at every index, example and head in three
    networks whose layers all differ in width. It is judged by itself: no other claim changes anything in its row.

    Raises ``TypeError`` for what is no `Claim`; ``ValueError`` for a seed that is no integer of 0 or more, for an id
    that is given twice, and for a claim about no index at all or with sides that do not match.
    """
    claims = tuple(claims)
    for claim in claims:
        if not isinstance(claim, Claim):
            raise TypeError(f"claims must be of type Claim; one is of type {type(claim).__name__}")
    ids = [claim.id for claim in claims]
    for id in ids:
        if ids.count(id) > 1:
            raise ValueError(f"claims: {id} is there {ids.count(id)} times; give each claim an id of its own")
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed must be an integer, 0 or more; it is {seed!r}")
    cases = random_cases(int(seed))
    with np.errstate(all="ignore"):
        return [judge(claim, cases) for claim in claims]


def judge(claim: Claim, cases: Sequence[Case]) -> Row:
    """The row of one claim, and with it those of what stands beside it."""
    as_written = Interpretation()
    blocks = list(evaluated(claim, cases, as_written))
    if all(map(agree, blocks)):
        verdict: Verdict = "holds"
        reading = str(as_written)
    else:
        found, tried = readings_that_hold(claim, cases, as_written)
        verdict = "holds as" if found else "does not hold"
        reading = ", or ".join(map(str, found)) or f"none of the {tried} tried"
    corrections = []
    if verdict != "holds" and claim.corrected and holds(claim.corrected, cases, Interpretation()):
        corrections.append(claim.corrected.formula)
    beside = tuple(judge(remark, cases) for remark in claim.beside)
    for row in beside:
        if row.verdict != "holds":
            reading += f"; «{row.formula}» beside it {row.verdict}"
            corrections += [row.correction] if row.correction else []
    return Row(claim.id, claim.formula, verdict, reading, "; ".join(corrections), error(blocks), beside)


def readings_that_hold(
    claim: Claim, cases: Sequence[Case], as_written: Interpretation
) -> tuple[list[Interpretation], int]:
    """The interpretations with the fewest readings under which the claim holds, none if there are none; and how many
    were tried. A reading is tried only on an axis that the claim has asked about: any other would change nothing.
    """
    tried = 0
    level = [as_written]
    while level := list(dict.fromkeys(more for interpretation in level for more in interpretation.variants())):
        tried += len(level)
        found = [interpretation for interpretation in level if holds(claim, cases, interpretation)]
        if found:
            return found, tried
    return [], tried


def holds(claim: Claim, cases: Sequence[Case], interpretation: Interpretation) -> bool:
    """Whether the two sides agree everywhere."""
    return all(map(agree, evaluated(claim, cases, interpretation)))


class Sides(NamedTuple):
    """Both sides of a claim at all indices, computed in float64 and again in float32."""

    left: Array
    right: Array
    left_32: Array
    right_32: Array


def evaluated(claim: Claim, cases: Sequence[Case], interpretation: Interpretation) -> Iterator[Sides | None]:
    """The sides in every network, with every head, at every example; None where the claim is undefined."""
    heads = claim.heads
    if len(heads) > 1 and (choice := interpretation("head")):
        heads = (HEAD_OF[choice],)
    for case in cases:
        for head in heads:
            for e in to(case.m):
                yield block(claim, case, head, interpretation, e)


def block(claim: Claim, case: Case, head: Head, interpretation: Interpretation, e: int) -> Sides | None:
    """The sides in one network, with one head, at one example."""
    try:
        return Sides(
            *numbers(claim, Notation(case, head, interpretation, np.float64, e)),
            *numbers(claim, Notation(case, head, interpretation, np.float32, e)),
        )
    except Undefined:
        return None


def numbers(claim: Claim, n: Notation) -> tuple[Array, Array]:
    """All numbers of the left side, and of the right."""
    left: list[Any] = []
    right: list[Any] = []
    for indices in claim.over(n):
        left += flat(claim.left(n, *indices))
        right += flat(claim.right(n, *indices))
        if len(left) != len(right):
            raise ValueError(f"{claim.id}: at {indices} one side gives more numbers than the other")
    if not left:
        raise ValueError(f"{claim.id} claims nothing: over(n) gives no indices")
    return np.array(left, np.float64), np.array(right, np.float64)


def flat(side: Any) -> list[Any]:
    """The numbers of a side that is a number, or several."""
    return list(np.ravel(side)) if isinstance(side, (tuple, list, np.ndarray)) else [side]


def agree(sides: Sides | None) -> bool:
    """Whether two sides differ by no more than rounding makes them.

    How much that is, is measured: in float32 the same formulas of the same numbers go through the same roundings, each
    larger by the ratio of the unit roundoffs, 2⁻²⁴ to 2⁻⁵³. And either side ends at least one rounding from the truth.
    """
    if sides is None or not all(np.isfinite(side).all() for side in sides):
        return False
    left, right, left_32, right_32 = sides
    u, u_32 = 2.0**-53, 2.0**-24
    magnitudes = (largest(left - left_32) + largest(right - right_32)) / u_32 + largest(left) + largest(right)
    return largest(left - right) <= LUCK * u * magnitudes


def error(blocks: Iterable[Sides | None]) -> float | None:
    """The largest difference of the two sides, relative to the largest number on either in the same block."""
    worst = 0.0
    for sides in blocks:
        if sides is None or not (np.isfinite(sides.left).all() and np.isfinite(sides.right).all()):
            return None
        scale = max(largest(sides.left), largest(sides.right))
        worst = max(worst, largest(sides.left - sides.right) / scale if scale else 0.0)
    return worst


def largest(array: Array) -> float:
    """The largest magnitude in an array."""
    return float(np.max(np.abs(array)))
