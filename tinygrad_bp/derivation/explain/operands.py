"""The wrong operand: another quantity of the same shape, another layer, another place."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...rules.indexing import scattered
from .. import algebra
from ..compound import Call, Product
from ..expression import Expression, Number, Symbol
from .context import Context
from .edit import Edit, Fit, FitMany, Made, Path, exchanged, places, replaced, text_of


def late_operands(context: Context) -> Made:
    """A quantity taken for a δ that the engine comes to later."""
    yield from operands(context, late=True)


def operands(context: Context, late: bool = False) -> Made:
    """A quantity taken for another of its shape; in one place, or everywhere."""
    for path, part in places(context.formula):
        if part.ndim == 0 and not isinstance(part, Symbol):
            continue
        if isinstance(part, Number) or not (path or isinstance(part, Symbol)):
            continue
        simple = isinstance(part, Symbol)
        for other in context.alike(part):
            if context.late.isdisjoint(other.symbols()) == late:
                continue
            if other.ndim == 0 or (not (simple and path) and not isinstance(other, Symbol)):
                continue
            text = f"{text_of(other)} stands for {text_of(part)}"
            more = isinstance(other, Product) and any(base == part and p == 1 for base, p in other.factors)
            yield Edit(replaced(context.formula, path, other), "factor-added" if more else "wrong-operand", text)
        if simple and part.ndim == 0:
            for symbol in context.symbols.values():
                if symbol.ndim == 0 and symbol != part:
                    text = f"{symbol.name} stands for {text_of(part)}"
                    yield Edit(replaced(context.formula, path, symbol), "wrong-operand", text)
        if isinstance(part, Symbol) and part.ndim:
            size = Call(np.absolute, (part,), {}, part.shape)
            yield Edit(replaced(context.formula, path, size), "wrong-operand", f"|{part.name}| stands for {part.name}")
            yield from _updated(context, path, part)
    for name, symbol in context.formula.symbols().items():
        if sum(isinstance(part, Symbol) and part.name == name for part in context.formula.walk()) > 1:
            for other in context.alike(symbol):
                new = exchanged(context.formula, (symbol, other))
                yield Edit(new, "wrong-operand", f"{text_of(other)} stands for {name} throughout")


def _updated(context: Context, path: Path, part: Symbol) -> Made:
    """W after its step of descent: W - α ∂J/∂W."""
    gradient = context.symbols.get(f"d_{part.name}")
    if gradient is None or gradient.shape != part.shape:
        return

    def of(c: float) -> Edit | None:
        new = algebra.add(part, algebra.scale(c, gradient))
        text = f"{part.name} is taken after its update, {text_of(new)}"
        return Edit(replaced(context.formula, path, new), "wrong-operand", text)

    moved = replaced(context.formula, path, algebra.add(part, gradient))
    yield Fit(context.formula, moved, of)


def swapped(context: Context) -> Made:
    """Two quantities taken for each other."""
    names = list(context.formula.symbols().values())
    for i, x in enumerate(names):
        for y in names[:i]:
            if x.shape == y.shape:
                new = exchanged(context.formula, (x, y), (y, x))
                yield Edit(new, "wrong-operand", f"{x.name} and {y.name} stand for each other")


def indices(context: Context) -> Made:
    """An index off by one, or that of another place."""
    for path, part in places(context.formula):
        if not isinstance(part, Call):
            continue
        if part.function is operator.getitem:
            index = part.arguments[1]
            for new in _shifted(index, part.arguments[0].shape):
                other = Call(operator.getitem, (part.arguments[0], new))
                text = f"{text_of(other)} stands for {text_of(part)}"
                yield Edit(replaced(context.formula, path, other), "shifted", text)
        if part.function is scattered.function:
            yield from _scattered(context, path, part)


def _shifted(index: Any, shape: tuple[int, ...]) -> list[Any]:
    """The index, a number or slice in it moved by one."""
    parts = index if isinstance(index, tuple) else (index,)
    found: list[Any] = []
    for i, part in enumerate(parts):
        moved: list[Any] = []
        if isinstance(part, (int, np.integer)) and not isinstance(part, bool):
            moved = [int(part) + 1, int(part) - 1] if part > 0 else [int(part) + 1]
        elif type(part) is slice and part.step is None and (part.start or part.stop):
            moved = [slice(None, -1), slice(1, None), slice(None, None)]
            moved = [each for each in moved if each != part]
        for new in moved:
            made = (*parts[:i], new, *parts[i + 1 :])
            found.append(made if isinstance(index, tuple) else new)
    return found


def _scattered(context: Context, path: Path, part: Call) -> Made:
    """What is put in places: a part left out, one put in another's place."""
    shape, places_, *parts = part.arguments

    def put(where: Any, what: Sequence[Expression]) -> Expression:
        new = Call(scattered.function, (shape, tuple(where), *what), {}, part.shape)
        return replaced(context.formula, path, new)

    if len(parts) > 2:
        nothing = [Call(np.zeros, (piece.shape,), {}, piece.shape) for piece in parts]
        alone = [put(places_, [*nothing[:i], piece, *nothing[i + 1 :]]) for i, piece in enumerate(parts)]

        def of_all(cs: tuple[float, ...]) -> Edit | None:
            exact = [context.constants.exact(c) for c in cs]
            off = [(c, piece) for c, piece in zip(exact, parts, strict=True) if c != 1]
            if not off or any(context.constants.name(c) is None for c in exact if c):
                return None
            kinds = ["term-missing" if c == 0 else "sign" if c == -1 else "constant-factor" for c, _ in off]
            said = (f"{text_of(x)} is {f'{context.constants.says(c)} times that' if c else 'missing'}" for c, x in off)
            kept = [algebra.scale(c, piece) for c, piece in zip(exact, parts, strict=True)]
            return Edit(put(places_, kept), max(kinds, key=kinds.count), "; ".join(said))

        yield FitMany(put(places_, nothing), tuple(alone), of_all)
    for i, piece in enumerate(parts):
        if len(parts) > 1:
            others = [p for j, p in enumerate(parts) if j != i]
            where = [p for j, p in enumerate(places_) if j != i]
            yield Edit(
                put(where, others), "left-out", f"what belongs at {_place(places_[i])}, {text_of(piece)}, is left out"
            )

            def of(c: float, i: int = i, piece: Expression = piece) -> Edit | None:
                c = context.constants.exact(c)
                if c in (0.0, 1.0):
                    return None
                new = put(places_, [algebra.scale(c, p) if j == i else p for j, p in enumerate(parts)])
                kind = "sign" if c == -1 else "constant-factor"
                return Edit(new, kind, f"{text_of(piece)} is {context.constants.says(c)} times what it should be")

            yield Fit(put(where, others), context.formula, of)
        for j, other in enumerate(places_):
            if j != i:
                moved = [other if k == i else p for k, p in enumerate(places_)]
                yield Edit(put(moved, parts), "shifted", f"{text_of(piece)} is put at {_place(other)}")
                for a, b in ((parts[i], parts[j]),):
                    if a.shape == b.shape:
                        what = [b if k == i else p for k, p in enumerate(parts)]
                        yield Edit(put(places_, what), "wrong-operand", f"{text_of(b)} stands for {text_of(a)}")
        for new in _shifted(places_[i], shape):
            moved = [new if k == i else p for k, p in enumerate(places_)]
            yield Edit(put(moved, parts), "shifted", f"{text_of(piece)} is put at {_place(new)}")


def within(context: Context) -> Made:
    """A quantity taken for another wherever it stands in a part of the formula."""
    for path, part in places(context.formula):
        if not path or not part.parts():
            continue
        inside = [x for x in part.walk() if isinstance(x, Symbol)]
        for symbol in dict.fromkeys(inside):
            if inside.count(symbol) < 2 or symbol.ndim == 0:
                continue
            for other in context.alike(symbol):
                new = exchanged(part, (symbol, other))
                text = f"{text_of(other)} stands for {symbol.name} in {text_of(part)}"
                yield Edit(replaced(context.formula, path, new), "wrong-operand", text)


def _place(index: Any) -> str:
    return text_of(Call(operator.getitem, (Symbol("", ()), index), {}, ()))


def families(context: Context) -> Made:
    """All of one name off by a layer or a moment: a3, a2, a1 for a2, a1, a0."""
    letters = {match[1] for name in context.formula.symbols() if (match := re.fullmatch(r"(.*?)(\d+)", name))}
    for letter in sorted(letters):
        for by in (1, -1):
            names: dict[str, Expression] = {}
            for name, symbol in context.formula.symbols().items():
                match = re.fullmatch(r"(.*?)(\d+)", name)
                if match and match[1] == letter:
                    other = context.symbols.get(f"{letter}{int(match[2]) + by}")
                    if other is None or other.shape != symbol.shape:
                        break
                    names[name] = other
            else:
                if len(names) > 1:
                    new = exchanged(context.formula, *((context.symbols[name], x) for name, x in names.items()))
                    yield Edit(
                        new, "shifted", f"{', '.join(map(text_of, names.values()))} stand for {', '.join(names)}"
                    )
