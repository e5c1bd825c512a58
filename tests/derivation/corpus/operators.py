"""Mechanical slips: changes of one place in the syntax tree of a step, of any derivation whatever.

What an operator makes need not be a slip: it may not run, have another shape, or change nothing; see mutants.py. Each
comes with the words that name it without being false.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

import numpy as np

from tests.gradcheck.corpus.operators import OPERATORS as LOST_AND_TURNED

from .places import Place, calls, expression, infix, names_in, renamed

Made = Iterator[tuple[ast.expr, set[str]]]
Operator = Callable[[Place], Made]
OPERATORS: dict[str, Operator] = {}


def operator(name: str) -> Callable[[Operator], Operator]:
    def enter(function: Operator) -> Operator:
        OPERATORS[name] = function
        return function

    return enter


def borrowed(name: str, kinds: Callable[[Place], set[str]]) -> None:
    """An operator of gradcheck's corpus, with the words for what it does."""

    def function(place: Place) -> Made:
        new = LOST_AND_TURNED[name](place.node)
        if new is not None:
            assert isinstance(new, ast.expr)
            yield new, kinds(place)

    OPERATORS[name] = function


def _operand(place: Place, side: str) -> ast.expr:
    node = place.node
    assert isinstance(node, ast.BinOp)
    return node.left if side == "left" else node.right


def _of_factor(side: str, word: str, special: str) -> Callable[[Place], set[str]]:
    """The words for what is done to a factor: a number, a slope, a δ."""

    def kinds(place: Place) -> set[str]:
        factor = _operand(place, side)
        words = {word}
        if place.is_number(factor):
            words |= {"constant-factor", "decay-scaled"} if place.step.is_decay(place.node) else {"constant-factor"}
        elif place.step.is_slope(factor):
            words.add(special)
        return words

    return kinds


def _of_divisor(word: str) -> Callable[[Place], set[str]]:
    def kinds(place: Place) -> set[str]:
        words = {word}
        divisor = _operand(place, "right")
        if place.is_number(divisor):
            words.add("constant-factor")
            lengths = {length for quantity in place.step.in_sight.values() for length in np.shape(quantity)}
            if word == "factor-missing" and place.value(divisor) in lengths:
                words.add("sum-for-mean")
        return words

    return kinds


def _of_term(side: str) -> Callable[[Place], set[str]]:
    def kinds(place: Place) -> set[str]:
        return {"term-missing", "decay-missing"} if place.step.is_decay(_operand(place, side)) else {"term-missing"}

    return kinds


borrowed("right factor lost", _of_factor("right", "factor-missing", "derivative-missing"))
borrowed("left factor lost", _of_factor("left", "factor-missing", "derivative-missing"))
borrowed("factor squared", _of_factor("right", "factor-doubled", "derivative-squared"))
borrowed("divisor lost", _of_divisor("factor-missing"))
borrowed("divided twice", _of_divisor("factor-doubled"))
borrowed("right summand lost", _of_term("right"))
borrowed("left summand lost", _of_term("left"))
borrowed("subtrahend lost", _of_term("right"))
borrowed("+ becomes -", lambda place: {"sign"})
borrowed("- becomes +", lambda place: {"sign"})
borrowed("difference turned", lambda place: {"sign"})
borrowed("minus lost", lambda place: {"sign"})
borrowed("sign of a term", lambda place: {"sign"})
borrowed("matrices turned", lambda place: {"operands-swapped"})
borrowed("matrix product entry by entry", lambda place: {"elementwise-for-matrix-product"})
borrowed("transpose lost", lambda place: {"transpose-missing"})
borrowed("sum becomes mean", lambda place: {"constant-factor"})
borrowed("mean becomes sum", lambda place: {"sum-for-mean", "constant-factor"})
borrowed("axis 0", lambda place: {"wrong-axis"})
borrowed("axis 1", lambda place: {"wrong-axis"})
borrowed("rolled by one", lambda place: {"rolled", "shifted"})
borrowed("power lost", lambda place: {"factor-missing"})


@operator("sign of all")
def _sign(place: Place) -> Made:
    if place.node is place.root:
        yield expression("-(_0)", place.node), {"sign"}


@operator("minuend lost")
def _minuend_lost(place: Place) -> Made:
    if infix(place.node, ast.Sub):
        yield expression("-_0", _operand(place, "right")), {"term-missing"}


@operator("matrix lost")
def _matrix_lost(place: Place) -> Made:
    if infix(place.node, ast.MatMult):
        yield _operand(place, "left"), {"factor-missing"}
        yield _operand(place, "right"), {"factor-missing"}


@operator("doubled or halved")
def _scaled(place: Place) -> Made:
    """The whole, or a term of it."""
    if place.node is place.root:
        yield expression("2 * (_0)", place.node), {"constant-factor", "term-doubled"}
        yield expression("(_0) / 2", place.node), {"constant-factor"}
    if infix(place.node, ast.Add, ast.Sub):
        node = copy.deepcopy(place.node)
        assert isinstance(node, ast.BinOp)
        for side in ("left", "right"):
            term = _operand(place, side)
            decay = {"decay-doubled"} if place.step.is_decay(term) else set()
            setattr(node, side, expression("2 * (_0)", term))
            yield copy.deepcopy(node), {"term-doubled", "constant-factor"} | decay
            setattr(node, side, expression("(_0) / 2", term))
            yield copy.deepcopy(node), {"constant-factor"} | ({"decay-scaled"} if decay else set())
            setattr(node, side, term)


@operator("scaled by the number of rows")
def _rows(place: Place) -> Made:
    if place.node is place.root and place.step.in_sight:
        for m in {np.shape(x)[0] for x in place.step.in_sight.values() if np.shape(x)} - {1}:
            yield expression(f"(_0) / {m}", place.node), {"constant-factor"}
            yield expression(f"{m} * (_0)", place.node), {"constant-factor"}


@operator("transposed")
def _transposed(place: Place) -> Made:
    if place.node is place.root:
        yield expression("(_0).T", place.node), {"transposed"}
    elif isinstance(place.node, ast.Name) and len(place.shape(place.node)) == 2 and not place.is_transposed:
        yield expression("_0.T", place.node), {"transpose-added"}


@operator("another axis")
def _axis(place: Place) -> Made:
    """Axes by other numbers than 0 and 1, and all of them."""
    if calls(place.node, "sum", "mean", "max", "min"):
        node = place.node
        assert isinstance(node, ast.Call)
        axes = {k.arg: k.value for k in node.keywords}
        if "axis" in axes and node.args:
            for axis in [*range(len(place.shape(node.args[0]))), None]:
                new = copy.deepcopy(node)
                new.keywords = [k for k in new.keywords if k.arg != "axis"]
                new.keywords.append(ast.keyword("axis", ast.Constant(axis)))
                yield new, {"wrong-axis"} if axis is not None else {"wrong-axis", "sum-added"}


@operator("sum lost")
def _sum_lost(place: Place) -> Made:
    if calls(place.node, "sum"):
        assert isinstance(place.node, ast.Call)
        (summed, *_) = place.node.args
        yield summed, {"sum-missing"}
        yield expression("(_0)[0]", summed), {"sum-missing", "left-out"}
        yield expression("(_0)[:, 0]", summed), {"sum-missing", "left-out"}


@operator("sum too many")
def _sum_added(place: Place) -> Made:
    if infix(place.node, ast.Mult, ast.MatMult) or isinstance(place.node, ast.Name):
        for axis in range(len(place.shape(place.node))):
            yield expression(f"np.sum(_0, axis={axis}, keepdims=True)", place.node), {"sum-added"}


@operator("another operand")
def _operand_replaced(place: Place) -> Made:
    node = place.node
    if isinstance(node, ast.Name) and node.id in place.step.in_sight:
        of_function = any(
            (isinstance(part, ast.Call) and part.args == [node] and not calls(part, "sum", "mean"))
            or (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Pow) and part.left is node)
            for part in ast.walk(place.root)
        )
        for other in place.alike(node):
            words = {"wrong-operand"}
            if other.rstrip("0123456789") == node.id.rstrip("0123456789"):
                words.add("shifted")  # the same of another layer, of another moment
            if of_function:
                words.add("derivative-argument")
            if place.step.without_slope(node.id, other):
                words.add("derivative-missing")
            yield ast.Name(other, ast.Load()), words


@operator("another operand throughout")
def _operand_replaced_throughout(place: Place) -> Made:
    """In a part of the formula where it stands more than once, as a does in 1 - a·a."""
    inside = [part.id for part in ast.walk(place.node) if isinstance(part, ast.Name)]
    for name in sorted(set(inside)):
        if inside.count(name) > 1 and name in place.step.in_sight:
            for other in place.alike(ast.Name(name, ast.Load())):
                new = renamed(place.node, name, other)
                yield new, {"wrong-operand", "derivative-argument"}


@operator("term too many")
def _term_added(place: Place) -> Made:
    """The decay of what does not decay, or any other."""
    if place.node is place.root:
        argument = place.step.argument
        bias = argument is not None and np.ndim(place.step.made[argument]) < 2 and argument not in names_in(place.root)
        for other in dict.fromkeys([*place.alike(place.root), *([argument] if bias else [])]):
            words = {"term-added", "decay-on-bias"} if bias and other == argument else {"term-added"}
            yield expression(f"_0 + {other}", place.node), words
            for name, value in place.step.in_sight.items():
                if type(value) is float and name != argument:
                    yield expression(f"_0 + {name} * {other}", place.node), words


@operator("factor too many")
def _factor_added(place: Place) -> Made:
    if place.node is place.root:
        for other in place.alike(place.root):
            words = {"factor-added"} | ({"factor-doubled"} if other in names_in(place.root) else set())
            yield expression(f"(_0) * {other}", place.node), words


@operator("slope of another activation")
def _other_slope(place: Place) -> Made:
    """1 - a·a and a·(1 - a) for each other, and for that of relu."""
    match = place.node
    if infix(match, ast.Sub) and infix(_operand(place, "right"), ast.Mult, ast.Pow):
        square = _operand(place, "right")
        if isinstance(square, ast.BinOp) and isinstance(square.left, ast.Name):
            a = square.left
            if (
                ast.unparse(square) in (f"{a.id} * {a.id}", f"{a.id} ** 2")
                and ast.unparse(_operand(place, "left")) == "1"
            ):
                yield expression("_0 * (1 - _0)", a), {"derivative-other"}
                yield expression("(_0 > 0)", a), {"derivative-other"}
                yield expression("(1 - _0)", a), {"factor-missing"}
    if infix(match, ast.Mult) and infix(_operand(place, "left"), ast.Mult):
        left = _operand(place, "left")
        assert isinstance(left, ast.BinOp)
        if ast.unparse(_operand(place, "right")) == f"1 - {ast.unparse(left.right)}":
            yield expression("_0 * (1 - _1 * _1)", left.left, left.right), {"derivative-other"}
            yield expression("_0 * (_1 * (1 - _1)) ** 2", left.left, left.right), {"derivative-squared"}
            yield left.left, {"derivative-missing"}


@operator("another function")
def _other_function(place: Place) -> Made:
    if calls(place.node, "cos", "sin", "tanh", "sinh", "cosh", "exp", "expm1", "sign", "sqrt"):
        node = place.node
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Attribute)
        for other in ("cos", "sin", "tanh", "exp"):
            yield expression(f"np.{other}(_0)", node.args[0]), {"derivative-other"}


@operator("another power")
def _other_power(place: Place) -> Made:
    if infix(place.node, ast.Pow):
        base, power = _operand(place, "left"), _operand(place, "right")
        yield expression("_0 ** (_1 + 1)", base, power), {"factor-doubled", "factor-added"}
        yield expression("_0 ** (_1 - 1)", base, power), {"factor-missing"}


@operator("rolled")
def _rolled(place: Place) -> Made:
    """Rows or columns, of the result or of a quantity in it."""
    if place.node is place.root or isinstance(place.node, ast.Name):
        for axis in range(len(place.shape(place.node))):
            yield expression(f"np.roll(_0, 1, axis={axis})", place.node), {"rolled", "shifted"}


@operator("left out")
def _left_out(place: Place) -> Made:
    """A row or a column of the result or of a quantity in it, an example of a sum."""
    if place.node is place.root or isinstance(place.node, ast.Name):
        for axis, length in enumerate(place.shape(place.node)):
            for which in {0, length - 1} if length > 1 else ():
                index = f"np.arange({length}) != {which}"
                trailing = len(place.shape(place.node)) - axis - 1
                if trailing:
                    index = f"np.reshape({index}, {(-1, *[1] * trailing)})"
                yield expression(f"(_0) * ({index})", place.node), {"left-out"}
    if infix(place.node, ast.MatMult) and isinstance(_operand(place, "left"), ast.Attribute):
        yield expression("_0[:, 1:] @ _1[1:]", _operand(place, "left"), _operand(place, "right")), {"left-out"}


@operator("shifted")
def _shifted(place: Place) -> Made:
    """An index by one; the rows of one operand against those of the other."""
    node = place.node
    if infix(node, ast.MatMult):
        x, y = _operand(place, "left"), _operand(place, "right")
        yield expression("_0[..., 1:] @ _1[:-1]", x, y), {"shifted"}
        yield expression("_0[..., :-1] @ _1[1:]", x, y), {"shifted"}
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and type(node.slice.value) is int:
        for index in (node.slice.value - 1, node.slice.value + 1):
            yield ast.Subscript(node.value, ast.Constant(index), ast.Load()), {"shifted", "wrong-operand"}
