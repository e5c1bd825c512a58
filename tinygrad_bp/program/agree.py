"""Whether a replay gives what the function itself gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tree import children, leaves


def difference(replayed: Any, eager: Any, path: str = "the result", *, among: Any = ()) -> str | None:
    """Where two results differ by more than rounding: the path, and by how much. None where they agree.

    Entries may differ by 10⁻¹⁰ of the largest in their array, or of a hundredth of the largest in `among`, numbers that
    they were computed from: they may be a difference of such. By 10⁻⁴ where float32 is among them. nan agrees with nan.
    """
    floats = [x for _, x in leaves(among) if isinstance(x, (float, np.ndarray, np.generic)) and _kind(x) in "fc"]
    coarse = any(np.asarray(x).dtype.itemsize <= 4 for x in floats)
    floor = max((_largest(x) for x in floats), default=0.0)
    return _difference(replayed, eager, path, coarse, floor)


def _kind(x: Any) -> str:
    return np.asarray(x).dtype.kind


def _largest(x: Any) -> float:
    """The largest finite entry, by magnitude; 0 where there is none."""
    return float(np.max(np.abs(x), where=np.isfinite(x), initial=0.0))


def _difference(replayed: Any, eager: Any, path: str, coarse: bool, floor: float) -> str | None:
    parts, others = children(replayed), children(eager)
    if parts is not None or others is not None:
        if type(replayed) is not type(eager) or parts is None or others is None or len(parts) != len(others):
            return f"how {path} is nested"
        for (suffix, part), (other_suffix, other) in zip(parts, others, strict=True):
            if suffix != other_suffix:
                return f"how {path} is nested: {suffix} and {other_suffix}"
            found = _difference(part, other, path + suffix, coarse, floor)
            if found:
                return found
        return None
    if not isinstance(eager, (float, complex, np.ndarray, np.generic)):
        equal = type(replayed) is type(eager) and bool(replayed == eager)
        return None if equal else f"{path}: {replayed!r} for {eager!r}"
    numbers = isinstance(replayed, (float, complex, np.ndarray, np.generic))
    a, b = np.asarray(replayed), np.asarray(eager)
    if not numbers or a.shape != b.shape or a.dtype != b.dtype:
        kinds = [f"{type(x).__name__} of {np.asarray(x).dtype}{list(np.shape(x))}" for x in (replayed, eager)]
        return f"{path}: {kinds[0]} for {kinds[1]}"
    if a.dtype.kind not in "fc":
        return None if np.array_equal(a, b) else f"{path}, whose entries differ"
    with np.errstate(all="ignore"):
        finite = np.isfinite(b)
        worst = np.max(np.abs(a - b), where=finite, initial=0.0)
        scale = _largest(b)
    special = np.array_equal(a[~finite], b[~finite], equal_nan=True)
    if special and worst <= (1e-4 if coarse or a.dtype.itemsize <= 4 else 1e-10) * (scale + 1e-2 * floor):
        return None
    return f"{path}, by {worst:.3g}, whose largest entry is {scale:.3g}"
