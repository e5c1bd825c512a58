"""A step as a Python expression: operators, methods and functions as a person would write them."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..rules.rule import TABLE
from ..rules.scalars import SCALAR
from ..rules.shapes import cast, identity
from ..tracing import Step
from .functions import inlined, numpys_name
from .literals import display, literal, parsed, shortest

_NUMBERS = (float, int, bool)
_BINARY: dict[Any, ast.operator] = {
    np.add: ast.Add(),
    np.subtract: ast.Sub(),
    np.multiply: ast.Mult(),
    np.divide: ast.Div(),
    np.floor_divide: ast.FloorDiv(),
    np.remainder: ast.Mod(),
    np.matmul: ast.MatMult(),
    operator.pow: ast.Pow(),
    np.bitwise_and: ast.BitAnd(),
    np.bitwise_or: ast.BitOr(),
    np.bitwise_xor: ast.BitXor(),
}
_COMPARE: dict[Any, ast.cmpop] = {
    np.equal: ast.Eq(),
    np.not_equal: ast.NotEq(),
    np.less: ast.Lt(),
    np.less_equal: ast.LtE(),
    np.greater: ast.Gt(),
    np.greater_equal: ast.GtE(),
}
_UNARY: dict[Any, ast.unaryop] = {np.negative: ast.USub(), np.invert: ast.Invert()}
#: what is written by an operator, or after a dot or in brackets
INFIX = frozenset((*_BINARY, *_COMPARE, *_UNARY, np.transpose, np.matrix_transpose, operator.getitem))
#: functions of Python floats that never raise
_TOTAL = frozenset((np.tanh, np.arctan, np.arctan2))


def scalar(step: Step) -> bool:
    """Whether Python and `math` compute a step: all that it is given are Python numbers."""
    return not step.options and all((x.kind if isinstance(x, Step) else type(x)) in _NUMBERS for x in step.arguments)


class Expressions:
    """Writes steps as expressions. `refer` writes a step that an expression mentions, `helper` gives the name of a
    function that NumPy lacks ("math": of Python floats), `object` that of anything else that only a name stands for."""

    def __init__(
        self,
        refer: Callable[[Step], ast.expr],
        helper: Callable[[Callable[..., Any], str], str],
        captured: Callable[[Any], str],
    ) -> None:
        self.refer = refer
        self.helper = helper
        self.captured = captured

    def write(self, x: Any) -> ast.expr:
        """An argument: a step, a number, a shape, a list of them."""
        if isinstance(x, Step):
            return self.refer(x)
        written = literal(x)
        if written is None:
            written = display(x, self.write)
        if written is None and isinstance(x, slice):
            written = parsed("slice(None)")
            assert isinstance(written, ast.Call)
            written.args = [self.write(part) for part in (x.start, x.stop, x.step)]
        if written is None and callable(x) and (name := numpys_name(x)) is not None:
            written = parsed(name)
        return written or ast.Name(self.captured(x))

    def of(self, step: Step) -> ast.expr:
        """The expression of a step."""
        if scalar(step):
            return self.of_floats(step)
        function, arguments, options = step.function, step.arguments, step.options
        if not options:
            written = self.infix(function, arguments)
            if written is not None:
                return written
        if function is operator.getitem:
            return ast.Subscript(self.write(arguments[0]), self.index(arguments[1]), ast.Load())
        if function is identity.function:
            return self.write(arguments[0])
        if function is np.transpose and len(arguments) == 1 and not options and isinstance(arguments[0], Step):
            return ast.Attribute(self.write(arguments[0]), "T", ast.Load())
        if function is np.matrix_transpose and not options:
            return ast.Attribute(self.write(arguments[0]), "mT", ast.Load())
        if function is cast.function and arguments[0].kind is np.ndarray:
            astype = ast.Attribute(self.write(arguments[0]), "astype", ast.Load())
            return ast.Call(astype, [self.write(arguments[1])], [])
        return self.call(step)

    def infix(self, function: Any, arguments: tuple[Any, ...]) -> ast.expr | None:
        """An expression with an operator; None where there is no operator for it."""
        if len(arguments) == 1 and function in _UNARY:
            return ast.UnaryOp(_UNARY[function], self.write(arguments[0]))
        if len(arguments) != 2 or not all(isinstance(x, (Step, *_NUMBERS, np.generic)) for x in arguments):
            return None
        left, right = (self.write(self.plain(x, arguments)) for x in arguments)
        if function in _BINARY:
            return ast.BinOp(left, _BINARY[function], right)
        return ast.Compare(left, [_COMPARE[function]], [right]) if function in _COMPARE else None

    def plain(self, x: Any, arguments: tuple[Any, ...]) -> Any:
        """A NumPy number as a Python float, where the array beside it sets the dtype anyway."""
        if isinstance(x, (np.float64, np.float32)) and any(
            isinstance(y, Step) and y.kind not in _NUMBERS and y.dtype == x.dtype for y in arguments
        ):
            return shortest(x)
        return x

    def index(self, index: Any) -> ast.expr:
        """What stands in brackets."""
        if type(index) is tuple and index:
            return ast.Tuple([self.index(part) for part in index], ast.Load())
        if type(index) is slice:
            parts = [None if part is None else self.write(part) for part in (index.start, index.stop, index.step)]
            return ast.Slice(*parts)
        return self.write(int(index)) if isinstance(index, np.integer) else self.write(index)

    def call(self, step: Step) -> ast.expr:
        """A call of a function."""
        function, arguments = step.function, step.arguments
        assert function is not None
        elementwise = isinstance(function, np.ufunc) or function is np.where
        written = [self.write(self.plain(x, arguments) if elementwise else x) for x in arguments]
        options = {option: self.write(x) for option, x in step.options.items()}
        inside = inlined(function, written, options)
        if inside is not None and inside[1]:
            return inside[0]
        called = numpys_name(function) or self.helper(function, "arrays")
        return ast.Call(parsed(called), written, [ast.keyword(option, x) for option, x in options.items()])

    def of_floats(self, step: Step) -> ast.expr:
        """A step of Python floats, as `tracing.evaluate` computes it."""
        function = step.function
        assert function is not None
        given = [self.write(x) for x in step.arguments]
        if function is np.where:  # of a float and an int, it is a float whichever is chosen
            given[1:] = [self.write(float(x)) if type(x) is int else self.write(x) for x in step.arguments[1:]]
            return ast.IfExp(given[0], given[1], given[2])
        if function in _COMPARE:
            return ast.Compare(given[0], [_COMPARE[function]], [given[1]])
        if function is identity.function or function is np.positive:
            return given[0]
        if function in (np.add, np.subtract, np.multiply, np.bitwise_and, np.bitwise_or, np.bitwise_xor):
            return ast.BinOp(given[0], _BINARY[function], given[1])
        if function is np.negative:
            return ast.UnaryOp(ast.USub(), given[0])
        if function is np.absolute:
            return ast.Call(ast.Name("abs"), given, [])
        if function is np.divide and type(step.arguments[1]) in (int, float) and step.arguments[1] != 0:
            return ast.BinOp(given[0], ast.Div(), given[1])
        if function in _TOTAL:
            return ast.Call(parsed(f"math.{SCALAR[function].__name__}"), given, [])
        rule = TABLE.get(np.power if function is operator.pow else function)
        if rule is None:
            return ast.Call(parsed(numpys_name(function) or self.helper(function, "arrays")), given, [])
        if rule.scalar is not None:
            return ast.Call(ast.Name(self.helper(rule.function, "math")), given, [])
        numbers: list[ast.expr] = [ast.Call(parsed("np.float64"), [x], []) for x in given]
        inside = inlined(function, numbers, {})
        if inside is None or not inside[1]:
            name = numpys_name(function)
            called = parsed(name or self.helper(function, "arrays"))
            return ast.Call(ast.Name("float"), [ast.Call(called, given if name else numbers, [])], [])
        return ast.Call(ast.Name("float"), [inside[0]], [])
