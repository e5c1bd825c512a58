"""`x += y` in a trace: where nobody else sees the array it is `x = x + y`, elsewhere it is refused."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..memory import counted, references
from .step import Argument


def in_place(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The method of a Tracer for `x += y` and the like, `operation` being +.

    TypeError where the array is an argument or may be seen under another name, or through a view: NumPy would write
    into that too. ValueError and TypeError where NumPy raises them: where the result has another shape or kind.
    """
    sign = f"{operation.__name__.rstrip('_')} in place"

    def method(x: Any, y: Any) -> Any:
        step = x.step
        if step.kind is not np.ndarray:
            return NotImplemented  # a number: Python takes x + y
        if isinstance(step, Argument):
            raise TypeError(f"{sign} changes the argument {step.path}, which a replay would not do: write x = x + y, "
                            f"and return it")  # fmt: skip
        if references(x) > _ALONE or references(step.value) > _HELD or step.value.base is not None:
            raise TypeError(f"{sign} of an array that is seen under another name, or through a view, is not followed "
                            f"by a trace: write x = x + y")  # fmt: skip
        result = operation(x, y)
        if type(result) is not type(x):
            raise TypeError(f"{sign} of an array takes no {type(result).__name__}: write x = x + y")
        if result.shape != x.shape:
            raise ValueError(f"{sign} of an array of shape {x.shape} gives one of shape {result.shape}")
        if not np.can_cast(result.dtype, x.dtype, "same_kind"):
            raise TypeError(f"{sign} of an array of {x.dtype} gives one of {result.dtype}")
        return result if result.dtype == x.dtype else result.astype(x.dtype)

    return method


class _Counted:
    """What a Tracer is to its references."""

    def __init__(self) -> None:
        self.step = SimpleNamespace(value=np.empty(1))

    def __iadd__(self, other: Any) -> Any:
        step = self.step
        return references(self), references(step.value)


def _calibrate() -> Any:
    """How many references are counted to an array and its Tracer in one variable: it depends on the interpreter."""
    x: Any = _Counted()
    x += 0
    return x if counted else (0, 0)


_ALONE, _HELD = _calibrate()
