"""Lines: operations one by one, as Python that is written out: no engine, no loop, every number a local variable."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ...rules import TABLE
from ...rules.activations import relu
from ...tracing.evaluate import evaluate
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


def in_python(function: Callable[..., Any]) -> bool:
    """Whether Python has an operator or `math` a function for it."""
    rule = TABLE.get(function)
    return function in _WRITTEN or (rule is not None and rule.scalar is not None)


class Line:
    """One function of Python's: takes numbers from memory, computes, puts into memory what others need.

    taken      where the numbers lie that it takes
    stored     where those go that it gives
    function   of the numbers taken, a list, gives those stored
    slow       likewise, one operation after another, where Python raises and NumPy has inf or nan
    """

    def __init__(
        self,
        taken: list[Operand],
        stored: list[View],
        function: Callable[[list[Any]], list[Any]],
        slow: Callable[[list[Any]], list[Any]],
    ) -> None:
        self.taken, self.stored, self.function, self.slow = taken, stored, function, slow

    def lay_out(self, machine: Machine) -> None:
        takes = [machine.taken(place) for place in self.taken]
        take = takes[0] if len(takes) == 1 else partial(_joined, takes)
        outs = [machine.array(place) for place in self.stored]
        store = partial(_stored, outs) if len(outs) > 1 or self.stored[0].truth else _packed(outs[0])
        machine.code.append(partial(_run, self.function, self.slow, take, store))


def _run(function: Any, slow: Any, take: Any, store: Any) -> None:
    given = take()
    try:
        results = function(given)
    except (ArithmeticError, ValueError):
        results = slow(given)
    store(*results)


def _joined(takes: list[Callable[[], list[Any]]]) -> list[Any]:
    return [x for take in takes for x in take()]


def _packed(out: Any) -> Callable[..., None]:
    return partial(struct.Struct(f"{out.size}d").pack_into, memoryview(out), 0)


def _stored(outs: list[Any], *results: Any) -> None:
    at = 0
    for out in outs:
        out[:] = results[at : at + out.size]
        at += out.size


class Writer:
    """Writes the operations of a graph as Python."""

    def __init__(self, graph: Graph, sums: Sums, memory: Memory, escapes: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        self.graph, self.memory, self.escapes = graph, memory, escapes
        self.start, self.operands = _operands(graph, sums)
        self.local = np.full(len(graph) + 1, -1)  # what a node is called in the function at hand; -1 is no node
        for node in graph.constants:
            self.local[node] = -2 - node
        self.functions: dict[bytes, Callable[[list[Any]], list[Any]]] = {}
        self.namespace: dict[str, Any] = {"inf": math.inf, "nan": math.nan}
        self.templates: list[str] = []
        self.scalars: list[Callable[..., Any]] = []
        for i, (function, truths) in enumerate(graph.operations):
            self.scalars.append(partial(_evaluated, function))
            rule = TABLE.get(function)
            self.namespace[f"f{i}"] = self.scalars[i] if rule is None or rule.scalar is None else rule.scalar
            places = ", ".join(f"{{{j}}}" for j in range(len(truths)))
            written = None if any(truths) and function is not np.where else _WRITTEN.get(function)
            self.templates.append(written or f"f{i}({places})")

    def line(self, nodes: Ids) -> Line:
        """The function of some nodes, in this order, that gives those that are needed elsewhere."""
        address, truth, local = self.memory.address, self.graph.truth, self.local
        counts = self.start[nodes + 1] - self.start[nodes]
        ends = np.cumsum(counts)
        used = self.operands[np.arange(ends[-1]) + np.repeat(self.start[nodes] - ends + counts, counts)]
        local[nodes] = 0
        outside = np.unique(used[local[used] == -1])
        outside = outside[outside >= 0]
        outside = outside[np.lexsort((address[outside], truth[outside]))]
        local[outside] = np.arange(outside.size)
        local[nodes] = np.arange(outside.size, outside.size + nodes.size)
        asked = nodes[self.escapes[nodes]]
        asked = asked[np.argsort(truth[asked], kind="stable")]
        shape = (self.graph.operation[nodes], counts, local[used], local[asked])
        local[nodes] = local[outside] = -1
        key = b"".join(part.tobytes() for part in shape)  # alike stretches, as a long chain has them, are one function
        given = outside.size
        function = self.functions.get(key)
        if function is None:
            scope = dict(self.namespace)
            exec(compile(self._source(given, *(part.tolist() for part in shape)), "<a line of levels>", "exec"), scope)
            function = self.functions[key] = scope["line"]
        taken = [operand(address[some], kind) for kind, some in self._by_kind(outside)]
        stored = [self.memory.place(some) for _, some in self._by_kind(asked)]
        return Line(taken, stored, function, partial(self._slowly, given, *shape))

    def _by_kind(self, nodes: Ids) -> list[tuple[bool, Ids]]:
        truth = self.graph.truth[nodes]
        return [(kind, some) for kind, some in ((False, nodes[~truth]), (True, nodes[truth])) if some.size]

    def _name(self, x: int) -> str:
        return f"v{x}" if x >= 0 else _literal(self.graph.constants[-2 - x])

    def _source(self, given: int, operation: list[int], counts: list[int], used: list[int], asked: list[int]) -> str:
        """The text of a function: operations, how many operands each has, these, and which results it gives."""
        name = self._name
        lines = ["def line(given):"]
        if given:
            lines.append(f"    {', '.join(f'v{x}' for x in range(given))}, = given")
        at = 0
        for y, (code, count) in enumerate(zip(operation, counts, strict=True), start=given):
            operands = used[at : at + count]
            at += count
            if code != ADD:
                lines.append(f"    v{y} = {self.templates[code].format(*(name(x) for x in operands))}")
                continue
            pairs = zip(operands[::2], operands[1::2], strict=True)
            terms = [name(a) if b == -1 else f"{name(a)} * {name(b)}" for a, b in pairs]
            lines.append(f"    v{y} = {' + '.join(terms[:_TERMS])}")
            rest = [terms[i : i + _TERMS] for i in range(_TERMS, len(terms), _TERMS)]
            lines += [f"    v{y} = v{y} + {' + '.join(some)}" for some in rest]
        lines.append(f"    return [{', '.join(map(name, asked))}]")
        return "\n".join(lines)

    def _slowly(self, given: int, operation: Ids, counts: Ids, used: Ids, asked: Ids, numbers: list[Any]) -> list[Any]:
        """What the function computes, by the engine's way with single numbers, which has inf and nan where they go."""
        value = list(numbers)
        constants = self.graph.constants
        uses = used.tolist()
        at = 0
        for code, count in zip(operation.tolist(), counts.tolist(), strict=True):
            x: list[Any] = [
                value[i] if i >= 0 else None if i == -1 else constants[-2 - i] for i in uses[at : at + count]
            ]
            at += count
            if code != ADD:
                value.append(self.scalars[code](*x))
                continue
            terms: list[Any] = [a if b is None else a * b for a, b in zip(x[::2], x[1::2], strict=True)]
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            value.append(total)
        return [value[i] for i in asked.tolist()]


def _operands(graph: Graph, sums: Sums) -> tuple[Ids, Ids]:
    """What each node is computed from, those of node i at start[i] to start[i + 1]: of sums left and right in turn."""
    arity = np.array([len(truths) for _, truths in graph.operations])
    summing = sums.kept & (graph.operation == ADD)
    others = np.flatnonzero(sums.kept & ~summing)
    counts = np.diff(sums.start) * 2
    counts[others] = arity[graph.operation[others]]
    start = np.concatenate([[0], np.cumsum(counts)])
    operands = np.empty(start[-1], dtype=np.intp)
    in_sum = np.repeat(graph.operation == ADD, counts)
    operands[in_sum] = np.stack([sums.left, sums.right], axis=1).ravel()
    arguments = graph.arguments[others]
    operands[~in_sum] = arguments[np.arange(3) < counts[others][:, None]]
    return start, operands


def _evaluated(function: Callable[..., Any], *numbers: Any) -> Any:
    """A function of Python numbers as an eager run computes it."""
    y = evaluate(function, numbers, {})
    return bool(y) if isinstance(y, np.bool_) else float(y) if not isinstance(y, bool) else y


def _literal(x: Any) -> str:
    return repr(x) if type(x) is bool or (x >= 0 and math.copysign(1, x) > 0) else f"({x!r})"
