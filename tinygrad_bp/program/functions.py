"""What each function of a program is called in NumPy text, and the text of those that NumPy has not.

A function of this package is written out from its own source: where that is one `return`, as the expression it returns;
else as a small function above the program. So the text cannot differ from what the engine computes.
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from ..rules import activations
from ..rules.reductions import euclidean_norm
from ..rules.rule import TABLE, Rule

_PACKAGE = __name__.partition(".")[0]
#: functions that are called by their name, though they are one line
_BY_NAME = frozenset((euclidean_norm.function, *(x.function for x in vars(activations).values() if type(x) is Rule)))


@functools.cache
def numpys_name(function: Callable[..., Any]) -> str | None:
    """What NumPy calls a function: `np.exp`, `np.linalg.inv`, `np.add.outer`; None for one that is not NumPy's."""
    name = getattr(function, "__name__", "")
    ufunc = getattr(function, "__self__", None)
    if isinstance(ufunc, np.ufunc):
        whole = numpys_name(ufunc)
        return whole and f"{whole}.{name}"
    if function in (float, int, bool):
        return name
    if isinstance(function, np.ufunc) and name == "clip":
        return "np.clip"
    for module in ("np", "np.linalg", "np.fft", "np.lib.stride_tricks", "np.emath", "np.char", "np.strings"):
        found: Any = np
        for part in module.split(".")[1:]:
            found = getattr(found, part, None)
        if getattr(found, name, None) is function:
            return f"{module}.{name}"
    return None


def is_ours(function: Callable[..., Any]) -> bool:
    """Whether a function is one of this package."""
    return (getattr(function, "__module__", None) or "").partition(".")[0] == _PACKAGE


@functools.cache
def definition(function: Callable[..., Any]) -> ast.FunctionDef:
    """The text of a function of this package, without what is said of its types."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return tree


@functools.cache
def returned(function: Callable[..., Any]) -> ast.expr | None:
    """What a function of one line returns; None for one of several, and for those that go by their name."""
    if not is_ours(function) or function in _BY_NAME:
        return None
    body = [line for line in definition(function).body if not _is_text(line)]
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None


def _is_text(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def source_of(function: Callable[..., Any], name: str) -> str:
    """The source of a function of this package under a name, without what is said of its types."""
    text = textwrap.dedent(inspect.getsource(function)).rstrip()
    tree = definition(function)
    parameters = tree.args
    whole = [*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs, parameters.vararg, parameters.kwarg]
    for annotation in (tree.returns, *(a.annotation for a in whole if a is not None)):
        said = annotation and re.escape(ast.unparse(annotation)).replace("'", "[\"']")
        text = re.sub(rf"(: {said}(?= =)|: {said}| -> {said})", "", text, count=1) if said else text
    text = re.sub(r"(?<=\w) = (?=[^\n]*\):\n)", "=", text, count=len(whole))
    text = re.sub(r"  # type: ignore.*", "", text)
    return re.sub(rf"\b{function.__name__}\b", name, text)


def inlined(
    function: Callable[..., Any], arguments: list[ast.expr], options: dict[str, ast.expr]
) -> tuple[ast.expr, bool] | None:
    """What a function of one line returns, with what it is given in place of its parameters, and whether each of them
    stands there once at most; None for other functions."""
    body = returned(function)
    if body is None:
        return None
    parameters = definition(function).args
    names = [a.arg for a in (*parameters.posonlyargs, *parameters.args)]
    given = dict(zip(reversed(names), reversed(parameters.defaults), strict=False))
    for a, kw_default in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True):
        if kw_default is not None:
            given[a.arg] = kw_default
    given.update(zip(names, arguments, strict=False))
    if parameters.vararg:
        given[parameters.vararg.arg] = ast.Tuple(arguments[len(names) :], ast.Load())
    given.update(options)
    replaced = _Replaced(given)
    expression = replaced.visit(ast.parse(ast.unparse(body), mode="eval").body)
    once = all(n <= 1 or isinstance(given[name], (ast.Name, ast.Constant)) for name, n in replaced.uses.items())
    return expression, once


class _Replaced(ast.NodeTransformer):
    """Parameters replaced by what is given for them."""

    def __init__(self, given: dict[str, ast.expr]) -> None:
        self.given = given
        self.uses: dict[str, int] = {}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.given:
            return node
        self.uses[node.id] = self.uses.get(node.id, 0) + 1
        return self.given[node.id]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        flat: list[ast.expr] = []
        for argument in node.args:
            inside = argument.value if isinstance(argument, ast.Starred) else None
            flat += inside.elts if isinstance(inside, ast.Tuple) else [argument]
        node.args = flat
        return node


def in_math(function: Callable[..., Any], name: str, of_arrays: str) -> str:
    """A function of Python floats as the engine computes it: by `math`, and by NumPy where that raises."""
    scalar = TABLE[function].scalar
    assert scalar is not None
    if scalar.__name__ == "<lambda>":
        parameters, body = _lambda(scalar)
    else:
        parameters = ["x"] if getattr(function, "nin", 1) == 1 else ["a", "b"]
        body = _OPERATORS.get(scalar.__name__, f"math.{scalar.__name__}({', '.join(parameters)})")
    numbers = ", ".join(f"np.float64({p})" for p in parameters)
    return textwrap.dedent(f'''\
        def {name}({", ".join(parameters)}):
            """{body}; NumPy's inf or nan where that raises."""
            try:
                return {body}
            except (ArithmeticError, ValueError):
                with np.errstate(all="ignore"):
                    return float({of_arrays}({numbers}))''')


_OPERATORS = {"truediv": "a / b"}


def _lambda(scalar: Callable[..., Any]) -> tuple[list[str], str]:
    """The parameters and the body of a lambda that stands in a line of a table."""
    line = inspect.getsource(scalar).strip().rstrip(",")
    tree = ast.parse("{" + line + "}", mode="eval")
    (found,) = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    return [a.arg for a in found.args.args], ast.unparse(found.body)
