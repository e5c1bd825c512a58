"""What a step computes: as an eager run does, of Python's numbers by Python and `math`, else by NumPy."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..rules import TABLE

NUMBERS = (float, int, bool)

#: how Python computes them of its own numbers
OPERATORS: dict[Any, Callable[[Any, Any], Any]] = {
    np.equal: operator.eq,
    np.not_equal: operator.ne,
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
    np.bitwise_and: operator.and_,
    np.bitwise_or: operator.or_,
    np.bitwise_xor: operator.xor,
}


def evaluate(function: Callable[..., Any], numbers: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """function(*numbers, **options) as an eager run computes it: of Python numbers by Python and `math`."""
    if options or not all(type(x) in NUMBERS for x in numbers):
        return function(*numbers, **options)
    if function is np.where:
        chosen = numbers[1] if numbers[0] else numbers[2]
        return float(chosen) if float in map(type, numbers[1:]) else chosen
    if function in OPERATORS:
        return OPERATORS[function](*numbers)
    if function is operator.pow and any(type(x) is float for x in numbers):
        function = np.power  # as Python's **, without its exceptions and complex numbers
    rule = TABLE.get(function)
    if rule is None:
        return function(*numbers)
    if rule.scalar is not None:
        try:
            return rule.scalar(*numbers)
        except (ArithmeticError, ValueError):
            pass
    with np.errstate(all="ignore"):
        y = function(*(np.float64(x) if type(x) is float else x for x in numbers))
    return float(y) if np.shape(y) == () else y
