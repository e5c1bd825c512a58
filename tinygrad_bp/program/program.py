"""Program: the steps of a traced function, in their order."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ..tracing import Argument, Constant, Guard, Step
from ..tracing.step import steps_in
from ..tree import leaves

if TYPE_CHECKING:
    from .source import Source


class Program:
    """A function as it was traced: y, … = f(arguments), a list of steps.

    name       what f is called
    arguments  by the name of f's parameter, in their order: the argument's containers with an `Argument` in place of
               each number and array, and what is no number (an int, a string, None) as it was
    outputs    what f returned, its containers with a Step in place of each number that depends on the arguments
    guards     the outcomes that Python asked for on the way: where one differs, the program is not what f does
    deltas     the step of each named quantity, by that of its cotangent
    steps      everything that is computed, each step after those that it needs
    """

    def __init__(
        self, name: str, arguments: dict[str, Any], outputs: Any, guards: list[Guard], deltas: dict[Step, Step]
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.outputs = outputs
        self.guards = guards
        self.deltas = deltas
        self.steps: list[Step] = ordered([*outputs_of(outputs), *(guard.step for guard in guards)])

    @property
    def inputs(self) -> list[Argument]:
        """The numbers and arrays among the arguments, in their order."""
        return [x for _, x in leaves(self.arguments) if isinstance(x, Argument)]

    @property
    def captured(self) -> list[Constant]:
        """The arrays that were not among the arguments, in the order in which they are needed."""
        found = dict.fromkeys(x for step in self.steps for x in step.parents() if isinstance(x, Constant))
        return list(found | dict.fromkeys(x for x in outputs_of(self.outputs) if isinstance(x, Constant)))

    @functools.cached_property
    def written(self) -> Source:
        """The program as text, and what its quantities are called there."""
        from .source import Source

        return Source(self)

    @property
    def source(self) -> str:
        """The NumPy text of a function called `name`, whose parameters are f's arguments and, by keyword, `constants`.

        It needs NumPy alone (`math` for Python floats) and gives the recorded bits on the same machine, for arrays in
        the same order in memory. What f branched on, and arguments that are no numbers, stand there as `assert`.
        """
        return self.written.text

    @property
    def constants(self) -> dict[str, Any]:
        """What `source` wants by keyword: arrays that f captured, functions and classes that no text can stand for."""
        return dict(self.written.constants)

    @property
    def latex(self) -> str:
        """The same lines as mathematics: LaTeX with amsmath and amssymb, to stand between $$ and $$."""
        from .latex import program_latex

        return program_latex(self)

    @property
    def svg(self) -> str:
        """A drawing of its steps, as SVG. ImportError where nothing is installed that could place them (`draw`)."""
        from .drawing import draw

        return draw(self)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """What f gives for other numbers of the same shapes and dtypes.

        TypeError or ValueError that names the argument where it is of another kind, shape, dtype or nesting, ValueError
        where f would have taken another branch.
        """
        from .calling import call

        return call(self, arguments, options)

    def to_dict(self) -> dict[str, Any]:
        """All of it that JSON knows: the text, and each quantity with its shape and dtype."""
        names = self.written.names

        def described(step: Step) -> dict[str, Any]:
            return {"name": names[step], "quantity": names.quantity(step), "shape": list(step.shape),
                    "dtype": None if step.dtype is None else step.dtype.name}  # fmt: skip

        of = {step: getattr(step.function, "__name__", "").lstrip("_") for step in self.steps}
        return {
            "name": self.name,
            "source": self.source,
            "arguments": [described(x) for x in self.inputs],
            "constants": sorted(self.constants),
            "steps": [{**described(x), "function": of[x], "of": [names[p] for p in x.parents()]} for x in self.steps],
            "guards": [{"quantity": names.quantity(g.step), "expected": g.expected} for g in self.guards],
        }

    def __str__(self) -> str:
        return f"# {self!r}\n{self.source}"

    def _repr_latex_(self) -> str:
        return f"$${self.latex}$$"

    def _repr_markdown_(self) -> str:
        """For a notebook: the source, and the same as mathematics."""
        return f"```python\n{self.source}```\n\n$${self.latex}$$"

    def __repr__(self) -> str:
        return f"<program {self.name}({', '.join(self.arguments)}): {len(self.steps)} steps>"


def outputs_of(outputs: Any) -> Iterator[Step]:
    """The steps among what a function returned."""
    return (x for _, x in leaves(outputs) if isinstance(x, Step))


def ordered(roots: list[Step]) -> list[Step]:
    """All steps that the roots need and that are computed, each after those that it needs."""
    seen: set[Step] = set()
    pending = list(roots)
    while pending:
        step = pending.pop()
        if step not in seen:
            seen.add(step)
            for x in step.arguments:
                if isinstance(x, Step):
                    pending.append(x)
                elif type(x) is not float and type(x) is not int:
                    pending += steps_in(x)
            if step.options:
                pending += steps_in(step.options)
    return sorted((step for step in seen if step.function is not None), key=attrgetter("index"))
