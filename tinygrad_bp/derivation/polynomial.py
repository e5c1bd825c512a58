"""Sums that are polynomials in one quantity: 1/4 (1 - (2a - 1)²) is a (1 - a)."""

from __future__ import annotations

from .compound import Product, Sum
from .expression import Expression, Number

Degrees = dict[int, float]

#: beyond this a power of a sum is not expanded
HIGHEST = 4


def as_polynomial(parts: dict[Expression, float]) -> tuple[Expression, Degrees] | None:
    """The base and the coefficients by degree of Σ c · part, with at least two terms; None where it is none."""
    bases: set[Expression] = set()
    total: Degrees = {}
    for part, c in parts.items():
        degrees = _degrees(part, bases)
        if degrees is None or len(bases) > 1:
            return None
        for k, value in degrees.items():
            total[k] = total.get(k, 0.0) + c * value
    return (bases.pop(), total) if bases else None


def polynomial_terms(degrees: Degrees) -> tuple[int, Degrees]:
    """The lowest degree, and the coefficients by degree above it."""
    left = {k: c for k, c in degrees.items() if abs(c) > 1e-15 * max(map(abs, degrees.values()))}
    lowest = min(left, default=0)
    return lowest, {k - lowest: left[k] for k in sorted(left)}


def _degrees(x: Expression, bases: set[Expression]) -> Degrees | None:
    if isinstance(x, Number):
        return {0: x.value}
    if isinstance(x, Product):
        product: Degrees = {0: x.coefficient}
        for base, p in x.factors:
            if p != int(p):
                return None
            if isinstance(base, Sum):
                inner = _degrees(base, bases)
                if inner is None or not 0 < p <= HIGHEST:
                    return None
                for _ in range(int(p)):
                    product = _times(product, inner)
            else:
                bases.add(base)
                product = _times(product, {int(p): 1.0})
        return product
    if isinstance(x, Sum):
        total: Degrees = {}
        for term in x.terms:
            degrees = _degrees(term, bases)
            if degrees is None:
                return None
            for k, c in degrees.items():
                total[k] = total.get(k, 0.0) + c
        return total
    bases.add(x)
    return {1: 1.0}


def _times(a: Degrees, b: Degrees) -> Degrees:
    product: Degrees = {}
    for i, x in a.items():
        for j, y in b.items():
            product[i + j] = product.get(i + j, 0.0) + x * y
    return product
