"""What is to be seen in the numbers of a step where no edit of it gives them."""

from __future__ import annotations

from typing import Any

import numpy as np

#: a difference below this, relative to the largest entry, is none
SAME = 1e-9


def pattern(yours: Any, expected: Any) -> str:
    """The ratio to what follows, the rows or columns that are off, how many entries."""
    yours, expected = np.asarray(yours, dtype=float), np.asarray(expected, dtype=float)
    if yours.shape != expected.shape:
        return f"shape {yours.shape}, where {expected.shape} is expected"
    size = max(np.max(np.abs(yours), initial=0.0), np.max(np.abs(expected), initial=0.0))
    off = np.abs(yours - expected) > SAME * size
    if not np.any(yours):
        return "all entries are zero"
    with np.errstate(all="ignore"):
        ratios = (yours / expected)[off]
    ratios = ratios[np.isfinite(ratios)]
    said = []
    if off.sum() < off.size:
        said.append(_where(off))
    if ratios.size and np.ptp(ratios) <= 1e-6 * np.max(np.abs(ratios)):
        said.append(f"{ratios[0]:.6g} times what follows")
    elif ratios.size:
        said.append(f"the ratio to what follows goes from {ratios.min():.3g} to {ratios.max():.3g}")
    zeros = int(np.sum((yours == 0) & (expected != 0)))
    if zeros:
        said.append(f"{zeros} entries are zero that should not be")
    return "; ".join(said)


def _where(off: Any) -> str:
    if off.ndim == 2:
        for axis, word in ((0, "row"), (1, "column")):
            lines = np.flatnonzero(off.any(axis=1 - axis))
            if len(lines) <= off.shape[axis] // 2:
                return f"only {word}{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))} off"
    at = [list(map(int, index)) for index in np.argwhere(off)]
    return f"only {', '.join(map(str, at))} off" if len(at) <= 3 else f"{len(at)} of {off.size} entries off"
