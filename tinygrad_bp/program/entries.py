r"""What stands among the arguments of a function, in LaTeX: numbers, shapes, indices, small arrays, lists of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import notation
from .notation import BASE, Formula, Shape


def entry(x: Any) -> Formula:
    """Anything that stands among the arguments of a call."""
    if isinstance(x, Formula):
        return x
    if isinstance(x, (bool, np.bool_)) or x is None:
        return Formula(rf"\mathrm{{{x}}}")
    if isinstance(x, (int, float, np.integer, np.floating)):
        return notation.number(x)
    if isinstance(x, (list, tuple)):
        left, right = ("[", "]") if isinstance(x, list) else ("(", ")")
        return Formula(rf"\left{left}{', '.join(str(entry(part)) for part in x)}\right{right}")
    if type(x) is dict:
        parts = ", ".join(f"{entry(key)}: {entry(part)}" for key, part in x.items())
        return Formula(rf"\left\{{{parts}\right\}}")
    if isinstance(x, slice):
        bounds = [x.start, x.stop] + [x.step] * (x.step is not None)
        return Formula(":".join("" if part is None else str(entry(part)) for part in bounds))
    if x is Ellipsis:
        return Formula(r"\ldots")
    if isinstance(x, np.ndarray):
        return array(x)
    if isinstance(x, np.dtype):
        x = x.name
    return Formula(rf"\mathtt{{{notation.escaped(x if isinstance(x, str) else getattr(x, '__name__', repr(x)))}}}")


def array(x: Any, entries: int = 12) -> Formula:
    """An array of numbers: ones as 1_{2×3}, few entries as a row or a matrix, others by their shape alone."""
    sizes = size(x.shape)
    if x.ndim == 0:
        return entry(x.item())
    if x.dtype.kind == "f" and x.size and np.all(x == x.flat[0]):
        same = entry(x.flat[0].item())
        digit = same.text if same.text in ("0", "1") else "1"
        whole = Formula(rf"\mathbf{{{digit}}}_{{{sizes}}}", BASE, x.shape, same.sign, marks="_")
        return whole if digit == same.text else notation.product([same, whole._replace(sign=1)], x.shape)
    if x.ndim == 2 and x.shape[0] == x.shape[1] and x.dtype.kind == "f" and np.array_equal(x, np.eye(len(x))):
        return Formula(f"I_{{{len(x)}}}", BASE, x.shape, marks="_")
    if x.size > entries or x.ndim > 2 or not x.size or x.dtype.kind not in "fiub":
        return Formula(rf"\mathrm{{constant}}_{{{sizes}}}", BASE, x.shape, marks="_")
    if x.ndim == 1:
        return entry(tuple(x.tolist()))._replace(shape=x.shape)
    rows = r" \\ ".join(" & ".join(str(entry(part)) for part in row) for row in x.tolist())
    return Formula(rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}", BASE, x.shape)


def size(shape: Shape) -> str:
    r"""2 \times 3."""
    return r" \times ".join(map(str, shape)) or "1"


def index(x: Any) -> str:
    """What stands in brackets behind an array, counted from 0 as in NumPy."""
    parts = x if type(x) is tuple else (x,)
    return "[" + ", ".join(r"\ast" if part is None else str(entry(part)) for part in parts) + "]"
