"""What a search ends in that no ladder has decided: a corner, a jump, or the reason why it cannot be said."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from .evaluate import Outcome
from .ladder import Estimate, one_sided
from .line import Line
from .measurement import Measurement
from .noise import granularity

if TYPE_CHECKING:
    from .search import Search


def conclude(
    search: Search,
    best: Measurement | None,
    kinks: list[tuple[int, Line, dict[tuple[int, int], Outcome]]],
    limits: dict[int, str],
    quiet: list[int],
    line: Line,
) -> Measurement:
    """The measurement that the search ends with: `best`, the ladder of the smallest bound, with the reason why it does
    not decide; or the slopes at a corner that several ladders have shown (`kinks`); or a jump, or a divergence.

    `limits` are the exponents that were too coarse, and why; `quiet` those at which noise was the limit.
    """
    smooth_below = best is not None and kinks and best.exponent < min(e for e, _, _ in kinks) and _clean(search, best)
    shape = _shape(search)
    nothing = Estimate(math.nan, math.inf, 0.0)
    if shape is not None:
        return Measurement(line.v, nothing if best is None else best.estimate, shape, 0)
    if kinks and not smooth_below:
        return _kink(search, kinks)
    if best is None:
        reason = "domain" if "domain" in limits.values() else "kink-near" if limits else "truncation"
        return Measurement(line.v, nothing, reason, 0)
    near = [limits[e] for e in sorted(limits) if e >= best.exponent][:1]
    tiny = 0 < search.centre.magnitude < 2.0**-960
    if tiny:
        reason = "underflow"
    elif "kink-near" in near:
        reason = "kink-near"
    elif "domain" in near and best.estimate.noise >= best.estimate.truncation:
        reason = "domain"
    else:
        reason = "noise" if quiet or 8 * best.estimate.noise >= best.estimate.truncation else "truncation"
    estimate = replace(best.estimate, truncation=math.inf) if best.drowned else best.estimate
    return replace(best, estimate=estimate, reason=reason, constant=constant(search))


def constant(search: Search) -> bool:
    """Whether every value seen is the one at the point, to the bit."""
    return bool(search.seen) and all(r.plus.value == r.minus.value == search.centre.value for r in search.seen.values())


def _clean(search: Search, m: Measurement) -> bool:
    return m.estimate.kink <= 4 * (m.estimate.truncation + m.estimate.noise)


def _kink(search: Search, kinks: list[tuple[int, Line, dict[tuple[int, int], Outcome]]]) -> Measurement:
    """The slopes on either side, from the coarsest ladder that shows the same two pieces as the finest."""
    finest = min(kinks, key=lambda kink: kink[0])
    chosen: Measurement | None = None
    pieces = _pieces(finest[2])
    for e, line, ladder in kinks:
        if _pieces(ladder) != pieces:
            continue
        exponents = sorted({k for k, _ in ladder}, reverse=True)
        h, noise = [line.h(k) for k in exponents], search.noises(ladder, exponents)
        right = one_sided(h, [ladder[k, 1].value for k in exponents], search.centre.value, noise)
        left = one_sided(h, [ladder[k, -1].value for k in exponents], search.centre.value, noise, -1)
        middle = Estimate(
            (left.value + right.value) / 2, left.bound + right.bound, 0.0, abs(right.value - left.value) / 2
        )
        if chosen is None or left.bound + right.bound < chosen.estimate.truncation:
            chosen = Measurement(line.v, middle, "kink", e, left, right)
    assert chosen is not None
    return chosen


def _shape(search: Search) -> str | None:
    """`jump` where φ does not come back to φ(0) as h shrinks, `diverges` where its slope grows without end."""
    if len(search.seen) < 4:
        return None
    order = sorted(search.seen)
    fine, centre = order[0], search.centre.value

    def rise(h: float) -> float:
        return float(max(abs(search.seen[h].plus.value - centre), abs(search.seen[h].minus.value - centre)))

    noise = max(search.noise, 2 * search.centre.roundoff * search.centre.magnitude)
    noise = max(noise, granularity([float(v.value) for r in search.seen.values() for v in (r.plus, r.minus)]))
    coarser = [h for h in order if h >= fine * 2.0**16]
    if fine > search.h0 * 2.0**-28 or not coarser or rise(fine) <= 1024 * noise:
        return None
    coarse = coarser[0]
    if rise(fine) >= 0.5 * rise(coarse):
        return "jump"
    return "diverges" if rise(fine) / fine > 1.3 * rise(coarse) / coarse else None


def _pieces(ladder: dict[tuple[int, int], Outcome]) -> tuple[bytes | None, ...]:
    return tuple(next(o.branch for (_, s), o in ladder.items() if s == side) for side in (1, -1))
