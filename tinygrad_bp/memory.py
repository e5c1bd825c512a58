"""Who else can reach an array: what lets the engine share memory safely instead of copying it.

CPython counts the references to an array, those of its views among them (a view holds its base). An array that only
the asker holds cannot be changed behind its back. Where references are not counted, everything counts as shared, and
is copied.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np


def _many(x: Any) -> int:
    return sys.maxsize


# without the interpreter lock, counts are not exact
counted = hasattr(sys, "getrefcount") and getattr(sys, "_is_gil_enabled", lambda: True)()
#: how many references to an object there are, that of the question among them
references: Callable[[Any], int] = sys.getrefcount if counted else _many

# glibc hands blocks above a threshold back to the kernel at each free, and takes page faults for them at each
# allocation; one block of nearly 32 MiB, freed untouched, raises the threshold (mallopt(3), M_MMAP_THRESHOLD)
np.empty(2**25 - 2**20, dtype=np.uint8)

#: bytes beyond which the copy of an array is one that never needs to be copied again: that takes longer to set up
_LARGE = 1 << 14

_ARRAY = np.ndarray
FLOATS = "fd"  # the codes of float32 and float64


class Holder:
    """A stand-in for a Value: one slot that holds an array."""

    __slots__ = ("_primal",)
    _primal: Any


def constant(x: Any) -> Any:
    """x as an array that nobody can write to, ever: a recording uses it, or parts of it, without making a copy.

    For data that many recordings have in common. Its memory is that of a `bytes` object, so that NumPy refuses to make
    it writeable again. TypeError for what is no array of numbers.
    """
    if hasattr(x, "__record__"):
        raise TypeError("constant(…) is for data: a Value is what gradients are taken of")
    array = np.asarray(x)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"constant(…) of {array.dtype}: pass an array of numbers")
    return _immutable(array)


def _immutable(x: Any) -> Any:
    """A copy in the memory of a `bytes` object."""
    if x.flags.fnc:
        return _immutable(x.T).T
    return np.ndarray(x.shape, x.dtype, x.tobytes())


def lasting(x: Any) -> Any:
    """An array as nobody can change it: a copy, unless its memory is that of a `bytes` object."""
    if is_lasting(x):
        return x
    if x.nbytes >= _LARGE and x.flags.forc and not x.dtype.hasobject:
        return _immutable(x)
    return x.copy(order="K")


def is_lasting(x: Any) -> bool:
    """Whether nobody can change an array, because its memory is that of a `bytes` object."""
    base = x.base
    return type(base) is bytes or (type(base) is np.ndarray and type(base.base) is bytes)


def held_alone(holder: Any) -> bool:
    """Whether nobody but `holder._primal` holds that array or a view of it."""
    return references(holder._primal) <= ALONE


def sole(x: Any) -> bool:
    """Whether only the caller, who was handed x, and the place it was handed from reach x's memory."""
    return references(x) <= _HANDED and ((base := x.base) is None or _whole(base, x))


def guarded(x: Any) -> Any:
    """x as nobody can write to it: an array's view that is read-only."""
    if type(x) is not np.ndarray:
        return x
    view = x.view()
    view.flags.writeable = False
    return view


def owned(x: Any) -> Any:
    """x if the caller's variable alone reaches its memory, else a copy."""
    if type(x) is not _ARRAY:
        return x
    if references(x) > _OWN:
        return x.copy(order="K")
    base = x.base
    return x if base is None or _whole(base, x) else x.copy(order="K")


def _whole(base: Any, x: Any) -> bool:
    """Whether x is the one view of all of `base`, which nobody else holds but the caller's variable."""
    whole = type(base) is np.ndarray and base.base is None and base.size == x.size and x.flags.writeable
    return whole and references(base) <= _BASE


def shared(x: np.ndarray) -> bool:
    """Whether more than the caller's variable reaches the memory of x."""
    if references(x) > _OWN:
        return True
    base = x.base
    if base is None or isinstance(base, np.generic):  # a number, which cannot change
        return False
    return type(base) is not np.ndarray or base.base is not None or references(base) > _BASE


def _calibrate() -> tuple[int, int, int, int]:
    """How many references are counted where there is only one holder: it depends on the interpreter's version."""
    if not counted:
        return 0, 0, 0, 0
    holder = Holder()
    holder._primal = np.empty(1)
    alone = references(holder._primal)

    def held(base: Any) -> int:
        return references(base)

    def both(x: Any) -> tuple[int, int]:
        own = references(x)
        base = x.base
        return own, held(base)

    def handed(x: Any) -> int:
        return both(x)[0]

    view = np.empty((2, 1)).T
    return alone, *both(view), handed(view)


#: as many as `references(holder._primal)` where nobody but the holder holds that array or a view of it
ALONE, _OWN, _BASE, _HANDED = _calibrate()
