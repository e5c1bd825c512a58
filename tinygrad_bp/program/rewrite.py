"""Operations replaced by faster ones: the same result bit for bit, or to a few roundings of its sums.

transposes of products           (a b)ᵀ = bᵀ aᵀ, and no transpose is taken twice
sums of products                 Σ a ⊙ b = a · b, one pass and nothing written
sums of logarithms               Σ log(1 + eˣ), also of softplus: one logarithm for four entries
sums of a product's rows         (Σ of the rows of a) b, and Σ −x = −Σ x
sums over an axis                products with ones, where the axis is short enough for their plain sums
the largest of a few columns     column by column
factors                          where there is less to multiply; x − c (d x + y) in two passes
constant arrays of one number    that number; and (1 / u) e = e / u
broadcasting in a small array    copied out first: NumPy's loops over two axes cost more than the copy
e^{−(u + b)} with a row b        as (−b) − u: the row is negated, not the array
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from ..tracing import Constant
from ..tracing.step import map_steps
from .blocks import LARGE
from .factors import decayed, scaled_sum, signs
from .op import Op
from .plan import sequence
from .sums import (
    axes_of,
    made,
    sum_of_logarithms,
    sum_of_product_rows,
    sum_of_products,
    sum_over_axis,
    transposed,
)

SMALL = 1024  # entries below which calls cost more than what they compute
_FEW, _MORE = 4, 16  # columns that are compared one by one; the latter where there are
_LONG = 8  # times as many rows, and not so many that they are taken in blocks


def rewritten(roots: Iterable[Op]) -> dict[Op, Op]:
    """For each operation that the roots need the one to carry out in its place."""
    roots = list(roots)
    order = sequence(roots)
    uses = Counter(parent for op in order for parent in op.parents())
    uses.update(roots)
    new: dict[Op, Op] = {}
    for op in order:
        op.arguments = map_steps(lambda x: new.get(x, x) if isinstance(x, Op) else x, op.arguments)
        op.options = map_steps(lambda x: new.get(x, x) if isinstance(x, Op) else x, op.options)
        made = op
        for rule in _RULES:
            made = rule(made, uses)
        new[op] = made
        uses[made] = max(uses[made], uses[op])
    return new


def _transpose(op: Op, uses: Counter[Op]) -> Op:
    if op.how != "view" or op.function not in ("T", "same"):
        return op
    x = op.arguments[0]
    if op.function == "same":
        return op if x.how == "given" else x
    if x.how == "view" and x.function == "T":
        return transposed(x)
    if x.how == "product" and len(x.shape) == 2 and uses[x] == 1 and all(len(a.shape) == 2 for a in x.arguments):
        a, b = x.arguments
        return Op("product", np.matmul, (transposed(b), transposed(a)), op.shape, op.dtype, np.ndarray, (0, 1))
    return op


def _largest(op: Op, uses: Counter[Op]) -> Op:
    if op.how != "reduce" or op.function not in (np.maximum.reduce, np.minimum.reduce):
        return op
    x = op.arguments[0]
    if len(x.shape) != 2 or axes_of(op) != (1,) or x.layout is None or x.how != "ufunc":
        return op
    n, columns = x.shape
    if not 1 < columns <= (_MORE if n >= _LONG * columns and x.size < LARGE else _FEW):
        return op
    ufunc = np.maximum if op.function == np.maximum.reduce else np.minimum
    column = [made("view", "getitem", (x, (slice(None), i)), x.shape[:1], x) for i in range(columns)]
    most = column[0]
    for one in column[1:]:
        most = made("ufunc", ufunc, (most, one), x.shape[:1], op)
    return made("view", "reshape", (most, op.shape), op.shape, op) if op.options["keepdims"] else most


def _negated_row(op: Op, uses: Counter[Op]) -> Op:
    if op.how != "ufunc" or op.function is not np.exp or not isinstance(op.arguments[0], Op):
        return op
    negated = op.arguments[0]
    z = negated.arguments[0] if negated.how == "ufunc" and negated.function is np.negative else None
    if z is None or z.how != "ufunc" or z.function is not np.add or uses[z] != 1 or uses[negated] != 1:
        return op
    u, b = z.arguments
    if not (isinstance(u, Op) and isinstance(b, Op)) or u.shape != z.shape or u.dtype != z.dtype or b.dtype != z.dtype:
        return op
    if not b.is_array or (b.layout is None and b.how != "given") or 8 * b.size > z.size:
        return op
    if z.size <= SMALL:
        return op
    row = made("ufunc", np.negative, (b,), b.shape, b)
    op.arguments = (Op("ufunc", np.subtract, (row, u), z.shape, z.dtype, np.ndarray, z.layout),)
    return op


def _uniform(op: Op, uses: Counter[Op]) -> Op:
    """A constant array of one number as that number."""
    if op.how != "ufunc" or op.function is np.copyto:
        return op
    whole = [x for x in op.arguments if isinstance(x, Op) and x.shape == op.shape]
    for x in whole:
        if len(whole) > 1 and isinstance(x.step, Constant) and x.how == "given" and x.kind is np.ndarray:
            entry = x.step.value.flat[0]
            if np.array_equal(x.step.value, np.broadcast_to(entry, x.shape)) and (entry or not np.signbit(entry)):
                op.arguments = tuple(np.array(entry) if y is x else y for y in op.arguments)
                return op
    return op


def _quotient(op: Op, uses: Counter[Op]) -> Op:
    """(1 / u) e = e / u."""
    if op.how != "ufunc" or op.function is not np.multiply:
        return op
    for over, e in (op.arguments, op.arguments[::-1]):
        if not (isinstance(over, Op) and isinstance(e, Op)) or over.how != "ufunc" or over.function is not np.divide:
            continue
        one, u = over.arguments
        alone = uses[over] == 1 and e is not over and not isinstance(one, Op) and np.ndim(one) == 0 and one == 1
        if alone and isinstance(u, Op) and u.shape == e.shape == op.shape and u.dtype == e.dtype == op.dtype:
            return Op("ufunc", np.divide, (e, u), op.shape, op.dtype, op.kind, op.layout)
    return op


def _broadcast(op: Op, uses: Counter[Op]) -> Op:
    """What is broadcast in any case is not broadcast beforehand, and is scaled before it is broadcast."""
    if op.how != "ufunc" or op.function is np.copyto:
        return op
    for x in op.arguments:
        if isinstance(x, Op) and x.how == "view" and x.function == "broadcast" and x.arguments[0].is_array:
            narrow = x.arguments[0]
            given = tuple(narrow if y is x else y for y in op.arguments)
            shapes = [y.shape for y in given if isinstance(y, Op)]
            if np.broadcast_shapes(*shapes) == op.shape:
                op.arguments = given
            elif len(shapes) == 1 and narrow.layout is not None:
                small = Op("ufunc", op.function, given, narrow.shape, op.dtype, np.ndarray, narrow.layout)
                return Op("view", "broadcast", (small, op.shape), op.shape, op.dtype, np.ndarray)
    return op


def _spread(op: Op, uses: Counter[Op]) -> Op:
    """Broadcasting by a copy."""
    if op.how != "ufunc" or len(op.shape) < 2 or op.size > SMALL:
        return op
    whole = [isinstance(x, Op) and x.shape == op.shape for x in op.arguments]
    narrow = [x for x in op.arguments if isinstance(x, Op) and x.is_array and x.shape != op.shape]
    if len(op.arguments) != 2 or len(narrow) != 1 or not any(whole) or narrow[0].dtype != op.dtype:
        return op
    copied = Op("ufunc", np.copyto, (narrow[0],), op.shape, op.dtype, np.ndarray, op.layout)
    op.arguments = tuple(copied if x is narrow[0] else x for x in op.arguments)
    return op


_RULES: tuple[Callable[[Op, Counter[Op]], Op], ...] = (
    _transpose,
    sum_of_products,
    sum_of_logarithms,
    sum_of_product_rows,
    sum_over_axis,
    _largest,
    _negated_row,
    _broadcast,
    _uniform,
    _quotient,
    scaled_sum,
    decayed,
    signs,
    _spread,
)
