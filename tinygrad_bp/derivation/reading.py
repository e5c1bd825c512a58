"""Reading: from the steps of a program to formulas, cut where a quantity has a name."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..rules.indexing import scattered
from ..rules.shapes import cast, identity
from ..tracing import Argument, Constant, Step
from ..tracing.step import map_steps
from ..tree import leaves
from . import algebra
from .algebra import expression
from .compound import Call, Product, Sum, expressions_in
from .definitions import Definitions
from .expression import Array, Expression, Number, Symbol
from .recorded import UNIT, Recorded

_BINARY: dict[Any, Callable[..., Expression]] = {
    np.add: algebra.add,
    np.subtract: lambda a, b: algebra.add(a, algebra.negative(b)),
    np.multiply: algebra.multiply,
    np.divide: algebra.divide,
    np.negative: algebra.negative,
    np.positive: lambda a: a,
    np.copy: lambda a: a,
    np.square: lambda a: algebra.power(a, 2),
    np.sqrt: lambda a: algebra.power(a, 0.5),
    np.reciprocal: lambda a: algebra.power(a, -1),
}
_POWERS = (np.power, np.float_power, operator.pow)
_SHAPING: dict[Any, Callable[..., Expression]] = {
    np.sum: algebra.total,
    np.mean: algebra.mean,
    np.transpose: algebra.transpose,
    np.matrix_transpose: lambda a: algebra.transpose(a, (*range(a.ndim - 2), a.ndim - 1, a.ndim - 2)),
    np.swapaxes: lambda a, i, j: algebra.transpose(a, np.swapaxes(np.empty(range(a.ndim)), i, j).shape),
    np.moveaxis: lambda a, i, j: algebra.transpose(a, np.moveaxis(np.empty(range(a.ndim)), i, j).shape),
    np.reshape: algebra.reshape,
    np.ravel: lambda a: algebra.reshape(a, -1),
    np.expand_dims: lambda a, axis: algebra.reshape(a, np.expand_dims(np.empty(a.shape), axis).shape),
    np.squeeze: lambda a, axis=None: algebra.reshape(a, np.squeeze(np.empty(a.shape), axis).shape),
    np.broadcast_to: algebra.broadcast,
    operator.getitem: algebra.getitem,
}
_NOTHING: dict[Step, Any] = {}
_SUMS = (np.sum, np.add, np.subtract)
_OR = (np.bitwise_or, np.logical_or)


class Reader:
    """The steps of a program as expressions. `plain=True` writes them down one for one, nothing simplified."""

    def __init__(
        self,
        recorded: Recorded,
        plain: bool = False,
        elsewhere: dict[Step, Any] | None = None,
        small: dict[Step, Any] | None = None,
    ) -> None:
        self.recorded, self.plain, self.elsewhere, self.small = recorded, plain, elsewhere, small
        self.known: dict[Step, Expression] = {}
        self.definitions = Definitions()
        self.forward: dict[str, Expression] = {}
        self.backward: dict[str, Expression] = {}
        self.arrays: dict[str, Any] = {}
        self._backward = False
        for path, leaf in recorded.leaves.items():
            self.known[leaf] = Symbol(path, leaf.shape)
        self._constants()
        #: the numbers of what is not differentiated
        self._data = {
            path: leaf
            for name, x in zip(recorded.names, recorded.arguments, strict=True)
            for path, leaf in leaves(x, name)
            if path not in recorded.wanted
        }
        for name, step in recorded.forward.items():
            (of,) = step.arguments
            self.forward[name] = formula = self.read(of)
            symbol = Symbol(name, step.shape, _is_positive(formula))
            self.known[step] = symbol
            if of.function is not None:
                self.known[of] = symbol
            if not plain:
                self.definitions.define(symbol, formula)
        named = {*recorded.forward.values(), *(step.arguments[0] for step in recorded.forward.values())}
        self.known = {step: x for step, x in self.known.items() if step in named or step.function is None}
        self._backward = True
        for quantity, step in recorded.cotangents.items():
            self.backward[quantity] = self.read(step.arguments[0] if step.name is not None else step)
            self.known[step] = Symbol(f"d_{quantity}", step.shape)

    def _constants(self) -> None:
        """Arrays that were met: an argument that was not traced, by its name; others as constant0, constant1, …"""
        given = [
            (path, leaf)
            for name, x in zip(self.recorded.names, self.recorded.arguments, strict=True)
            for path, leaf in leaves(x, name)
            if isinstance(leaf, np.ndarray) and path not in self.recorded.leaves
        ]
        for array, step in self.recorded.constants:
            of = next((path for path, leaf in given if leaf is array), None) or next(
                (path for path, leaf in given if leaf.shape == step.shape and np.array_equal(leaf, step.value)), None
            )
            if of is not None:
                self.known[step] = Symbol(of, step.shape)
                continue
            for path, leaf in given:
                if leaf.ndim == 2 and leaf.T.shape == step.shape and np.array_equal(leaf.T, step.value):
                    self.known[step] = algebra.transpose(Symbol(path, leaf.shape))

    def read(self, step: Any) -> Expression:
        """A step as an expression."""
        pending = [step]
        while pending:
            top = pending[-1]
            if not isinstance(top, Step) or top in self.known:
                pending.pop()
                continue
            missing = [parent for parent in top.parents() if parent not in self.known]
            if missing:
                pending += missing
                continue
            self.known[top] = self._read(top)
            pending.pop()
        return self.known[step] if isinstance(step, Step) else expression(step)

    def _read(self, step: Step) -> Expression:
        if isinstance(step, Argument):
            assert step.path == UNIT
            return Number(1.0)
        if isinstance(step, Constant):
            if step.name is None and not self.plain:
                found = algebra.constant(step.value, f"constant{len(self.arrays)}")
            else:
                found = Array(step.value, f"constant{len(self.arrays)}")
            if isinstance(found, Array):
                self.arrays[found.name] = found.value
            return found
        link = lambda x: self.known[x] if isinstance(x, Step) else x  # noqa: E731
        arguments, options = map_steps(link, step.arguments), map_steps(link, step.options)
        if step.function in (identity.function, np.conjugate, float) or (
            step.function is cast.function and step.dtype == np.float64
        ):
            return arguments[0]  # type: ignore[no-any-return]
        if not self.plain and self._vanishes(step):
            return algebra.broadcast(Number(0.0), step.shape)
        if self.plain:
            return Call(step.function, arguments, options, step.shape)  # type: ignore[arg-type]
        made = self._normal(step, arguments, options)
        if step.function is np.sum:
            made = self._ones_dropped(made)
        return self.definitions.recognised(made, self._backward)

    def _vanishes(self, step: Step) -> bool:
        """Whether a sum or difference is nothing but rounding, here, at another point, and at small arguments.

        Near saturated neurons 1 - a vanishes all around, but not where the arguments are small.
        """
        if step.function not in _SUMS or self.elsewhere is None or self.small is None or step.dtype.kind != "f":
            return False
        for known in (_NOTHING, self.elsewhere, self.small):
            given = [known.get(x, x.value) if isinstance(x, Step) else x for x in step.arguments]
            if step.function is np.sum:
                size = np.sum(np.abs(given[0]), *given[1:], **step.options)
            else:
                size = np.abs(given[0]) + np.abs(given[1])
            roundoff = 4 * np.finfo(step.dtype).eps * (1 + np.size(given[0]) / max(1, step.size))
            there = np.count_nonzero(size) * 2 >= np.size(size)
            if not (there and np.all(np.abs(known.get(step, step.value)) <= roundoff * size)):
                return False
        return True

    def _ones_dropped(self, x: Expression) -> Expression:
        """x without the sums of data that are 1 throughout, as that of the targets of each example is."""

        def one(part: Expression) -> bool:
            if not (isinstance(part, Call) and part.function is np.sum):
                return False
            if not all(name in self._data for name in part.symbols()):
                return False
            value = part.evaluate(self._data)
            return np.size(value) > 0 and bool(np.all(np.abs(value - 1) <= 4 * np.finfo(float).eps))

        factors = x.factors if isinstance(x, Product) else ((x, 1.0),)
        if not any(one(base) for base, _ in factors):
            return x
        kept = [algebra.power(algebra.broadcast(Number(1.0), b.shape) if one(b) else b, p) for b, p in factors]
        return algebra.multiply(Number(x.coefficient if isinstance(x, Product) else 1.0), *kept)

    def _normal(self, step: Step, arguments: tuple[Any, ...], options: dict[str, Any]) -> Expression:
        function: Any = step.function
        floating = step.dtype is not None and step.dtype.kind == "f"
        if floating and not options:
            if function in _BINARY:
                return _BINARY[function](*map(expression, arguments))
            if function in _POWERS and not isinstance(arguments[1], Expression) and np.ndim(arguments[1]) == 0:
                return algebra.power(expression(arguments[0]), float(arguments[1]))
            if function is np.matmul or (function is np.dot and all(x.ndim <= 2 for x in arguments)):
                if all(x.ndim for x in arguments):
                    return algebra.matmul(*arguments)
                return algebra.multiply(*arguments)
            if function is scattered.function:
                return algebra.scattered(*arguments)
            if function is np.where and len(arguments) == 3:
                condition, a, b = map(expression, arguments)
                never = _never(condition)
                return algebra.broadcast(b, step.shape) if never else algebra.where(condition, a, b)
        if function in _OR and len(arguments) == 2:
            left, right = arguments
            if _is_nan_test(right):
                return left  # type: ignore[no-any-return]
        if (
            floating
            and function in _SHAPING
            and isinstance(arguments[0], Expression)
            and not set(options) - {"axis", "keepdims", "axes", "shape"}
            and not any(True for _ in expressions_in((arguments[1:], options)))
        ):
            return _SHAPING[function](*arguments, **options)
        return Call(function, arguments, options, step.shape)


def _never(condition: Expression) -> bool:
    """Whether a condition asks for what finite numbers never are: guards against overflow, which are not written."""
    if not isinstance(condition, Call) or condition.function not in (np.equal, operator.eq):
        return False
    return any(isinstance(x, float) and np.isinf(x) for x in condition.arguments) or any(
        isinstance(x, Number) and np.isinf(x.value) for x in condition.arguments
    )


def _is_positive(x: Expression) -> bool:
    """Whether it is so by its form: a root, an exponential, a quotient of such."""
    if isinstance(x, Number):
        return x.value > 0
    if isinstance(x, Product):
        return x.coefficient > 0 and all(p != int(p) or p % 2 == 0 or _is_positive(base) for base, p in x.factors)
    if isinstance(x, Sum):
        return all(map(_is_positive, x.terms))
    return (isinstance(x, Call) and x.name in ("exp", "sigmoid", "softplus", "softmax")) or (
        isinstance(x, Symbol) and x.positive
    )


def _is_nan_test(x: Any) -> bool:
    return isinstance(x, Call) and x.function is np.not_equal and x.arguments[0] == x.arguments[1]
