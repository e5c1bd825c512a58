"""What a Value may hold: Python floats, and arrays of float32 or float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from .memory import FLOATS
from .tracing import Tracer


def admit(x: Any, what: str = "data") -> Any:
    """x as a Value holds it, copied.

    Python ints and floats become Python floats, NumPy's float32 and float64 scalars 0-d arrays, lists and tuples of
    Python numbers float64 arrays; float32 and float64 arrays are copied in their memory order. TypeError for anything
    else, with what to pass instead.
    """
    if type(x) is float:
        return x
    if type(x) is int:
        return float(x)
    if type(x) in (list, tuple):
        return _of_sequence(x, what)
    if type(x) is not np.ndarray and not isinstance(x, (np.generic, Tracer)):
        if hasattr(x, "__record__"):
            raise TypeError(f"{what} is a Value already: use it as it is, or pass value.data")
        hint = "np.asarray(…) of it" if hasattr(x, "__array__") else "a float, or an array of float32 or float64"
        raise TypeError(f"{what} is of type {type(x).__name__}: pass {hint}")
    if x.dtype.char not in FLOATS:
        raise TypeError(f"{what} has dtype {x.dtype}, and a Value holds float32 or float64: pass {_instead(x.dtype)}")
    # with NumPy's own dtype in place of an equal one, as an unpickled array has it: what follows compares by identity
    return x if type(x) is Tracer else np.asarray(x).astype(np.dtype(x.dtype.char), order="K")


def _of_sequence(x: Any, what: str) -> Any:
    try:
        array = np.array(x)
    except ValueError as error:
        raise TypeError(f"{what} is a ragged sequence ({error}): pass rows of equal length") from None
    numbers = array.dtype.kind == "O" and all(type(entry) in (int, float) for entry in array.flat)
    if array.dtype.kind in "iu" or array.size == 0 or numbers:
        array = array.astype(np.float64)
    if array.dtype.char not in FLOATS:
        raise TypeError(f"{what} is a sequence of {array.dtype}: pass a sequence of floats")
    return array


def _instead(dtype: Any) -> str:
    if dtype.kind in "biu" or dtype.char in "eg":
        return "x.astype(np.float64)"
    if dtype.kind == "c":
        return "its real and imaginary parts, as two float arrays"
    return "an array of floats"
