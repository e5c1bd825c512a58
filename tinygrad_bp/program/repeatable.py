"""Whether two tracings of one function are the same program."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterable
from types import FunctionType
from typing import Any

import numpy as np

from ..tracing import Step
from ..tree import leaves
from .program import Program


def generators(objects: Iterable[Any]) -> bytes:
    """Where the generators of random numbers stand: Python's and NumPy's common ones, and those among some objects.

    A draw moves them on, also one whose outcome happens to be the same twice.
    """
    states: list[Any] = [random.getstate(), np.random.get_state(legacy=False)]
    for x in objects:
        if isinstance(x, np.random.Generator):
            states.append(x.bit_generator.state)
        elif isinstance(x, np.random.RandomState):
            states.append(x.get_state(legacy=False))
        elif isinstance(x, random.Random):
            states.append(x.getstate())
    return pickle.dumps(states)


def differs(first: Program, second: Program) -> str | None:
    """What two programs of one function do not have in common."""
    if len(first.steps) != len(second.steps):
        return f"how much is computed: {len(first.steps)} steps and {len(second.steps)}"
    twin: dict[Step, Step] = dict(zip(first.inputs, second.inputs, strict=True))

    def same(a: Any, b: Any) -> bool:
        if isinstance(a, Step) or isinstance(b, Step):
            if not (isinstance(a, Step) and isinstance(b, Step)):
                return False
            if a.function is None and a not in twin:
                if _bits(a.value) != _bits(b.value):
                    return False
                twin[a] = b
            return twin.get(a) is b
        if isinstance(a, (list, tuple)):
            return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
        if type(a) is dict:
            return type(b) is dict and a.keys() == b.keys() and all(same(x, b[k]) for k, x in a.items())
        if type(a) is slice:
            return type(b) is slice and same((a.start, a.stop, a.step), (b.start, b.stop, b.step))
        if isinstance(a, (float, complex, np.generic, np.ndarray)):
            return type(a) is type(b) and _bits(a) == _bits(b)
        if isinstance(a, FunctionType) and isinstance(b, FunctionType):  # made anew in each run
            return a.__code__ is b.__code__
        return a is b or (type(a) is type(b) and bool(a == b))

    for a, b in zip(first.steps, second.steps, strict=True):
        name = a.name or getattr(a.function, "__name__", "a step").lstrip("_")
        if a.function is not b.function:
            return f"what is computed: {name} and {getattr(b.function, '__name__', 'another step')}"
        if not (same(a.arguments, b.arguments) and same(a.options, b.options)):
            return f"what {name} of shape {a.shape} is given"
        twin[a] = b
    if not same([(g.step, g.expected) for g in first.guards], [(g.step, g.expected) for g in second.guards]):
        return "the branches taken"
    outputs = [list(leaves(program.outputs)) for program in (first, second)]
    if not same(*([(path, x) for path, x in output] for output in outputs)):
        return "what is returned"
    return None


def _bits(x: Any) -> Any:
    array = np.asarray(x)
    return array.shape, array.dtype, array.tobytes()
