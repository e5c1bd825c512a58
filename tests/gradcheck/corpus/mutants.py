"""The operators applied to the networks' derivations, at every place where they fit."""

from __future__ import annotations

import ast
import copy
import inspect
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from tinygrad_bp.gradcheck.directions import FLOOR

from . import networks
from .operators import OPERATORS


@dataclass(frozen=True)
class Mutant:
    """One operator applied at its n-th place in one network's gradient."""

    network: str
    operator: str
    place: int

    def __str__(self) -> str:
        return f"{self.network}: {self.operator} [{self.place}]"

    @property
    def gradient(self) -> Callable[..., Any]:
        """The wrong derivation."""
        return _compiled(self)


class _Apply(ast.NodeTransformer):
    """Applies an operator at its n-th place; counts the places."""

    def __init__(self, operator: Callable[[ast.AST], ast.AST | None], place: int) -> None:
        self.operator, self.place, self.count = operator, place, 0

    def generic_visit(self, node: ast.AST) -> ast.AST:
        new = self.operator(node)
        if new is not None:
            self.count += 1
            if self.count - 1 == self.place:
                return copy.deepcopy(new)
        return super().generic_visit(node)


@cache
def _tree(network: str) -> ast.Module:
    return ast.parse(inspect.getsource(getattr(networks, network + "_gradient")))


@cache
def _compiled(mutant: Mutant) -> Callable[..., Any]:
    tree = copy.deepcopy(_tree(mutant.network))
    _Apply(OPERATORS[mutant.operator], mutant.place).visit(tree)
    ast.fix_missing_locations(tree)
    scope = dict(vars(networks))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(tree, f"<{mutant}>", "exec"), scope)
    made: Callable[..., Any] = scope[mutant.network + "_gradient"]
    return made


def mutants(network: str) -> Iterator[Mutant]:
    """All of them."""
    for name, operator in OPERATORS.items():
        counter = _Apply(operator, -1)
        counter.visit(copy.deepcopy(_tree(network)))
        for place in range(counter.count):
            yield Mutant(network, name, place)


def wrong_gradient(mutant: Mutant, point: tuple[Any, ...]) -> Any | None:
    """The mutant's gradient at a point; None where it is none: an error, another shape."""
    P = point[0]
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            G = mutant.gradient(*point)
        if not all(np.shape(G[name]) == np.shape(P[name]) for name in P):
            return None
        return {name: np.array(G[name], dtype=np.float64) for name in P}
    except Exception:  # a derivation that does not run needs no gradient check
        return None


def error(wrong: Any, right: Any) -> float:
    """By how much a gradient is wrong: the largest relative error of an entry, an entry counting for no less than
    1/32 of the largest of its array."""
    worst = 0.0
    for name in right:
        w, r = np.asarray(wrong[name]), np.asarray(right[name])
        if not np.isfinite(w).all():
            return np.inf
        distance = np.abs(w - r)
        size = np.maximum(np.abs(w), FLOOR * np.abs(w).max())
        with np.errstate(all="ignore"):
            relative = np.where(distance == 0, 0.0, distance / size)
        worst = max(worst, float(relative.max()))
    return worst
