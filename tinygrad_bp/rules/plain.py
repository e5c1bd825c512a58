"""NumPy functions without a rule, knowingly: those whose result carries no derivative, and those that are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy._core import umath
from numpy.linalg import _umath_linalg

#: Results that are flat almost everywhere, or no numbers at all: given Values, these give plain arrays.
PLAIN: frozenset[Any] = frozenset(
    [
        # comparisons and logic
        np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
        np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
        np.isfinite, np.isinf, np.isnan, np.signbit,
        # steps
        np.sign, np.floor, np.ceil, np.trunc, np.rint, np.floor_divide,
        # about the array, not its numbers
        np.shape, np.ndim, np.size,
        np.zeros_like, np.ones_like, np.empty_like, vars(umath)["_ones_like"],
        np.argmax, np.argmin, np.argsort, np.any, np.all, np.nonzero, np.count_nonzero,
        np.array_equal, np.allclose, np.isclose, np.array_str, np.array_repr, np.array2string,
    ]
)  # fmt: skip


def _ufuncs(module: Any) -> list[Any]:
    return [f for f in vars(module).values() if isinstance(f, np.ufunc)]


def _takes_floats(ufunc: np.ufunc) -> bool:
    """Whether some argument may be a float64: NumPy writes `dd->d`."""
    return any("d" in types[: ufunc.nin] for types in ufunc.types)


#: What to write instead of a function that a Value refuses.
REFUSED: dict[Any, str] = {
    **dict.fromkeys(
        [f for f in _ufuncs(umath) if not _takes_floats(f)], "takes no floats, and has no derivative: give it arrays"
    ),
    **dict.fromkeys(_ufuncs(_umath_linalg), "is private to NumPy: call the function of np.linalg"),
    np.frexp: "has two outputs, one of them integer: use np.log2, np.exp2",
    np.modf: "has two outputs: use np.trunc(value) and value - np.trunc(value)",
    np.divmod: "has two outputs: use value // other and value % other",
    np.nextafter: "looks at the bits of a number, which has no derivative: apply it to value.data",
    np.spacing: "looks at the bits of a number, which has no derivative: apply it to value.data",
}
