"""The numerical witness: whether differences of the cost itself bear the engine out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..gradcheck import gradcheck


def witness(
    cost: Callable[..., Any], arguments: tuple[Any, ...], argnums: Sequence[int], seed: int
) -> tuple[bool, str]:
    """Whether the engine is contradicted, and what is to be said of it."""
    try:
        with np.errstate(all="ignore"):
            report = gradcheck(cost, *arguments, argnums=tuple(argnums), seed=seed)
    except (TypeError, ValueError) as error:
        return False, f"none ({error})"
    if report.verdict == "pass":
        finest = max((float(r) for r in report.resolution.values()), default=0.0)
        return False, f"differences of the cost confirm the engine (an error of {finest:.0e} would have been seen)"
    if report.verdict == "fail":
        return True, f"differences of the cost contradict the engine: {report}"
    return False, f"differences of the cost cannot tell ({report.reason}): {report.remedy}"
