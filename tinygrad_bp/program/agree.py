"""Whether a replay gives what the function itself gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tree import children, leaves


def largest(tree: Any) -> float:
    """The largest finite number in a tree of them, by magnitude; 0 where there is none."""
    found = [np.abs(x) for _, x in leaves(tree) if isinstance(x, (float, np.ndarray, np.generic)) and _is_float(x)]
    return max((float(np.max(x, where=np.isfinite(x), initial=0.0)) for x in found), default=0.0)


def _is_float(x: Any) -> bool:
    return np.asarray(x).dtype.kind in "fc"


def difference(replayed: Any, eager: Any, path: str = "the result", *, floor: float = 0.0) -> str | None:
    """Where two results differ by more than rounding: the path, and by how much. None where they agree.

    Entries may differ by 10⁻¹⁰ of the largest in their array (10⁻⁴ in float32). Where they may be the
    difference of numbers as large as `floor`, a hundredth of that counts with the largest; nan agrees with nan.
    """
    parts, others = children(replayed), children(eager)
    if parts is not None or others is not None:
        if type(replayed) is not type(eager) or parts is None or others is None or len(parts) != len(others):
            return f"how {path} is nested"
        for (suffix, part), (other_suffix, other) in zip(parts, others, strict=True):
            if suffix != other_suffix:
                return f"how {path} is nested: {suffix} and {other_suffix}"
            found = difference(part, other, path + suffix, floor=floor)
            if found:
                return found
        return None
    if not isinstance(eager, (float, complex, np.ndarray, np.generic)):
        return (
            None if type(replayed) is type(eager) and bool(replayed == eager) else f"{path}: {replayed!r} for {eager!r}"
        )
    a, b = np.asarray(replayed), np.asarray(eager)
    alike = type(replayed) is type(eager) or (isinstance(replayed, float) and isinstance(eager, float))
    if not alike or a.shape != b.shape or a.dtype != b.dtype:
        kinds = [f"{type(x).__name__} of {np.asarray(x).dtype}{list(np.shape(x))}" for x in (replayed, eager)]
        return f"{path}: {kinds[0]} for {kinds[1]}"
    if a.dtype.kind not in "fc":
        return None if np.array_equal(a, b) else f"{path}, whose entries differ"
    with np.errstate(all="ignore"):
        finite = np.isfinite(b)
        worst = np.max(np.abs(a - b), where=finite, initial=0.0)
        scale = np.max(np.abs(b), where=finite, initial=0.0)
    special = np.array_equal(a[~finite], b[~finite], equal_nan=True)
    if special and worst <= (1e-4 if a.dtype.itemsize <= 4 else 1e-10) * (scale + 1e-2 * floor):
        return None
    return f"{path}, by {worst:.3g}, whose largest entry is {scale:.3g}"
