"""Factors and terms that are missing, doubled, of the wrong sign, or off by a constant."""

from __future__ import annotations

import itertools

import numpy as np

from .. import algebra
from ..compound import Call, MatMul, Product, Sum
from ..expression import Expression, Number, Symbol
from .context import Context
from .edit import Edit, Fit, FitMany, Made, Path, places, replaced, text_of


def constant(context: Context) -> Made:
    """The whole is off by a constant, or of the wrong sign."""

    def of(c: float) -> Edit | None:
        c = context.constants.exact(c)
        if c in (0.0, 1.0):
            return None
        formula = context.times(c, context.formula)
        if c == -1:
            return Edit(formula, "sign", "the sign is wrong")
        kind, why = _scaled_kind(context, context.formula, c)
        return Edit(formula, kind, f"the step is {context.constants.says(c)} times what it should be{why}")

    yield Fit(None, context.formula, of)


def _scaled_kind(context: Context, x: Expression, c: float) -> tuple[str, str]:
    """Whether a factor c undoes the 1/n of a mean in x."""
    n = round(abs(c))
    divided = isinstance(x, Product) and _divides(x.coefficient, n)
    if n > 1 and abs(c - n) < 1e-9 * n and n in context.constants.sizes and divided:
        return "sum-for-mean", f": a sum where a mean is due, 1/{n} is missing"
    return "constant-factor", ""


def _divides(coefficient: float, n: int) -> bool:
    """Whether a coefficient is 1/n, 1/(2n) or 2/n; a half is taken for a half."""
    times = abs(coefficient) * n
    usual = (0.5, 1) if abs(coefficient) == 0.5 else (0.5, 1, 2)
    return any(abs(times - whole) < 1e-9 for whole in usual) and abs(coefficient) < 1


def missing_factors(context: Context) -> Made:
    """A factor of a product is missing, or a power of it, or it stands there twice."""
    for path, part in places(context.formula):
        if isinstance(part, Product):
            for base, p in part.factors:
                yield from _of_factor(context, path, part, base, p)
        if isinstance(part, Product) and abs(part.coefficient) != 1:
            bare = Product(1.0, part.factors) if part.coefficient > 0 else Product(-1.0, part.factors)
            c = abs(1 / part.coefficient)
            kind, why = _scaled_kind(context, part, c)
            text = f"the factor {text_of(Number(abs(part.coefficient)))} is missing{why}"
            yield Edit(replaced(context.formula, path, bare), kind, text)
        if isinstance(part, Call) and part.function is np.where and len(part.arguments) == 3:
            for chosen in part.arguments[1:]:
                if isinstance(chosen, Number) and chosen.value:
                    text = f"{text_of(part)} is {text_of(chosen)} throughout: a factor is missing"
                    new = algebra.broadcast(chosen, part.shape)
                    yield Edit(replaced(context.formula, path, new), "factor-missing", text)
        if isinstance(part, MatMul):
            for operand, other in ((part.left, part.right), (part.right, part.left)):
                text = f"the factor {text_of(operand)} is missing"
                yield Edit(replaced(context.formula, path, other), "factor-missing", text)


def _of_factor(context: Context, path: Path, part: Product, base: Expression, p: float) -> Made:
    def with_power(q: float) -> Expression:
        factors = tuple((b, q if b is base else r) for b, r in part.factors if b is not base or q)
        if not factors:
            return replaced(context.formula, path, algebra.broadcast(Number(part.coefficient), part.shape))
        return replaced(context.formula, path, _one(Product(part.coefficient, factors)))

    whole = Product(1.0, ((base, p),)) if p != 1 else base
    sign = 1 if p > 0 else -1
    yield Edit(with_power(0), "factor-missing", f"the factor {text_of(whole)} is missing")
    for q in (p - sign, p - 2 * sign):
        if q * sign > 0:
            text = f"{text_of(whole)} is {text_of(Product(1.0, ((base, q),)))} there: a factor is missing"
            yield Edit(with_power(q), "factor-missing", text)
    for q in (p + sign, 2 * p):
        yield Edit(with_power(q), "factor-doubled", f"the factor {text_of(whole)} stands there twice")


def _one(x: Product) -> Expression:
    return x.factors[0][0] if x.coefficient == 1 and len(x.factors) == 1 and x.factors[0][1] == 1 else x


def terms(context: Context) -> Made:
    """A term of a sum is missing, doubled, of the wrong sign, or off by a constant."""
    for path, part in places(context.formula):
        if not isinstance(part, Sum):
            continue
        for i, term in enumerate(part.terms):
            rest = part.terms[:i] + part.terms[i + 1 :]
            without = rest[0] if len(rest) == 1 else Sum(rest)
            yield of_term(context, path, part, term, without)
        if len(part.terms) == 2 or len(part.terms) > 3:
            continue
        for term in part.terms:  # of three, one alone is left
            text = f"all terms but {text_of(term)} are missing"
            yield Edit(replaced(context.formula, path, term), "term-missing", text)


def many_terms(context: Context) -> Made:
    """Several terms at once are missing, doubled, of the wrong sign."""
    for path, part in places(context.formula):
        if isinstance(part, Sum) and len(flat := _ungrouped(part)) > 2:
            part = Sum(flat)
            nothing = algebra.broadcast(Number(0.0), part.shape)
            alone = [replaced(context.formula, path, algebra.broadcast(term, part.shape)) for term in part.terms]
            yield FitMany(
                replaced(context.formula, path, nothing),
                tuple(alone),
                lambda cs, path=path, part=part: _of_terms(context, path, part, cs),  # type: ignore[misc]
            )


def _ungrouped(x: Sum) -> tuple[Expression, ...]:
    """The terms, those in brackets one by one: (a + b) / 5 + c has three."""
    terms: list[Expression] = []
    for term in x.terms:
        inner = term.factors[0] if isinstance(term, Product) and len(term.factors) == 1 else None
        if inner is not None and isinstance(inner[0], Sum) and inner[1] == 1:
            assert isinstance(term, Product)
            terms += [algebra.scale(term.coefficient, part) for part in inner[0].terms]
        else:
            terms.append(term)
    return tuple(terms)


def _of_terms(context: Context, path: Path, part: Sum, cs: tuple[float, ...]) -> Edit | None:
    exact = [context.constants.exact(c) for c in cs]
    if any(context.constants.name(c) is None for c in exact if c):
        return None
    changed = [(c, term) for c, term in zip(exact, part.terms, strict=True) if c != 1]
    if not changed:
        return None
    kinds = [
        "term-missing" if c == 0 else "sign" if c == -1 else "term-doubled" if c == 2 else "constant-factor"
        for c, _ in changed
    ]
    said = [
        f"{text_of(term).lstrip('-')} is {'missing' if c == 0 else f'{context.constants.says(c)} times that'}"
        for c, term in changed
    ]
    kept = [algebra.scale(c, term) for c, term in zip(exact, part.terms, strict=True) if c]
    new = Sum(tuple(kept)) if len(kept) > 1 else kept[0] if kept else Number(0.0)
    formula = replaced(context.formula, path, algebra.broadcast(new, part.shape))
    return Edit(formula, max(kinds, key=kinds.count), "; ".join(said))


def many_factors(context: Context) -> Made:
    """Two factors of a product are missing, or all but one."""
    for path, part in places(context.formula):
        if not isinstance(part, Product) or len(part.factors) < 3:
            continue
        kept = [tuple(factor for factor in part.factors if factor not in gone)
                for gone in itertools.combinations(part.factors, 2)]  # fmt: skip
        kept += [(factor,) for factor in part.factors] if len(part.factors) > 3 else []
        for factors in kept:
            new = algebra.broadcast(_one(Product(part.coefficient, factors)), part.shape)
            gone = Product(1.0, tuple(factor for factor in part.factors if factor not in factors))
            yield Edit(
                replaced(context.formula, path, new), "factor-missing", f"the factors {text_of(gone)} are missing"
            )


def scaled_parts(context: Context) -> Made:
    """A part inside is off by a usual constant."""
    sizes = [float(n) for n in context.constants.sizes if n > 1]
    for path, part in places(context.formula):
        if not path or (isinstance(part, Call) and part.function is np.transpose):
            continue
        for c in (-1.0, 2.0, 0.5, *sizes, *(1 / n for n in sizes)):
            new = replaced(context.formula, path, algebra.scale(c, part))
            if c == -1:
                yield Edit(new, "sign", f"the sign of {text_of(part)} is wrong")
            else:
                text = f"{text_of(part)} is {context.constants.says(c)} times what it should be"
                yield Edit(new, "constant-factor", text)


def of_term(context: Context, path: Path, part: Sum, term: Expression, without: Expression) -> Fit:
    none = replaced(context.formula, path, algebra.broadcast(without, part.shape))
    decay = is_decay(context, term) and not path
    named = text_of(term).lstrip("-")

    def of(c: float) -> Edit | None:
        c = context.constants.exact(c)
        if c == 1:
            return None
        if c == 0:
            kind = "decay-missing" if decay else "term-missing"
            return Edit(none, kind, f"the {'decay ' if decay else ''}term {named} is missing")
        formula = replaced(context.formula, path, algebra.add(without, context.times(c, term)))
        if c == -1:
            return Edit(formula, "sign", f"the sign of the term {named} is wrong")
        if c == 2 and (decay or _scaled_kind(context, term, c)[0] != "sum-for-mean"):
            kind = "decay-doubled" if decay else "term-doubled"
            return Edit(formula, kind, f"the {'decay ' if decay else ''}term {named} is doubled")
        kind, why = ("decay-scaled", "") if decay else _scaled_kind(context, term, c)
        return Edit(formula, kind, f"the term {named} is {context.constants.says(c)} times what it should be{why}")

    return Fit(none, context.formula, of)


def is_decay(context: Context, term: Expression) -> bool:
    """Whether a term is what the argument itself brings in: λ W in the gradient of W."""
    if not context.is_argument:
        return False
    factors = term.factors if isinstance(term, Product) else ((term, 1.0),)
    arrays = [(base, p) for base, p in factors if base.shape != ()]
    if not arrays:
        arrays = [(base, p) for base, p in factors if base.symbols().keys() == {context.quantity}]
    return len(arrays) == 1 and isinstance(arrays[0][0], Symbol) and arrays[0][0].name == context.quantity


def inlined(context: Context) -> Made:
    """A factor or term is missing inside of what a quantity stands for: E for C * (P - R) without C."""
    for path, part in places(context.formula):
        formula = context.derivation.forward.get(part.name) if isinstance(part, Symbol) else None
        if formula is None or isinstance(formula, (Symbol, Call)):
            continue
        inside = Context(context.derivation, context.quantity, formula, context.known, context.given)
        for edit in (*missing_factors(inside), *terms(inside)):
            if isinstance(edit, FitMany):
                continue
            if isinstance(edit, Fit):
                for c in (0.0, -1.0, 2.0):
                    made = edit.of(c)
                    if made is not None:
                        yield _inside(context, path, part, made)
            else:
                yield _inside(context, path, part, edit)


def _inside(context: Context, path: Path, part: Expression, edit: Edit) -> Edit:
    return Edit(replaced(context.formula, path, edit.formula), edit.kind, f"in {text_of(part)}, {edit.text}")
