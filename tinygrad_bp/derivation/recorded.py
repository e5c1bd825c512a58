"""Recorded: a cost and its gradient as one program, forward and backward, with what has a name in it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..program.program import ordered
from ..run import names_of, padded
from ..tracing import Argument, Step, Tape, Tracer
from ..tracing.evaluate import evaluate
from ..tracing.step import map_steps
from ..transforms import value_and_grad
from ..tree import leaves, map_leaves

#: what the cost is multiplied by, so that the cotangent 1 that the pass starts from is in the program too
UNIT = "unit of the cost"


class BranchError(Exception):
    """At other arguments the cost takes another branch."""


class Recorded:
    """cost(*arguments) and its gradient, as they were traced at these arguments.

    names       the parameters of the cost
    leaves      by path the arguments that are numbers and arrays: X, params["W2"]
    wanted      the paths of those that are differentiated
    forward     by name the step of each named quantity, in the order in which they were named
    cotangents  by name or path the step of ∂cost/∂quantity, for those through which the cost is reached
    gradients   by path likewise, for the arguments
    """

    def __init__(
        self, cost: Callable[..., Any], arguments: tuple[Any, ...], argnums: Sequence[int], lift_all: bool
    ) -> None:
        self.cost, self.arguments, self.argnums = cost, arguments, tuple(argnums)
        self.names = padded(names_of(cost), arguments)[: len(arguments)]
        self.leaves: dict[str, Argument] = {}
        self.wanted: list[str] = []
        tape = self._tape = Tape()
        lifted = []
        for i, (name, x) in enumerate(zip(self.names, arguments, strict=True)):
            lift = functools.partial(self._lift, tape) if lift_all or i in self.argnums else lambda path, x: x
            lifted.append(map_leaves(lift, x, name))
            if i in self.argnums:
                self.wanted += [path for path, _ in leaves(x, name)]
        unit = Tracer(Argument(1.0, UNIT), tape)

        @functools.wraps(cost)
        def scaled(*given: Any) -> Any:
            return cost(*given) * unit

        value, gradients = value_and_grad(scaled, self.argnums)(*lifted)
        self.value = _step(value)
        self.gradients: dict[str, Any] = {}
        for i, gradient in zip(self.argnums, gradients, strict=True):
            self.gradients.update((path, _step(x)) for path, x in leaves(gradient, self.names[i]))
        self._name(tape)
        roots = [x for x in (self.value, *self.gradients.values()) if isinstance(x, Step)]
        roots += [*self.forward.values(), *self.cotangents.values(), *(guard.step for guard in tape.guards)]
        self.steps = ordered(roots)
        self.constants = tape.constants

    def _lift(self, tape: Tape, path: str, x: Any) -> Any:
        if type(x) is float or (isinstance(x, (np.generic, np.ndarray)) and not np.asarray(x).dtype.hasobject):
            self.leaves[path] = Argument(x, path)
            return Tracer(self.leaves[path], tape)
        return x

    def _name(self, tape: Tape) -> None:
        """The named quantities: the second that is called z2 is z2[1], the third z2[2]."""
        self.forward: dict[str, Step] = {}
        called: dict[Step, str] = {step: path for path, step in self.leaves.items()}
        for step in tape.named:
            name, again = str(step.name), 0
            while name in self.forward or name in self.leaves or name in self.names:
                again += 1
                name = f"{step.name}[{again}]"
            self.forward[name] = step
            called[step] = name
        self.cotangents: dict[str, Step] = {called[y]: d for y, d in tape.cotangents if y in called}
        for path, gradient in self.gradients.items():
            self.cotangents.pop(path, None)
            if isinstance(gradient, Step):
                self.cotangents[path] = gradient

    def values(self, arguments: tuple[Any, ...], deltas: np.random.Generator | None = None) -> dict[Step, Any]:
        """What every step gives at other arguments; with any δ whatever, drawn by `deltas`, if that is given.

        BranchError where the cost takes another branch there.
        """
        drawn = set(self.cotangents.values()) if deltas is not None else set()
        known: dict[Step, Any] = {}
        for name, x in zip(self.names, arguments, strict=True):
            for path, leaf in leaves(x, name):
                if path in self.leaves:
                    known[self.leaves[path]] = leaf

        def number(x: Any) -> Any:
            return known.get(x, x.value) if isinstance(x, Step) else x

        with np.errstate(all="ignore"):
            for step in self.steps:
                given = map_steps(number, step.arguments)
                known[step] = evaluate(step.function, given, map_steps(number, step.options))  # type: ignore[arg-type]
                if step in drawn and deltas is not None:
                    value = deltas.normal(size=step.shape)
                    known[step] = float(value) if step.kind is float else value.astype(step.dtype)
        for step, expected in self._tape.guards:
            if bool(np.any(known.get(step, step.value) != expected)):
                raise BranchError
        return known


def record(cost: Callable[..., Any], arguments: tuple[Any, ...], argnums: Sequence[int]) -> Recorded:
    """The program of a cost and its gradient in the arguments at `argnums`.

    Where the cost does with its other arguments what cannot be traced, they are taken as they are.
    """
    try:
        return Recorded(cost, arguments, argnums, lift_all=True)
    except (TypeError, ValueError, IndexError):
        return Recorded(cost, arguments, argnums, lift_all=False)


def differentiable(x: Any) -> bool:
    """Whether an argument is of floats throughout."""
    found: Iterable[Any] = [leaf for _, leaf in leaves(x)]
    return bool(found) and all(
        type(leaf) is float or (isinstance(leaf, (np.ndarray, np.floating)) and leaf.dtype in (np.float32, np.float64))
        for leaf in found
    )


def _step(x: Any) -> Any:
    x = getattr(x, "_primal", x)
    return x.step if isinstance(x, Tracer) else x
