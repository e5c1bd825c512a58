"""The algebra of formulas: functions that make expressions in their normal form, for reading.

Sums and products are flat, constants folded, equal terms merged, common factors pulled out; a transposed product is the
product of the transposed; what is linear lets constants out; a broadcast that the neighbour does anyway is dropped.
The value is the same but for rounding.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..rules.indexing import scattered as scatter
from .expression import Array, Call, Expression, MatMul, Number, Product, Shape, Sum, Symbol
from .polynomial import as_polynomial, polynomial_terms

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
        return x.coefficient, _product(1.0, dict(x.factors))
    return 1.0, x


def scale(c: float, x: Expression) -> Expression:
    """c · x."""
    return multiply(Number(c), x)


def negative(x: Expression) -> Expression:
    """-x."""
    return scale(-1.0, x)


def _bare(x: Expression) -> Expression:
    """x without a broadcast around it."""
    return x.arguments[0] if isinstance(x, Call) and x.function is np.broadcast_to else x


def _product(coefficient: float, powers: dict[Expression, float]) -> Expression:
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
    for factor in map(_bare, factors):
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
    return broadcast(_product(coefficient, {base: p for base, p in powers.items() if p}), shape)


def power(x: Expression, p: float) -> Expression:
    """x^p."""
    if p == 1:
        return x
    if p == 0:
        return broadcast(ONE, x.shape)
    bare = _bare(x)
    if isinstance(bare, Number) and (bare.value > 0 or p == int(p)) and bare.value:
        return broadcast(Number(bare.value**p), x.shape)
    if isinstance(bare, Product) and bare.coefficient == 1 and len(bare.factors) == 1:
        ((base, q),) = bare.factors
        if isinstance(base, Symbol) and base.positive:
            return broadcast(_product(1.0, {base: q * p}), x.shape)
    if isinstance(bare, Product) and p == int(p):
        return broadcast(_product(bare.coefficient**p, {base: q * p for base, q in bare.factors}), x.shape)
    return broadcast(Product(1.0, ((bare, float(p)),)), x.shape)


def divide(x: Expression, y: Expression) -> Expression:
    """x / y."""
    return multiply(x, power(y, -1))


def add(*terms: Expression) -> Expression:
    """The sum of the terms."""
    shape = np.broadcast_shapes(*(term.shape for term in terms))
    coefficients: dict[Expression, float] = {}
    pending = [_bare(term) for term in reversed(terms)]
    while pending:
        c, rest = split(pending.pop())
        rest = _bare(rest)
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
        parts = {_product(1.0, {base: k} if k else {}): c for k, c in terms_.items()}
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
        terms.append(_product(c / common, left))
    if not shared and common == 1:
        return Sum(tuple(_grouped(terms)))
    inner = add(*terms) if shared else Sum(tuple(terms))
    return multiply(_product(common, shared), inner)


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


def broadcast(x: Expression, shape: Shape) -> Expression:
    """x, as an array of this shape."""
    return x if x.shape == shape else Call(np.broadcast_to, (_bare(x), shape), shape=shape)


def _outer(x: Expression) -> tuple[list[Expression], Expression]:
    """The factors of x that are single numbers, and the rest: what anything linear lets out."""
    x = _bare(x)
    if not isinstance(x, Product):
        return ([x], ONE) if isinstance(x, Number) else ([], x)
    numbers = {base: p for base, p in x.factors if base.shape == ()}
    rest = {base: p for base, p in x.factors if base.shape != ()}
    return [_product(x.coefficient, numbers)], _product(1.0, rest)


def matmul(a: Expression, b: Expression) -> Expression:
    """a @ b."""
    shape = MatMul(a, b).shape
    out_a, inner_a = _outer(a)
    out_b, inner_b = _outer(b)
    inner = MatMul(broadcast(inner_a, a.shape), broadcast(inner_b, b.shape))
    inner._shape = shape
    return multiply(*out_a, *out_b, inner)


def transpose(x: Expression, axes: Any = None) -> Expression:
    """x with its axes reversed, or in the given order."""
    n = x.ndim
    order = tuple(range(n))[::-1] if axes is None else tuple(int(a) % n for a in axes)
    if order == tuple(range(n)):
        return x
    shape = tuple(x.shape[i] for i in order)
    out, inner = _outer(x)
    if inner.shape == ():
        return broadcast(multiply(*out, inner), shape)
    if inner.shape != x.shape:
        return multiply(*out, _transposed(broadcast(inner, x.shape), order, shape))
    if isinstance(inner, MatMul) and n == 2 and inner.left.ndim == inner.right.ndim == 2:
        return multiply(*out, matmul(transpose(inner.right), transpose(inner.left)))
    if isinstance(inner, Call) and inner.function is np.transpose:
        before = inner.arguments[1] if len(inner.arguments) > 1 else tuple(range(n))[::-1]
        return multiply(*out, transpose(inner.arguments[0], tuple(before[i] for i in order)))
    return multiply(*out, _transposed(inner, order, shape))


def _transposed(x: Expression, order: tuple[int, ...], shape: Shape) -> Expression:
    reversed_ = order == tuple(range(len(order)))[::-1]
    return Call(np.transpose, (x,) if reversed_ else (x, order), shape=shape)


_REDUCTIONS = (np.sum, np.max, np.min, np.mean, np.prod)


def reshape(x: Expression, shape: Any) -> Expression:
    """x in another shape."""
    shape = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(n) for n in shape)
    if -1 in shape:
        shape = np.zeros(x.shape).reshape(shape).shape
    if x.shape == shape:
        return x
    out, inner = _outer(x)
    if inner.shape == ():
        return broadcast(multiply(*out, inner), shape)
    if inner.shape == x.shape[x.ndim - inner.ndim :] and set(x.shape[: x.ndim - inner.ndim]) == {1}:
        return multiply(*out, reshape(inner, shape))
    inner = broadcast(inner, x.shape)
    if shape == (1,) * (len(shape) - x.ndim) + x.shape:
        return broadcast(x, shape)
    if isinstance(inner, Call) and inner.function is np.reshape:
        return multiply(*out, reshape(inner.arguments[0], shape))
    if isinstance(inner, Call) and inner.function in _REDUCTIONS and inner.options.get("keepdims"):
        (of,) = inner.parts()
        axis = inner.options.get("axis")
        if inner.function(np.zeros(of.shape), axis=axis).shape == shape:
            options = {key: value for key, value in inner.options.items() if key != "keepdims"}
            return multiply(*out, Call(inner.function, inner.arguments, options, shape))
    if isinstance(inner, Call) and inner.function in _REDUCTIONS and not inner.options.get("keepdims"):
        (of,) = inner.parts()
        kept = inner.function(np.zeros(of.shape), axis=inner.options.get("axis"), keepdims=True).shape
        if kept == shape:
            return multiply(*out, Call(inner.function, inner.arguments, {**inner.options, "keepdims": True}, shape))
    if isinstance(inner, MatMul):
        a, b = inner.left, inner.right
        if _is_reshape(b) and b.shape[-1] == 1 and b.ndim == 2 and shape == inner.shape[:-1]:
            return multiply(*out, matmul(a, reshape(b, b.shape[:1])))
        if _is_reshape(a) and a.shape[0] == 1 and a.ndim == 2 and shape == inner.shape[1:]:
            return multiply(*out, matmul(reshape(a, a.shape[1:]), b))
    return multiply(*out, Call(np.reshape, (inner, shape), shape=shape))


def _is_reshape(x: Expression) -> bool:
    return isinstance(x, Call) and x.function is np.reshape


def total(x: Expression, axis: Any = None, *, keepdims: bool = False) -> Expression:
    """Σ x over axes; what is the same along them stands before the sum."""
    n = x.ndim
    axes = tuple(range(n)) if axis is None else tuple(a % n for a in (axis if isinstance(axis, tuple) else (axis,)))
    shape = np.sum(np.zeros(x.shape), axis=axes, keepdims=keepdims).shape
    if keepdims and sorted(axes) == list(range(len(axes))):  # leading axes come back by themselves
        return broadcast(total(x, axis), shape)
    bare = _bare(x)
    factors = dict(bare.factors) if isinstance(bare, Product) else {bare: 1.0}
    coefficient = bare.coefficient if isinstance(bare, Product) else 1.0
    before: list[Expression] = [Number(coefficient)]
    inside: dict[Expression, float] = {}
    for base, p in factors.items():
        padded = (1,) * (n - base.ndim) + base.shape
        flat = all(padded[a] == 1 or x.shape[a] == 1 for a in axes)
        fits = keepdims or base.ndim == 0 or all(a < n - base.ndim for a in axes)
        if flat and fits:
            before.append(power(base, p))
        else:
            inside[base] = p
    rest = _product(1.0, inside)
    padded = (1,) * (n - rest.ndim) + rest.shape
    repeated = [a for a in axes if padded[a] == 1 != x.shape[a]]
    before.append(Number(float(math.prod(x.shape[a] for a in repeated))))
    if rest.shape != x.shape:
        wide = tuple(1 if a in repeated else x.shape[a] for a in range(n))
        rest = rest if not inside else broadcast(reshape(rest, padded) if n != rest.ndim else rest, wide)
    if not inside:
        return broadcast(multiply(*before), shape)
    summed = tuple(a for a in axes if x.shape[a] != 1 and a not in repeated)
    if not summed:
        return broadcast(multiply(*before, reshape(rest, shape)), shape)
    if rest.ndim == n and not repeated:
        options: dict[str, Any] = {} if len(axes) == n > 1 else {"axis": axes[0] if len(axes) == 1 else axes}
        inner: Expression = Call(np.sum, (rest,), options | ({"keepdims": True} if keepdims else {}), shape)
    else:
        options = {"axis": axes[0] if len(axes) == 1 else axes} | ({"keepdims": True} if keepdims else {})
        inner = Call(np.sum, (rest,), options)
    return broadcast(multiply(*before, inner), shape)


def where(condition: Expression, a: Expression, b: Expression) -> Expression:
    """a where the condition holds, else b; what both are multiples of stands before it, times the choice of numbers."""
    shape = np.broadcast_shapes(condition.shape, a.shape, b.shape)
    if _flat_anyway(condition, a, b):
        return broadcast(b, shape)
    ca, ra = split(_bare(a))
    cb, rb = split(_bare(b))
    if isinstance(ra, Number):
        ca, ra = ca * ra.value, ONE
    if isinstance(rb, Number):
        cb, rb = cb * rb.value, ONE
    if ca == cb == 0:
        return broadcast(ZERO, shape)
    core = rb if ca == 0 else ra
    if condition.shape != () and (ca == 0 or cb == 0 or ra == rb):
        unit = ca or cb
        choice = Call(np.where, (condition, Number(ca / unit), Number(cb / unit)))
        return broadcast(multiply(Number(unit), core, choice), shape)
    return Call(np.where, (condition, a, b), shape=shape)


def _flat_anyway(condition: Expression, a: Expression, b: Expression) -> bool:
    """Whether it is x == 0, where b is a multiple of sign(x) or of 1 / x, and a is 0."""
    if not (isinstance(condition, Call) and condition.function in (np.equal, operator.eq)):
        return False
    x, zero = condition.arguments
    if isinstance(zero, (Expression, np.ndarray)) or zero != 0 or split(a)[1] is not ONE or split(a)[0] != 0:
        return False
    factors = b.factors if isinstance(b, Product) else ((b, 1.0),)
    return any(
        (isinstance(f, Call) and f.function is np.sign and f.arguments[0] == x) or (f == x and p < 0)
        for f, p in factors
    )


def scattered(shape: Shape, indices: tuple[Any, ...], *parts: Expression) -> Expression:
    """Zeros, with each part added at its index; an index that only gave axes is undone."""
    if len(parts) == 1:
        index = indices[0] if isinstance(indices[0], tuple) else (indices[0],)
        if not any(map(_is_array, index)) and all(part in (None, Ellipsis, slice(None)) for part in index):
            return reshape(parts[0], shape)
        out, inner = _outer(parts[0])
        return multiply(*out, Call(scatter.function, (shape, indices, broadcast(inner, parts[0].shape)), shape=shape))
    return Call(scatter.function, (shape, indices, *parts), shape=shape)


def _is_array(x: Any) -> bool:
    return isinstance(x, (Expression, np.ndarray, list))


def getitem(x: Expression, index: Any) -> Expression:
    """x[index]; one that only gives axes is a reshape."""
    parts = index if isinstance(index, tuple) else (index,)
    if all(part is None or part is Ellipsis or (type(part) is slice and part == slice(None)) for part in parts):
        return reshape(x, np.zeros(x.shape)[index].shape)
    out, inner = _outer(x)
    inner = broadcast(inner, x.shape)
    if isinstance(inner, MatMul) and index in ((Ellipsis, 0), (Ellipsis, 0, slice(None))):
        shape = np.zeros(x.shape)[index].shape
        if math.prod(shape) == math.prod(x.shape):
            return reshape(x, shape)
    return multiply(*out, Call(operator.getitem, (inner, index)))


def mean(x: Expression, axis: Any = None, *, keepdims: bool = False) -> Expression:
    """Σ x / n over axes."""
    summed = total(x, axis, keepdims=keepdims)
    n = math.prod(x.shape) / max(1, math.prod(summed.shape))
    return scale(1 / n, summed)


def constant(value: Any, name: str) -> Expression:
    """An array that is nobody's argument; a number where all its entries are the same."""
    if value.dtype.kind == "f" and value.size and np.all(value == value.flat[0]) and np.isfinite(value.flat[0]):
        return broadcast(Number(float(value.flat[0])), value.shape)
    return Array(value, name)
