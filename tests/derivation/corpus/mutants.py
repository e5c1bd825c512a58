"""The slips that the operators make of a derivation: those that run, keep the shape, and change the step.

Where several operators do the same, the words of all of them are right.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .blame import BEYOND_ROUNDING, FLOOR, error
from .operators import OPERATORS
from .places import Place, Step, value
from .slips import GENERAL
from .steps import PREFIX, Steps

#: two results that are the same edit, by their relative difference
SAME = 1e-9


@dataclass(frozen=True)
class Mutant:
    """A derivation with one place changed."""

    #: the derivation as it was
    right: Steps
    #: the operators that lead to it
    operators: tuple[str, ...]
    #: the step, by the name that it assigns
    step: str
    #: the step's new formula
    formula: str
    #: the words for what was done
    kinds: frozenset[str]
    #: what the step gives at the points, from the right later δ
    values: tuple[Any, ...] = field(compare=False, repr=False)

    @property
    def steps(self) -> Steps:
        """The derivation, changed."""
        return self.apply(self.right)

    def apply(self, steps: Steps) -> Steps:
        """A derivation with this change beside others."""
        return steps.with_text(self.step, f"{self.step} = {self.formula}")

    @property
    def acceptable(self) -> frozenset[str]:
        """All the words that name the change without being false."""
        return self.kinds.union(*(GENERAL.get(kind, ()) for kind in self.kinds))

    def __str__(self) -> str:
        return f"{self.step} = {self.formula}  ({', '.join(self.operators)})"


def candidates(step: Step) -> dict[str, tuple[list[str], set[str]]]:
    """What the operators make of a step, slip or not: by the step's new formula, the operators and the words."""
    statement = step.steps.statement(step.name)
    assert isinstance(statement, ast.Assign)
    root = statement.value
    texts: dict[str, tuple[list[str], set[str]]] = {}
    for node in ast.walk(root):
        if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), ast.Store):
            continue
        for name, make in OPERATORS.items():
            try:
                made = list(make(Place(node, root, step)))
            except Exception:  # the part means nothing by itself: the name of a module, of a function
                continue
            for new, words in made:
                operators, all_words = texts.setdefault(ast.unparse(_replaced(root, node, new)), ([], set()))
                operators.append(name)
                all_words |= words
    return texts


def _replaced(root: ast.expr, old: ast.AST, new: ast.expr) -> ast.expr:
    """The formula with one node replaced."""

    class Replace(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return copy.deepcopy(new) if node is old else _rebuilt(self, node)

    formula = Replace().visit(root)
    assert isinstance(formula, ast.expr)
    return formula


def _rebuilt(transformer: ast.NodeTransformer, node: ast.AST) -> ast.AST:
    """A copy of the node, its parts transformed: the formula itself stays as it is."""
    fields: dict[str, Any] = {}
    for key, part in ast.iter_fields(node):
        if isinstance(part, list):
            fields[key] = [transformer.visit(each) if isinstance(each, ast.AST) else each for each in part]
        else:
            fields[key] = transformer.visit(part) if isinstance(part, ast.AST) else part
    return type(node)(**fields)


def mutants(steps: Steps, points: Iterable[tuple[Any, ...]], known: Collection[str] | None = None) -> list[Mutant]:
    """All the slips that the operators make of a derivation, each changing its step at each of the points.

    known   the names of what the cost knows: only these, and what has a step, are taken for another
    """
    if known is not None:
        known = frozenset(known).union(step.removeprefix(PREFIX) for step in steps.names)
    found: list[Mutant] = []
    made = [steps.run(*point) for point in points]
    for name in steps.names:
        at = [Step(name, steps, each, known) for each in made]
        different: list[tuple[str, list[str], set[str], list[Any]]] = []
        results = np.empty((0, sum(np.size(step.made[name]) for step in at)))
        for text, (operators, words) in candidates(at[0]).items():
            values = _values(text, at)
            if values is None or not all(
                BEYOND_ROUNDING < error(each, step.made[name]) < np.inf for each, step in zip(values, at, strict=True)
            ):
                continue
            result = np.concatenate([np.ravel(each) for each in values])
            (same,) = np.nonzero(
                np.max(np.abs(results - result), axis=1) < SAME * np.max(np.abs(result), initial=FLOOR)
            )
            if same.size:
                different[same[0]][1].extend(operators)
                different[same[0]][2].update(words)
            else:
                different.append((text, operators, words, values))
                results = np.vstack([results, result])
        found += [
            Mutant(steps, tuple(dict.fromkeys(operators)), name, text, frozenset(words), tuple(values))
            for text, operators, words, values in different
        ]
    return found


def _values(formula: str, at: list[Step]) -> list[Any] | None:
    """What a formula gives at each point; None where it gives nothing."""
    try:
        code = compile(formula, "<formula>", "eval")
        return [value(code, step.scope) for step in at]
    except Exception:  # shapes that do not fit, an index that is not there
        return None
