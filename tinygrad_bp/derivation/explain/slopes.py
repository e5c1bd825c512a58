"""f′ missing, squared, at a for z, of another layer, of another activation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...rules.activations import sigmoid
from .. import algebra
from ..compound import Call, Product
from ..expression import Expression, Number, Symbol
from .context import Context
from .edit import Edit, Made, Path, at, exchanged, replaced, text_of

ONE = Number(1.0)
_OTHERS = (np.cos, np.sin, np.tanh, np.exp)
_FAMILY = (*_OTHERS, np.sinh, np.cosh, np.expm1, np.sign, np.sqrt, np.log)


def slopes(context: Context) -> Made:
    """f′ is missing, squared, or taken elsewhere."""
    found = _Slope.of(context)
    if found is None:
        return
    yield Edit(found.with_slope(None), "derivative-missing", f"the factor {found.words} is missing")
    if abs(found.coefficient) != 1:
        yield Edit(found.with_slope(None, 1.0), "derivative-missing", f"the factor {found.words} is missing")
    twice = Product(1.0, tuple((base, 2 * p) for base, p in found.inside))
    yield Edit(found.with_slope(twice), "derivative-squared", f"the factor {found.words} is squared")
    for new, why in _elsewhere(context, found.slope):
        text = f"{found.words} is taken {why}: {text_of(new)}"
        yield Edit(found.with_slope(new), "derivative-argument", text)


def other_slopes(context: Context) -> Made:
    """f′ is that of another function."""
    yield from _functions(context)
    yield from _other_jacobian(context)
    found = _Slope.of(context)
    if found is None:
        return
    for new in _of_activations(context):
        if new != found.slope:
            text = f"{found.words} is that of another function: {text_of(new)}"
            yield Edit(found.with_slope(new), "derivative-other", text)
            if found.coefficient != 1:
                yield Edit(found.with_slope(new, 1.0), "derivative-other", text)


class _Slope:
    """f′ in a formula: the product that it stands in, its factors `inside`, those `outside`, and all of it in words."""

    def __init__(self, context: Context, path: Path, product: Product, mine: frozenset[Expression]) -> None:
        self.formula, self.path, self.coefficient = context.formula, path, product.coefficient
        self.inside = tuple((base, p) for base, p in product.factors if base in mine)
        self.outside = tuple((base, p) for base, p in product.factors if base not in mine)
        self.slope = algebra.multiply(*(algebra.power(base, p) for base, p in self.inside))
        self.words = f"f′({context.quantity}) = {text_of(self.slope)}"

    @classmethod
    def of(cls, context: Context) -> _Slope | None:
        """The slope in a formula, where it is more than the quantity itself."""
        if context.slope is None:
            return None
        path, mine, _ = context.slope
        product = at(context.formula, path)
        assert isinstance(product, Product)
        found = cls(context, path, product, mine)
        return None if len(found.inside) == 1 and isinstance(found.inside[0][0], Symbol) else found

    def with_slope(self, new: Expression | None, coefficient: float | None = None) -> Expression:
        """The formula with another f′, or none."""
        c = self.coefficient if coefficient is None else coefficient
        factors = self.outside + (() if new is None else ((new, 1.0),))
        one = factors[0][0] if len(factors) == 1 and factors[0][1] == 1 and c == 1 else None
        return replaced(self.formula, self.path, one if one is not None else Product(c, factors))


def _elsewhere(context: Context, slope: Expression) -> Iterator[tuple[Expression, str]]:
    """f′ at other quantities: at a for z, at those of another layer."""
    names = list(slope.symbols())
    forward = context.derivation.forward
    for other in context.arrays:
        quantity = isinstance(other, Symbol) and not other.name.startswith("d_")
        if isinstance(other, Symbol) and quantity and other.shape == slope.shape and other.name not in names:
            for old in (names, *([name] for name in names)) if len(names) > 1 else (names,):
                yield _renamed(slope, dict.fromkeys(old, other)), f"at {other.name}"
    for name in names:  # f′ through a = f(z): at a it is through f(a)
        formula = forward.get(name)
        if formula is not None and set(formula.symbols()) == {context.quantity}:
            at_a = _renamed(formula, {context.quantity: Symbol(name, formula.shape)})
            yield _renamed(slope, {name: at_a, context.quantity: Symbol(name, formula.shape)}), f"at {name}"
        if name == context.quantity:
            for a, of in forward.items():
                if set(of.symbols()) == {name} and of.shape == slope.shape:
                    yield _renamed(slope, {name: Symbol(a, of.shape)}), f"at {a}"
    if context.quantity in names:
        for passing in context.arrays:
            mine = set(passing.symbols()) == {context.quantity} and passing.shape == slope.shape
            if mine and not isinstance(passing, Symbol):
                yield _renamed(slope, {context.quantity: passing}), f"at {text_of(passing)}"
    for passing in list(slope.walk()):  # f′ through an f(z) that has no name
        if isinstance(passing, Call) and set(passing.symbols()) == {context.quantity} and passing.shape == slope.shape:
            for other in context.arrays:
                if isinstance(other, Symbol) and other.shape == slope.shape and other.name != context.quantity:
                    yield exchanged(slope, (passing, other)), f"at {other.name}"
            z = Symbol(context.quantity, slope.shape)
            yield exchanged(slope, (passing, z)), f"at {context.quantity}"
            again = exchanged(passing, (z, passing))
            yield exchanged(slope, (passing, again)), f"at {text_of(passing)}"


def _renamed(x: Expression, names: dict[str, Expression]) -> Expression:
    return exchanged(x, *((Symbol(name, new.shape), new) for name, new in names.items()))


def _of_activations(context: Context) -> Iterator[Expression]:
    """The slopes of the activations in use, in terms of z, of a, and of what is computed in passing."""
    shape = context.formula.shape
    own = [x for x in context.arrays if x.shape == shape and x.symbols() and context.own.issuperset(x.symbols())]
    for a in own[:12]:
        yield algebra.multiply(a, algebra.add(ONE, algebra.negative(a)))
        yield algebra.add(ONE, algebra.negative(algebra.power(a, 2)))
        yield Call(np.where, (Call(np.greater, (a, 0.0)), 1.0, 0.0))
        yield Call(np.where, (Call(np.less, (a, 0.0)), 1.0, 0.0))
        yield Call(np.where, (Call(np.greater, (a, 0.0)), 1.0, 0.01))
        s, t = Call(sigmoid.function, (a,)), Call(np.tanh, (a,))
        yield s
        yield Product(1.0, ((s, 1.0), (algebra.add(ONE, algebra.negative(s)), 1.0)))
        yield algebra.add(ONE, algebra.negative(algebra.power(t, 2)))


def _functions(context: Context) -> Made:
    """Another function of the same: sin for cos."""
    from .edit import places

    for path, part in places(context.formula):
        if isinstance(part, Call) and part.function in _FAMILY and len(part.arguments) == 1:
            for other in _OTHERS:
                if other is not part.function:
                    new = Call(other, part.arguments)
                    text = f"{text_of(part)} is {text_of(new)} there"
                    yield Edit(replaced(context.formula, path, new), "derivative-other", text)


def _other_jacobian(context: Context) -> Made:
    """The step taken for that of a function entry by entry: δ a (1 - a) for the whole Jacobian of softmax."""
    shape = context.formula.shape
    for name in context.formula.symbols():
        delta = context.symbols.get(name)
        if not name.startswith("d_") or delta is None or delta.shape != shape or context.formula == delta:
            continue
        of = context.derivation.forward.get(name[2:])
        if context.slope is None and of is not None and set(of.symbols()) == {context.quantity}:
            yield Edit(delta, "derivative-missing", f"the derivative is missing: {name} is handed on as it is")
            for slope in _of_activations(context):
                new = algebra.multiply(delta, slope)
                text = f"the derivative is taken for {text_of(slope)}, entry by entry"
                yield Edit(new, "derivative-other", text)
