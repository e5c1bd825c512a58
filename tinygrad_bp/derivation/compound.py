"""Expressions made of others.

Sum        x + y + …, broadcast against each other
Product    c · x^p · y^q · …, likewise
MatMul     x @ y
Call       any other function of expressions, numbers, shapes and indices
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tracing.step import map_steps
from .expression import Expression, Shape


class Sum(Expression):
    """x + y + …"""

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[Expression, ...]) -> None:
        super().__init__(("sum", _unordered(terms)))
        self.terms = terms

    def _find_shape(self) -> Shape:
        return np.broadcast_shapes(*(term.shape for term in self.terms))

    def parts(self) -> tuple[Expression, ...]:
        return self.terms

    def with_parts(self, parts: tuple[Expression, ...]) -> Expression:
        return Sum(parts)

    def compute(self, values: list[Any]) -> Any:
        total = values[0]
        for value in values[1:]:
            total = total + value
        return total


class Product(Expression):
    """coefficient · base^power · …"""

    __slots__ = ("coefficient", "factors")

    def __init__(self, coefficient: float, factors: tuple[tuple[Expression, float], ...]) -> None:
        super().__init__(("product", coefficient, _unordered(factors)))
        self.coefficient, self.factors = coefficient, factors

    def _find_shape(self) -> Shape:
        return np.broadcast_shapes(*(base.shape for base, _ in self.factors))

    def parts(self) -> tuple[Expression, ...]:
        return tuple([base for base, _ in self.factors])

    def with_parts(self, parts: tuple[Expression, ...]) -> Expression:
        return Product(self.coefficient, tuple([(new, p) for new, (_, p) in zip(parts, self.factors, strict=True)]))

    def compute(self, values: list[Any]) -> Any:
        product: Any = None
        for value, (_, power) in zip(values, self.factors, strict=True):
            if power == 1:
                product = value if product is None else product * value
            elif power == -1:
                product = 1.0 / value if product is None else product / value
            else:
                product = _raised(value, power) if product is None else product * _raised(value, power)
        if self.coefficient != 1:
            product = product * self.coefficient
        return product


class MatMul(Expression):
    """x @ y."""

    __slots__ = ("left", "right")

    def __init__(self, left: Expression, right: Expression) -> None:
        super().__init__(("matmul", left, right))
        self.left, self.right = left, right

    def _find_shape(self) -> Shape:
        shape: Shape = np.matmul(np.zeros(self.left.shape), np.zeros(self.right.shape)).shape
        return shape

    def parts(self) -> tuple[Expression, ...]:
        return self.left, self.right

    def with_parts(self, parts: tuple[Expression, ...]) -> Expression:
        return MatMul(*parts)

    def compute(self, values: list[Any]) -> Any:
        return np.matmul(*values)


class Call(Expression):
    """function(*arguments, **options); expressions stand among the arguments, nested as the function takes them."""

    __slots__ = ("_parts", "arguments", "function", "options")

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        options: dict[str, Any] | None = None,
        shape: Shape | None = None,
    ) -> None:
        options = options or {}
        super().__init__(("call", function, _frozen(arguments), _frozen(options)), shape)
        self.function, self.arguments, self.options = function, arguments, options
        self._parts = tuple(expressions_in((arguments, options)))

    @property
    def name(self) -> str:
        """What the function is called."""
        return str(getattr(self.function, "__name__", self.function)).lstrip("_")

    def _find_shape(self) -> Shape:
        with np.errstate(all="ignore"):
            rng = np.random.default_rng(0)
            return np.shape(self.compute([rng.uniform(1, 2, part.shape) for part in self._parts]))

    def parts(self) -> tuple[Expression, ...]:
        return self._parts

    def filled(self, parts: list[Any] | tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments and options with these in place of the expressions."""
        following = iter(parts)
        change = lambda x: next(following) if isinstance(x, Expression) else x  # noqa: E731
        arguments = map_steps(change, self.arguments)
        return arguments, map_steps(change, self.options)

    def with_parts(self, parts: tuple[Expression, ...]) -> Expression:
        return Call(self.function, *self.filled(parts))

    def compute(self, values: list[Any]) -> Any:
        arguments, options = self.filled(values)
        return self.function(*arguments, **options)


def _unordered(parts: tuple[Any, ...]) -> Any:
    """Something that is the same for the same parts in any order."""
    distinct = frozenset(parts)
    return distinct if len(distinct) == len(parts) else frozenset(Counter(parts).items())


def _raised(value: Any, power: float) -> Any:
    """value ** power, by what is nearest to the truth and fast."""
    if power == 2:
        return value * value
    if power in (0.5, -0.5):
        root = np.sqrt(value)
        return root if power > 0 else 1.0 / root
    if power == int(power) and abs(power) < 16:
        raised = value * value
        for _ in range(int(abs(power)) - 2):
            raised = raised * value
        return raised if power > 0 else 1.0 / raised
    return np.power(value, power)


def expressions_in(x: Any) -> list[Expression]:
    """The expressions in arguments or options, in order."""
    found: list[Any] = []
    map_steps(found.append, x)
    return [each for each in found if isinstance(each, Expression)]


def _frozen(x: Any) -> Any:
    """Something that can be hashed, and is the same where x is."""
    if isinstance(x, (list, tuple)):
        return (type(x).__name__, *map(_frozen, x))
    if type(x) is dict:
        return tuple((key, _frozen(part)) for key, part in x.items())
    if type(x) is slice:
        return "slice", _frozen(x.start), _frozen(x.stop), _frozen(x.step)
    if isinstance(x, np.ndarray):
        return "ndarray", x.shape, x.dtype.str, x.tobytes()
    return (type(x).__name__, x) if isinstance(x, (int, float, bool)) else x
