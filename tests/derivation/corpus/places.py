"""A place in the syntax tree of a step, and what is known where it stands."""

from __future__ import annotations

import ast
import copy
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import Any

import numpy as np

from .steps import PREFIX, Steps


class Place:
    """A node of a step's formula, and what is known where it stands: the values of everything in sight."""

    def __init__(self, node: ast.expr, root: ast.expr, step: Step) -> None:
        self.node, self.root, self.step = node, root, step

    def value(self, node: ast.expr) -> Any:
        """What a part of the formula is worth."""
        return self.step.scope[node.id] if isinstance(node, ast.Name) else value(compiled(node), self.step.scope)

    def shape(self, node: ast.expr) -> tuple[int, ...]:
        return np.shape(self.value(node))

    def is_number(self, node: ast.expr) -> bool:
        return self.shape(node) == ()

    @property
    def is_transposed(self) -> bool:
        """Whether .T stands after it."""
        return any(
            isinstance(part, ast.Attribute) and part.attr == "T" and part.value is self.node
            for part in ast.walk(self.root)
        )

    def alike(self, node: ast.expr) -> Iterator[str]:
        """Other names in sight of quantities shaped as this."""
        shape = self.shape(node)
        text = ast.unparse(node)
        return (name for name, other in self.step.in_sight.items() if name != text and np.shape(other) == shape != ())


@dataclass(frozen=True)
class Step:
    """One step of a derivation at one point."""

    name: str
    steps: Steps
    made: dict[str, Any]
    #: what may be taken for another: the names of arguments, quantities and their δ; None: everything
    known: frozenset[str] | None = None

    @cached_property
    def scope(self) -> dict[str, Any]:
        return {**self.steps.scope, **self.made}

    @cached_property
    def in_sight(self) -> dict[str, Any]:
        """The arguments, what the forward pass made, and the δ before this one."""
        before = self.steps.names[: self.steps.names.index(self.name)]
        return {
            name: value
            for name, value in self.made.items()
            if (name in before or not name.startswith(PREFIX))
            and isinstance(value, (float, np.ndarray))
            and (self.known is None or name.removeprefix(PREFIX) in self.known)
        }

    @cached_property
    def argument(self) -> str | None:
        """The argument that the step belongs to, as the source calls it; None where it is that of a quantity."""
        name = self.name.removeprefix(PREFIX)
        of = self.steps.quantities.get(self.name, name).partition("[")[0]
        return name if of in self.steps.arguments and name in self.made else None

    def is_decay(self, term: ast.expr) -> bool:
        """Whether a term is one that the argument itself brings in: λ W in the gradient of W."""
        allowed = (ast.Name, ast.Constant, ast.BinOp, ast.Mult, ast.Div, ast.Load)
        return (
            self.argument in names_in(term)
            and all(isinstance(part, allowed) for part in ast.walk(term))
            and all(np.shape(self.made[name]) == () for name in names_in(term) - {self.argument})
        )

    def is_slope(self, factor: ast.expr) -> bool:
        """Whether a factor looks like an f'(z): 1 - a·a, cos(z), z > 0."""
        inside = [part.id for part in ast.walk(factor) if isinstance(part, ast.Name)]
        of_function = any(isinstance(part, (ast.Call, ast.Compare)) for part in ast.walk(factor))
        return self.argument is None and not has_delta(factor) and (of_function or len(set(inside)) < len(inside))

    def without_slope(self, delta: str, other: str) -> bool:
        """Whether a δ is another's times a slope, entry by entry."""
        if delta not in self.steps.names:
            return False
        statement = self.steps.statement(delta)
        assert isinstance(statement, ast.Assign)
        product = infix(statement.value, ast.Mult) and not any(
            infix(part, ast.MatMult, ast.Add) or calls(part, "sum", "mean") for part in ast.walk(statement.value)
        )
        return product and other in names_in(statement.value)


def compiled(node: ast.expr) -> CodeType:
    return compile(ast.unparse(node), "<part>", "eval")


def value(code: CodeType, scope: dict[str, Any]) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(code, scope)


def expression(text: str, *parts: ast.expr) -> ast.expr:
    """A formula, with parts of another put in for _0, _1, …"""
    return _filled(text, {f"_{i}": part for i, part in enumerate(parts)})


def renamed(node: ast.expr, name: str, other: str) -> ast.expr:
    """A formula with one name for another throughout."""
    return _filled(ast.unparse(node), {name: ast.Name(other, ast.Load())})


def _filled(text: str, parts: dict[str, ast.expr]) -> ast.expr:
    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return copy.deepcopy(parts.get(node.id, node))

    filled = Fill().visit(ast.parse(text, mode="eval").body)
    assert isinstance(filled, ast.expr)
    return filled


def names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def has_delta(node: ast.AST) -> bool:
    return any(name.startswith(PREFIX) for name in names_in(node))


def calls(node: ast.AST, *functions: str) -> bool:
    """Whether it is np.function(…) of one of these."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in functions


def infix(node: ast.AST, *kinds: type[ast.operator]) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, kinds)
