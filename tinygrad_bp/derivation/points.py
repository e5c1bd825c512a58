"""Points: the arguments again, those that are differentiated redrawn near where they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..tree import map_leaves

#: how far an entry goes, relative to itself, and what an entry near 0 goes at least, relative to its array
RELATIVE, AT_LEAST = 0.25, 0.05
#: how often the way is halved where the cost does not follow
HALVINGS = 6


def redrawn(
    arguments: tuple[Any, ...], argnums: Sequence[int], rng: np.random.Generator, way: float = 1.0, signs: bool = False
) -> tuple[Any, ...]:
    """The arguments with those at `argnums` moved: each entry by up to a quarter of itself, one near 0 a little; and
    with `signs`, each entry's sign drawn anew.
    """

    def moved(_: str, x: Any) -> Any:
        size = float(np.sqrt(np.mean(np.square(x)))) if np.size(x) else 0.0
        floor = AT_LEAST * size if size > 0 else 2 * AT_LEAST
        u, v = rng.uniform(-1, 1, np.shape(x)), rng.uniform(-1, 1, np.shape(x))
        new = x + way * (RELATIVE * u * np.abs(x) + floor * v)
        if signs:
            new = new * rng.choice((-1.0, 1.0), np.shape(x))
        return float(new) if type(x) is float else np.asarray(new, dtype=np.asarray(x).dtype)[()]

    return tuple(map_leaves(moved, x) if i in argnums else x for i, x in enumerate(arguments))
