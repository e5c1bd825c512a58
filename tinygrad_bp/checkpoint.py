"""Memory for time: a function whose inside is recorded again on the way back, and not kept until then."""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from .context import is_recording
from .flat import own
from .leaf import admit
from .node import Node, index
from .recording import plain, record
from .rules import Rule
from .run import Run
from .sweep import recorded
from .tracing import Tracer, is_traced
from .transforms import jvp, vjp
from .tree import leaves, map_leaves

Function = Callable[..., Any]
_INPUT = object()


def checkpoint(f: Function) -> Function:
    """f, keeping its arguments and results only: what lies between is computed again when it is differentiated.

    A recurrence of n steps, checkpointed in segments of √n steps, is differentiated in memory of the order of √n
    (Griewank, *Achieving logarithmic growth…*, 1992, has the general scheme). Arguments and results may be nested
    containers. RuntimeError where f uses a Value that is not among its arguments, or gives or uses other numbers when
    it is run again (a random draw, say, or an array that was changed meanwhile).
    """

    @functools.wraps(f)
    def checkpointed(*arguments: Any, **options: Any) -> Any:
        inputs = [x for _, x in leaves((arguments, options)) if isinstance(x, Node)]
        if not inputs or not is_recording() or any(map(is_traced, inputs)):  # a trace keeps every step anyway
            return f(*arguments, **options)
        #: the arguments, with a copy of every array and a mark in place of every Value
        template = map_leaves(lambda _, x: _INPUT if isinstance(x, Node) else own(x), (arguments, options))
        nesting: Any = None  # the results' containers
        kinds: list[tuple[tuple[int, ...], Any]] = []  # their shapes and dtypes

        constants: list[int] = []  # a checksum of what else it computes with, once it has run

        def packed(*given: Any) -> Any:
            """f of the inputs, its results as one flat array where there are several."""
            nonlocal nesting, kinds
            each, since = iter(given), next(index)
            lifted = map_leaves(lambda _, x: next(each) if x is _INPUT else x, template)
            results = f(*lifted[0], **lifted[1])
            nesting = map_leaves(lambda _, y: None, results)
            parts: list[Any] = [
                y if isinstance(y, Node) else np.asarray(admit(y, f"the result{path} of {name}"))
                for path, y in leaves(results)
            ]
            kinds = [(y.shape, y.dtype) for y in parts]
            if all(isinstance(x, Node) for x in given):
                used = _constants([y for y in parts if isinstance(y, Node)], since)
                if constants not in ([], [used]):
                    raise RuntimeError(f"{name} used other numbers when it was run again: what it takes from outside, "
                                       f"an array that was changed meanwhile, say, is to be an argument")  # fmt: skip
                constants[:] = [used]
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
        vars(numbers)["constants"] = constants
        rule = Rule(numbers, pullback, [pushforward(i) for i in range(len(inputs))], joint=True)
        rule.scalar = numbers
        y = record(rule, tuple(inputs), {})
        if len(kinds) == 1:
            return map_leaves(lambda *_: y, nesting)
        ends = np.cumsum([math.prod(shape) for shape, _ in kinds]).tolist()
        parts = iter(
            [
                np.reshape(y[end - math.prod(shape) : end], shape).astype(dtype)
                for end, (shape, dtype) in zip(ends, kinds, strict=True)
            ]
        )
        return map_leaves(lambda *_: next(parts), nesting)

    return checkpointed


def _same(again: Any, y: Any, name: str) -> None:
    if not np.array_equal(plain(again), plain(y), equal_nan=True):
        raise RuntimeError(f"{name} gave other numbers when it was run again: it must depend on its arguments only")


def _constants(results: list[Any], since: int) -> int:
    """A checksum of the functions and constants in what was recorded, those inside of other checkpoints among them."""
    check = 0
    for node in recorded(results, since):
        name, inside = (getattr(node.rule.function, what, None) for what in ("__name__", "constants"))
        check = _checksum((name, inside, *node.arguments, *node.options.items()), check)
    return check


def _checksum(x: Any, check: int) -> int:
    """`check`, gone on with what x holds that is no Value."""
    if isinstance(x, (list, tuple)):
        for part in x:
            check = _checksum(part, check)
        return check
    if isinstance(x, (Node, Tracer)):
        return check
    if isinstance(x, (np.ndarray, np.generic)):
        return zlib.crc32(x.tobytes(), check)
    described = repr(x) if isinstance(x, (int, float, str, slice, type(None))) else type(x).__name__
    return zlib.crc32(described.encode(), check)
