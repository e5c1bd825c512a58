"""How formulas are set in LaTeX: names, numbers, sums, products, fractions, powers, indices, parentheses.

It knows nothing of NumPy's functions (`mathematics.py` does) nor of where a formula comes from: programs and
derivations are both written with it. Names are as in the lecture notes: layer 2's z is z^{(2)}, the gradient with
respect to it δ_{z^{(2)}}. All that it writes is LaTeX with amsmath and amssymb.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

Shape = tuple[int, ...]

#: how tightly a formula holds together
OPEN, SUM, BIG, HADAMARD, MATRIX, ATOM, BASE = range(7)

_GREEK = frozenset(
    re.findall(
        r"\w+",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
        "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
    )
)
_SHORT = {"lam": r"\lambda", "eps": r"\epsilon"}
_SIGNS = {**{sign: "\\" + sign for sign in "_#%&{}$"}, **dict.fromkeys("\\^~", r"\_")}
_LETTERS = "ijklpqrstuv"


class Formula(NamedTuple):
    """A piece of LaTeX.

    text   without its sign
    holds  how tightly it holds together: OPEN (cases), SUM, BIG (Σ …), HADAMARD (a ⊙ b), MATRIX (A B), ATOM, or BASE,
           which takes a power or an index
    shape  that of its value; () for a number
    sign   −1 where a minus stands before it
    marks  "^" and "_" where it has a superscript or a subscript already
    """

    text: str
    holds: int = BASE
    shape: Shape = ()
    sign: int = 1
    marks: str = ""

    def __str__(self) -> str:
        return f"-{self.text}" if self.sign < 0 else self.text

    @property
    def ndim(self) -> int:
        return len(self.shape)


def symbol(name: str, shape: Shape = ()) -> Formula:
    """A quantity by its name: z2 as z^{(2)}, lam as λ, d_z2 as δ_{z^{(2)}}, params["W1"] as W^{(1)}, z2[1], the second
    z2, as z^{(2)}_{[1]}."""
    again = re.fullmatch(r"(.*[^\]])\[(\d+)\]", name)
    if again and again[1].isidentifier():
        of = symbol(again[1], shape)
        return _marked(of, f"_{{[{again[2]}]}}", "_")
    inside = re.fullmatch(r"(d_)?.*(?:\[[\"'](\w+)[\"']\]|\.(\w+))", name)
    name = (inside[1] or "") + (inside[2] or inside[3]) if inside else name
    if name.startswith("d_") and len(name) > 2:
        return Formula(rf"\delta_{{{symbol(name[2:])}}}", BASE, shape, marks="_")
    parts = re.fullmatch(r"([^\W\d_](?:\w*[^\W\d_])?)_?(\d+)", name)
    word, layer = (parts[1], parts[2]) if parts else (name, "")
    text, marks = _word(word)
    return Formula(text + (f"^{{({layer})}}" if layer else ""), BASE, shape, marks=marks + "^" * bool(layer))


def auxiliary(name: str, shape: Shape = ()) -> Formula:
    """A quantity that nobody named: t1 as t_{1}, product2 as product_{2}."""
    parts = re.fullmatch(r"(.*?[^\d_])_?(\d+)", name)
    if parts is None:
        text, marks = _word(name)
        return Formula(text, BASE, shape, marks=marks)
    word = parts[1] if len(parts[1]) == 1 else rf"\mathrm{{{escaped(parts[1])}}}"
    return Formula(f"{word}_{{{parts[2]}}}", BASE, shape, marks="_")


def _word(word: str) -> tuple[str, str]:
    """A name without its layer, and its marks."""
    spelt = "".join(_spelt(letter) for letter in word)
    if spelt in _SHORT or spelt in _GREEK:
        return _SHORT.get(spelt, "\\" + spelt), ""
    first, _, rest = spelt.partition("_")
    if rest and (len(first) == 1 or first in _GREEK) and rest.isalnum():
        return f"{_word(first)[0]}_{{\\mathrm{{{escaped(rest)}}}}}", "_"
    return spelt if len(spelt) == 1 and spelt.isalpha() else rf"\mathrm{{{escaped(spelt)}}}", ""


def _spelt(letter: str) -> str:
    """A letter in ASCII: δ as delta."""
    if letter.isascii():
        return letter
    words = unicodedata.name(letter, "").split()
    if words[:1] == ["GREEK"] and "LETTER" in words:
        name = words[-1].replace("LAMDA", "LAMBDA")
        return name.lower() if "SMALL" in words else name.capitalize()
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain or f"U{ord(letter):04X}"


def escaped(text: str) -> str:
    """Text inside \\mathrm or \\mathtt."""
    spelt = "".join(_spelt(letter) for letter in text)
    return "".join(_SIGNS.get(sign, sign) for sign in spelt)


def number(value: Any) -> Formula:
    """A number: 0.25, 3, 10^{-5}, ∞."""
    x = float(value)
    sign = -1 if x < 0 else 1
    if x != x:
        return Formula(r"\mathrm{nan}")
    if abs(x) == float("inf"):
        return Formula(r"\infty", sign=sign)
    if x == int(x) and abs(x) < 1e15:
        return Formula(str(int(abs(x))), sign=sign)
    digits, _, exponent = str(abs(value) if type(value) is not int else abs(x)).partition("e")
    if not exponent:
        return Formula(digits, sign=sign)
    power = f"10^{{{int(exponent)}}}"
    if digits in ("1", "1.0"):
        return Formula(power, BASE, sign=sign, marks="^")
    return Formula(rf"{digits} \cdot {power}", MATRIX, sign=sign)


def within(x: Formula, holds: int) -> str:
    """A formula as a part of one that needs parts which hold so tightly."""
    return x.text if x.sign > 0 and x.holds >= holds else rf"\left({x}\right)"


def negative(x: Formula) -> Formula:
    """−x."""
    if x.holds <= SUM or x.sign < 0:
        return Formula(rf"\left({x}\right)", BASE, x.shape, -1)
    return x._replace(sign=-1)


def total(terms: Sequence[Formula], shape: Shape) -> Formula:
    """x + y + …"""
    text = ""
    for term in terms:
        sign = "-" if term.sign < 0 else "+"
        part = within(term._replace(sign=1), SUM)
        text += f" {sign} {part}" if text else f"{sign.strip('+')}{part}"
    return Formula(text, SUM, shape)


def difference(x: Formula, y: Formula, shape: Shape) -> Formula:
    """x − y."""
    return total([x, negative(y)], shape)


def product(factors: Sequence[Formula], shape: Shape) -> Formula:
    """x ⊙ y ⊙ …, entry by entry; λ x where one is a number: numbers come first."""
    sign = 1
    for x in factors:
        sign *= x.sign
    positive = [x._replace(sign=1) for x in factors]
    positive = [x for x in positive if x != Formula("1")] or positive[:1]
    positive.sort(key=lambda x: (not _is_digits(x), x.ndim > 0))
    if len(positive) == 1:
        x = positive[0]._replace(shape=shape)
        return x if sign > 0 else negative(x)
    text, arrays = "", False
    for i, x in enumerate(positive):
        array = x.ndim > 0 and any(y.ndim > 0 for y in positive if y is not x)
        last = i == len(positive) - 1
        part = within(x, ATOM if array and x.holds == MATRIX else BIG if last else HADAMARD)
        if text:
            text += (r" \odot " if array and arrays else r" \cdot " if part[:1].isdigit() else r" \, ") + part
        else:
            text = part
        arrays = arrays or array
    return Formula(text, HADAMARD if shape else MATRIX, shape, sign)


def _is_digits(x: Formula) -> bool:
    return x.text[:1].isdigit()


def matrix_product(x: Formula, y: Formula, shape: Shape) -> Formula:
    """x y, of matrices; xᵀ y where x is a vector."""
    left = x._replace(sign=1)
    left = transposed(left, x.shape) if x.ndim == 1 else left
    text = rf"{within(left, MATRIX)} \, {within(y._replace(sign=1), MATRIX)}"
    return Formula(text, MATRIX, shape, x.sign * y.sign)


def fraction(x: Formula, y: Formula, shape: Shape) -> Formula:
    """x / y, entry by entry."""
    return Formula(rf"\frac{{{x.text}}}{{{y}}}" if x.holds > SUM else rf"\frac{{{x}}}{{{y}}}", ATOM, shape,
                   x.sign if x.holds > SUM else 1)  # fmt: skip


def raised(x: Formula, text: str, shape: Shape | None = None) -> Formula:
    """x with a superscript."""
    shape = x.shape if shape is None else shape
    layer = re.fullmatch(r"(.*)\^\{\((\d+)\)\}", x.text)
    if text == r"\top" and layer and x.sign > 0 and x.holds == BASE and "^" not in layer[1]:
        return Formula(rf"{layer[1]}^{{({layer[2]})\top}}", BASE, shape, marks=x.marks)
    return _marked(x, f"^{{{text}}}", "^")._replace(shape=shape)


def power(x: Formula, exponent: Formula, shape: Shape) -> Formula:
    """x to a power, entry by entry: x^{⊙2} of an array."""
    text = str(exponent)
    if text == "0.5":
        return root(x, shape)
    if exponent.sign < 0 and _is_digits(exponent):
        return fraction(Formula("1"), power(x, exponent._replace(sign=1), shape), shape)
    if text == "1":
        return x._replace(shape=shape)
    return raised(x, rf"\odot {text}" if x.ndim else text, shape)


def root(x: Formula, shape: Shape) -> Formula:
    """√x."""
    return Formula(rf"\sqrt{{{x}}}", ATOM, shape)


def transposed(x: Formula, shape: Shape) -> Formula:
    """xᵀ."""
    return raised(x, r"\top", shape)


def indexed(x: Formula, text: str, shape: Shape = ()) -> Formula:
    """x with a subscript."""
    return _marked(x, f"_{{{text}}}", "_")._replace(shape=shape)


def _marked(x: Formula, mark: str, kind: str) -> Formula:
    if x.holds == BASE and x.sign > 0 and kind not in x.marks:
        return Formula(x.text + mark, BASE, x.shape, marks=x.marks + kind)
    return Formula(rf"\left({x}\right){mark}", BASE, x.shape, marks=kind)


def applied(name: str, arguments: Iterable[Any], shape: Shape) -> Formula:
    """f(x, y, …), where `name` is LaTeX."""
    return Formula(rf"{name}\left({', '.join(map(str, arguments))}\right)", BASE, shape)


def called(word: str) -> str:
    """A function that goes by its name."""
    return rf"\operatorname{{{escaped(word)}}}"


def over(big: str, x: Formula, axes: Sequence[int], shape: Shape) -> Formula:
    """Σ_j x_{:,j}, or another big operator over these axes."""
    if not axes:
        return x._replace(shape=shape)
    letters = [_LETTERS[i % len(_LETTERS)] for i in range(x.ndim)]
    bound = ", ".join(letters[i] for i in axes)
    places = [letter if i in axes else ":" for i, letter in enumerate(letters)]
    inside = ("" if len(axes) == x.ndim else ", ").join(places)
    return Formula(rf"{big}_{{{bound}}} {indexed(x, inside)}", BIG, shape)


def cases(choices: Sequence[tuple[Formula, str]], otherwise: Formula, shape: Shape) -> Formula:
    """One formula where a condition holds, another otherwise."""
    rows = [rf"{x} & {condition}" for x, condition in choices] + [rf"{otherwise} & \text{{otherwise}}"]
    return Formula(r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", OPEN, shape)


def aligned(lines: Iterable[str]) -> str:
    """Lines, one below the other."""
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"
