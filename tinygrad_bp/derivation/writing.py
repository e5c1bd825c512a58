"""Writing: an expression as the NumPy that a person would write."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ..rules import COMPOSED, TABLE
from .compound import Call, MatMul, Product, Sum
from .expression import Array, Expression, Number, Symbol

# how tightly a text holds together
_COMPARE, _ADD, _MULTIPLY, _UNARY, _POWER, _ATOM = range(6)

_OPERATORS = {
    np.less: "<", np.less_equal: "<=", np.greater: ">", np.greater_equal: ">=", np.equal: "==", np.not_equal: "!=",
    operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">=", operator.eq: "==", operator.ne: "!=",
}  # fmt: skip

Names = Callable[[str], str]


def source(x: Expression, names: Names = str) -> str:
    """The expression as NumPy; `names` says how a quantity is written."""
    return _written(x, names)[0]


def functions_in(x: Expression) -> dict[str, Callable[..., Any]]:
    """By name, the functions in an expression that are not NumPy's: `source` calls them by these names."""
    return {
        part.name: _callable(part.function)
        for part in x.walk()
        if isinstance(part, Call) and _module_of(part.function) is None and part.function is not operator.getitem
    }


def arrays_in(x: Expression) -> dict[str, Any]:
    """By name, the arrays in an expression that are nobody's arguments."""
    return {part.name: part.value for part in x.walk() if isinstance(part, Array)}


def _callable(function: Any) -> Any:
    return TABLE.get(function, COMPOSED.get(function, function))


def number(value: float) -> str:
    """A number as short as it is exact: 0.25, 3, 1e-05, np.sqrt(3)."""
    square = value * value
    if value > 0 and value != int(value) and round(square) < 1000 and abs(square - round(square)) < 1e-15 * square:
        return f"np.sqrt({round(square)})"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _written(x: Expression, names: Names) -> tuple[str, int]:
    if isinstance(x, Symbol):
        return names(x.name), _ATOM
    if isinstance(x, Array):
        return x.name, _ATOM
    if isinstance(x, Number):
        return _number(x.value)
    if isinstance(x, Sum):
        return _sum(x, names), _ADD
    if isinstance(x, Product):
        return _product(x, names)
    if isinstance(x, MatMul):
        left = _within(x.left, _MULTIPLY, names) if not isinstance(x.left, Product) else _within(x.left, _POWER, names)
        return f"{left} @ {_within(x.right, _UNARY, names)}", _MULTIPLY
    assert isinstance(x, Call)
    return _call(x, names)


def _number(value: float) -> tuple[str, int]:
    if not math.isfinite(value):
        return ("-" if value < 0 else "") + ("np.nan" if value != value else "np.inf"), _UNARY if value < 0 else _ATOM
    return number(value), _ATOM if value >= 0 else _UNARY


def _within(x: Expression, tightness: int, names: Names) -> str:
    text, holds = _written(x, names)
    return text if holds >= tightness else f"({text})"


def _sum(x: Sum, names: Names) -> str:
    """The terms, one that is not subtracted first."""
    ordered = sorted(x.terms, key=lambda term: not any(name.startswith("d_") for name in term.symbols()))
    terms = [_written(term, names) for term in ordered]
    terms = [(text, holds) if holds > _ADD else (f"({text})", _ATOM) for text, holds in terms]
    first = next((i for i, (text, _) in enumerate(terms) if not text.startswith("-")), 0)
    terms = [terms[first], *terms[:first], *terms[first + 1 :]]
    written = terms[0][0]
    for text, _ in terms[1:]:
        written += f" - {text[1:]}" if text.startswith("-") else f" + {text}"
    return written


def _order(factor: tuple[Expression, float]) -> int:
    """δ first, then differences of quantities, single quantities, and last what a slope is made of: 1 - a."""
    base, _ = factor
    inside = base.symbols()
    if any(name.startswith("d_") for name in inside):
        return 0
    return (1 if len(inside) > 1 else 3) if isinstance(base, Sum) else 2


def _product(x: Product, names: Names) -> tuple[str, int]:
    above = sorted(((base, p) for base, p in x.factors if p > 0), key=_order)
    below = [(base, -p) for base, p in x.factors if p < 0]
    sign, c = ("-" if x.coefficient < 0 else ""), abs(x.coefficient)
    texts = [_power(base, p, names) for base, p in above]
    divisors = [_power(base, p, names) for base, p in below]
    if c != 1:
        n = 1 / c
        whole = abs(n - round(n)) < 1e-15 * n
        if texts and c < 1 and (whole or number(n).startswith("np.sqrt")):
            divisors.insert(0, number(round(n) if whole else n))
        elif texts and (fraction := _fraction(c)):
            texts.insert(0, number(fraction[0]))
            divisors.insert(0, number(fraction[1]))
        else:
            texts.insert(0, number(c))
    if not texts:
        texts = ["1"]
    written = sign + " * ".join(texts) + "".join(f" / {d}" for d in divisors)
    single = len(texts) == 1 and not divisors
    if single:
        p = above[0][1] if above else 1
        return written, _UNARY if sign else (_POWER if p not in (1, 0.5) else _ATOM)
    return written, _UNARY - 1


def _fraction(c: float) -> tuple[int, int] | None:
    """The small fraction that a number of many digits is: (2, 15) for 0.13333333333333333; None where it is none."""
    if len(repr(c)) <= 8:
        return None
    fraction = Fraction(c).limit_denominator(1000)
    close = abs(float(fraction) - c) <= 4e-16 * c
    return (fraction.numerator, fraction.denominator) if close and fraction.denominator > 1 else None


def _power(base: Expression, p: float, names: Names) -> str:
    if p == 1:
        text, holds = _written(base, names)
        return text if holds >= _UNARY else f"({text})"
    if p == 0.5:
        return f"np.sqrt({source(base, names)})"
    return f"{_within(base, _ATOM, names)}**{number(p)}"


def _call(x: Call, names: Names) -> tuple[str, int]:
    function, arguments = x.function, x.arguments
    if function is np.transpose and len(arguments) == 1:
        return f"{_within(arguments[0], _ATOM, names)}.T", _ATOM
    if function is operator.getitem:
        return f"{_within(arguments[0], _ATOM, names)}[{_index(arguments[1], names)}]", _ATOM
    if function is np.reshape:
        index = _new_axes(x)
        if index is not None:
            return f"{_within(arguments[0], _ATOM, names)}[{index}]", _ATOM
    if function is np.broadcast_to and isinstance(arguments[0], Number):
        return f"np.full({_literal(arguments[1], names)}, {source(_floating(arguments[0]), names)})", _ATOM
    if function in _OPERATORS:
        left, right = (_literal(a, names) for a in arguments)
        return f"({left} {_OPERATORS[function]} {right})", _ATOM
    given = [_literal(a, names) for a in arguments]
    given += [f"{key}={_literal(value, names)}" for key, value in x.options.items()]
    module = _module_of(function)
    return f"{module + '.' if module else ''}{x.name}({', '.join(given)})", _ATOM


class _floating(Number):  # noqa: N801 (a number that is written with its point)
    def __init__(self, x: Number) -> None:
        super().__init__(x.value)


def _new_axes(x: Call) -> str | None:
    """The index that gives the axes which a reshape adds: `None, :`; None where it does more."""
    old, new = list(x.arguments[0].shape), x.shape
    parts = []
    for n in new:
        if old and old[0] == n:
            parts.append(":")
            old.pop(0)
        elif n == 1:
            parts.append("None")
        else:
            return None
    return None if old else ", ".join(parts)


def _index(index: Any, names: Names) -> str:
    if isinstance(index, tuple) and index:
        return ", ".join(_index(part, names) for part in index) + ("," if len(index) == 1 else "")
    if type(index) is slice:
        start, stop = ("" if part is None else _literal(part, names) for part in (index.start, index.stop))
        return f"{start}:{stop}" + ("" if index.step is None else f":{_literal(index.step, names)}")
    return "..." if index is Ellipsis else _literal(index, names)


def _literal(x: Any, names: Names) -> str:
    """Anything that stands among the arguments of a call."""
    if isinstance(x, Expression):
        return source(x, names)
    if isinstance(x, tuple) and any(type(part) is slice or part is Ellipsis for part in x):
        return f"np.s_[{_index(x, names)}]"
    if isinstance(x, tuple):
        return "(" + ", ".join(_literal(part, names) for part in x) + ("," if len(x) == 1 else "") + ")"
    if isinstance(x, list):
        return "[" + ", ".join(_literal(part, names) for part in x) + "]"
    if type(x) is slice:
        return f"np.s_[{_index(x, names)}]"
    if isinstance(x, (float, np.floating)):
        return _number(float(x))[0] if not math.isfinite(x) else repr(float(x))
    if isinstance(x, np.dtype):
        return f"np.{x.name}"
    if isinstance(x, np.ndarray):
        return f"np.array({x.tolist()})"
    return repr(x.item() if isinstance(x, np.generic) else x)


def _module_of(function: Any) -> str | None:
    """How NumPy's function is reached: np, np.linalg; None for one that is not NumPy's."""
    name = getattr(function, "__name__", "")
    for module, called in ((np, "np"), (np.linalg, "np.linalg"), (np.fft, "np.fft")):
        if getattr(module, name, None) is function:
            return called
    return None
