"""One too many: a term, a factor, a matrix, an f′."""

from __future__ import annotations

import itertools
import operator

import numpy as np

from .. import algebra
from ..compound import Call, MatMul, Product, Sum
from ..expression import Expression, Number, Symbol
from .context import Context
from .edit import Edit, Fit, FitMany, Made, places, replaced, text_of
from .factors import is_decay


def terms(context: Context) -> Made:
    """A term too many, times any constant."""
    decays = any(is_decay(context, term) for term in _terms(context.formula))
    others = [step.formula for step in context.derivation.steps if step.quantity != context.quantity]
    passing = [term for formula in others for term in _terms(formula)]
    pool = dict.fromkeys([*context.arrays, *context.symbols.values(), *passing])
    turned = [algebra.transpose(x) for x in pool if isinstance(x, Symbol) and x.ndim == 2]
    for other in dict.fromkeys([*pool, *turned]):
        if other.shape != context.formula.shape[context.formula.ndim - other.ndim :]:
            continue
        if not all(name in context.symbols for name in other.symbols()):
            continue
        mine = isinstance(other, Symbol) and other.name == context.quantity

        def of(c: float, other: Expression = other, mine: bool = mine) -> Edit | None:
            c = context.constants.exact(c)
            if c == 0:
                return None
            new = context.times(c, other)
            decay = mine and context.is_argument and not decays and context.formula.ndim < 2 and c not in (1, -1)
            kind = "decay-on-bias" if decay else "term-added"
            text = f"the term {text_of(new)} is too many" + (": a bias does not decay" if decay else "")
            return Edit(Sum((context.formula, new)), kind, text)

        yield Fit(context.formula, Sum((context.formula, other)), of)


def two_terms(context: Context) -> Made:
    """A difference or sum of two quantities too many, times any constants."""
    shape = context.formula.shape
    pool = [x for x in context.arrays if isinstance(x, (Symbol, Call)) and x.shape == shape]
    pool = [x for x in pool if isinstance(x, Symbol) or x.function is operator.getitem][:24]
    for a, b in itertools.combinations(pool, 2):

        def of(cs: tuple[float, ...], a: Expression = a, b: Expression = b) -> Edit | None:
            x, y = (context.constants.exact(c) for c in cs)
            if not (x and y and context.constants.name(x) and context.constants.name(y)):
                return None
            new = algebra.add(algebra.scale(x, a), algebra.scale(y, b))
            return Edit(Sum((context.formula, new)), "term-added", f"the term {text_of(new)} is too many")

        yield FitMany(context.formula, (Sum((context.formula, a)), Sum((context.formula, b))), of)


def factors(context: Context) -> Made:
    """A factor too many, of the result or of a part of it."""
    for path, part in places(context.formula):
        if part.ndim == 0 or (isinstance(part, Call) and part.function is np.transpose):
            continue
        already = dict(part.factors) if isinstance(part, Product) else {part: 1.0}
        for other in context.arrays:
            if other.shape != part.shape[part.ndim - other.ndim :] or (path and not isinstance(other, Symbol)):
                continue
            kind = "factor-doubled" if other in already else "factor-added"
            word = (
                f"{text_of(part)} is multiplied by {text_of(other)}"
                if path
                else f"the factor {text_of(other)} is too many"
            )
            new = Product(1.0, ((part, 1.0), (other, 1.0))) if part != other else Product(1.0, ((part, 2.0),))
            yield Edit(replaced(context.formula, path, new), kind, word)
            if not path and isinstance(other, Symbol):
                new = Product(1.0, ((part, 1.0), (other, -1.0)))
                yield Edit(new, "factor-added", f"the factor 1 / {text_of(other)} is too many")
        if not path or part.ndim == 2:
            for other in context.alike(part):
                if other.ndim == 2 and isinstance(other, Call) and (isinstance(part, Symbol) or not path):
                    new = Product(1.0, ((part, 1.0), (other, 1.0)))
                    word = f"the factor {text_of(other)} is too many"
                    yield Edit(replaced(context.formula, path, new), "factor-added", word)


def matrices(context: Context) -> Made:
    """A matrix factor too many."""
    matrices = [x for x in context.arrays if isinstance(x, Symbol) and x.ndim == 2]
    both = [*matrices, *(algebra.transpose(x) for x in matrices)]
    for path, part in places(context.formula):
        if part.ndim != 2 or not (not path or isinstance(part, (Symbol, MatMul))):
            continue
        for other in both:
            word = f"the factor {text_of(other)} is too many"
            if other.shape == (part.shape[1], part.shape[1]):
                yield Edit(replaced(context.formula, path, MatMul(part, other)), "factor-added", word)
            if other.shape == (part.shape[0], part.shape[0]):
                yield Edit(replaced(context.formula, path, MatMul(other, part)), "factor-added", word)


def slopes(context: Context) -> Made:
    """An f′ too many."""
    one = Number(1.0)
    for a in context.arrays:
        if a.shape == context.formula.shape and isinstance(a, (Symbol, Call)):
            for slope in (
                algebra.multiply(a, algebra.add(one, algebra.negative(a))),
                algebra.add(one, algebra.negative(algebra.power(a, 2))),
                Call(np.where, (Call(np.greater, (a, 0.0)), 1.0, 0.0)),
            ):
                new = Product(1.0, ((context.formula, 1.0), (slope, 1.0)))
                yield Edit(new, "factor-added", f"the factor {text_of(slope)} is too many")


def _terms(x: Expression) -> tuple[Expression, ...]:
    return x.terms if isinstance(x, Sum) else (x,)
