"""Formulas as LaTeX, set as those of programs are (`program.notation`): the forward quantities first, δ_z for ∂J/∂z."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..program import mathematics, notation
from ..program.notation import ATOM, Formula
from ..rules.activations import sigmoid
from ..tracing.step import map_steps
from .compound import Call, MatMul, Product, Sum
from .expression import Array, Expression, Number, Symbol
from .writing import number

if TYPE_CHECKING:
    from .derive import Derivation

_ONE = Formula("1")


def derivation_latex(derivation: Derivation) -> str:
    """All steps, aligned and numbered, the forward quantities first."""
    written = _Formulas(derivation.forward)
    lines = [f"{notation.symbol(name)} &= {written(formula)}" for name, formula in derivation.forward.items()]
    for step in derivation.steps:
        quantity = notation.symbol(step.quantity)
        delta = rf"\delta_{{{quantity}}} = \frac{{\partial J}}{{\partial {quantity}}}"
        lines.append(f"{delta} &= {written(step.formula)}")
    return notation.aligned(rf"{line} && \text{{({i})}}" for i, line in enumerate(lines, 1))


def symbol(name: str) -> str:
    """A quantity: z2 as z^{(2)}, lam as λ, params["W1"] as W^{(1)}."""
    return str(notation.symbol(name))


def expression(x: Expression) -> str:
    """A formula."""
    return str(_Formulas({})(x))


class _Formulas:
    """Writes formulas; `forward` says what the named quantities are, so that y (1 − y) of y = σ(z) is σ′(z)."""

    def __init__(self, forward: Mapping[str, Expression]) -> None:
        self.forward = forward

    def __call__(self, x: Any) -> Any:
        """A formula; what is no expression as it is."""
        if not isinstance(x, Expression):
            return x
        if isinstance(x, Symbol):
            return notation.symbol(x.name, x.shape)
        if isinstance(x, Array):
            return notation.auxiliary(x.name, x.shape)
        if isinstance(x, Number):
            return _number(x.value)
        if isinstance(x, Sum):
            delta_first = sorted(x.terms, key=lambda term: not any(name.startswith("d_") for name in term.symbols()))
            terms = [self(term) for term in delta_first]
            first = next((i for i, term in enumerate(terms) if term.sign > 0), 0)
            return notation.total([terms[first], *terms[:first], *terms[first + 1 :]], x.shape)
        if isinstance(x, MatMul):
            return notation.matrix_product(self(x.left), self(x.right), x.shape)
        if isinstance(x, Product):
            return self.product(x)
        assert isinstance(x, Call)
        of = _squared(x)
        if of is not None:
            return mathematics.squared_norm(self(of))
        arguments, options = map_steps(self, x.arguments), map_steps(self, x.options)
        return mathematics.written(x.function, arguments, options, x.shape)

    def product(self, x: Product) -> Formula:
        factors = dict(x.factors)
        primes = [prime for y in [*factors] if (prime := self.prime(y, factors)) is not None]
        above = [notation.power(self(base), _number(p), base.shape) for base, p in factors.items() if p > 0]
        below = [notation.power(self(base), _number(-p), base.shape) for base, p in factors.items() if p < 0]
        above += primes
        of = notation.product(above, x.shape) if above else _ONE
        if below:
            of = notation.fraction(of, notation.product(below, x.shape), x.shape)
        return notation.product([_coefficient(x.coefficient), of], x.shape)

    def prime(self, y: Expression, factors: dict[Expression, float]) -> Formula | None:
        """σ′(z), where y = σ(z) and y (1 − y) are among the factors, tanh′(z), where 1 − y² is: they are taken out."""
        if isinstance(y, Symbol) and factors.get(y) == 1:
            z, complement = self.activated(y, sigmoid.function), _one_minus(y, 1)
            if z is not None and factors.get(complement) == 1:
                del factors[y], factors[complement]
                return notation.applied(r"\sigma'", [self(z)], y.shape)
        if isinstance(y, Sum) and factors.get(y) == 1:
            for value in y.symbols().values():
                z = self.activated(value, np.tanh)
                if z is not None and y == _one_minus(value, 2):
                    del factors[y]
                    return notation.applied(r"\tanh'", [self(z)], y.shape)
        return None

    def activated(self, y: Symbol, activation: Any) -> Expression | None:
        """z where y was defined as activation(z) of a named z."""
        of = self.forward.get(y.name)
        if isinstance(of, Call) and of.function is activation and isinstance(of.arguments[0], Symbol):
            return of.arguments[0]
        return None


def _squared(x: Call) -> Expression | None:
    """v where a call sums all entries of v²."""
    if x.function is not np.sum or len(x.arguments) > 1 or not _is_plain(x.options):
        return None
    square = x.arguments[0]
    if not isinstance(square, Product) or square.coefficient != 1 or not square.shape:
        return None
    (base, power), *rest = square.factors
    return base if power == 2 and not rest else None


def _is_plain(options: dict[str, Any]) -> bool:
    """Whether all entries are summed, to a number."""
    return all(part is None or part is False for part in options.values())


def _one_minus(y: Expression, power: float) -> Expression:
    """1 − y, 1 − y²."""
    return Sum((Number(1.0), Product(-1.0, ((y, power),))))


def _coefficient(c: float) -> Formula:
    """A number before a product: 1/16, 3."""
    n = 1 / c if c else 0.0
    if abs(c) < 1 and c and (abs(n - round(n)) < 1e-12 * abs(n) or number(abs(n)).startswith("np.sqrt")):
        below = _number(float(abs(round(n))) if abs(n - round(n)) < 1e-12 * abs(n) else abs(n))
        return Formula(rf"\frac{{1}}{{{below}}}", ATOM, sign=-1 if c < 0 else 1)
    return _number(c)


def _number(value: float) -> Formula:
    """A number, √3 among them."""
    text = number(abs(value)) if np.isfinite(value) else ""
    if text.startswith("np.sqrt("):
        return Formula(rf"\sqrt{{{text[8:-1]}}}", ATOM, sign=-1 if value < 0 else 1)
    return notation.number(value)
