"""What a search finds."""

from __future__ import annotations

from dataclasses import dataclass

from .arguments import Array
from .ladder import Estimate


@dataclass(frozen=True)
class Measurement:
    """What was found along v: an estimate with its bound, and where none decides, why.

    At a kink `left` and `right` are the slopes from either side. `exponent` tells later searches where to begin,
    `level` is the noise ε that the estimate reckons with. `drowned`: no slope stands out of a noise that is more than
    rounding; it may be f itself, which the steps do not resolve, and then have any slope. `bent`: the even part shows a
    kink in the ladder of the estimate.
    """

    v: dict[int, Array]
    estimate: Estimate
    reason: str | None
    exponent: int
    left: Estimate | None = None
    right: Estimate | None = None
    constant: bool = False
    level: float = 0.0
    drowned: bool = False
    bent: bool = False

    def better(self, other: Measurement) -> bool:
        """Whether this says more than another."""
        return (self.drowned, self.estimate.bound) < (other.drowned, other.estimate.bound)
