"""An expression rebuilt in its normal form, with some of its parts replaced."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..rules.indexing import scattered
from . import algebra
from .compound import Call, MatMul, Product, Sum
from .expression import Expression, Number

Replace = Callable[[Expression], Expression | None]


def simplified(x: Expression, replace: Replace) -> Expression:
    """x with replace(part) for each part that it gives one for, made anew by the algebra where anything changed."""
    new = replace(x)
    if new is not None:
        return new
    parts = x.parts()
    changed = tuple([simplified(part, replace) for part in parts])
    if all(a is b for a, b in zip(parts, changed, strict=True)):
        return x
    return rebuilt(x, changed)


def rebuilt(x: Expression, parts: tuple[Expression, ...]) -> Expression:
    """x of other parts, in normal form."""
    if isinstance(x, Sum):
        return algebra.add(*parts)
    if isinstance(x, Product):
        raised = [algebra.power(part, p) for part, (_, p) in zip(parts, x.factors, strict=True)]
        return algebra.multiply(Number(x.coefficient), *raised)
    if isinstance(x, MatMul):
        return algebra.matmul(*parts)
    assert isinstance(x, Call)
    made: dict[Any, Callable[..., Expression]] = {
        np.transpose: algebra.transpose,
        np.sum: algebra.total,
        np.reshape: algebra.reshape,
        np.broadcast_to: algebra.broadcast,
        operator.getitem: algebra.getitem,
        scattered.function: algebra.scattered,
    }
    arguments, options = x.filled(parts)
    if x.function in made and isinstance(arguments[0] if x.function is not scattered.function else None, Expression):
        return made[x.function](*arguments, **options)
    if x.function is scattered.function:
        return algebra.scattered(*arguments)
    return Call(x.function, arguments, options)
