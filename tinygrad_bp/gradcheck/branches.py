"""Which way a function went: the outcomes of all that is not smooth in it, as a signature to compare.

Where f runs on Values, its recording shows the comparisons it made, and for each rule with a corner the side it was on.
Two points of equal signature lie on one smooth piece of f.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..context import enable_grad, watching
from ..sweep import recorded


def _larger(a: Any, b: Any, *rest: Any) -> Any:
    return np.sign(np.subtract(a, b))


def _extreme(x: Any, *rest: Any, y: Any, options: dict[str, Any]) -> Any:
    axis = rest[0] if rest else options.get("axis")
    if axis is not None and np.ndim(y) < np.ndim(x):
        y = np.expand_dims(y, axis)
    return np.asarray(x) == y


#: for the rules with a corner or a step, the side that their arguments are on
SIDES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(["absolute", "fabs", "relu", "leaky_relu", "heaviside"], lambda x, *rest: np.sign(x)),
    **dict.fromkeys(["maximum", "minimum", "fmax", "fmin"], _larger),
    "remainder": lambda a, b: np.floor_divide(a, b),
    "fmod": lambda a, b: np.trunc(np.divide(a, b)),
    "copysign": lambda a, b: np.stack(np.broadcast_arrays(np.sign(a), np.sign(b))),
    "sort": lambda x, *rest: np.argsort(x, kind="stable"),
}
#: those whose side is a sign, zero at the tie
SIGNS = frozenset(["absolute", "fabs", "relu", "leaky_relu", "heaviside", "maximum", "minimum", "fmax", "fmin"])


class Watch:
    """Runs f on Values and keeps what it saw: `.signature`, bytes, and `.corners`, how much there was to see;
    `.ties`, how many entries of it were at their tie, where two branches meet, or may have been."""

    def __init__(self) -> None:
        self._digest = hashlib.blake2b(digest_size=16)
        self.corners = 0
        self.ties = 0

    @property
    def signature(self) -> bytes:
        return self._digest.digest()

    def _add(self, outcome: Any, ties: int | None = None) -> None:
        outcome = np.asarray(outcome)
        if outcome.dtype.kind in "biuf":
            self.corners += 1
            self.ties += outcome.size if ties is None else ties  # a comparison does not tell
            if outcome.dtype.kind == "f" and np.isfinite(outcome).all():
                outcome = outcome.astype(np.int64)
            self._digest.update(str(outcome.shape).encode() + outcome.tobytes())

    def run(self, f: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """f(*arguments), watched."""
        with enable_grad(), watching(self._add):
            result = f(*arguments)
        return result

    def read(self, roots: list[Any]) -> None:
        """Take in the recording of the results."""
        names = []
        with np.errstate(all="ignore"):
            for node in recorded(roots):
                if node.rule is None:
                    continue
                names.append(node.rule.name)
                if node.rule.name in ("max", "min"):
                    extreme = _extreme(*node.operands, y=node._primal, options=node.options or {})
                    self._add(extreme, int(np.count_nonzero(extreme)) - np.size(node._primal))
                elif node.rule.name in SIDES:
                    side = SIDES[node.rule.name](*node.operands)
                    self._add(side, int(np.count_nonzero(side == 0)) if node.rule.name in SIGNS else None)
        self._digest.update(" ".join(names).encode())
