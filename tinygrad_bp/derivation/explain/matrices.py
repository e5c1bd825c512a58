"""Matrix products and axes: transposed, swapped, entry by entry, over the wrong axis, summed too much or too little."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator

import numpy as np

from .. import algebra
from ..compound import Call, MatMul, Product
from ..expression import Expression, Symbol
from .context import Context
from .edit import Edit, Made, Path, places, replaced, text_of

_REDUCTIONS = (np.sum, np.max, np.min, np.mean)


def products(context: Context) -> Made:
    """What may be done wrong about a matrix product."""
    for path, part in places(context.formula):
        if not isinstance(part, MatMul):
            continue
        a, b = part.left, part.right
        plain_a, plain_b = _without_transpose(a), _without_transpose(b)
        for x, y, other in ((a, plain_a, "left"), (b, plain_b, "right")):
            if x.ndim != 2:
                continue
            turned = y if y is not x else algebra.transpose(x)
            new = MatMul(turned, b) if other == "left" else MatMul(a, turned)
            kind = "transpose-missing" if y is not x else "transpose-added"
            word = f"the transpose of {text_of(y)} is missing" if y is not x else f"{text_of(x)} is transposed"
            yield Edit(replaced(context.formula, path, new), kind, word)
        yield Edit(replaced(context.formula, path, MatMul(b, a)), "operands-swapped",
                   f"{text_of(a)} and {text_of(b)} are swapped")  # fmt: skip
        for x in dict.fromkeys((a, plain_a)):
            for y in dict.fromkeys((b, plain_b)):
                new_ = Product(1.0, ((x, 1.0), (y, 1.0))) if x != y else Product(1.0, ((x, 2.0),))
                text = f"{text_of(part)} is taken entry by entry"
                yield Edit(replaced(context.formula, path, new_), "elementwise-for-matrix-product", text)
        if a.ndim == b.ndim == 2:
            new = MatMul(algebra.transpose(b), algebra.transpose(a))
            yield Edit(replaced(context.formula, path, new), "transposed", f"{text_of(part)} is transposed")
        for x, y in ((plain_a, b), (a, plain_b), (plain_a, plain_b)):
            if (x, y) != (a, b):
                text = f"{text_of(a)} and {text_of(b)} are swapped"
                yield Edit(replaced(context.formula, path, MatMul(y, x)), "operands-swapped", text)
        yield from _shifted(context, path, a, b)


def _shifted(context: Context, path: Path, a: Expression, b: Expression) -> Made:
    n = a.shape[-1]
    if n < 2:
        return
    first, last = slice(1, None), slice(None, -1)
    for left, right in ((first, last), (last, first)):
        x = Call(operator.getitem, (a, (Ellipsis, left)))
        y = Call(operator.getitem, (b, right))
        text = f"{text_of(a)} and {text_of(b)} are shifted against each other"
        yield Edit(replaced(context.formula, path, MatMul(x, y)), "shifted", text)


def _without_transpose(x: Expression) -> Expression:
    if isinstance(x, Call) and x.function is np.transpose and len(x.arguments) == 1:
        inner: Expression = x.arguments[0]
        return inner
    return x


def turned(context: Context) -> Made:
    """The result, or a part of it, transposed; a vector set against the other axis."""
    if context.formula.ndim == 2:
        yield Edit(algebra.transpose(context.formula), "transposed", "the result is transposed")
    for path, part in places(context.formula):
        if not path:
            continue
        if isinstance(part, Call) and part.function is np.transpose and len(part.arguments) == 1:
            text = f"the transpose of {text_of(part.arguments[0])} is missing"
            yield Edit(replaced(context.formula, path, part.arguments[0]), "transpose-missing", text)
        elif part.ndim == 2:
            new = algebra.transpose(part)
            yield Edit(replaced(context.formula, path, new), "transpose-added", f"{text_of(part)} is transposed")
        elif part.ndim == 1 and context.formula.ndim == 2:
            new = algebra.reshape(part, (part.shape[0], 1))
            yield Edit(replaced(context.formula, path, new), "wrong-axis", f"{text_of(part)} is set along axis 0")
        if isinstance(part, Call) and part.function is np.reshape and part.arguments[0].ndim == 1:
            text = f"{text_of(part.arguments[0])} is set along the other axis"
            yield Edit(replaced(context.formula, path, part.arguments[0]), "wrong-axis", text)


def axes(context: Context) -> Made:
    """A sum, maximum or mean over another axis, or none."""
    for path, part in places(context.formula):
        if not (isinstance(part, Call) and part.function in _REDUCTIONS and part.parts()):
            continue
        of = part.parts()[0]
        called = text_of(part)
        for axis in (*range(of.ndim), None):
            if axis == part.options.get("axis"):
                continue
            keep = bool(part.options.get("keepdims"))
            for keepdims in (keep, not keep):
                options = {"axis": axis, "keepdims": True} if keepdims else {"axis": axis}
                new: Expression = Call(part.function, (of,), options)
                if new.shape != part.shape and new.shape and np.prod(new.shape) == np.prod(part.shape):
                    yield Edit(replaced(context.formula, path, Call(np.reshape, (new, part.shape))), "wrong-axis",
                               f"{called} goes over axis {axis}")  # fmt: skip
                ratio = np.prod(part.shape) / np.prod(new.shape) if new.shape else float(np.prod(part.shape))
                mean = algebra.scale(1 / float(ratio), new)
                kind, over = ("sum-added", "everything") if axis is None else ("wrong-axis", f"axis {axis}")
                yield Edit(replaced(context.formula, path, new), kind, f"{called} goes over {over}")
                if ratio != 1 and part.function is np.sum:
                    yield Edit(replaced(context.formula, path, mean), kind, f"the mean of {called} goes over {over}")
        if part.function is np.sum:
            yield Edit(replaced(context.formula, path, of), "sum-missing", f"{called} is not summed")
            for axis in range(of.ndim):
                yield from _one_of(context, path, of, axis, called)
            if part.ndim == 0 and of.ndim > 1:
                taken = Call(operator.getitem, (of, (0,) * of.ndim))
                text = f"{called} is not summed: its first entry stands for all"
                yield Edit(replaced(context.formula, path, taken), "sum-missing", text)


def _one_of(context: Context, path: Path, of: Expression, axis: int, called: str) -> Made:
    for i in (0, -1):
        index = (slice(None),) * axis + (i,)
        taken = Call(operator.getitem, (of, index if axis else i))
        text = f"{called} is not summed: entry {i} along axis {axis} stands for all"
        yield Edit(replaced(context.formula, path, taken), "sum-missing", text)


def sums(context: Context) -> Made:
    """A part that is summed where it should not be."""
    for path, part in places(context.formula):
        if part.ndim == 0 or (isinstance(part, Call) and part.function is np.transpose):
            continue
        for axis in (*range(part.ndim), *((None,) if part.ndim > 1 or not path else ())):
            if axis is not None and part.shape[axis] == 1:
                continue
            over = "all" if axis is None else f"axis {axis}"
            yield Edit(replaced(context.formula, path, Call(np.sum, (part,), {"axis": axis, "keepdims": True})),
                       "sum-added", f"{text_of(part)} is summed over {over}")  # fmt: skip


def partial_sums(context: Context) -> Made:
    """Some factors of a product summed before the others come."""
    for path, part in places(context.formula):
        if not isinstance(part, Product) or not 2 < len(part.factors) <= 6:
            continue
        for size in range(2, len(part.factors)):
            for inside in itertools.combinations(part.factors, size):
                outside = tuple(factor for factor in part.factors if factor not in inside)
                summed = Product(1.0, inside)
                for axis, n in enumerate(summed.shape):
                    if n > 1:
                        new = Call(np.sum, (summed,), {"axis": axis, "keepdims": True})
                        text = f"{text_of(summed)} is summed over axis {axis}"
                        changed = Product(part.coefficient, (*outside, (new, 1.0)))
                        yield Edit(replaced(context.formula, path, changed), "sum-added", text)


def lines(x: Expression) -> Iterator[tuple[int, int]]:
    """Axis and index of each line of an array: all where they are few, else the first and the last."""
    for axis, n in enumerate(x.shape):
        if n > 1:
            for i in range(n) if n <= 16 else (0, n - 1):
                yield axis, i


def left_out(context: Context) -> Made:
    """A row, a column, an example or an entry is left out."""
    for path, part in places(context.formula):
        passing = isinstance(part, Call) and part.shape == context.formula.shape and part.function is not np.transpose
        if not (isinstance(part, Symbol) or passing or not path) or part.ndim == 0:
            continue
        for axis, i in lines(part):
            mask = np.arange(part.shape[axis]) != i
            shape = (-1,) + (1,) * (part.ndim - axis - 1)
            kept = Call(np.multiply, (part, mask.reshape(shape)), {}, part.shape)
            where = f"index {i} of axis {axis}"
            of = text_of(part) if path else "the result"
            yield Edit(replaced(context.formula, path, kept), "left-out", f"{where} of {of} is left out")


def rolled(context: Context) -> Made:
    """Rows or columns rolled by one, or reversed."""
    for path, part in places(context.formula):
        if part.ndim == 0 or (isinstance(part, Call) and part.function is np.transpose):
            continue
        of = text_of(part) if path else "the result"
        for axis, n in enumerate(part.shape):
            if n < 2:
                continue
            for by in (1, -1) if n > 2 else (1,):
                new = Call(np.roll, (part, by), {"axis": axis}, part.shape)
                text = f"{of} is rolled by {by} along axis {axis}"
                yield Edit(replaced(context.formula, path, new), "rolled", text)
            if n > 2:
                new = Call(np.flip, (part,), {"axis": axis}, part.shape)
                yield Edit(replaced(context.formula, path, new), "rolled", f"{of} is reversed along axis {axis}")
        if part.ndim > 1:
            new = Call(np.flip, (part,), {}, part.shape)
            yield Edit(replaced(context.formula, path, new), "rolled", f"{of} is reversed")
