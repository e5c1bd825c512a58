r"""A program as mathematics: the lines of its source in LaTeX, aligned, each with the set that its quantity is of.

Two things are read out of more than one step: Σ x² of all entries is ‖x‖², and y (1 − y) where y = σ(z) is σ′(z), as
1 − y² is tanh′(z) and what is d where z > 0 is d ⊙ relu′(z).
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..rules.activations import leaky_relu, relu, sigmoid
from ..rules.indexing import scattered
from ..rules.shapes import identity
from ..tracing import Argument, Constant, Step
from ..tracing.step import map_steps
from ..tree import children
from . import mathematics, notation
from .entries import array, entry, index, size
from .literals import small_array
from .notation import Formula
from .program import Program

_WIDE = 60
_PRIMES = {sigmoid.function: r"\sigma'", np.tanh: r"\tanh'"}
_GATES = {relu.function: r"\operatorname{relu}'", leaky_relu.function: r"\operatorname{leaky\_relu}'"}
_SETS = {"f": r"\mathbb{R}", "c": r"\mathbb{C}", "i": r"\mathbb{Z}", "u": r"\mathbb{Z}", "b": r"\{0, 1\}"}


def program_latex(program: Program) -> str:
    """The program in an `aligned` environment, which stands inside $$ … $$; amsmath and amssymb set it."""
    return notation.aligned(lines(program))


def lines(program: Program) -> list[str]:
    """The lines of it: what is given, the quantities in the order of the source, what is returned."""
    return list(_Lines(program))


class _Lines:
    """One program, written."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.names = program.written.names
        self.own = set(program.written.lines)
        #: which name a symbol stands for, so that none stands for two
        self.taken: dict[str, str] = {}
        self.symbols: dict[Step, Formula] = {}
        #: what an activation of each kind was given
        self.gated = {(step.function, step.arguments[0]) for step in program.steps if step.function in _GATES}

    def __iter__(self) -> Iterator[str]:
        given = [rf"{self.symbol(x)} &{belongs(x)}" for x in self.program.inputs]
        yield from given
        guards = sorted(self.program.guards, key=lambda guard: guard.step.index)
        for step in self.program.written.lines:
            while guards and guards[0].step.index < step.index:
                yield self.provided(*guards.pop(0))
            yield from self.line(step)
        for guard in guards:
            yield self.provided(*guard)
        inputs = ", ".join(str(self.symbol(x)) for x in self.program.inputs)
        name = notation.symbol(self.names.function)
        yield rf"{name}\left({inputs}\right) &= {self.container(self.program.outputs)}"

    def line(self, step: Step) -> Iterator[str]:
        if step.function is not scattered.function:
            formula = self.of(step)
            yield f"{self.symbol(step)} &= {formula} && {belongs(step)}"
            return
        _, indices, *parts = step.arguments
        yield f"{self.symbol(step)} &= 0 && {belongs(step)}"
        for place, part in zip(indices, parts, strict=True):
            where = notation.indexed(self.symbol(step), index(map_steps(self.formula, place)))
            yield f"{where} &{{+}}{{=}} {entry(map_steps(self.formula, part))}"

    def provided(self, step: Step, expected: Any) -> str:
        """What the function branched on."""
        condition = self.formula(step)
        if expected is False:
            condition = Formula(rf"\neg \left({condition}\right)")
        elif expected is not True:
            condition = Formula(f"{condition} = {entry(expected)}")
        return rf"\text{{where }} & {condition}"

    def symbol(self, step: Step) -> Formula:
        """What a quantity is called."""
        known = self.symbols.get(step)
        if known is None:
            name = self.names[step]
            given = isinstance(step, Argument) or step.name is not None
            known = (notation.symbol if given else notation.auxiliary)(name, step.shape)
            if self.taken.setdefault(known.text, name) != name:
                known = Formula(rf"\mathrm{{{notation.escaped(name)}}}", shape=step.shape)
            self.symbols[step] = known
        return known

    def formula(self, x: Any) -> Any:
        """How a step is written where it is used; anything else as it is."""
        if not isinstance(x, Step):
            return x
        if isinstance(x, Argument) or x in self.own:
            return self.symbol(x)
        if isinstance(x, Constant):
            small = x.name is None and small_array(x.value) is not None
            return array(x.value) if small and len(array(x.value).text) < _WIDE else self.symbol(x)
        return self.of(x)

    def of(self, step: Step) -> Formula:
        """The formula of a step."""
        assert step.function is not None
        formula = self.derivative(step) or self.norm(step)
        if formula is not None:
            return formula
        if step.function is scattered.function:
            return self.symbol(step)
        arguments, options = map_steps(self.formula, step.arguments), map_steps(self.formula, step.options)
        return mathematics.written(step.function, arguments, options, step.shape)

    def norm(self, step: Step) -> Formula | None:
        """‖x‖², where all entries of x² are summed."""
        if step.function is not np.sum or len(step.arguments) != 1 or step.options:
            return None
        squares = step.arguments[0]
        x = _squared(squares) if isinstance(squares, Step) and squares not in self.own and squares.shape else None
        return mathematics.squared_norm(self.formula(x)) if x is not None else None

    def derivative(self, step: Step) -> Formula | None:
        """A product with a known derivative in it; None for others."""
        if step.function is np.where and len(step.arguments) == 3:
            return self.gate(step)
        if step.function is not np.multiply or step.options:
            return None
        factors = list(self.factors(step))
        primes: list[Formula] = []
        for x in list(factors):
            y = _complement(x) if x not in self.own else None
            if y is None:
                continue
            value, power = y
            activation = _activation(value)
            z = activation.arguments[0] if activation is not None else None
            if activation is None or z is None or not self.is_named(z):
                continue
            if (activation.function is np.tanh) != (power == 2):
                continue
            if power == 1:
                if not any(f is value for f in factors):
                    continue
                factors.remove(value)
            factors.remove(x)
            primes.append(notation.applied(_PRIMES[activation.function], [self.formula(z)], z.shape))
        if not primes:
            return None
        return notation.product([*(entry(self.formula(x)) for x in factors), *primes], step.shape)

    def gate(self, step: Step) -> Formula | None:
        """where(z ≤ 0, 0, d) as d ⊙ relu′(z), if relu(z) was computed; where(z ≤ 0, c d, d) likewise."""
        condition, below, d = step.arguments
        if not isinstance(condition, Step) or condition.function is not np.less_equal or condition in self.own:
            return None
        z, limit = condition.arguments
        if not self.is_named(z) or isinstance(limit, Step) or limit != 0 or not isinstance(d, Step) or d is z:
            return None
        if not isinstance(below, Step) and below == 0 and (relu.function, z) in self.gated:
            prime = _GATES[relu.function]
        elif _scaled(below, d) and (leaky_relu.function, z) in self.gated:
            prime = _GATES[leaky_relu.function]
        else:
            return None
        return notation.product([self.formula(d), notation.applied(prime, [self.formula(z)], z.shape)], step.shape)

    def factors(self, x: Any) -> Iterator[Any]:
        """What is multiplied, the factors of factors among it."""
        if isinstance(x, Step) and x.function is np.multiply and not x.options:
            for part in x.arguments:
                inside = isinstance(part, Step) and part not in self.own
                yield from self.factors(part) if inside else (part,)
        else:
            yield x

    def is_named(self, x: Any) -> bool:
        return isinstance(x, Step) and (isinstance(x, (Argument, Constant)) or x in self.own)

    def container(self, tree: Any) -> Formula:
        """What the function returns, in its containers."""
        parts = children(tree)
        if parts is None:
            return entry(self.formula(tree))
        entries = [self.container(part) for _, part in parts]
        if isinstance(tree, (list, tuple)) and not hasattr(tree, "_fields"):
            return entry(type(entries)(entries) if type(tree) is list else tuple(entries))
        keys = tree if isinstance(tree, dict) else [suffix[1:] for suffix, _ in parts]
        return entry(dict(zip(map(str, keys), entries, strict=True)))


def belongs(x: Step) -> str:
    r"""The set of arrays that a quantity is one of: \in \mathbb{R}^{2 \times 3}."""
    kind = _SETS.get(x.dtype.kind) if x.dtype is not None else None
    if kind is None:
        return ""
    return rf"\in {kind}" + (f"^{{{size(x.shape)}}}" if x.shape else "")


def _squared(x: Step) -> Any:
    """What x is the square of, entry by entry; None where it is none."""
    a, *rest = x.arguments or (None,)
    if x.options:
        return None
    if x.function is np.square and not rest:
        return a
    exponent = rest[0] if x.function in (operator.pow, np.power) and len(rest) == 1 else None
    if exponent is not None and not isinstance(exponent, Step) and exponent == 2:
        return a
    return a if x.function is np.multiply and rest and rest[0] is a and isinstance(a, Step) else None


def _complement(x: Any) -> tuple[Step, int] | None:
    """(y, 1) for 1 − y, (y, 2) for 1 − y²."""
    if not isinstance(x, Step) or x.function is not np.subtract or x.options:
        return None
    one, y = x.arguments
    if isinstance(one, Step) or one != 1 or not isinstance(y, Step):
        return None
    inside = _squared(y) if y.arguments else None
    return (inside, 2) if isinstance(inside, Step) else (y, 1)


def _activation(y: Step) -> Step | None:
    """The step that computed y, behind its names."""
    while y.function is identity.function:
        y = y.arguments[0]
    return y if y.function in _PRIMES else None


def _scaled(x: Any, d: Step) -> bool:
    """Whether x is a number times d."""
    return (
        isinstance(x, Step)
        and x.function is np.multiply
        and x.arguments[1] is d
        and not isinstance(x.arguments[0], Step)
    )
