"""Definitions: what has a name is called by it, also inside other formulas."""

from __future__ import annotations

from .algebra import add, multiply, power, scale, split
from .compound import Product, Sum
from .expression import Expression, Number, Symbol


class Definitions:
    """The named quantities by how they are computed.

    a2 = 1 / (1 + e) says of a2 what it is, of 1 + e that it is 1 / a2, and of e that it is 1 / a2 - 1.
    """

    def __init__(self) -> None:
        self._wholes: dict[Expression, Expression] = {}
        self._products: list[tuple[dict[Expression, float], Expression]] = []
        self._inner: dict[Expression, Expression] = {}

    def define(self, symbol: Symbol, formula: Expression) -> None:
        """Say what a named quantity is."""
        if formula.shape != symbol.shape or isinstance(formula, (Symbol, Number)):
            return
        c, core = split(formula)
        if c == 0:
            return
        called = scale(1 / c, symbol)
        self._wholes.setdefault(core, called)
        if isinstance(core, Product):
            if len(core.factors) == 1:
                base, p = core.factors[0]
                if p != int(p) or p % 2:
                    self._define_inside(base, power(called, 1 / p) if c == 1 else None)
            elif len(core.factors) > 1:
                self._products.append((dict(core.factors), called))
        else:
            self._define_inside(core, called)

    def _define_inside(self, x: Expression, is_: Expression | None) -> None:
        """x is this: then so is what is in x."""
        if is_ is None or isinstance(x, (Symbol, Number)):
            return
        if not isinstance(x, Sum):
            return
        self._wholes.setdefault(x, is_)
        numbers = [term.value for term in x.terms if isinstance(term, Number)]
        others = [term for term in x.terms if not isinstance(term, Number)]
        if len(numbers) == 1 and len(others) == 1:
            c, inner = split(others[0])
            if not isinstance(inner, Symbol):
                self._inner.setdefault(inner, scale(1 / c, add(is_, Number(-numbers[0]))))

    def recognised(self, x: Expression, backward: bool) -> Expression:
        """x by the names of what is in it; in the backward pass also what can be had from a named quantity."""
        c, core = split(x)
        if core in self._wholes:
            return scale(c, self._wholes[core])
        if backward and core in self._inner:
            return scale(c, self._inner[core])
        if isinstance(core, Product):
            return scale(c, self._product(core))
        return x

    def _product(self, x: Product) -> Expression:
        factors = dict(x.factors)
        called: list[Expression] = []
        for base, p in x.factors:
            if base in self._wholes:
                del factors[base]
                called.append(power(self._wholes[base], p))
        for inside, symbol in self._products:
            for sign in (1, -1):
                while all(factors.get(base, 0) * q * sign >= q * q for base, q in inside.items()):
                    for base, q in inside.items():
                        factors[base] -= sign * q
                        if not factors[base]:
                            del factors[base]
                    called.append(power(symbol, sign))
        if not called:
            return x
        return multiply(*called, *(power(base, p) for base, p in factors.items()))
