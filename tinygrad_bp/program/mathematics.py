r"""How NumPy's functions are written as mathematics: matmul as a product, sum as Σ with its index, where as cases.

Σ(…) of everything       x.sum(), x.sum(axis=0) → \sum_{i, j} x_{ij}, \sum_{i} x_{i, :}
no sign for a view       broadcast_to, expand_dims, astype: the same numbers
anything else            by its name, with what it is given: \operatorname{pad}\left(x, 2\right)
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..rules.activations import log_softmax, sigmoid
from ..rules.einsum import contracted
from ..rules.reductions import euclidean_norm, logsumexp
from ..rules.shapes import cast, identity
from ..rules.solving import logabsdet, solution
from . import notation
from .entries import entry, index, size
from .notation import ATOM, BASE, BIG, MATRIX, SUM, Formula, Shape

Writer = Callable[[Sequence[Any], dict[str, Any], Shape], "Formula | None"]


def written(function: Any, arguments: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula:
    """function(*arguments, **options), whose value has this shape; the quantities among them are Formulas already."""
    if isinstance(function, np.ufunc) or function in _ELEMENTWISE:
        arguments = [entry(x) for x in arguments]
    writer = _WRITERS.get(function)
    formula = writer(arguments, options, shape) if writer is not None else None
    if formula is not None:
        return formula._replace(shape=shape)
    named = _NAMES.get(function)
    if named is None:
        ufunc = getattr(function, "__self__", None)
        word = getattr(function, "__name__", type(function).__name__).lstrip("_")
        named = notation.called("function" if word == "<lambda>" else word)
        named = named if not isinstance(ufunc, np.ufunc) else notation.called(f"{ufunc.__name__}.{word}")
    given = [entry(x) for x in arguments]
    given += [Formula(rf"\mathrm{{{notation.escaped(key)}}} = {entry(x)}", SUM) for key, x in options.items()]
    return notation.applied(named, given, shape)


def squared_norm(x: Formula) -> Formula:
    """‖x‖², of all entries."""
    norm = _norm([x], {}, ())
    assert norm is not None
    return notation.raised(norm, "2")


# the writers


def _same(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return entry(x[0])


def _add(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.total(x, shape) if len(x) == 2 and not options else None


def _subtract(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.difference(x[0], x[1], shape) if len(x) == 2 and not options else None


def _multiply(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.product(x, shape) if len(x) == 2 and not options else None


def _divide(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.fraction(x[0], x[1], shape) if len(x) == 2 and not options else None


def _power(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.power(entry(x[0]), entry(x[1]), shape) if len(x) == 2 and not options else None


def _where(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.cases([(x[1], str(x[0]))], x[2], shape) if len(x) == 3 else None


def _relation(sign: str) -> Writer:
    return lambda x, options, shape: (
        Formula(f"{notation.within(x[0], SUM)} {sign} {notation.within(x[1], SUM)}", notation.OPEN, shape)
        if len(x) == 2
        else None
    )


def _matmul(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.matrix_product(x[0], x[1], shape) if len(x) == 2 and not options and _formulas(x) else None


def _dot(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    if options or not _formulas(x):
        return None
    return notation.product(x, shape) if not (x[0].ndim and x[1].ndim) else _matmul(x, options, shape)


def _outer(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    if options or not _formulas(x) or x[0].ndim != 1 or x[1].ndim != 1:
        return None
    right = notation.transposed(x[1]._replace(sign=1), x[1].shape)
    text = rf"{notation.within(x[0]._replace(sign=1), MATRIX)} \, {right}"
    return Formula(text, MATRIX, shape, x[0].sign * x[1].sign)


def _transpose(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.transposed(x[0], shape) if len(x) == 1 and not options and _formulas(x) else None


def _reshape(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    """Axes of one entry are not written; any other shape is."""
    of = entry(x[0])
    if [n for n in of.shape if n != 1] == [n for n in shape if n != 1]:
        return of
    return notation.applied(rf"\operatorname{{reshape}}_{{{size(shape)}}}", [of], shape)


def _broadcast(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    if options or len(x) != 2:
        return None
    of = entry(x[0])
    if of.ndim or not shape:
        return of
    ones = Formula(rf"\mathbf{{1}}_{{{size(shape)}}}", BASE, shape, marks="_")
    return notation.product([of, ones], shape)


def _getitem(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    parts = x[1] if type(x[1]) is tuple else (x[1],)
    if not isinstance(x[0], Formula):
        return notation.indexed(entry(x[0]), index(x[1]), shape)
    if all(part is None or part is Ellipsis or (type(part) is slice and part == slice(None)) for part in parts):
        return x[0]
    return notation.indexed(x[0], index(x[1]), shape)


def _reduced(x: Sequence[Any], options: dict[str, Any]) -> tuple[int, ...] | None:
    """The axes that a reduction is over; None where it is given more than those."""
    if set(options) - {"axis", "keepdims"} or len(x) > 2 or not _formulas(x[:1]):
        return None
    axis = x[1] if len(x) == 2 else options.get("axis")
    if axis is None:
        return tuple(range(x[0].ndim))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(sorted(int(a) % max(x[0].ndim, 1) for a in axes)) if not any(map(_is_formula, axes)) else None


def _over(big: str) -> Writer:
    def write(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
        axes = _reduced(x, options)
        return None if axes is None else notation.over(big, x[0], axes, shape)

    return write


def _mean(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    axes = _reduced(x, options)
    if not axes:
        return None
    n = math.prod(x[0].shape[axis] for axis in axes)
    return notation.product([Formula(rf"\frac{{1}}{{{n}}}", ATOM), notation.over(r"\sum", x[0], axes, shape)], shape)


def _logsumexp(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    axes = _reduced(x, options)
    if not axes:
        return None
    exponentials = notation.applied(r"\exp", [x[0]], x[0].shape)
    return notation.applied(r"\log", [notation.over(r"\sum", exponentials, axes, shape)], shape)


def _norm(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    """‖x‖ of all entries."""
    if len(x) != 1 or _reduced(x, options) != tuple(range(x[0].ndim)):
        return None
    return Formula(rf"\left\Vert {x[0]} \right\Vert" + ("_{F}" if x[0].ndim > 1 else ""), BASE, shape,
                   marks="_" * (x[0].ndim > 1))  # fmt: skip


def _inner(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return Formula(rf"\left\langle {x[0]}, {x[1]} \right\rangle", BASE, shape) if len(x) == 2 and not options else None


def _inverse(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.raised(x[0], "-1", shape) if len(x) == 1 and _formulas(x) else None


def _pseudo_inverse(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    return notation.raised(x[0], "+", shape) if len(x) == 1 and not options and _formulas(x) else None


def _solve(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    if len(x) != 2 or options or not _formulas(x):
        return None
    return notation.matrix_product(notation.raised(x[0], "-1"), x[1], shape)


def _einsum(x: Sequence[Any], options: dict[str, Any], shape: Shape) -> Formula | None:
    """Σ_j A_{ij} B_{jk}, where the free indices are those of the result."""
    subscripts = options.get("subscripts") or (x[0] if isinstance(x[0], str) else "")
    operands = [part for part in x if not isinstance(part, str)]
    if "." in subscripts or "->" not in subscripts or not _formulas(operands):
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


def _around(left: str, right: str) -> Writer:
    return lambda x, options, shape: (
        Formula(rf"\left{left} {entry(x[0])} \right{right}", BASE, shape) if len(x) == 1 and not options else None
    )


def _is_formula(x: Any) -> bool:
    return isinstance(x, Formula)


def _formulas(x: Sequence[Any]) -> bool:
    return bool(x) and all(map(_is_formula, x))


_ELEMENTWISE = frozenset((np.where, operator.pow))
_WRITERS: dict[Any, Writer] = {
    np.add: _add,
    np.subtract: _subtract,
    np.multiply: _multiply,
    np.divide: _divide,
    np.negative: lambda x, options, shape: notation.negative(x[0]),
    np.reciprocal: lambda x, options, shape: notation.fraction(Formula("1"), x[0], shape),
    np.power: _power,
    np.float_power: _power,
    operator.pow: _power,
    np.square: lambda x, options, shape: notation.power(x[0], Formula("2"), shape),
    np.sqrt: lambda x, options, shape: notation.root(x[0], shape),
    np.cbrt: lambda x, options, shape: Formula(rf"\sqrt[3]{{{x[0]}}}", ATOM, shape),
    np.absolute: _around("|", "|"),
    np.fabs: _around("|", "|"),
    np.floor: _around(r"\lfloor", r"\rfloor"),
    np.ceil: _around(r"\lceil", r"\rceil"),
    np.where: _where,
    np.less: _relation("<"),
    np.less_equal: _relation(r"\leq"),
    np.greater: _relation(">"),
    np.greater_equal: _relation(r"\geq"),
    np.equal: _relation("="),
    np.not_equal: _relation(r"\neq"),
    operator.lt: _relation("<"),
    operator.le: _relation(r"\leq"),
    operator.gt: _relation(">"),
    operator.ge: _relation(r"\geq"),
    operator.eq: _relation("="),
    operator.ne: _relation(r"\neq"),
    np.bitwise_and: _relation(r"\wedge"),
    np.bitwise_or: _relation(r"\vee"),
    np.logical_and: _relation(r"\wedge"),
    np.logical_or: _relation(r"\vee"),
    np.invert: lambda x, options, shape: Formula(rf"\neg {notation.within(x[0], ATOM)}", MATRIX, shape),
    np.matmul: _matmul,
    np.linalg.matmul: _matmul,
    np.dot: _dot,
    np.outer: _outer,
    np.linalg.outer: _outer,
    np.transpose: _transpose,
    np.matrix_transpose: _transpose,
    np.linalg.matrix_transpose: _transpose,
    np.reshape: _reshape,
    np.ravel: _reshape,
    np.expand_dims: _same,
    np.squeeze: _same,
    np.broadcast_to: _broadcast,
    identity.function: _same,
    np.positive: _same,
    cast.function: _same,
    operator.getitem: _getitem,
    np.sum: _over(r"\sum"),
    np.prod: _over(r"\prod"),
    np.max: _over(r"\max"),
    np.min: _over(r"\min"),
    np.amax: _over(r"\max"),
    np.amin: _over(r"\min"),
    np.mean: _mean,
    logsumexp.function: _logsumexp,
    euclidean_norm.function: _norm,
    np.linalg.norm: _norm,
    np.linalg.vector_norm: _norm,
    np.vdot: _inner,
    contracted.function: _einsum,
    np.einsum: _einsum,
    np.linalg.inv: _inverse,
    np.linalg.pinv: lambda x, options, shape: (
        notation.raised(x[0], "+", shape) if len(x) == 1 and not options else None
    ),
    np.linalg.matrix_power: lambda x, options, shape: notation.raised(x[0], str(entry(x[1])), shape),
    np.linalg.solve: _solve,
    solution.function: _solve,
}
_NAMES: dict[Any, str] = {
    sigmoid.function: r"\sigma",
    log_softmax.function: r"\log \operatorname{softmax}",
    logabsdet.function: r"\log \left|\det\right|",
    np.linalg.det: r"\det",
    np.trace: r"\operatorname{tr}",
    np.linalg.trace: r"\operatorname{tr}",
    np.maximum: r"\max",
    np.minimum: r"\min",
    np.log2: r"\log_{2}",
    np.log10: r"\log_{10}",
    **{getattr(np, name): "\\" + name for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin",
                                                   "arccos", "arctan")},
}  # fmt: skip
