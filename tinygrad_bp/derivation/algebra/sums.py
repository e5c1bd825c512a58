"""Sums: flat, equal terms merged, common factors pulled out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..compound import Call, Product, Sum
from ..expression import Expression, Number
from ..polynomial import as_polynomial, polynomial_terms
from .linear import total
from .products import ZERO, broadcast, multiply, power, product, scale, split, unbroadcast


def add(*terms: Expression) -> Expression:
    """The sum of the terms."""
    shape = np.broadcast_shapes(*(term.shape for term in terms))
    coefficients: dict[Expression, float] = {}
    pending = [unbroadcast(term) for term in reversed(terms)]
    while pending:
        c, rest = split(pending.pop())
        rest = unbroadcast(rest)
        if isinstance(rest, Sum):
            pending += [scale(c, term) for term in reversed(rest.terms)]
        elif isinstance(rest, Product) and len(rest.factors) == 1 and rest.factors[0][1] == 1:
            pending.append(scale(c * rest.coefficient, rest.factors[0][0]))
        else:
            coefficients[rest] = coefficients.get(rest, 0.0) + c
    parts = _sums_together({rest: c for rest, c in coefficients.items() if c != 0})
    if not parts:
        return broadcast(ZERO, shape)
    if len(parts) == 1:
        ((rest, c),) = parts.items()
        return broadcast(scale(c, rest), shape)
    polynomial = as_polynomial(parts)
    if polynomial is not None:
        base, degrees = polynomial
        lowest, terms_ = polynomial_terms(degrees)
        if not terms_:
            return broadcast(ZERO, shape)
        parts = {product(1.0, {base: k} if k else {}): c for k, c in terms_.items()}
        return broadcast(multiply(power(base, lowest), _factored(parts)), shape)
    return broadcast(_factored(parts), shape)


def _sums_together(parts: dict[Expression, float]) -> dict[Expression, float]:
    """Sums over the same axes as one: Σ x + Σ y is Σ (x + y)."""
    alike: dict[Any, list[Expression]] = {}
    for x in parts:
        if isinstance(x, Call) and x.function is np.sum:
            alike.setdefault((x.arguments[0].shape, repr(x.options)), []).append(x)
    together: dict[Expression, float] = {}
    for x, c in parts.items():
        group = next((group for group in alike.values() if x in group), [x])
        if len(group) == 1:
            together[x] = c
        elif x is group[0]:
            assert isinstance(x, Call)
            inside = [scale(parts[each], each.parts()[0]) for each in group]
            c, rest = split(total(add(*inside), x.options.get("axis"), keepdims=x.options.get("keepdims", False)))
            together[rest] = together.get(rest, 0.0) + c
    return together


def _factored(parts: dict[Expression, float]) -> Expression:
    """Σ c · part, with what all parts have in common before it."""
    if len(parts) == 1:
        ((rest, c),) = parts.items()
        return scale(c, rest)
    sizes = {abs(c) for c in parts.values()}
    common = sizes.pop() if len(sizes) == 1 else 1.0
    if all(c < 0 for c in parts.values()):
        common = -common
    powers = [dict(x.factors) if isinstance(x, Product) else {} if isinstance(x, Number) else {x: 1.0} for x in parts]
    shared: dict[Expression, float] = {}
    for base in powers[0]:
        others = [each.get(base, 0.0) for each in powers]
        if all(q > 0 for q in others):
            shared[base] = min(others)
        elif all(q < 0 for q in others):
            shared[base] = max(others)
    terms = []
    for each, c in zip(powers, parts.values(), strict=True):
        left = {base: p - shared.get(base, 0.0) for base, p in each.items()}
        left = {base: p for base, p in left.items() if p}
        terms.append(product(c / common, left))
    if not shared and common == 1:
        return Sum(tuple(_grouped(terms)))
    inner = add(*terms) if shared else Sum(tuple(terms))
    return multiply(product(common, shared), inner)


def _grouped(terms: list[Expression]) -> list[Expression]:
    """The terms, those of the same size of coefficient in brackets: (a - y) / 3."""
    by_size: dict[float, list[Expression]] = {}
    for term in terms:
        by_size.setdefault(abs(split(term)[0]), []).append(term)
    grouped: list[Expression] = []
    for size, alike in by_size.items():
        if size == 1 or len(alike) == 1 or any(isinstance(term, Number) for term in alike):
            grouped += alike
        else:
            inner = Sum(tuple(scale(1 / size, term) for term in alike))
            grouped.append(Product(size, ((inner, 1.0),)))
    return grouped
