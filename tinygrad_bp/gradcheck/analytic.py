"""Whether a function of arrays does nothing but what is analytic, seen by running it.

A complex array that notes every NumPy function it goes through. Comparisons and maxima are analytic on each of their
branches, since NumPy orders complex numbers by their real part; |x|, conj, sign and real parts are not, nor is any
function not listed here; a result that has left the watched arrays proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..tree import map_leaves

ANALYTIC = frozenset(
    [
        "add",
        "subtract",
        "multiply",
        "divide",
        "true_divide",
        "power",
        "negative",
        "positive",
        "reciprocal",
        "square",
        "sqrt",
        "exp",
        "exp2",
        "expm1",
        "log",
        "log2",
        "log10",
        "log1p",
        "sinh",
        "cosh",
        "tanh",
        "arcsinh",
        "arccosh",
        "arctanh",
        "sin",
        "cos",
        "tan",
        "arcsin",
        "arccos",
        "arctan",
        "matmul",
        "dot",
        "inner",
        "outer",
        "tensordot",
        "einsum",
        "kron",
        "cross",
        "sum",
        "mean",
        "prod",
        "cumsum",
        "cumprod",
        "trace",
        "diagonal",
        "diag",
        "average",
        "diff",
        "solve",
        "inv",
        "det",
        "matrix_power",
        "vecdot",
        "reshape",
        "transpose",
        "matrix_transpose",
        "broadcast_to",
        "broadcast_arrays",
        "squeeze",
        "expand_dims",
        "concatenate",
        "stack",
        "vstack",
        "hstack",
        "column_stack",
        "moveaxis",
        "swapaxes",
        "ravel",
        "flip",
        "fliplr",
        "flipud",
        "roll",
        "rot90",
        "tile",
        "repeat",
        "split",
        "array_split",
        "atleast_1d",
        "atleast_2d",
        "take",
        "take_along_axis",
        "triu",
        "tril",
        "pad",
        "copy",
        "where",
        "compress",
        "logsumexp",
        "max",
        "min",
        "maximum",
        "minimum",
        "amax",
        "amin",
        "equal",
        "not_equal",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "logical_and",
        "logical_or",
        "logical_not",
        "logical_xor",
        "isfinite",
        "isnan",
        "isinf",
        "any",
        "all",
        "argmax",
        "argmin",
        "shape",
        "ndim",
        "size",
        "zeros_like",
        "ones_like",
        "full_like",
        "result_type",
        "polyval",
        "c_einsum",
        "clip",
        "nonzero",
        "searchsorted",
        "bitwise_and",
        "bitwise_or",
        "invert",
    ]
) - {"vecdot"}  # which conjugates


class NotAnalyticError(TypeError):
    """The function did something that does not carry a complex step."""


class Complex(np.ndarray[Any, Any]):
    """A complex array that refuses what is not analytic."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if ufunc.__name__ not in ANALYTIC:
            raise NotAnalyticError(ufunc.__name__)
        out = options.get("out")
        if out is not None:
            options["out"] = tuple(_bare(x) for x in out)
        result = getattr(ufunc, method)(*map(_bare, inputs), **options)
        return result if method == "at" else _watched(result)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        if function.__name__ not in ANALYTIC:
            raise NotAnalyticError(function.__name__)
        return _watched(super().__array_function__(function, types, arguments, options))

    def __getitem__(self, index: Any) -> Any:
        return _watched(super().__getitem__(index))

    @property  # type: ignore[misc]
    def real(self) -> Any:
        raise NotAnalyticError("real")

    @property  # type: ignore[misc]
    def imag(self) -> Any:
        raise NotAnalyticError("imag")

    def astype(self, dtype: Any, *rest: Any, **options: Any) -> Any:
        """As `ndarray.astype`, to complex types only."""
        if self.dtype.kind == "c" and np.dtype(dtype).kind != "c":
            raise NotAnalyticError("astype")
        return super().astype(dtype, *rest, **options)


class Traced:
    """f, given complex arrays, with proof that all it does is analytic; NotAnalyticError otherwise."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f

    def __call__(self, *arguments: Any) -> Any:
        def checked(path: str, y: Any) -> Any:
            if not isinstance(y, Complex):
                raise NotAnalyticError(f"a result of type {type(y).__name__}")
            return _bare(y)

        return map_leaves(checked, self.f(*(map_leaves(_lifted, a) for a in arguments)))


def _lifted(path: str, x: Any) -> Any:
    is_complex = isinstance(x, (complex, np.complexfloating)) or (isinstance(x, np.ndarray) and x.dtype.kind == "c")
    return np.asarray(x).view(Complex) if is_complex else x


def _bare(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Complex) else x


def _watched(x: Any) -> Any:
    if isinstance(x, (tuple, list)):
        return type(x)(map(_watched, x)) if type(x) in (tuple, list) else x
    if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "cb":
        return x.view(np.ndarray).view(Complex) if isinstance(x, np.ndarray) else np.asarray(x).view(Complex)
    return x
