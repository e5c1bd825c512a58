"""What is wrong with a gradient, in words, from its entries and the numeric ones beside them."""

from __future__ import annotations

import numpy as np

from .arguments import Array
from .entries import Entries

#: how nearly a pattern has to hold
CLOSE = 1e-3


def pattern(yours: Array, entries: Entries, shape: tuple[int, ...], x: Array) -> str | None:
    """The simplest rule that turns the numeric gradient into `yours` on all known entries; None where none shows."""
    known, wrong = entries.known & np.isfinite(entries.numeric), entries.wrong
    if not wrong.any():
        return None
    drawn = "" if known.all() else f" (in {int(known.sum())} entries looked at)"
    c, n = yours[known], entries.numeric[known]
    slack = entries.bound[known]
    if not np.isfinite(yours[wrong]).all():
        return "not finite" + drawn
    if not c.any():
        return "all entries zero" + drawn
    size = max(float(np.abs(n).max()), float(np.abs(c).max()))

    def holds(predicted: Array) -> bool:
        return bool(np.all(np.abs(c - predicted) <= 0.05 * np.abs(c - n) + 4 * slack))

    factor = _projected(c, n)
    if c.size > 1 and factor != 0 and holds(factor * n):
        return _times("all entries", factor) + drawn
    if len(shape) == 2 and shape[0] == shape[1] > 1:
        turned = yours.reshape(shape).T.ravel()[known]
        if np.all(np.abs(turned - n) <= 0.05 * np.abs(c - n) + 4 * slack):
            return "transposed" + drawn
    difference = c - n
    place = _place(wrong.reshape(shape), shape) if known.all() or wrong.sum() < known.sum() else None
    if place is None and c.size > 2:
        offset, moved = float(np.median(difference)), x[known].astype(np.float64)
        if moved.any():
            decay = _projected(difference, moved)
            if abs(decay) * float(np.abs(moved).max()) > CLOSE * size and holds(n + decay * moved):
                return f"differs by {decay:.4g} times the argument" + drawn
        if abs(offset) > CLOSE * size and holds(n + offset):
            return f"all entries off by {offset:.4g}" + drawn
        if holds(np.abs(n)) or holds(-np.abs(n)):
            return "signs lost" + drawn
    bad = wrong & known
    ratios = yours[bad] / np.where(entries.numeric[bad] == 0, np.nan, entries.numeric[bad])
    alike = np.isfinite(ratios).all() and np.ptp(ratios) <= CLOSE * np.abs(ratios).max()
    how = _times("", float(np.median(ratios))) if alike else ""
    if place is None and not how:
        return None
    return f"{place or 'the wrong entries'}{': ' + how.strip() if how else ''}" + drawn


def _projected(a: Array, b: Array) -> float:
    """⟨a, b⟩ / ⟨b, b⟩, without overflow or underflow on the way; 0 for b = 0."""
    largest = float(np.abs(b).max())
    if largest == 0.0:
        return 0.0
    with np.errstate(all="ignore"):
        unit = b / largest
        return float(np.dot(a / largest, unit) / np.dot(unit, unit))


def _times(what: str, factor: float) -> str:
    if abs(factor + 1) <= CLOSE:
        return "sign flipped" if what in ("all entries", "") else f"{what} sign flipped"
    if factor == 0:
        return f"{what} zero".strip()
    return f"{what} × {factor:.4g}".strip()


def _place(wrong: Array, shape: tuple[int, ...]) -> str | None:
    """Where the wrong entries stand, if they share a row, a column or an index; None where they are everywhere."""
    count = int(wrong.sum())
    if count == wrong.size:
        return None
    at = np.argwhere(wrong)
    if count == 1:
        return f"entry [{', '.join(map(str, at[0]))}] only" if shape else None
    if len(shape) == 2:
        for axis, word in ((0, "row"), (1, "column")):
            lines = sorted({int(i) for i in at[:, axis]})
            if len(lines) == 1 and 2 * count > shape[1 - axis]:
                return f"{word} {lines[0]} only"
            if 1 < len(lines) <= shape[axis] // 2 and count == len(lines) * shape[1 - axis]:
                return f"{word}s {', '.join(map(str, lines))} only"
        if shape[0] == shape[1] and not np.diagonal(wrong).any() and count == wrong.size - shape[0]:
            return "all but the diagonal"
    if count <= 4:
        return f"entries {', '.join('[' + ', '.join(map(str, i)) + ']' for i in at)} only"
    return f"{count} of {wrong.size} entries"
