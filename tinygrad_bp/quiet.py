"""Functions whose infinities and nans are answers, not accidents: NumPy's warnings are not for them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy._core import umath

Function = TypeVar("Function", bound=Callable[..., Any])


def _by_errstate(function: Function) -> Function:
    return np.errstate(all="ignore")(function)


def _by_context(function: Function) -> Function:
    """As `np.errstate`, with the state made once: it makes one anew at each call, which takes ten times as long."""

    @functools.wraps(function)
    def ignoring(*arguments: Any, **options: Any) -> Any:
        token = _state.set(_IGNORE)
        try:
            return function(*arguments, **options)
        finally:
            _state.reset(token)

    return ignoring  # type: ignore[return-value]


# where NumPy keeps the state is its own affair, and may change
_state: Any = getattr(umath, "_extobj_contextvar", None)
if _state is None:
    quiet = _by_errstate
else:
    quiet = _by_context
    with np.errstate(all="ignore"):
        _IGNORE = _state.get()
