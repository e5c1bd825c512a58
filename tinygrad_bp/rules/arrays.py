"""What the rules share that is no rule: looking at arrays and Values alike."""

from __future__ import annotations

from typing import Any

import numpy as np


def numbers(x: Any) -> Any:
    """The numbers of a Value, out of the graph; anything else as it is."""
    return x._data if hasattr(x, "__record__") else x


def array(x: Any) -> Any:
    """A Value as it is, anything else as an array."""
    return x if hasattr(x, "__record__") else np.asarray(x)


def along(x: Any, axis: int, part: Any) -> Any:
    """x indexed along one axis."""
    return x[(slice(None),) * (axis % np.ndim(x)) + (part,)]
