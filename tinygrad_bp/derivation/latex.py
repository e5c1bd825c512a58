"""Formulas as LaTeX: layers as the notes write them, z2 as z^{(2)}; δ_z for ∂J/∂z."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING

import numpy as np

from .expression import Array, Call, Expression, MatMul, Number, Product, Sum, Symbol
from .writing import number, source

if TYPE_CHECKING:
    from .derive import Derivation

_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|eta|theta|kappa|lambda|mu|nu|xi|rho|sigma|tau|phi|chi|psi|omega|"
    "Gamma|Delta|Theta|Lambda|Sigma|Phi|Psi|Omega"
)
_SHORT = {"lam": r"\lambda", "eps": r"\epsilon"}
_FUNCTIONS = {"exp": r"\exp", "log": r"\log", "tanh": r"\tanh", "sin": r"\sin", "cos": r"\cos", "sigmoid": r"\sigma",
              "max": r"\max", "min": r"\min", "det": r"\det"}  # fmt: skip
_SUM, _PRODUCT, _ATOM = range(3)


def derivation_latex(derivation: Derivation) -> str:
    """All steps, aligned and numbered, the forward quantities first."""
    lines = [f"{symbol(name)} &= {expression(formula)}" for name, formula in derivation.forward.items()]
    lines += [
        rf"\delta_{{{symbol(step.quantity)}}} = \frac{{\partial J}}{{\partial {symbol(step.quantity)}}} "
        f"&= {expression(step.formula)}"
        for step in derivation.steps
    ]
    numbered = [rf"{line} && \text{{({i})}}" for i, line in enumerate(lines, 1)]
    return "\\begin{aligned}\n" + " \\\\\n".join(numbered) + "\n\\end{aligned}"


def symbol(name: str) -> str:
    """A quantity: z2 as z^{(2)}, lam as λ, params["W1"] as W^{(1)}."""
    key = re.fullmatch(r'.*\["(\w+)"\]', name)
    name = key[1] if key else name
    if name.startswith("d_"):
        return rf"\delta_{{{symbol(name[2:])}}}"
    parts = re.fullmatch(r"([A-Za-z]+?)_?(\d+)", name)
    letters, layer = (parts[1], parts[2]) if parts else (name, "")
    if letters in _SHORT:
        letters = _SHORT[letters]
    elif _GREEK.fullmatch(letters):
        letters = "\\" + letters
    elif len(letters) > 1:
        letters = rf"\mathrm{{{letters}}}".replace("_", r"\_")
    return f"{letters}^{{({layer})}}" if layer else letters


def expression(x: Expression) -> str:
    """A formula."""
    return _written(x)[0]


def _within(x: Expression, tightness: int) -> str:
    text, holds = _written(x)
    return text if holds >= tightness else rf"\left({text}\right)"


def _written(x: Expression) -> tuple[str, int]:
    if isinstance(x, Symbol):
        return symbol(x.name), _ATOM
    if isinstance(x, Array):
        return symbol(x.name), _ATOM
    if isinstance(x, Number):
        return _number(x.value), _ATOM if x.value >= 0 else _SUM
    if isinstance(x, Sum):
        ordered = sorted(x.terms, key=lambda term: not any(name.startswith("d_") for name in term.symbols()))
        text = ""
        for term in ordered:
            part = _within(term, _PRODUCT) if isinstance(term, Sum) else expression(term)
            text += part if not text else f" - {part[1:]}" if part.startswith("-") else f" + {part}"
        return text, _SUM
    if isinstance(x, MatMul):
        return f"{_factor(x.left)} \\, {_factor(x.right)}", _PRODUCT
    if isinstance(x, Product):
        return _product(x), _PRODUCT if x.coefficient > 0 else _SUM
    assert isinstance(x, Call)
    return _call(x), _ATOM


def _factor(x: Expression) -> str:
    return _within(x, _ATOM if isinstance(x, (Sum, Product)) else _PRODUCT)


def _number(value: float) -> str:
    text = number(value)
    return rf"\sqrt{{{text[8:-1]}}}" if text.startswith("np.sqrt(") else text


def _product(x: Product) -> str:
    above = [_power(base, p) for base, p in x.factors if p > 0]
    below = [_power(base, -p) for base, p in x.factors if p < 0]
    sign, c = ("-" if x.coefficient < 0 else ""), abs(x.coefficient)
    before = ""
    if c != 1:
        n = 1 / c
        if c < 1 and (abs(n - round(n)) < 1e-12 * n or number(n).startswith("np.sqrt")):
            before = rf"\frac{{1}}{{{_number(round(n) if abs(n - round(n)) < 1e-12 * n else n)}}} "
        else:
            before = f"{_number(c)} \\, "
    upper = r" \odot ".join(above) or ("1" if below or not before else "")
    if below:
        return sign + before + rf"\frac{{{upper}}}{{{' '.join(below)}}}"
    return sign + before + upper


def _power(base: Expression, p: float) -> str:
    if p == 1:
        return _within(base, _PRODUCT)
    if p == 0.5:
        return rf"\sqrt{{{expression(base)}}}"
    text = _within(base, _ATOM)
    if "^" in text and not text.startswith(r"\left("):
        text = rf"\left({text}\right)"
    return f"{text}^{{{number(p)}}}"


def _call(x: Call) -> str:
    function, arguments = x.function, x.arguments
    if function is np.transpose and len(arguments) == 1:
        text = _within(arguments[0], _ATOM)
        return (rf"\left({text}\right)" if "^" in text and not text.startswith(r"\left(") else text) + r"^{\top}"
    if function is np.sum:
        axis = x.options.get("axis")
        axes = ", ".join(map(str, axis if isinstance(axis, tuple) else (axis,)))
        below = "" if axis is None else rf"_{{\text{{axis }} {axes}}}"
        return rf"\sum{below} {_within(arguments[0], _PRODUCT)}"
    if function is np.where and len(arguments) == 3:
        condition, a, b = (_any(part) for part in arguments)
        return rf"\begin{{cases}} {a} & {condition} \\ {b} & \text{{otherwise}} \end{{cases}}"
    if function in (np.broadcast_to, np.reshape):
        return _within(arguments[0], _ATOM) if isinstance(arguments[0], Expression) else source(x)
    if function is operator.getitem or function in _COMPARISONS:
        if function in _COMPARISONS:
            return f"{_any(arguments[0])} {_COMPARISONS[function]} {_any(arguments[1])}"
        inside = source(x)
        return rf"\mathtt{{{_escaped(inside)}}}"
    if function is np.linalg.inv:
        return _within(arguments[0], _ATOM) + "^{-1}"
    if function is np.absolute:
        return rf"\left|{_any(arguments[0])}\right|"
    called = _FUNCTIONS.get(x.name, rf"\operatorname{{{_escaped(x.name)}}}")
    return rf"{called}\left({', '.join(_any(part) for part in arguments)}\right)"


_COMPARISONS = {np.less: "<", np.less_equal: r"\le", np.greater: ">", np.greater_equal: r"\ge", np.equal: "=",
                np.not_equal: r"\ne"}  # fmt: skip


def _any(x: object) -> str:
    if isinstance(x, Expression):
        return expression(x)
    if isinstance(x, (int, float)) and not isinstance(x, bool):
        return _number(float(x))
    return rf"\mathtt{{{_escaped(str(x))}}}"


def _escaped(text: str) -> str:
    return re.sub(r"([_#%&{}$])", r"\\\1", text)
