r"""How NumPy's functions are written as mathematics: matmul as a product, sum as Σ with its index, where as cases.

Σ(…) of everything       x.sum(), x.sum(axis=0) → \sum_{i, j} x_{ij}, \sum_{i} x_{i, :}
no sign for a view       broadcast_to, expand_dims, astype: the same numbers
anything else            by its name, with what it is given: \operatorname{pad}\left(x, 2\right)
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..rules.activations import log_softmax, sigmoid
from ..rules.einsum import contracted
from ..rules.reductions import euclidean_norm, logsumexp
from ..rules.shapes import cast, identity
from ..rules.solving import logabsdet, solution
from . import notation, writers
from .entries import entry
from .notation import ATOM, MATRIX, SUM, Formula, Shape


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
    norm = writers.norm([x], {}, ())
    assert norm is not None
    return notation.raised(norm, "2")


_ELEMENTWISE = frozenset((np.where, operator.pow))
_WRITERS: dict[Any, writers.Writer] = {
    np.add: writers.add,
    np.subtract: writers.subtract,
    np.multiply: writers.multiply,
    np.divide: writers.divide,
    np.negative: lambda x, options, shape: notation.negative(x[0]),
    np.reciprocal: lambda x, options, shape: notation.fraction(Formula("1"), x[0], shape),
    np.power: writers.power,
    np.float_power: writers.power,
    operator.pow: writers.power,
    np.square: lambda x, options, shape: notation.power(x[0], Formula("2"), shape),
    np.sqrt: lambda x, options, shape: notation.root(x[0], shape),
    np.cbrt: lambda x, options, shape: Formula(rf"\sqrt[3]{{{x[0]}}}", ATOM, shape),
    np.absolute: writers.around("|", "|"),
    np.fabs: writers.around("|", "|"),
    np.floor: writers.around(r"\lfloor", r"\rfloor"),
    np.ceil: writers.around(r"\lceil", r"\rceil"),
    np.where: writers.where,
    np.less: writers.relation("<"),
    np.less_equal: writers.relation(r"\leq"),
    np.greater: writers.relation(">"),
    np.greater_equal: writers.relation(r"\geq"),
    np.equal: writers.relation("="),
    np.not_equal: writers.relation(r"\neq"),
    operator.lt: writers.relation("<"),
    operator.le: writers.relation(r"\leq"),
    operator.gt: writers.relation(">"),
    operator.ge: writers.relation(r"\geq"),
    operator.eq: writers.relation("="),
    operator.ne: writers.relation(r"\neq"),
    np.bitwise_and: writers.relation(r"\wedge"),
    np.bitwise_or: writers.relation(r"\vee"),
    np.logical_and: writers.relation(r"\wedge"),
    np.logical_or: writers.relation(r"\vee"),
    np.invert: lambda x, options, shape: Formula(rf"\neg {notation.within(x[0], ATOM)}", MATRIX, shape),
    np.matmul: writers.matmul,
    np.linalg.matmul: writers.matmul,
    np.dot: writers.dot,
    np.outer: writers.outer,
    np.linalg.outer: writers.outer,
    np.transpose: writers.transpose,
    np.matrix_transpose: writers.transpose,
    np.linalg.matrix_transpose: writers.transpose,
    np.reshape: writers.reshape,
    np.ravel: writers.reshape,
    np.expand_dims: writers.unchanged,
    np.squeeze: writers.unchanged,
    np.broadcast_to: writers.broadcast,
    identity.function: writers.unchanged,
    np.positive: writers.unchanged,
    cast.function: writers.unchanged,
    operator.getitem: writers.getitem,
    np.sum: writers.reduced(r"\sum"),
    np.prod: writers.reduced(r"\prod"),
    np.max: writers.reduced(r"\max"),
    np.min: writers.reduced(r"\min"),
    np.amax: writers.reduced(r"\max"),
    np.amin: writers.reduced(r"\min"),
    np.mean: writers.mean,
    logsumexp.function: writers.logsumexp,
    euclidean_norm.function: writers.norm,
    np.linalg.norm: writers.norm,
    np.linalg.vector_norm: writers.norm,
    np.vdot: writers.inner,
    contracted.function: writers.einsum,
    np.einsum: writers.einsum,
    np.linalg.inv: writers.inverse,
    np.linalg.pinv: lambda x, options, shape: (
        notation.raised(x[0], "+", shape) if len(x) == 1 and not options else None
    ),
    np.linalg.matrix_power: lambda x, options, shape: notation.raised(x[0], str(entry(x[1])), shape),
    np.linalg.solve: writers.solve,
    solution.function: writers.solve,
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
