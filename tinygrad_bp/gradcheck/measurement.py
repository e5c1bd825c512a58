"""What a search finds."""

from __future__ import annotations

from dataclasses import dataclass

from .arguments import Array
from .ladder import Estimate


@dataclass(frozen=True)
class Measurement:
    """What was found along v: an estimate with its bound, and where none decides, why.

    At a kink `left` and `right` are the slopes from either side. `exponent` tells later searches where to begin.
    """

    v: dict[int, Array]
    estimate: Estimate
    reason: str | None
    exponent: int
    left: Estimate | None = None
    right: Estimate | None = None
    constant: bool = False
