"""derive: the engine's own derivation of a gradient, in the steps that a person would take."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..run import checked, positions_of
from ..tracing import Step
from ..tree import leaves, map_leaves
from . import algebra, writing
from .expression import Expression, Number
from .points import HALVINGS, redrawn
from .reading import Reader
from .recorded import BranchError, Recorded, differentiable, record

#: what small arguments are multiplied by
SMALL = 2.0**-20


@dataclass(frozen=True)
class DerivationStep:
    """One step: ∂cost/∂quantity, in the δ of the quantities after it and in forward quantities.

    quantity  what it is the derivative with respect to: z2, W1, params["W2"]
    formula   its expression
    after     the quantities whose δ it uses
    """

    quantity: str
    formula: Expression

    @property
    def after(self) -> tuple[str, ...]:
        return tuple(name[2:] for name in self.formula.symbols() if name.startswith("d_"))

    @property
    def source(self) -> str:
        """The right side, as NumPy."""
        return writing.source(self.formula)

    def __str__(self) -> str:
        return f"d_{self.quantity} = {self.source}"


class Derivation:
    """The derivation of ∇cost.

    steps    in the order of the backward pass
    forward  by name, how each named quantity is computed
    source   a function that runs alone with NumPy, and gives the gradient and every δ
    latex    the same, aligned and numbered
    """

    def __init__(self, recorded: Recorded, reader: Reader) -> None:
        self.recorded = recorded
        self.forward: dict[str, Expression] = reader.forward
        self.steps: tuple[DerivationStep, ...] = tuple(
            DerivationStep(quantity, formula) for quantity, formula in _backward_order(recorded, reader)
        )

    @property
    def name(self) -> str:
        """What the cost is called."""
        return str(getattr(self.recorded.cost, "__name__", "cost"))

    def step(self, quantity: str) -> DerivationStep:
        """The step of a quantity. KeyError where it has none."""
        for step in self.steps:
            if step.quantity == quantity:
                return step
        raise KeyError(f"{quantity}: the derivation has steps for {', '.join(step.quantity for step in self.steps)}")

    @property
    def source(self) -> str:
        from .program_text import program_text

        return program_text(self)

    @property
    def latex(self) -> str:
        from .latex import derivation_latex

        return derivation_latex(self)

    def __str__(self) -> str:
        forward = [f"{name} = {writing.source(formula)}" for name, formula in self.forward.items()]
        return "\n".join([*forward, "", *map(str, self.steps)] if forward else map(str, self.steps))

    def _repr_latex_(self) -> str:
        return f"$${self.latex}$$"

    def to_dict(self) -> dict[str, Any]:
        """All of it, in what JSON knows."""
        return {
            "cost": self.name,
            "forward": {name: writing.source(formula) for name, formula in self.forward.items()},
            "steps": [
                {"quantity": step.quantity, "formula": step.source, "after": list(step.after)} for step in self.steps
            ],
            "source": self.source,
            "latex": self.latex,
        }


def derive(cost: Callable[..., Any], *arguments: Any, argnums: int | Sequence[int] | None = None) -> Derivation:
    """The engine's derivation of the gradient of a cost at these arguments.

    cost       gives one number; a function written in NumPy, which names its intermediate quantities by `name`
    arguments  numbers, arrays and containers of them
    argnums    the arguments to differentiate in; all that are floats by default

    One step for each named quantity and each argument. The formulas hold for these shapes, and for the branches that
    the cost takes here. TypeError where the cost gives no single number, or there is nothing to differentiate in.
    """
    recorded = record(cost, arguments, chosen(cost, arguments, argnums))
    return Derivation(recorded, read(recorded))


def chosen(
    cost: Callable[..., Any], arguments: tuple[Any, ...], argnums: int | Sequence[int] | None
) -> tuple[int, ...]:
    """The positions of the arguments to differentiate in."""
    if argnums is not None:
        return checked(positions_of(argnums), arguments, cost)
    found = tuple(i for i, x in enumerate(arguments) if differentiable(x))
    if not found:
        raise TypeError(f"{getattr(cost, '__name__', 'the cost')} was given no argument of floats to differentiate in")
    return found


def read(recorded: Recorded) -> Reader:
    """The formulas of a program, in their normal form where that gives the program's own numbers."""
    reader = Reader(recorded, elsewhere=_elsewhere(recorded), small=_small(recorded))
    plain: Reader | None = None
    with np.errstate(all="ignore"):
        elsewhere = reader.elsewhere
        points = [recorded_values(recorded)] + ([recorded_values(recorded, elsewhere)] if elsewhere else [])
        for formulas, steps in ((reader.forward, recorded.forward), (reader.backward, recorded.cotangents)):
            for name, formula in formulas.items():
                made = steps[name].arguments[0] if steps[name].name is not None else steps[name]
                values = [known.get(made, getattr(made, "value", made)) for known in ({}, elsewhere or {})]
                if not all(_same(formula.evaluate(at), value) for at, value in zip(points, values, strict=False)):
                    plain = plain or Reader(recorded, plain=True)
                    formulas[name] = (plain.forward if steps is recorded.forward else plain.backward)[name]
    return reader


def _elsewhere(recorded: Recorded) -> dict[Any, Any] | None:
    """The values of all steps at another point, from any δ; None where the cost takes another branch all around."""
    rng = np.random.default_rng(0)
    for halving in range(HALVINGS):
        with contextlib.suppress(BranchError):
            return recorded.values(redrawn(recorded.arguments, recorded.argnums, rng, 0.5**halving), deltas=rng)
    return None


def _small(recorded: Recorded) -> dict[Any, Any] | None:
    """The same where the arguments are small, and nothing is saturated."""
    shrunk = tuple(
        map_leaves(lambda _, x: x * (SMALL if type(x) is float else x.dtype.type(SMALL)), x)
        if i in recorded.argnums
        else x
        for i, x in enumerate(recorded.arguments)
    )
    with contextlib.suppress(BranchError):
        return recorded.values(shrunk, deltas=np.random.default_rng(1))
    return None


def recorded_values(recorded: Recorded, values: dict[Any, Any] | None = None) -> dict[str, Any]:
    """By name, every quantity and, as d_…, its δ: as they were recorded, or of the values given."""
    known = values or {}

    def of(step: Step) -> Any:
        return known.get(step, step.value)

    quantities = {path: of(step) for path, step in recorded.leaves.items()}
    for name, x in zip(recorded.names, recorded.arguments, strict=True):
        quantities.update((path, leaf) for path, leaf in leaves(x, name) if path not in quantities)
    quantities.update((name, of(step)) for name, step in recorded.forward.items())
    quantities.update((f"d_{name}", of(step)) for name, step in recorded.cotangents.items())
    for path, gradient in recorded.gradients.items():
        quantities.setdefault(f"d_{path}", gradient)
    return quantities


def _same(a: Any, b: Any) -> bool:
    """Whether two values are the same but for rounding that the normal form may bring."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        return False
    finite = np.isfinite(b)
    if not finite.all():
        a, b = a[finite & np.isfinite(a)], b[finite & np.isfinite(a)]
    largest = np.max(np.abs(b), initial=np.max(np.abs(a), initial=0.0))
    return bool(np.all(np.abs(a - b) <= 1e-6 * largest))


def _backward_order(recorded: Recorded, reader: Reader) -> list[tuple[str, Expression]]:
    """The steps: named quantities as the pass meets them, each argument where the last δ that it uses is known."""
    named = [name for name in recorded.forward if name in reader.backward][::-1]
    formulas = dict(reader.backward)
    for path in recorded.wanted:
        if path not in formulas:
            shape = np.shape(recorded.gradients[path])
            formulas[path] = algebra.broadcast(Number(0.0), shape)
    waiting = {path: formulas[path] for path in recorded.wanted}
    order: list[tuple[str, Expression]] = []
    known: set[str] = set()

    def settle() -> None:
        for path in list(waiting):
            if all(name in known for name in waiting[path].symbols() if name.startswith("d_")):
                order.append((path, waiting.pop(path)))
                known.add(f"d_{path}")

    settle()
    for name in named:
        order.append((name, formulas[name]))
        known.add(f"d_{name}")
        settle()
    return [*order, *waiting.items()]
