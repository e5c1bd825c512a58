"""Jacobians and Hessians: as many passes over one recording as there are entries."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from .node import Node
from .run import Function, Run, checked, finished, like, names_of, padded, positions_of, zeros
from .transforms import grad
from .tree import leaves, map_leaves


def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives ∂f/∂x, of shape (*f.shape, *x.shape): nested as the output of f, then as the argument.

    By whichever pass needs fewer sweeps: one for each entry of the output backwards, or of the arguments forwards.
    """
    positions, names = positions_of(argnums), names_of(f)

    @functools.wraps(f)
    def jacobian_of_f(*arguments: Any, **options: Any) -> Any:
        run = Run(f, arguments, options, checked(positions, arguments, f), padded(names, arguments))
        outputs = [y for _, y in leaves(run.output)]
        backwards = sum(map(np.size, outputs)) <= sum(x.size for x in run.inputs)
        columns = _by_rows(run, outputs) if backwards else _by_columns(run, outputs)
        blocks = iter(columns)

        def of_output(path: str, y: Any) -> Any:
            row = iter(next(blocks))
            nested = [map_leaves(lambda path, leaf: next(row), arguments[i]) for i in positions]
            return nested[0] if isinstance(argnums, (int, np.integer)) else tuple(nested)

        return map_leaves(of_output, run.output)

    return jacobian_of_f


def hessian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives ∂²f/∂x∂x of the scalar f, nested as the argument twice over."""
    return jacobian(grad(f, argnums), argnums)


def _by_rows(run: Run, outputs: list[Any]) -> list[list[Any]]:
    """For each output a list over the inputs of ∂output/∂input: one reverse pass for each entry of the output."""
    blocks = []
    for y in outputs:
        rows: list[list[Any]] = [[] for _ in run.inputs]
        for basis in _basis(y):
            cotangents = {y: basis} if isinstance(y, Node) and y.index >= run.since else {}
            for row, g in zip(rows, run.pull(cotangents, release=False), strict=True):
                row.append(g)
        blocks.append([_stacked(row, np.shape(y), x) for row, x in zip(rows, run.inputs, strict=True)])
    return blocks


def _by_columns(run: Run, outputs: list[Any]) -> list[list[Any]]:
    """The same, by one forward pass for each entry of the inputs."""
    blocks: list[list[Any]] = [[] for _ in outputs]
    for i, x in enumerate(run.inputs):
        columns: list[list[Any]] = [[] for _ in outputs]
        for basis in _basis(x):
            tangent = run.push([basis if j == i else zeros(other) for j, other in enumerate(run.inputs)])
            for column, y in zip(columns, outputs, strict=True):
                column.append(tangent(y))
        for block, column, y in zip(blocks, columns, outputs, strict=True):
            stacked = _stacked(column, x.shape, y)
            axes = (*range(x.ndim, x.ndim + np.ndim(y)), *range(x.ndim))
            block.append(np.transpose(stacked, axes) if x.ndim and np.ndim(y) else stacked)
    return blocks


def _basis(x: Any) -> list[Any]:
    """The unit vectors shaped as x."""
    if np.shape(x) == ():
        return [like(x, np.ones((), x.dtype), "basis")] if isinstance(x, Node) else [1.0]
    units = np.eye(np.size(x), dtype=x.dtype).reshape(np.size(x), *np.shape(x))
    return list(units)


def _stacked(parts: list[Any], shape: tuple[int, ...], of: Any) -> Any:
    """Derivatives of single entries as one array, the entries' own axes first."""
    if shape == ():
        return finished(parts[0])
    if not parts:
        return np.zeros((*shape, *np.shape(of)), getattr(of, "dtype", None))
    return np.reshape(np.stack(parts), (*shape, *np.shape(of)))
