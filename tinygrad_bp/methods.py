"""The methods that arrays have too, where each is NumPy's function of that name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _as_method(function: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's function as a method of its first argument."""

    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        return function(self, *arguments, **options)

    method.__name__ = function.__name__
    method.__doc__ = f"As `np.{function.__name__}` of self."
    return method


class ArrayMethods:
    """What an array's method gives, in a new Value; those that would write into the array are not here."""

    __slots__ = ()

    all = _as_method(np.all)
    any = _as_method(np.any)
    argmax = _as_method(np.argmax)
    argmin = _as_method(np.argmin)
    argsort = _as_method(np.argsort)
    clip = _as_method(np.clip)
    copy = _as_method(np.copy)
    cumprod = _as_method(np.cumprod)
    cumsum = _as_method(np.cumsum)
    diagonal = _as_method(np.diagonal)
    dot = _as_method(np.dot)
    flatten = _as_method(np.ravel)
    nonzero = _as_method(np.nonzero)
    prod = _as_method(np.prod)
    ravel = _as_method(np.ravel)
    repeat = _as_method(np.repeat)
    round = _as_method(np.round)
    squeeze = _as_method(np.squeeze)
    std = _as_method(np.std)
    swapaxes = _as_method(np.swapaxes)
    take = _as_method(np.take)
    trace = _as_method(np.trace)
    var = _as_method(np.var)
