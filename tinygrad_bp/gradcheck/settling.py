"""Second opinions: witnesses that noise does not hinder, and what a failure has to stand before it is one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .arguments import Array
from .ladder import Estimate
from .measurement import Measurement
from .verdict import SAFETY, Trial, judge
from .witnesses import Wide, agree, complex_step, wider

if TYPE_CHECKING:
    from .trials import Subject

#: the step of a confirming ladder, as a part of the first's: it shares no point with it
FINER = 0.71875
#: what rounding a direction to representable points changes in an entry of it, at most
ROUNDED_DIRECTION = {np.dtype(np.float64): 2.0**-26, np.dtype(np.float32): 2.0**-5}


def settle(subject: Subject, trial: Trial, m: Measurement) -> Trial:
    """The same trial by a witness that noise does not hinder, where there is one: as a pass only.

    Where noise hides the slope of f, rounding may have spoilt the candidate as well, and neither proves the other.
    """
    if trial.verdict != "inconclusive" or trial.reason not in (
        "noise",
        "truncation",
        "kink-near",
        "underflow",
        "domain",
    ):
        return trial
    exact = by_complex_step(subject, m.v, trial.size)
    known = exact is not None and (exact.verdict == "pass" or exact.reason == "no-power")
    if exact is not None and known and agree(m.estimate, SAFETY * m.estimate.bound, exact.numeric):
        subject.witnesses["complex step"] = "settled what noise left open"
        return replace(exact, whitened=trial.whitened)
    if trial.reason not in ("noise", "truncation"):
        return trial
    wide, _ = _in_wider_type(subject, m)
    if wide is not None and agree(m.estimate, SAFETY * m.estimate.bound, wide.value):
        bound = SAFETY * (wide.bound + subject.candidate.budget(m.v))
        verdict = judge(wide.value, bound, trial.yours, subject.tau * trial.size)
        if verdict == "pass":
            subject.witnesses["wider type"] = "settled what noise left open"
            return replace(trial, verdict=verdict, reason=None, numeric=wide.value, bound=bound, witness="wider type")
    return trial


def by_complex_step(subject: Subject, v: dict[int, Array], size: float) -> Trial | None:
    """The trial along v by the complex step alone; None where f does not prove safe for it."""
    if not subject.complex_safe:
        return None
    exact = complex_step(subject.evaluator, v, subject.first_step(v))
    subject.complex_safe = exact is not None
    if exact is None:
        return None
    d = subject.candidate.slope(v)
    rounding = 16 * subject.centre.roundoff * max(subject.candidate.terms(v), abs(exact.value))
    bound = SAFETY * (exact.bound + subject.candidate.budget(v) + rounding)
    verdict = judge(exact.value, bound, d, subject.tau * size) or "inconclusive"
    reason = None if verdict != "inconclusive" else "noise"
    if exact.value == 0.0 == d and not any(subject.candidate.values[b].any() for b in v):
        verdict, reason, bound = "inconclusive", "no-power", 0.0
    return Trial(verdict, reason, exact.value, d, bound, size, True, witness="complex step")


def confirmed(subject: Subject, trial: Trial, m: Measurement, v: dict[int, Array], sizes: dict[int, Array]) -> Trial:
    """A failure along v again, by a second ladder at a finer step that shares no point with the first and has to agree.

    Where it does not, the first was too coarse for f, and the search goes on below it.
    """
    key = next(iter(v)) if len(v) == 1 else -1
    kept = dict(subject.starts)
    for _ in range(3):
        subject.starts[key] = m.exponent - (1 if m.estimate.noise > m.estimate.truncation else 2)
        second, again = subject.trial({b: v[b] * FINER for b in v}, sizes, trial.whitened, tries=8)
        # for one entry the two are in the ratio of their sizes exactly, whatever v was rounded to
        ratio = second.size / trial.size if trial.size > 0 else FINER
        gap, other = trial.numeric - trial.yours, (second.numeric - second.yours) / ratio
        allowed = trial.bound + second.bound / ratio + _rounding_of(subject, m.v, abs(gap))
        same = abs(gap - other) <= allowed or m.left is not None
        subject.starts = dict(kept)
        if second.verdict == "fail" and same:
            return _unless_wider(subject, trial, m)
        subject.starts[key] = min(m.exponent, again.exponent) - 6
        trial, m = subject.trial(v, sizes, trial.whitened)
        subject.starts = dict(kept)
        if trial.verdict != "fail":
            return trial
    return replace(trial, verdict="inconclusive", reason="truncation", note="ladders disagree")


def _unless_wider(subject: Subject, trial: Trial, m: Measurement) -> Trial:
    """The failure, unless rounding explains it: inside f, where f in a wider type has another slope, or inside the
    candidate, where that comes out differently in a wider type."""
    if m.left is not None:
        return trial
    candidate, tolerance = subject.candidate, subject.tau * trial.size
    wide, error = _in_wider_type(subject, m)
    values = candidate.wide()
    with np.errstate(all="ignore"):
        own = 0.0 if values is None else float(sum(np.dot(values[b] - candidate.values[b], m.v[b]) for b in m.v))
    if abs(trial.numeric - trial.yours) - trial.bound - SAFETY * abs(own) <= tolerance:
        said = "the candidate itself comes out differently in a wider type"
        trial = replace(trial, verdict="inconclusive", reason="noise", note=said, witness="wider type")
    if wide is None:
        return trial
    terms = candidate.terms(m.v)
    lost = 0.0
    if values is None:  # the digits that f is seen to lose, in its values or in its slope, the candidate may lose, too
        size, gap = subject.centre.magnitude, abs(wide.value - m.estimate.value) - wide.bound - m.estimate.bound
        lost = max(error / size if size > 0 else 0.0, gap / terms if terms > 0 else 0.0, subject.lost)
        subject.lost, trial = lost, replace(trial, terms=terms)
    bound = SAFETY * (wide.bound + candidate.budget(m.v) + lost * terms)
    verdict = judge(wide.value, bound, trial.yours + own, tolerance)
    same = agree(Estimate(trial.numeric, 0.0, 0.0), trial.bound + bound, wide.value)
    if verdict == "fail":
        failed = replace(trial, verdict="fail", reason=None, note=None)
        return failed if same else replace(failed, numeric=wide.value, bound=bound, witness="wider type")
    noise = m.estimate.noise * max(error / m.level - 1, 0.0) if m.level > 0 else 0.0
    stands = abs(trial.numeric - trial.yours) - trial.bound - SAFETY * noise > tolerance
    if trial.verdict != "fail" or (verdict is None and same and stands):  # more than the errors that f makes
        return trial
    subject.witnesses["wider type"] = "contradicts the differences: rounding inside f"
    said = "f computed in a wider type has another slope"
    return replace(trial, verdict=verdict or "inconclusive", reason=None if verdict else "noise", numeric=wide.value,
                   bound=bound, note=said, witness="wider type")  # fmt: skip


def _in_wider_type(subject: Subject, m: Measurement) -> tuple[Estimate | None, float]:
    """The best of three ladders in a wider type, from coarse to finer than those in f's own, if they agree; and what f
    itself was seen to be wrong by. None at an edge of the domain, where there is one side only."""
    _, inward, h0, ceiling = subject.within_bounds(m.v)
    if inward:
        return None, 0.0
    seen: list[Wide] = []
    for e in sorted({min(e, ceiling) for e in (0, -6, min(m.exponent, 0) - 4)}, reverse=True):
        wide = wider(subject.evaluator, m.v, h0 * 2.0**e, subject.centre) if subject.wider_type else None
        if wide is not None:
            seen.append(wide)
        subject.wider_type = bool(seen)
    error = max((wide.error for wide in seen), default=0.0)
    found = [wide.estimate(error) for wide in seen]
    best = min(found, key=lambda wide: wide.bound, default=None)
    if best is None or not math.isfinite(best.bound):
        return None, error
    apart = max((abs(best.value - w.value) for w in found if not agree(w, 3 * w.bound, best.value)), default=0)
    return replace(best, truncation=best.truncation + apart), error


def _rounding_of(subject: Subject, v: dict[int, Array], gap: float) -> float:
    """What D − d may change by, where v is rounded to representable points in another way."""
    total = 0.0
    for b in v:
        total += max(subject.candidate.terms({b: v[b]}), gap) * ROUNDED_DIRECTION[subject.arguments.blocks[b].x.dtype]
    return total
