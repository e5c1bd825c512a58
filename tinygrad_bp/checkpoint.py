"""Memory for time: a function whose inside is recorded again on the way back, and not kept until then."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .node import Node
from .recording import is_recording, plain, record
from .rules import Rule
from .transforms import Run, jvp, vjp
from .tree import leaves, map_leaves

Function = Callable[..., Any]


def checkpoint(f: Function) -> Function:
    """f, keeping its arguments and results only: what lies between is computed again when it is differentiated.

    A recurrence of n steps, checkpointed in segments of √n steps, is differentiated in memory of the order of √n
    (Griewank, *Achieving logarithmic growth…*, 1992, has the general scheme). Arguments and results may be nested
    containers. RuntimeError where f uses a Value that is not among its arguments, or gives other numbers when it is run
    again (a random draw, say).
    """

    @functools.wraps(f)
    def checkpointed(*arguments: Any, **options: Any) -> Any:
        inputs = [x for _, x in leaves((arguments, options)) if isinstance(x, Node)]
        if not inputs or not is_recording():
            return f(*arguments, **options)
        nesting: Any = None  # the results' containers
        shapes: list[tuple[int, ...]] = []

        def packed(*given: Any) -> Any:
            """f of the inputs, its results as one flat array where there are several."""
            nonlocal nesting, shapes
            each = iter(given)
            lifted = map_leaves(lambda _, x: next(each) if isinstance(x, Node) else x, (arguments, options))
            results = f(*lifted[0], **lifted[1])
            nesting = map_leaves(lambda _, y: None, results)
            parts: list[Any] = [y if isinstance(y, Node) else np.asarray(y, dtype=float) for _, y in leaves(results)]
            shapes = [y.shape for y in parts]
            return parts[0] if len(parts) == 1 else np.concatenate([np.reshape(y, (-1,)) for y in parts])

        def numbers(*given: Any) -> Any:
            run = Run(packed, given, {}, range(len(given)), [f"{name}'s input {i}" for i in range(len(given))])
            if run.outside:
                raise RuntimeError(f"{name} uses a Value that is not among its arguments: pass it as one")
            return plain(run.output)

        def pullback(d: Any, y: Any, *given: Any) -> Any:
            again, pull_back = vjp(packed, *given)
            _same(again, y, name)
            return pull_back(d)

        def pushforward(i: int) -> Function:
            def push(d: Any, y: Any, *given: Any) -> Any:
                again, tangent = jvp(lambda x: packed(*given[:i], x, *given[i + 1 :]), (given[i],), (d,))
                _same(again, y, name)
                return tangent

            return push

        name = f"checkpoint of {getattr(f, '__name__', 'f')}"
        numbers.__name__ = name
        y = record(Rule(numbers, pullback, [pushforward(i) for i in range(len(inputs))], joint=True), tuple(inputs), {})
        if len(shapes) == 1:
            return map_leaves(lambda *_: y, nesting)
        ends = np.cumsum([math.prod(shape) for shape in shapes]).tolist()
        parts = iter(
            [np.reshape(y[end - math.prod(shape) : end], shape) for end, shape in zip(ends, shapes, strict=True)]
        )
        return map_leaves(lambda *_: next(parts), nesting)

    return checkpointed


def _same(again: Any, y: Any, name: str) -> None:
    if not np.array_equal(plain(again), plain(y), equal_nan=True):
        raise RuntimeError(f"{name} gave other numbers when it was run again: it must depend on its arguments only")
