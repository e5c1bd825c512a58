"""What a derivation's own evaluation rounds: how its values jump where its arguments move by a roundoff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..tree import map_leaves
from .blame import SAFETY, Judged, Judgement, Point
from .recorded import BranchError

if TYPE_CHECKING:
    from .compare import Case

#: a difference above this, relative to what follows, is no rounding that is worth hearing about
SLIGHT = 1e-3
#: how often the arguments are moved
TRIALS = 3


def is_slight(judged: Judged) -> bool:
    """Whether an accusation rests on a difference so small that it may be rounding of the derivation's own."""
    worst = judged.worst
    if judged.verdict != "wrong" or worst is None:
        return False
    return abs(worst.yours - worst.expected) <= SLIGHT * max(abs(worst.yours), abs(worst.expected))


class Rounding:
    """The derivation, called again at arguments moved by a roundoff."""

    def __init__(self, case: Case, judgement: Judgement) -> None:
        self.case, self.judgement = case, judgement
        self._near: dict[int, list[Point]] = {}

    def of(self, name: str, point: Point) -> Any:
        """How far apart what it gives and what follows are moved by that."""
        formula = self.judgement.formulas[name]
        with np.errstate(all="ignore"):
            here = np.asarray(point.hand[name], dtype=float) - formula.evaluate(point.quantities)
            jumps: Any = 0.0
            for near in self._points(point):
                there = np.asarray(near.hand[name], dtype=float) - formula.evaluate(near.quantities)
                jumps = np.maximum(jumps, np.abs(there - here))
        return SAFETY * np.max(jumps, initial=0.0)

    def _points(self, point: Point) -> list[Point]:
        if id(point) not in self._near:
            rng = np.random.default_rng(self.case.seed)

            def moved(_: str, x: Any) -> Any:
                array = np.asarray(x)
                new = array + rng.choice((-1, 0, 1), array.shape) * np.spacing(np.abs(array))
                return float(new) if type(x) is float else new.astype(array.dtype)

            found = self._near[id(point)] = []
            for _ in range(TRIALS):
                arguments = tuple(
                    map_leaves(moved, x) if i in self.case.argnums else x for i, x in enumerate(point.arguments)
                )
                try:
                    found.append(self.case.point(arguments))
                except BranchError:
                    continue
        return self._near[id(point)]
