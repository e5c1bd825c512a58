"""Lines: operations one by one, as Python that is written out: no engine, no loop, every number a local variable."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ...rules import TABLE
from ...rules.activations import relu
from ...tracing.tracer import evaluate
from .graph import ADD, Graph, Ids
from .machine import Machine, Memory
from .strides import Operand, View, operand
from .sums import Sums

#: how many terms make one expression: Python's parser goes as deep as they are many
_TERMS = 40

#: functions that Python has an operator for
_WRITTEN: dict[Any, str] = {
    np.add: "{0} + {1}",
    np.subtract: "{0} - {1}",
    np.multiply: "{0} * {1}",
    np.divide: "{0} / {1}",
    np.negative: "-{0}",
    np.square: "{0} * {0}",
    np.reciprocal: "1.0 / {0}",
    np.less: "{0} < {1}",
    np.less_equal: "{0} <= {1}",
    np.greater: "{0} > {1}",
    np.greater_equal: "{0} >= {1}",
    np.equal: "{0} == {1}",
    np.not_equal: "{0} != {1}",
    np.where: "{1} if {0} else {2}",
    relu.function: "0.0 if {0} <= 0.0 else {0}",
}


class Line:
    """One function of Python's: takes numbers from memory, computes, puts into memory what others need.

    taken      the nodes it takes, and where they lie
    stored     the nodes it gives, and where they go
    function   of the numbers of the nodes taken, a list, gives those of the nodes stored
    slow       likewise, one operation after another, where Python raises and NumPy has inf or nan
    """

    def __init__(
        self,
        taken: list[tuple[list[int], Operand]],
        stored: list[tuple[list[int], View]],
        function: Callable[[list[Any]], list[Any]],
        slow: Callable[[list[Any]], list[Any]],
    ) -> None:
        self.taken, self.stored, self.function, self.slow = taken, stored, function, slow

    def lay_out(self, machine: Machine) -> None:
        takes = [machine.taken(place) for _, place in self.taken]
        take = takes[0] if len(takes) == 1 else partial(_joined, takes)
        stores = [(machine.array(place), place.shape[0], place.truth) for _, place in self.stored]
        if len(stores) == 1 and not stores[0][2]:
            machine.code.append(partial(_run, self.function, self.slow, take, stores[0][0]))
        else:
            machine.code.append(partial(_run_all, self.function, self.slow, take, stores))


def _joined(takes: list[Callable[[], list[Any]]]) -> list[Any]:
    return [x for take in takes for x in take()]


def _run(function: Any, slow: Any, take: Any, out: Any) -> None:
    given = take()
    try:
        results = function(given)
    except (ArithmeticError, ValueError):
        results = slow(given)
    out[:] = array("d", results)


def _run_all(function: Any, slow: Any, take: Any, stores: Any) -> None:
    given = take()
    try:
        results = function(given)
    except (ArithmeticError, ValueError):
        results = slow(given)
    at = 0
    for out, n, truth in stores:
        part = results[at : at + n]
        out[:] = part if truth else array("d", part)
        at += n


class Writer:
    """Writes the operations of a graph as Python."""

    def __init__(self, graph: Graph, sums: Sums, memory: Memory) -> None:
        self.graph, self.memory = graph, memory
        self.operation, self.arguments = graph.operation.tolist(), graph.arguments.tolist()
        self.start, self.left, self.right = sums.start.tolist(), sums.left.tolist(), sums.right.tolist()
        self.names = {node: _literal(x) for node, x in graph.constants.items()}
        self.namespace: dict[str, Any] = {"inf": math.inf, "nan": math.nan}
        self.templates: list[str] = []
        self.scalars: list[Callable[..., Any]] = []
        for i, (function, truths) in enumerate(graph.operations):
            self.scalars.append(partial(_evaluated, function))
            rule = TABLE.get(function)
            scalar = rule.scalar if rule is not None and rule.scalar is not None else None
            self.namespace[f"f{i}"] = scalar or self.scalars[i]
            places = ", ".join(f"{{{j}}}" for j in range(len(truths)))
            written = None if any(truths) and function is not np.where else _WRITTEN.get(function)
            self.templates.append(written or f"f{i}({places})")

    def line(self, nodes: list[int], escapes: Any) -> Line:
        """The function of some nodes, in this order, that gives those that escape from it."""
        inside = set(nodes)
        needed = {x for node in nodes for x in self.operands(node)} - inside
        outside = np.array(sorted(x for x in needed if x not in self.names), dtype=np.intp)
        outside = outside[np.argsort(self.memory.address[outside], kind="stable")]
        taken = [
            (some.tolist(), operand(self.memory.address[some], truth))
            for truth, some in enumerate_truth(outside, self.graph)
        ]
        results = [(some.tolist(), self.memory.place(some)) for _, some in enumerate_truth(np.array(nodes)[escapes[nodes]], self.graph)]
        given = [x for some, _ in taken for x in some]
        asked = [x for some, _ in results for x in some]
        source = self.source(nodes, given, asked)
        scope = dict(self.namespace)
        exec(compile(source, "<line of a program>", "exec"), scope)
        return Line(taken, results, scope["line"], partial(self.slowly, nodes, given, asked))

    def operands(self, node: int) -> list[int]:
        """The nodes that a node is computed from."""
        if self.operation[node] == ADD:
            terms = slice(self.start[node], self.start[node + 1])
            return [x for x in (*self.left[terms], *self.right[terms]) if x >= 0]
        return [x for x in self.arguments[node] if x >= 0]

    def source(self, nodes: list[int], given: list[int], asked: list[int]) -> str:
        """The text of the function."""
        name = self.names.get
        lines = ["def line(given):"]
        if given:
            lines.append(f"    {', '.join(f'v{x}' for x in given)}, = given")
        for node in nodes:
            if self.operation[node] == ADD:
                lines += self._sum(node)
            else:
                places = [name(x) or f"v{x}" for x in self.arguments[node] if x >= 0]
                lines.append(f"    v{node} = {self.templates[self.operation[node]].format(*places)}")
        lines.append(f"    return [{', '.join(f'v{x}' for x in asked)}]")
        return "\n".join(lines)

    def _sum(self, node: int) -> list[str]:
        name = self.names.get
        terms = []
        for i in range(self.start[node], self.start[node + 1]):
            a, b = self.left[i], self.right[i]
            a_name = name(a) or f"v{a}"
            terms.append(a_name if b < 0 else f"{a_name} * {name(b) or f'v{b}'}")
        lines = [f"    v{node} = {' + '.join(terms[:_TERMS])}"]
        for i in range(_TERMS, len(terms), _TERMS):
            lines.append(f"    v{node} = v{node} + {' + '.join(terms[i : i + _TERMS])}")
        return lines

    def slowly(self, nodes: list[int], given: list[int], asked: list[int], numbers: list[Any]) -> list[Any]:
        """What the function computes, by the engine's way with single numbers, which has inf and nan where they go."""
        value = dict(self.graph.constants) | dict(zip(given, numbers, strict=True))
        for node in nodes:
            if self.operation[node] == ADD:
                total = None
                for i in range(self.start[node], self.start[node + 1]):
                    term = value[self.left[i]]
                    if self.right[i] >= 0:
                        term = term * value[self.right[i]]
                    total = term if total is None else total + term
                value[node] = total
            else:
                function = self.scalars[self.operation[node]]
                value[node] = function(*(value[x] for x in self.arguments[node] if x >= 0))
        return [value[x] for x in asked]


def enumerate_truth(nodes: Ids, graph: Graph) -> list[tuple[bool, Ids]]:
    """Some nodes, the floats and the truth values apart, if there are any."""
    truth = graph.truth[nodes]
    return [(kind, some) for kind, some in ((False, nodes[~truth]), (True, nodes[truth])) if some.size]


def _evaluated(function: Callable[..., Any], *numbers: Any) -> Any:
    """A function of Python numbers as an eager run computes it."""
    y = evaluate(function, numbers, {})
    return bool(y) if isinstance(y, np.bool_) else float(y) if not isinstance(y, bool) else y


def _literal(x: Any) -> str:
    return repr(x) if type(x) is bool or (x >= 0 and math.copysign(1, x) > 0) else f"({x!r})"
