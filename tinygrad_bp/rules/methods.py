"""What `ufunc.reduce` and `ufunc.accumulate` mean, for the ufuncs that have a function of their own for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .reductions import logsumexp


def _over(function: Callable[..., Any]) -> Callable[..., Any]:
    """`ufunc.reduce` reduces axis 0 where no axis is given."""
    return lambda x, axis=0, **options: function(x, axis=axis, **options)


METHODS: dict[tuple[Any, str], Callable[..., Any]] = {
    (np.add, "reduce"): _over(np.sum),
    (np.multiply, "reduce"): _over(np.prod),
    (np.maximum, "reduce"): _over(np.max),
    (np.minimum, "reduce"): _over(np.min),
    (np.logaddexp, "reduce"): _over(logsumexp),
    (np.logical_and, "reduce"): _over(np.all),
    (np.logical_or, "reduce"): _over(np.any),
}
