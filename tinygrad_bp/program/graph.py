"""What a drawing shows: boxes and arrows, of a program's steps or of what a Value was computed from.

Each box has an operation, in which what has a name goes by it and what has none is a dot, and a shape; those of single
numbers in a Value's graph have `data … | grad …`, as micrograd draws them. Of a program with too many steps the lines
of its source are drawn, of one with too many lines what is named, of a graph that is larger still there is a summary.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from ..node import Node
from ..tracing import Argument, Constant, Step
from ..tracing.step import map_steps
from .labels import operation
from .literals import small_array
from .program import Program, ordered, outputs_of

#: how far a Value's graph is followed to count what is in it
_COUNTED = 100_000


class Box(NamedTuple):
    """One quantity.

    name   what it is called; "" where it has no name
    text   how it is computed
    below  its shape, or its number and gradient
    kind   "argument", "constant", "forward" or "backward": what only the gradients need
    output whether it is returned
    """

    name: str
    text: str
    below: str
    kind: str
    output: bool = False


class Graph(NamedTuple):
    """Boxes, arrows from box to box by their places, and a note below them.

    sideways    drawn from left to right
    summarised  one box in place of all
    """

    boxes: list[Box]
    arrows: list[tuple[int, int]]
    note: str = ""
    sideways: bool = False
    summarised: bool = False


def graph_of(x: Any, limit: int) -> Graph:
    """The graph of a program or a Value, of so many boxes at most. TypeError for anything else."""
    if isinstance(x, Program):
        return of_program(x, limit)
    if isinstance(x, Node):
        return of_value(x, limit)
    raise TypeError(f"a {type(x).__name__} has no graph: draw a Program (tinygrad_bp.trace) or a Value")


# programs


def of_program(program: Program, limit: int) -> Graph:
    """Every step, every line of the source or every named quantity, whatever is few enough."""
    outputs = set(outputs_of(program.outputs))
    steps = [x for x in program.steps if x in outputs or x.name is not None or not _is_view(x)]
    note = ""
    if len(steps) > limit:
        note = f"{len(program.steps):,} steps: a box for each line of the source"
        steps = [x for x in program.steps if x in outputs or x in set(program.written.lines)]
    if len(steps) > limit:
        note = f"{len(program.steps):,} steps: what is named, and what it depends on"
        steps = [x for x in program.steps if x in outputs or x.name is not None]
    if len(steps) > limit:
        return summary(f"program {program.name}", program.steps, limit)
    names = program.written.names
    forward = _forward(program)

    def called(x: Step) -> str:
        return names[x] if isinstance(x, (Argument, Constant)) or x.name is not None else ""

    def box(x: Step) -> Box:
        kind = _kind(x) or ("forward" if x in forward else "backward")
        return Box(called(x), operation(x, called, inside), _shape(x), kind, x in outputs)

    inside = set(program.steps).difference(steps) if not note or "line" in note else set()
    sources = _sources(steps)
    drawn = [*dict.fromkeys(x for parents in sources.values() for x in parents if x not in sources), *steps]
    return _graph(drawn, sources, box, note)


def _forward(program: Program) -> set[Step]:
    """What the function's own quantities depend on, gradients apart."""
    given = [x for x in outputs_of(program.outputs) if not (x.name or "").startswith("d_")]
    named = [x for x in program.steps if x.name is not None and not x.name.startswith("d_")]
    return set(ordered([*given, *named, *(guard.step for guard in program.guards)]))


def _is_view(x: Step) -> bool:
    """Whether x is a transpose of what has a name, which is written where it is used."""
    of = x.arguments[0] if x.function in (np.transpose, np.matrix_transpose) and len(x.arguments) == 1 else None
    return isinstance(of, Step) and (isinstance(of, (Argument, Constant)) or of.name is not None)


def _sources(steps: Iterable[Step]) -> dict[Step, list[Step]]:
    """For each step those among them, and the arguments and constants, that it depends on without another between."""
    drawn = set(steps)
    sources: dict[Step, dict[Step, None]] = {}

    def of(x: Step) -> dict[Step, None]:
        found: dict[Step, None] = {}
        for parent in x.parents():
            if parent in through:
                found |= through[parent]
            elif not _is_small(parent):
                found[parent] = None
        return found

    through: dict[Step, dict[Step, None]] = {}
    for x in ordered(list(drawn)):
        if x in drawn:
            sources[x] = of(x)
        else:
            through[x] = of(x)
    return {x: list(found) for x, found in sources.items()}


def _is_small(x: Step) -> bool:
    """Whether x is a constant that is written where it is used."""
    return isinstance(x, Constant) and x.name is None and small_array(x.value) is not None


# Values


def of_value(root: Node, limit: int) -> Graph:
    """Everything that a Value was computed from."""
    nodes = _nodes(root, max(limit, _COUNTED))
    steps: dict[Node, Step] = {}
    for node in nodes:
        steps[node] = _step(node, steps)
    if len(nodes) > limit:
        return summary("Value", list(steps.values()), limit, more=len(nodes) >= _COUNTED)
    of = {step: node for node, step in steps.items()}

    def called(x: Step) -> str:
        return of[x].name or "" if x in of else ""

    def box(x: Step) -> Box:
        node = of.get(x)
        if node is None:
            return Box("", "", _shape(x), "constant")
        kind = "argument" if node.rule is None else "forward"
        return Box(called(x), operation(x, called, set()), _numbers(node), kind, node is root)

    sources = {x: list(dict.fromkeys(parent for parent in x.parents() if not _is_small(parent))) for x in of}
    drawn = [*dict.fromkeys(x for parents in sources.values() for x in parents if x not in of), *of]
    spent = root.rule is not None and not root.arguments
    note = "a backward pass has let go of what it was computed from: retain_graph=True keeps it" if spent else ""
    return _graph(drawn, sources, box, note)._replace(sideways=True)


def _nodes(root: Node, limit: int) -> list[Node]:
    """What a Value was computed from and itself, in the order of recording; so many at most."""
    seen = {root}
    pending = [root]
    while pending and len(seen) < limit:
        for x in pending.pop().parents:
            if x not in seen:
                seen.add(x)
                pending.append(x)
    return sorted(seen, key=lambda node: node.index)


def _step(node: Node, steps: dict[Node, Step]) -> Step:
    """A node as a step of a program is."""
    data = node._primal
    if node.rule is None:
        return Argument(data, node.name or "")

    def instead(x: Any) -> Any:
        if isinstance(x, Node):
            return steps.get(x) or Argument(x._primal, x.name or "")
        return Constant(x) if isinstance(x, np.ndarray) and x.ndim else x

    arguments = map_steps(instead, node.arguments)
    function = operator.pow if node.rule.function is np.power else node.rule.function
    return Step(function, arguments, map_steps(instead, node.options), data, node.name)


def _numbers(node: Node) -> str:
    """The number and the gradient of a single one, else the shape."""
    if node.shape:
        return str(node.shape) if node.dtype == np.float64 else f"{node.shape} {node.dtype.name}"
    grad = node._grad
    text = f"data {float(node._primal):.4f}"
    if grad is None:
        return text
    grad = grad._primal if isinstance(grad, Node) else grad
    return f"{text} | grad {float(grad):.4f}"


# both


def _graph(drawn: list[Step], sources: dict[Step, list[Step]], box: Callable[[Step], Box], note: str) -> Graph:
    place = {x: i for i, x in enumerate(drawn)}
    arrows = [(place[x], place[y]) for y in drawn for x in sources.get(y, ())]
    return Graph([box(x) for x in drawn], arrows, note)


def summary(what: str, steps: list[Step], limit: int, more: bool = False) -> Graph:
    """One box that says how often each function is there."""
    counts = Counter(getattr(x.function, "__name__", "given").lstrip("_") for x in steps)
    often = ", ".join(f"{n:,} {word}" for word, n in counts.most_common(6))
    head = f"{what}: {'more than ' * more}{len(steps):,} steps, of which {limit} at most are drawn"
    return Graph([Box(head, often, "", "constant")], [], summarised=True)


def _kind(x: Step) -> str:
    return "argument" if isinstance(x, Argument) else "constant" if isinstance(x, Constant) else ""


def _shape(x: Step) -> str:
    if x.dtype is None:
        return ""
    if x.kind in (float, int, bool):
        return x.kind.__name__
    return str(x.shape) if x.dtype == np.float64 else f"{x.shape} {x.dtype.name}"
