"""simplify: the same program in fewer steps, to the last bit.

A step is left out only where the array that it would have made is there already, entry for entry and in the same
order in memory (sums and products of matrices round by that order). So x·1, x/1, x¹, −(−x), a transpose of a transpose
and a cast to the same dtype go; x + 0 (which turns −0.0 into 0.0), x − x (nan), (aᵀ b)ᵀ (another order of summation)
and a sum over no axis (−0.0 again) stay.
"""

from __future__ import annotations

import operator
from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..rules.shapes import identity
from ..tracing import Constant, Guard, Step
from ..tracing.step import map_steps, number_step, steps_in
from ..tree import map_leaves
from .alike import address, alike, strides
from .canonical import canonical
from .plainer import as_numbers, repeated_argument, reshaped_once, settled, without_broadcasts
from .program import Program

#: what gives the array itself in other axes: a view where that is possible
VIEWS = frozenset((np.reshape, np.transpose, np.matrix_transpose, np.swapaxes, np.moveaxis, np.squeeze,
                   np.expand_dims, np.ravel, np.broadcast_to, np.atleast_1d, np.atleast_2d, np.atleast_3d,
                   np.real, operator.getitem))  # fmt: skip

_NUMBERS = (float, bool, int)
_NONE: Mapping[Any, Step] = MappingProxyType({})


def simplify(program: Program, transposed: Mapping[Constant, Step] = _NONE) -> Program:
    """The program with every quantity computed once, what depends on no argument as a number or a constant, and without
    the steps that only repeat what they are given. Names stay: a second name for one quantity is a step of its own.

    transposed  the steps of those constants that are to be written as the transpose of another
    """
    return _Simplification(transposed).of(program)


class _Simplification:
    """One simplification: what each step has become."""

    def __init__(self, transposed: Mapping[Any, Step] = _NONE) -> None:
        #: what stands in place of a step of the old program: a new step, or a number
        self.instead: dict[Step, Any] = {}
        #: the step of the new program that computes the same
        self.known: dict[Hashable, Step] = {}
        #: the constants of the new program, by all that is seen of them but their numbers
        self.constants: dict[Hashable, list[Constant]] = {}
        #: what a second name stands for
        self.alias: dict[Step, Step] = {}
        #: the step of a constant that is another's transpose
        self.transposed: Mapping[Any, Step] = transposed

    def of(self, program: Program) -> Program:
        for step in self.transposed.values():
            step.arguments = tuple(map(self.new, step.arguments))
        for step in program.steps:
            self.instead[step] = self.simplified(step)
        guards = dict.fromkeys(Guard(self.new(guard.step), guard.expected) for guard in program.guards)
        return Program(
            program.name,
            program.arguments,
            map_leaves(lambda _, x: self.new(x), program.outputs),
            [guard for guard in guards if isinstance(guard.step, Step) and not isinstance(guard.step, Constant)],
            {self.new(delta): self.new(y) for delta, y in program.deltas.items()},
        )

    def new(self, x: Any) -> Any:
        """What stands in the new program for a step of the old one; anything else as it is."""
        if isinstance(x, Constant):
            return self.captured(x)
        return self.instead.get(x, x) if isinstance(x, Step) else x

    def captured(self, x: Constant) -> Constant:
        """The first constant of the same content: of all that a function can see of it."""
        same_form = self.constants.setdefault((x.dtype, x.shape, tuple(strides(x.value))), [])
        for known in same_form:
            if known is x or known.value.tobytes() == x.value.tobytes():
                return known
        same_form.append(x)
        return x

    def simplified(self, old: Step) -> Any:
        same = self.of_numbers(old)
        if same is not None:
            return self.named(same, old.name)
        arguments, options = map_steps(self.new, old.arguments), map_steps(self.new, old.options)
        function, arguments, options = canonical(old.function, arguments, options)
        arguments = without_broadcasts(function, arguments, options, old)
        arguments = reshaped_once(function, as_numbers(function, arguments, options, old), options, old)
        step = Step(function, arguments, options, old.value)
        same = self.constant(step)
        if same is None:
            same = self.repeated(step)
        if same is None:
            step.arguments = map_steps(lambda x: self.transposed.get(x, x), step.arguments)
            key = (function, _key(map_steps(self.quantity, arguments)), _key(map_steps(self.quantity, options)))
            same = self.known.setdefault(key, step)
        return self.named(same, old.name)

    def of_numbers(self, old: Step) -> Any:
        """What is left of a function of Python's numbers alone, unnamed, in few steps; None for others."""
        if old.function is None or old.options or (old.kind is not float and old.kind is not bool):
            return None
        arguments: list[Any] = []
        key: list[Any] = [old.function]
        steps = 0
        for x in old.arguments:
            if isinstance(x, Step):
                x = self.instead.get(x, x)
            if type(x) in _NUMBERS:
                key.append((type(x), repr(x)))
            elif isinstance(x, Step) and x.kind in _NUMBERS:
                key.append(self.alias.get(x, x))
                steps += 1
            else:
                return None
            arguments.append(x)
        step = number_step(old.function, tuple(arguments), old.value)
        if not steps or settled(step):
            return old.value
        same = self.repeated(step) if steps < 2 else None  # of two steps nothing is repeated
        return self.known.setdefault(tuple(key), step) if same is None else same

    def quantity(self, x: Any) -> Any:
        """The step that computes what x names."""
        return self.alias.get(x, x) if isinstance(x, Step) else x

    def named(self, same: Any, name: str | None) -> Any:
        """A step under the name of the one that it stands in for; one with a name already gets a second."""
        if name is None or not isinstance(same, Step) or same.name == name or getattr(same, "path", None) == name:
            return same
        if same.name is None and same.function is not None:
            same.name = name
            return same
        second = Step(identity.function, (same,), {}, same.value, name)
        self.alias[second] = self.quantity(same)
        return second

    def constant(self, step: Step) -> Any:
        """The number or array of a step that depends on no argument; None for others."""
        parents = list(step.parents())
        fixed = all(isinstance(x, Constant) for x in parents) or settled(step)
        if isinstance(step.value, (tuple, list)) or not fixed:
            return None
        if not isinstance(step.value, np.ndarray):
            return step.value
        if step.function is np.transpose and parents[0].name is not None:  # X.T reads better than another array
            return None
        if not step.shape:
            return step.value[()]
        return self.new(Constant(step.value))

    def repeated(self, step: Step) -> Any:
        """The step whose number this one only repeats; None where it makes another."""
        x = repeated_argument(step)
        if x is not None:
            return x if alike(x.value, step.value) else None
        if step.function is np.transpose and len(step.arguments) == 1:
            x = self.quantity(step.arguments[0])
            if x.function is np.transpose and len(x.arguments) == 1 and alike(x.arguments[0].value, step.value):
                return x.arguments[0]
        if step.function in VIEWS and not any(True for _ in steps_in((step.arguments[1:], step.options))):
            x = step.arguments[0]
            while isinstance(x, Step):
                x = self.quantity(x)
                if alike(x.value, step.value) and address(x.value) == address(step.value):
                    return x
                x = x.arguments[0] if x.function in VIEWS and not any(steps_in((x.arguments[1:], x.options))) else None
        return None


def _key(x: Any) -> Hashable:
    """What tells arguments apart: 1, 1.0 and True, 0.0 and −0.0 are different."""
    if type(x) is slice:
        return (slice, _key(x.start), _key(x.stop), _key(x.step))
    if isinstance(x, (list, tuple)):
        return (type(x), *map(_key, x))
    if type(x) is dict:
        return (dict, *((key, _key(x[key])) for key in sorted(x)))
    if isinstance(x, (float, complex, np.inexact)):
        return (type(x), repr(x))
    try:
        hash(x)
    except TypeError:
        return (type(x), id(x))
    return (type(x), x)
