"""Products, powers and broadcasts: flat, the same base once, numbers folded into one coefficient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..compound import Call, Product
from ..expression import Array, Expression, Number, Shape, Symbol

ONE, ZERO = Number(1.0), Number(0.0)


def expression(x: Any) -> Expression:
    """A number as an expression; an array of all the same number as that, broadcast."""
    if isinstance(x, Expression):
        return x
    if isinstance(x, np.ndarray) and x.ndim:
        raise TypeError("an array has a name: Array(x, name)")
    return Number(float(x))


def split(x: Expression) -> tuple[float, Expression]:
    """Its constant coefficient, and the rest."""
    if isinstance(x, Number):
        return x.value, ONE
    if isinstance(x, Product) and x.coefficient != 1:
        return x.coefficient, product(1.0, dict(x.factors))
    return 1.0, x


def scale(c: float, x: Expression) -> Expression:
    """c · x."""
    return multiply(Number(c), x)


def negative(x: Expression) -> Expression:
    """-x."""
    return scale(-1.0, x)


def unbroadcast(x: Expression) -> Expression:
    """x without a broadcast around it."""
    return x.arguments[0] if isinstance(x, Call) and x.function is np.broadcast_to else x


def product(coefficient: float, powers: dict[Expression, float]) -> Expression:
    """coefficient · Π base^power, nothing merged."""
    if not powers:
        return Number(coefficient)
    if coefficient == 1 and len(powers) == 1 and next(iter(powers.values())) == 1:
        return next(iter(powers))
    return Product(coefficient, tuple(powers.items()))


def multiply(*factors: Expression) -> Expression:
    """The product of the factors."""
    shape = np.broadcast_shapes(*(factor.shape for factor in factors))
    coefficient = 1.0
    powers: dict[Expression, float] = {}
    for factor in map(unbroadcast, factors):
        if isinstance(factor, Number):
            coefficient *= factor.value
            continue
        inside = factor.factors if isinstance(factor, Product) else ((factor, 1.0),)
        coefficient *= factor.coefficient if isinstance(factor, Product) else 1.0
        for base, p in inside:
            powers[base] = powers.get(base, 0.0) + p
    if coefficient == 0:
        return broadcast(ZERO, shape)
    for base, p in list(powers.items()):
        if isinstance(base, Call) and base.function is np.sign and p == 1:
            size = Call(np.absolute, base.arguments)
            if powers.get(size) == -1:  # sign(x) / |x| = 1 / x
                del powers[base], powers[size]
                powers[base.arguments[0]] = powers.get(base.arguments[0], 0.0) - 1
    return broadcast(product(coefficient, {base: p for base, p in powers.items() if p}), shape)


def power(x: Expression, p: float) -> Expression:
    """x^p."""
    if p == 1:
        return x
    if p == 0:
        return broadcast(ONE, x.shape)
    bare = unbroadcast(x)
    if isinstance(bare, Number) and (bare.value > 0 or p == int(p)) and bare.value:
        return broadcast(Number(bare.value**p), x.shape)
    if isinstance(bare, Product) and bare.coefficient == 1 and len(bare.factors) == 1:
        ((base, q),) = bare.factors
        if isinstance(base, Symbol) and base.positive:
            return broadcast(product(1.0, {base: q * p}), x.shape)
    if isinstance(bare, Product) and p == int(p):
        return broadcast(product(bare.coefficient**p, {base: q * p for base, q in bare.factors}), x.shape)
    return broadcast(Product(1.0, ((bare, float(p)),)), x.shape)


def divide(x: Expression, y: Expression) -> Expression:
    """x / y."""
    return multiply(x, power(y, -1))


def broadcast(x: Expression, shape: Shape) -> Expression:
    """x, as an array of this shape."""
    return x if x.shape == shape else Call(np.broadcast_to, (unbroadcast(x), shape), shape=shape)


def constant(value: Any, name: str) -> Expression:
    """An array that is nobody's argument; a number where all its entries are the same."""
    if value.dtype.kind == "f" and value.size and np.all(value == value.flat[0]) and np.isfinite(value.flat[0]):
        return broadcast(Number(float(value.flat[0])), value.shape)
    return Array(value, name)
