"""One way of writing each call: what says nothing is left out, so that alike calls look alike."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..rules.reductions import euclidean_norm, logsumexp
from ..tracing import Step

#: what each option is where it is left out
_DEFAULTS: dict[str, Any] = {"axis": None, "keepdims": False, "axes": None}
_REDUCTIONS = frozenset((np.sum, np.prod, np.mean, np.max, np.min, np.any, np.all, logsumexp.function,
                         euclidean_norm.function))  # fmt: skip
#: exponents for which NumPy's operator has a loop of its own
_OWN_LOOPS = (-1, 0, 0.5, 1, 2)


def canonical(
    function: Callable[..., Any] | None, arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[Callable[..., Any] | None, tuple[Any, ...], dict[str, Any]]:
    """The call in one way of writing it, which gives the same bits."""
    if function in _REDUCTIONS and any(isinstance(x, Step) and x.kind is np.ndarray for x in arguments):
        options = {k: x for k, x in options.items() if not (k in _DEFAULTS and x is _DEFAULTS[k])}
        axis = options.get("axis")
        if type(axis) is tuple and len(axis) == 1:
            options["axis"] = axis[0]
    if function is np.argsort:
        options = {k: x for k, x in options.items() if x is not None or k == "axis"}
    if function is np.transpose and len(arguments) == 2 and arguments[1] is None:
        arguments = arguments[:1]
    if function is np.power and not options and len(arguments) == 2 and _same_power(*arguments):
        function = operator.pow
    return function, arguments, options


def _same_power(base: Any, exponent: Any) -> bool:
    """Whether `base ** exponent` gives the bits of `np.power(base, exponent)`."""
    if not (isinstance(base, Step) and base.kind is np.ndarray and base.shape and base.dtype.kind == "f"):
        return False
    if isinstance(exponent, Step):
        return exponent.kind is np.ndarray and exponent.shape != ()
    if type(exponent) not in (int, float):
        return False
    return exponent not in _OWN_LOOPS or _same_loop(base.dtype.char, float(exponent))


@functools.cache
def _same_loop(dtype: str, exponent: float) -> bool:
    """Whether this NumPy computes both alike (since 2.0 it does): tried on numbers of all sizes."""
    x = np.random.default_rng(0).lognormal(0, 3, 5000).astype(dtype)
    return bool(np.all(np.power(x, exponent) == x**exponent))
