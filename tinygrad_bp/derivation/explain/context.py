"""What is known where a step is explained: the quantities in sight, the slopes, the constants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from .. import algebra
from ..compound import Call, MatMul, Product, Sum
from ..derive import Derivation
from ..expression import Array, Expression, Number, Symbol
from .constants import Constants

#: no more other formulas are tried for a part than these
MOST_FORMULAS = 40


class Context:
    """A step that is wrong, and what may have been mistaken for what.

    quantity  what it is the derivative with respect to
    formula   the engine's, from the δ that the derivation gives
    known     every quantity by its name, at one point: forward quantities, and the derivation's own δ as d_…
    """

    def __init__(
        self, derivation: Derivation, quantity: str, formula: Expression, known: Mapping[str, Any], given: set[str]
    ) -> None:
        self.derivation, self.quantity, self.formula, self.known, self.given = (
            derivation, quantity, formula, known, given)  # fmt: skip
        recorded = derivation.recorded
        self.is_argument = quantity in recorded.wanted
        after = {quantity}  # what comes from this step is not known when it is done
        for step in derivation.steps:
            if not after.isdisjoint(step.after):
                after.add(step.quantity)
        before = given - after
        order = [step.quantity for step in derivation.steps]
        #: δ that come later, and do not hang on this step
        self.late = frozenset(f"d_{name}" for name in before & set(order[order.index(quantity) :]))
        self.symbols = {
            name: Symbol(name, np.shape(value))
            for name, value in known.items()
            if (not name.startswith("d_") or name[2:] in before)
            and isinstance(value, (float, np.ndarray, np.floating))
            and np.asarray(value).dtype.kind == "f"
        }

    def expanded(self) -> Context | None:
        """The same with x · x for x² in the formula; None where there is none."""
        from .edit import expanded

        formula = expanded(self.formula)
        if formula is self.formula:
            return None
        return Context(self.derivation, self.quantity, formula, self.known, self.given)

    @cached_property
    def constants(self) -> Constants:
        sizes: dict[int, str] = {}
        recorded = self.derivation.recorded
        data = [x.shape for path, x in recorded.leaves.items() if path not in recorded.wanted]
        others = [symbol.shape for symbol in self.symbols.values()]
        for shape in data:
            if shape:
                sizes.setdefault(shape[0], "the number of rows")
        for shape in [*data, *others]:
            for n in shape:
                sizes.setdefault(n, "")
        sizes.setdefault(int(np.prod(self.formula.shape)), "")
        scalars = {name: float(self.known[name]) for name, symbol in self.symbols.items() if symbol.shape == ()
                   and not name.startswith("d_")}  # fmt: skip
        return Constants({n: of for n, of in sizes.items() if n > 0}, scalars)

    @cached_property
    def arrays(self) -> list[Expression]:
        """All quantities that are arrays, and what is computed in passing (np.tanh(z2) where no a2 has a name)."""
        named: list[Expression] = [symbol for symbol in self.symbols.values() if symbol.shape != ()]
        formulas = [*self.derivation.forward.values(), self.formula]
        formulas += [step.formula for step in self.derivation.steps]
        passing: dict[Expression, None] = {}
        for formula in formulas:
            for part in formula.walk():
                if isinstance(part, Array) or (
                    isinstance(part, (Call, Sum, Product))
                    and part.shape != ()
                    and part is not self.formula
                    and all(name in self.symbols for name in part.symbols())
                    and not _is_boolean(part)
                ):
                    passing.setdefault(part)
        extra = sorted(passing, key=lambda part: len(list(part.walk())))[:MOST_FORMULAS]
        return named + [x for x in extra if x not in named]

    def times(self, c: float, x: Expression) -> Expression:
        """c · x, where c is an argument that is a single number by its name."""
        scalar = None if self.constants.plain(c) else self.constants.scalar(c)
        if scalar is None:
            return algebra.scale(c, x)
        factor, name, p = scalar
        return algebra.multiply(Number(factor), algebra.power(self.symbols[name], p), x)

    def alike(self, x: Expression) -> Iterator[Expression]:
        """Other quantities of the same shape; matrices also transposed."""
        for other in self.arrays:
            if other.shape == x.shape and other != x:
                yield other
        for other in self.arrays:
            if isinstance(other, (Symbol, Array)) and other.ndim == 2 and other.shape[::-1] == x.shape:
                turned = algebra.transpose(other)
                if turned != x:
                    yield turned

    @cached_property
    def slope(self) -> tuple[Path, frozenset[Expression], float] | None:
        """Where f′ stands: the product, its factors that are f′, and the constant with them; None where there is none.

        f′ are the factors that hang on nothing but the quantity itself, entry by entry.
        """
        from .edit import places

        own = self.own
        for path, part in places(self.formula):
            if not isinstance(part, Product):
                continue
            mine = frozenset(
                base
                for base, _ in part.factors
                if base.shape == part.shape and base.symbols() and own.issuperset(base.symbols()) and not _mixes(base)
            )
            rest = [base for base, _ in part.factors if base not in mine]
            if mine and any(name.startswith("d_") for base in rest for name in base.symbols()):
                return path, mine, 1.0
            if mine and rest and not self.is_argument and not path:
                return path, mine, 1.0
        return None

    @cached_property
    def own(self) -> frozenset[str]:
        """The quantity, and those that are functions of it alone, entry by entry: z2 and a2 = f(z2)."""
        own = {self.quantity}
        shape = self.formula.shape
        for name, formula in self.derivation.forward.items():
            inside = formula.symbols()
            if inside and own.issuperset(inside) and formula.shape == shape and not _mixes(formula):
                own.add(name)
        return frozenset(own)


Path = tuple[int, ...]


def _mixes(x: Expression) -> bool:
    """Whether entries of different places meet in it."""
    entrywise = {"sigmoid", "relu", "leaky_relu", "softplus", "where"}
    return any(
        isinstance(part, MatMul)
        or (isinstance(part, Call) and not isinstance(part.function, np.ufunc) and part.name not in entrywise)
        for part in x.walk()
    )


def _is_boolean(x: Expression) -> bool:
    return isinstance(x, Call) and x.name in (
        "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_or", "logical_and",
        "bitwise_or", "bitwise_and", "logical_not", "invert", "isnan", "argmax", "argmin")  # fmt: skip


__all__ = ["MOST_FORMULAS", "Context", "Number"]
