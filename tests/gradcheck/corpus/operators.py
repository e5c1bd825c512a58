"""How a derivation goes wrong: changes of one place of its syntax tree. Fixed before any result was seen.

An operator takes a node and gives its replacement, or None where it does not apply.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable

Operator = Callable[[ast.AST], "ast.AST | None"]


def _call(function: str, *arguments: ast.expr, **options: ast.expr) -> ast.expr:
    keywords = [ast.keyword(name, value) for name, value in options.items()]
    return ast.Call(ast.parse(function, mode="eval").body, list(arguments), keywords)


def _times(x: ast.expr, factor: str) -> ast.expr:
    return ast.BinOp(x, ast.Mult(), ast.parse(factor, mode="eval").body)


def binary(old: type[ast.operator], make: Callable[[ast.expr, ast.expr], ast.expr]) -> Operator:
    def operator(node: ast.AST) -> ast.AST | None:
        return make(node.left, node.right) if isinstance(node, ast.BinOp) and isinstance(node.op, old) else None

    return operator


def infix(new: ast.operator) -> Callable[[ast.expr, ast.expr], ast.expr]:
    return lambda a, b: ast.BinOp(a, new, b)


def number(change: Callable[[float], float]) -> Operator:
    def operator(node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and change(node.value) != node.value:
            return ast.Constant(change(node.value))
        return None

    return operator


def function(old: str, new: str) -> Operator:
    """np.old(…) becomes np.new(…)."""

    def operator(node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == old:
            return ast.Call(ast.Attribute(node.func.value, new, ast.Load()), node.args, node.keywords)
        return None

    return operator


def product(make: Callable[[ast.expr], ast.expr]) -> Operator:
    """A change of a whole product, sum or quotient."""

    def operator(node: ast.AST) -> ast.AST | None:
        return make(node) if isinstance(node, ast.BinOp) else None

    return operator


def matrix_product(make: Callable[[ast.expr], ast.expr]) -> Operator:
    def operator(node: ast.AST) -> ast.AST | None:
        return make(node) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult) else None

    return operator


def without_transpose(node: ast.AST) -> ast.AST | None:
    return node.value if isinstance(node, ast.Attribute) and node.attr == "T" else None


def with_transpose(node: ast.AST) -> ast.AST | None:
    """A parameter, as P["W"], transposed."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "P":
        return ast.Attribute(node, "T", ast.Load())
    return None


def without_minus(node: ast.AST) -> ast.AST | None:
    return node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else None


def option(name: str, new: ast.expr | None) -> Operator:
    """A keyword argument changed, or left out."""

    def operator(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Call) or name not in [k.arg for k in node.keywords]:
            return None
        keywords = [k for k in node.keywords if k.arg != name]
        return ast.Call(node.func, node.args, keywords if new is None else [*keywords, ast.keyword(name, new)])

    return operator


def compare(new: ast.cmpop) -> Operator:
    def operator(node: ast.AST) -> ast.AST | None:
        return ast.Compare(node.left, [new], node.comparators) if isinstance(node, ast.Compare) else None

    return operator


def comparison_shifted(node: ast.AST) -> ast.AST | None:
    return ast.Compare(node.left, node.ops, [ast.Constant(0.3)]) if isinstance(node, ast.Compare) else None


def comparison_always(node: ast.AST) -> ast.AST | None:
    return ast.Constant(1.0) if isinstance(node, ast.Compare) else None


def augmented(new: ast.operator | None) -> Operator:
    """x += y becomes x −= y, or x = y."""

    def operator(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.AugAssign):
            return None
        return ast.Assign([node.target], node.value) if new is None else ast.AugAssign(node.target, new, node.value)

    return operator


def statement_lost(node: ast.AST) -> ast.AST | None:
    return ast.Pass() if isinstance(node, ast.AugAssign) else None


def loop_forwards(node: ast.AST) -> ast.AST | None:
    is_reversed = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reversed"
    return node.args[0] if is_reversed else None  # type: ignore[attr-defined]


def loop_short(node: ast.AST) -> ast.AST | None:
    """range(T) becomes range(1, T)."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "range"
        and len(node.args) == 1
    ):
        return ast.Call(node.func, [ast.Constant(1), *node.args], [])
    return None


def name(old: str, new: str) -> Operator:
    """One variable taken for another."""

    def operator(node: ast.AST) -> ast.AST | None:
        return (
            ast.Name(new, ast.Load())
            if isinstance(node, ast.Name) and node.id == old and isinstance(node.ctx, ast.Load)
            else None
        )

    return operator


def entry(change: str) -> Operator:
    """A value of the dict of gradients changed: `change` has x in it."""

    def operator(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Dict):
            return None
        new = copy.deepcopy(node)
        for i, value in enumerate(new.values):
            if isinstance(value, ast.BinOp):
                filled = ast.parse(change, mode="eval").body
                new.values[i] = ast.Call(ast.Lambda(_one_argument(), filled), [value], [])
                return new
        return None

    return operator


def _one_argument() -> ast.arguments:
    return ast.arguments([], [ast.arg("x")], None, [], [], None, [])


ZERO = ast.Constant(0)
ONE = ast.Constant(1)

OPERATORS: dict[str, Operator] = {
    "+ becomes -": binary(ast.Add, infix(ast.Sub())),
    "- becomes +": binary(ast.Sub, infix(ast.Add())),
    "* becomes /": binary(ast.Mult, infix(ast.Div())),
    "/ becomes *": binary(ast.Div, infix(ast.Mult())),
    "right factor lost": binary(ast.Mult, lambda a, b: a),
    "left factor lost": binary(ast.Mult, lambda a, b: b),
    "right summand lost": binary(ast.Add, lambda a, b: a),
    "left summand lost": binary(ast.Add, lambda a, b: b),
    "subtrahend lost": binary(ast.Sub, lambda a, b: a),
    "minuend lost": binary(ast.Sub, lambda a, b: b),
    "difference turned": binary(ast.Sub, lambda a, b: ast.BinOp(b, ast.Sub(), a)),
    "divisor lost": binary(ast.Div, lambda a, b: a),
    "quotient turned": binary(ast.Div, lambda a, b: ast.BinOp(b, ast.Div(), a)),
    "divided twice": binary(ast.Div, lambda a, b: ast.BinOp(ast.BinOp(a, ast.Div(), b), ast.Div(), b)),
    "matrices turned": binary(ast.MatMult, lambda a, b: ast.BinOp(b, ast.MatMult(), a)),
    "matrix product entry by entry": binary(ast.MatMult, infix(ast.Mult())),
    "factor squared": binary(ast.Mult, lambda a, b: ast.BinOp(ast.BinOp(a, ast.Mult(), b), ast.Mult(), b)),
    "power one more": binary(ast.Pow, lambda a, b: ast.BinOp(a, ast.Pow(), ast.BinOp(b, ast.Add(), ast.Constant(1)))),
    "power lost": binary(ast.Pow, lambda a, b: a),
    "power becomes a factor": binary(ast.Pow, infix(ast.Mult())),
    "transpose lost": without_transpose,
    "transpose too many": with_transpose,
    "minus lost": without_minus,
    "number + 1": number(lambda n: n + 1),
    "number - 1": number(lambda n: n - 1),
    "number halved": number(lambda n: n / 2),
    "number zero": number(lambda n: 0),
    "number × 1.01": number(lambda n: n * 1.01),
    "sum becomes mean": function("sum", "mean"),
    "mean becomes sum": function("mean", "sum"),
    "sum becomes max": function("sum", "max"),
    "tanh becomes sin": function("tanh", "sin"),
    "exp becomes exp2": function("exp", "exp2"),
    "maximum becomes minimum": function("maximum", "minimum"),
    "sqrt becomes square": function("sqrt", "square"),
    "axis 0": option("axis", ZERO),
    "axis 1": option("axis", ONE),
    "axis lost": option("axis", None),
    "> becomes <": compare(ast.Lt()),
    "> becomes !=": compare(ast.NotEq()),
    "corner shifted": comparison_shifted,
    "corner lost": comparison_always,
    "+= becomes -=": augmented(ast.Sub()),
    "+= becomes =": augmented(None),
    "statement lost": statement_lost,
    "loop forwards": loop_forwards,
    "loop short by one": loop_short,
    "a1 for a2": name("a1", "a2"),
    "a2 for a1": name("a2", "a1"),
    "z1 for a1": name("a1", "z1"),
    "d2 for d1": name("d2", "d1"),
    "d3 for d2": name("d3", "d2"),
    "q for k": name("q", "k"),
    "dy for dn": name("dn", "dy"),
    "sign of a term": product(lambda x: ast.UnaryOp(ast.USub(), x)),
    "term doubled": product(lambda x: _times(x, "2")),
    "term × 1.001": product(lambda x: _times(x, "1.001")),
    "term × (1 + 2e-5)": product(lambda x: _times(x, "(1 + 2e-5)")),
    "term zero": product(lambda x: _times(x, "0")),
    "term rounded to float16": product(lambda x: _call("np.float64", _call("np.float16", x))),
    "term clipped": product(lambda x: _call("np.clip", x, ast.Constant(-0.1), ast.Constant(0.1))),
    "absolute value": product(lambda x: _call("np.abs", x)),
    "rolled by one": matrix_product(lambda x: _call("np.roll", x, ONE, axis=ZERO)),
    "upside down": matrix_product(lambda x: _call("np.flip", x, axis=ZERO)),
    "mean instead of rows": matrix_product(
        lambda x: ast.BinOp(_times(x, "0"), ast.Add(), _call("np.mean", copy.deepcopy(x), axis=ZERO))
    ),
    "one entry of the first × 1.001": entry(
        "x * np.where(np.arange(x.size).reshape(x.shape) == x.size // 2, 1.001, 1)"
    ),
    "first row of the first lost": entry("x * (np.arange(len(x)) > 0).reshape(-1, *[1] * (x.ndim - 1))"),
    "first row of the first × 2": entry("x * (1 + (np.arange(len(x)) == 0)).reshape(-1, *[1] * (x.ndim - 1))"),
    "offset": entry("x + 1e-3 * np.abs(x).max()"),
}
