"""How each function is written as a formula, from formulas of what it is given: None where it is given more than the
formula would show, and is written as a call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from . import notation
from .entries import entry, index, size
from .notation import ATOM, BASE, BIG, MATRIX, SUM, Formula, Shape

Writer = Callable[[Sequence[Any], dict[str, Any], Shape], "Formula | None"]


def unchanged(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return entry(x[0])


def add(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.total(x, shape) if len(x) == 2 and not options else None


def subtract(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.difference(x[0], x[1], shape) if len(x) == 2 and not options else None


def multiply(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.product(x, shape) if len(x) == 2 and not options else None


def divide(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.fraction(x[0], x[1], shape) if len(x) == 2 and not options else None


def power(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.power(entry(x[0]), entry(x[1]), shape) if len(x) == 2 and not options else None


def where(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.cases([(x[1], str(x[0]))], x[2], shape) if len(x) == 3 else None


def relation(sign: str) -> Writer:
    return lambda x, options, shape: (
        Formula(f"{notation.within(x[0], SUM)} {sign} {notation.within(x[1], SUM)}", notation.OPEN, shape)
        if len(x) == 2
        else None
    )


def matmul(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.matrix_product(x[0], x[1], shape) if len(x) == 2 and not options and formulas(x) else None


def dot(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    if options or not formulas(x):
        return None
    return notation.product(x, shape) if not (x[0].ndim and x[1].ndim) else matmul(x, options, shape)


def outer(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    if options or not formulas(x) or x[0].ndim != 1 or x[1].ndim != 1:
        return None
    right = notation.transposed(x[1]._replace(sign=1), x[1].shape)
    text = rf"{notation.within(x[0]._replace(sign=1), MATRIX)} \, {right}"
    return Formula(text, MATRIX, shape, x[0].sign * x[1].sign)


def transpose(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.transposed(x[0], shape) if len(x) == 1 and not options and formulas(x) else None


def reshape(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    """Axes of one entry are not written; any other shape is."""
    of = entry(x[0])
    if [n for n in of.shape if n != 1] == [n for n in shape if n != 1]:
        return of
    return notation.applied(rf"\operatorname{{reshape}}_{{{size(shape)}}}", [of], shape)


def broadcast(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    if options or len(x) != 2:
        return None
    of = entry(x[0])
    if of.ndim or not shape:
        return of
    ones = Formula(rf"\mathbf{{1}}_{{{size(shape)}}}", BASE, shape, marks="_")
    return notation.product([of, ones], shape)


def getitem(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    parts = x[1] if type(x[1]) is tuple else (x[1],)
    if not isinstance(x[0], Formula):
        return notation.indexed(entry(x[0]), index(x[1]), shape)
    if all(part is None or part is Ellipsis or (type(part) is slice and part == slice(None)) for part in parts):
        return x[0]
    return notation.indexed(x[0], index(x[1]), shape)


def axes_of(x: Sequence[Any], options: dict[str, Any]) -> tuple[int, ...] | None:
    """The axes that a reduction is over; None where it is given more than those."""
    if set(options) - {"axis", "keepdims"} or len(x) > 2 or not formulas(x[:1]):
        return None
    axis = x[1] if len(x) == 2 else options.get("axis")
    if axis is None:
        return tuple(range(x[0].ndim))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(sorted(int(a) % max(x[0].ndim, 1) for a in axes)) if not any(map(is_formula, axes)) else None


def reduced(big: str) -> Writer:
    def write(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
        axes = axes_of(x, options)
        return None if axes is None else notation.over(big, x[0], axes, shape)

    return write


def mean(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    axes = axes_of(x, options)
    if not axes:
        return None
    n = math.prod(x[0].shape[axis] for axis in axes)
    return notation.product([Formula(rf"\frac{{1}}{{{n}}}", ATOM), notation.over(r"\sum", x[0], axes, shape)], shape)


def logsumexp(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    axes = axes_of(x, options)
    if not axes:
        return None
    exponentials = notation.applied(r"\exp", [x[0]], x[0].shape)
    return notation.applied(r"\log", [notation.over(r"\sum", exponentials, axes, shape)], shape)


def norm(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    """‖x‖ of all entries."""
    if len(x) != 1 or axes_of(x, options) != tuple(range(x[0].ndim)):
        return None
    return Formula(rf"\left\Vert {x[0]} \right\Vert" + ("_{F}" if x[0].ndim > 1 else ""), BASE, shape,
                   marks="_" * (x[0].ndim > 1))  # fmt: skip


def inner(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return Formula(rf"\left\langle {x[0]}, {x[1]} \right\rangle", BASE, shape) if len(x) == 2 and not options else None


def inverse(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.raised(x[0], "-1", shape) if len(x) == 1 and formulas(x) else None


def pseudo_inverse(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.raised(x[0], "+", shape) if len(x) == 1 and not options and formulas(x) else None


def solve(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    if len(x) != 2 or options or not formulas(x):
        return None
    return notation.matrix_product(notation.raised(x[0], "-1"), x[1], shape)


def einsum(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    """Σ_j A_{ij} B_{jk}, where the free indices are those of the result."""
    subscripts = options.get("subscripts") or (x[0] if isinstance(x[0], str) else "")
    operands = [part for part in x if not isinstance(part, str)]
    if "." in subscripts or "->" not in subscripts or not formulas(operands):
        return None
    given, _, free = subscripts.replace(" ", "").partition("->")
    terms = given.split(",")
    bound = ", ".join(sorted(set(given) - set(free) - {","}))
    pairs = list(zip(operands, terms, strict=True))
    factors = [notation.indexed(of._replace(sign=1), term) if term else of for of, term in pairs]
    text = r" \, ".join(notation.within(factor, MATRIX) for factor in factors)
    inside = Formula(rf"\sum_{{{bound}}} {text}" if bound else text, BIG if bound else MATRIX, shape,
                     math.prod(of.sign for of, term in pairs if term))  # fmt: skip
    if not free:
        return inside
    return Formula(rf"\left[{inside}\right]_{{{free}}}", BASE, shape, marks="_")


def around(left: str, right: str) -> Writer:
    return lambda x, options, shape: (
        Formula(rf"\left{left} {entry(x[0])} \right{right}", BASE, shape) if len(x) == 1 and not options else None
    )


def is_formula(x: Any) -> bool:
    return isinstance(x, Formula)


def formulas(x: Sequence[Any]) -> bool:
    return bool(x) and all(map(is_formula, x))
