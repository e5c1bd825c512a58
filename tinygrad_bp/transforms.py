"""Transforms of functions written in NumPy: given arrays they give arrays, inside another transform Values.

Arguments and results may be nested containers (see `tree`). How they nest is said in `run`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from .node import Node
from .run import Function, Run, as_tuple, checked, like, names_of, padded, positions_of, unit
from .tracing import Tracer
from .tree import map_leaves, same_structure


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives (f(*args), ∇f(*args)), the gradient nested as `grad` has it."""
    return functools.wraps(f)(_value_and_gradient(f, argnums))


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives ∇f: the gradient of the scalar f in the arguments at `argnums`.

    A gradient is nested and shaped as its argument; `argnums` a tuple gives a tuple of them. What is outside `argnums`,
    and keyword arguments, are passed through. TypeError where f gives no single number, or a leaf is not of floats
    (named by its path).
    """
    both = _value_and_gradient(f, argnums)

    @functools.wraps(f)
    def gradient(*arguments: Any, **options: Any) -> Any:
        return both(*arguments, **options)[1]

    return gradient


def _value_and_gradient(f: Function, argnums: int | Sequence[int]) -> Function:
    """`value_and_grad`, before it looks like f."""
    positions, names = positions_of(argnums), names_of(f)

    def value_and_gradient(*arguments: Any, **options: Any) -> Any:
        run = Run(f, arguments, options, checked(positions, arguments, f), padded(names, arguments))
        y = _scalar(run.output, f)
        found = iter(run.pull({y: unit(y)} if run.roots else {}, release=True))
        value = run.value(y)
        gradients = [map_leaves(lambda path, leaf: next(found), arguments[i]) for i in positions]
        return value, gradients[0] if isinstance(argnums, (int, np.integer)) else tuple(gradients)

    return value_and_gradient


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """f(*primals), and the function that pulls a cotangent of it back to a tuple of cotangents of the primals."""
    run = Run(f, primals, {}, range(len(primals)), padded(names_of(f), primals))
    output = run.output

    def pullback(cotangent: Any) -> Any:
        cotangents: dict[Node, Any] = {}
        for path, y, d in same_structure(output, cotangent, "", "the cotangent"):
            if isinstance(y, Node) and y.index >= run.since:
                d = like(y, d, f"the cotangent{path}")
                cotangents[y] = d if y not in cotangents else cotangents[y] + d
        found = iter(run.pull(cotangents, release=False))
        return tuple(map_leaves(lambda path, leaf: next(found), primal) for primal in primals)

    return map_leaves(lambda path, y: run.value(y), output), pullback


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f(*primals), and the tangent of it that the tangents of the primals (nested as these) give."""
    run, tangent = _pushed(f, names_of(f), as_tuple("primals", primals), "tangents", tangents)
    return map_leaves(lambda path, y: run.value(y), run.output), tangent


def hvp(f: Function, primals: Sequence[Any], vectors: Sequence[Any]) -> tuple[Any, ...]:
    """The Hessian of the scalar f times vectors, nested as `primals`: the tangent of the gradient."""
    primals = as_tuple("primals", primals)
    gradient = _value_and_gradient(f, range(len(primals)))
    product: tuple[Any, ...] = _pushed(lambda *x: gradient(*x)[1], names_of(f), primals, "vectors", vectors)[1]
    return product


def _pushed(
    f: Function, names: list[str], primals: tuple[Any, ...], what: str, tangents: Sequence[Any]
) -> tuple[Run, Any]:
    """A run of f, and the tangent of its output that `what` give."""
    given = as_tuple(what, tangents)
    run = Run(f, primals, {}, range(len(primals)), padded(names, primals))
    pairs = same_structure(primals, given, "", what)
    directions = [like(x, t, f"{what}{path}") for x, (path, _, t) in zip(run.inputs, pairs, strict=True)]
    tangent = run.push(directions)
    return run, map_leaves(lambda path, y: tangent(y), run.output)


def _scalar(y: Any, f: Function) -> Any:
    """The output of f, which must be a single number. TypeError otherwise."""
    name = getattr(f, "__name__", "f")
    if not isinstance(y, (Node, Tracer, int, float, np.ndarray, np.generic)):
        raise TypeError(f"{name} returned {type(y).__name__}, and a gradient is of a single number: return that")
    shape = y.shape if isinstance(y, (Node, Tracer)) else np.shape(y)
    if shape != ():
        raise TypeError(f"{name} returned an array of shape {shape}, and a gradient is of a single number: "
                        f"reduce it (np.sum), or use jacobian or vjp")  # fmt: skip
    return y
