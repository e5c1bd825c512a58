"""What `ufunc.reduce`, `.accumulate` and `.outer` mean, in functions that have a rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .plain import PLAIN
from .reductions import logsumexp
from .rule import TABLE


def _over(function: Callable[..., Any]) -> Callable[..., Any]:
    """`ufunc.reduce` and `.accumulate` go along axis 0 where no axis is given."""
    return lambda array, axis=0, **options: function(array, axis=axis, **options)


def _outer(ufunc: Any) -> Callable[..., Any]:
    """Each entry of A with each of B."""
    return lambda A, B: ufunc(np.reshape(A, (*np.shape(A), *(1,) * np.ndim(B))), B)


METHODS: dict[tuple[Any, str], Callable[..., Any]] = {
    (np.add, "reduce"): _over(np.sum),
    (np.add, "accumulate"): _over(np.cumsum),
    (np.multiply, "reduce"): _over(np.prod),
    (np.multiply, "accumulate"): _over(np.cumprod),
    (np.maximum, "reduce"): _over(np.max),
    (np.minimum, "reduce"): _over(np.min),
    (np.logaddexp, "reduce"): _over(logsumexp),
    (np.logical_and, "reduce"): _over(np.all),
    (np.logical_or, "reduce"): _over(np.any),
    **{
        (ufunc, "outer"): _outer(ufunc)
        for ufunc in (*TABLE, *PLAIN)
        if isinstance(ufunc, np.ufunc) and ufunc.signature is None and (ufunc.nin, ufunc.nout) == (2, 1)
    },
}
