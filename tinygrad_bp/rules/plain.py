"""NumPy functions without a rule, knowingly: plain ones, whose result carries no derivative, and refused ones."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy._core import umath

#: Results that are flat almost everywhere, or no numbers at all: given Values, these give plain arrays.
PLAIN: frozenset[Any] = frozenset(
    [
        # comparisons and logic
        np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
        np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.any, np.all,
        np.isfinite, np.isinf, np.isnan, np.isneginf, np.isposinf, np.signbit, np.isin,
        *(vars(np)[name] for name in ("in1d",) if name in vars(np)),  # before NumPy 2.4
        np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj,
        np.array_equal, np.array_equiv, np.allclose, np.isclose,
        # steps
        np.sign, np.floor, np.ceil, np.trunc, np.rint, np.round, np.around, np.fix, np.floor_divide,
        np.imag, np.angle,  # of real numbers: 0, and 0 or π
        # positions and counts
        np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.argwhere, np.lexsort,
        np.nonzero, np.flatnonzero, np.count_nonzero, np.searchsorted, np.digitize, np.linalg.matrix_rank,
        # about the array, not its numbers
        np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.common_type, np.min_scalar_type,
        np.may_share_memory, np.shares_memory, np.einsum_path,
        np.diag_indices_from, np.tril_indices_from, np.triu_indices_from,
        np.array_str, np.array_repr, np.array2string,
        # of other numbers
        np.zeros_like, np.ones_like, np.empty_like, vars(umath)["_ones_like"],
        np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri, np.arange,
    ]
)  # fmt: skip


def _ufuncs(module: str) -> list[Any]:
    return [f for f in vars(importlib.import_module(module)).values() if isinstance(f, np.ufunc)]


def _takes_floats(ufunc: np.ufunc) -> bool:
    """Whether some argument may be a float64: NumPy writes `dd->d`."""
    return any("d" in types[: ufunc.nin] for types in ufunc.types)


_NO_FLOATS = "takes no floats, and has no derivative: give it arrays"
_WRITES = "writes into an array, which a recording does not follow: write np.where, or np.concatenate of the parts"
_SET = (
    "gives a set, whose size jumps: take value[np.unique(value.data, return_index=True)[1]], or apply it to value.data"
)
_COUNTS = "counts, and is flat: apply it to value.data"
_COMPLEX = "gives complex numbers, which a Value does not hold: apply it to value.data"
_ARRAY = "would make an array of a Value, which leaves the graph: combine Values with np.stack, or take value.data"

_REASONS: dict[str, list[Any]] = {
    _NO_FLOATS: [
        *(f for f in _ufuncs("numpy._core.umath") if not _takes_floats(f)),
        np.packbits, np.unpackbits, np.ravel_multi_index, np.unravel_index, np.ix_,
        np.busday_count, np.busday_offset, np.is_busday, np.datetime_as_string,
    ],
    "is private to NumPy: call the function of np.linalg, or np.fft": [
        *_ufuncs("numpy.linalg._umath_linalg"), *_ufuncs("numpy.fft._pocketfft_umath"),
    ],
    "has two outputs, one of them integer: use np.log2, np.exp2": [np.frexp],
    "has two outputs: use np.trunc(value) and value - np.trunc(value)": [np.modf],
    "has two outputs: use value // other and value % other": [np.divmod],
    "looks at the bits of a number, which has no derivative: apply it to value.data": [np.nextafter, np.spacing],
    _WRITES: [np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal],
    _SET: [
        np.unique, np.unique_all, np.unique_counts, np.unique_inverse, np.unique_values,
        np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d,
    ],
    _COUNTS: [np.histogram, np.histogram2d, np.histogramdd, np.histogram_bin_edges],
    _COMPLEX: [np.linalg.eig, np.linalg.eigvals, np.roots, np.sort_complex],
    _ARRAY: [
        np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require, np.full,
        np.frombuffer, np.fromfile, np.fromfunction, np.fromiter, np.fromstring, np.loadtxt, np.genfromtxt,
    ],
    "saves numbers and no graph: give it value.data": [np.save, np.savez, np.savez_compressed, np.savetxt],
}  # fmt: skip

#: What to write instead of a function that a Value refuses.
REFUSED: dict[Any, str] = {function: reason for reason, functions in _REASONS.items() for function in functions}

#: The same for whole modules, whose other functions have a rule.
REFUSED_MODULES: dict[str, str] = {
    "numpy.fft": _COMPLEX,
    "numpy.lib.scimath": _COMPLEX,
    "numpy.lib._scimath_impl": _COMPLEX,  # before NumPy 2.3
    "numpy.strings": _NO_FLOATS,
    "numpy.char": _NO_FLOATS,
    "numpy.lib.recfunctions": "is for structured arrays, which a Value does not hold: give it arrays",
}

#: What could be differentiated, and is not yet.
NOT_YET: frozenset[Any] = frozenset(
    [
        np.i0, np.nanmedian, np.nanquantile, np.nanpercentile, np.trim_zeros, np.polydiv,
    ]
)  # fmt: skip


def refusal(function: Any) -> str:
    """Why a function takes no Value, and what to write instead: the end of a sentence that begins with its name."""
    if function in NOT_YET:
        return "is not differentiated yet: state a rule with tinygrad_bp.primitive, or apply it to value.data"
    unknown = "has no rule: state one with tinygrad_bp.primitive, or apply it to value.data"
    return REFUSED.get(function) or REFUSED_MODULES.get(getattr(function, "__module__", None) or "", unknown)
