"""Graph: the steps of a program as arrays of whole numbers, each number of the program a node."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...rules.activations import leaky_relu, relu, sigmoid, softplus
from ...rules.indexing import scattered
from ...rules.shapes import identity
from ...tracing import Constant, Step
from ...tree import leaves
from ..program import Program, outputs_of

Ids = np.ndarray[Any, np.dtype[np.intp]]

FLOATS, TRUTHS = (float, np.float64), (bool, np.bool_)
#: functions besides ufuncs that act entry by entry
_ENTRYWISE = frozenset((np.where, *(rule.function for rule in (sigmoid, relu, leaky_relu, softplus))))
_SAME = frozenset((identity.function, np.positive, float))
#: functions that only move the entries of their first argument: what they do with numbers they do with nodes
_MOVES_OF = frozenset((operator.getitem, np.reshape, np.transpose, np.ravel, np.squeeze, np.expand_dims, np.swapaxes,
                       np.broadcast_to, np.moveaxis, np.matrix_transpose, np.flip, np.copy,
                       identity.function))  # fmt: skip
#: or put several together
_JOINS = frozenset((np.stack, np.concatenate, np.vstack, np.hstack))
ADD, MULTIPLY = 0, 1
_PLAIN: dict[Any, int] = {np.add: ADD, np.multiply: MULTIPLY}


class Uncovered(Exception):  # noqa: N818 (nobody is told of it)
    """A program that is not of single numbers."""


class Operation(NamedTuple):
    """A function of as many nodes as `truths` has entries; these say which of them are truth values."""

    function: Callable[..., Any]
    truths: tuple[bool, ...]


class Graph:
    """A program of single numbers: node i is an input, a constant, or operation[i] of the nodes arguments[i].

    operations  what there is to do; 0 is the sum of two floats, 1 their product
    operation   (n,) the operation of each node, -1 of inputs and constants
    arguments   (n, 3) nodes, each before the nodes that use it; -1 where there are fewer
    truth       (n,) whether a node is a truth value, and no float
    inputs      the nodes of each input of the program, shaped as it; the first nodes of all
    constants   by node, a float or bool
    outputs     for each output what it is (float, np.ndarray, …), and its nodes, shaped as it
    """

    def __init__(self, inputs: list[Ids]) -> None:
        self.inputs = inputs
        self.operations: list[Operation] = []
        self.constants: dict[int, Any] = {}
        self.outputs: list[tuple[type, Ids]] = []
        self._codes: dict[Any, int] = {}
        self._constant: dict[Any, int] = {}
        n = sum(ids.size for ids in inputs)
        self._operation, self._truth = [-1] * n, [False] * n
        self._arguments = [[-1] * n, [-1] * n, [-1] * n]
        for function in (np.add, np.multiply):
            self.code(function, (False, False))

    def code(self, function: Callable[..., Any], truths: tuple[bool, ...], options: tuple[Any, ...] = ()) -> int:
        """The number of an operation."""
        key = (function, truths, options)
        code = self._codes.get(key)
        if code is None:
            ufunc = isinstance(function, np.ufunc) and function.nout == 1 and function.signature is None
            if not (ufunc or function in _ENTRYWISE):
                raise Uncovered(function)
            code = self._codes[key] = len(self.operations)
            self.operations.append(Operation(partial(function, **dict(options)) if options else function, truths))
        return code

    def constant(self, x: Any) -> int:
        """The node of a plain number."""
        kind = type(x)
        if kind is int or isinstance(x, np.integer):
            if abs(int(x)) > 2**53:
                raise Uncovered("a whole number that is no float")
            x = float(x)
        elif kind in FLOATS:
            x = float(x)
        elif kind in TRUTHS:
            x = bool(x)
        else:
            raise Uncovered(kind)
        key = x if type(x) is bool else x.hex()
        node = self._constant.get((type(x), key))
        if node is None:
            node = self._constant[type(x), key] = self._node(-1, (), type(x) is bool)
            self.constants[node] = x
        return node

    def _node(self, code: int, arguments: tuple[int, ...], truth: bool) -> int:
        self._operation.append(code)
        self._truth.append(truth)
        for i, places in enumerate(self._arguments):
            places.append(arguments[i] if i < len(arguments) else -1)
        return len(self._truth) - 1

    def plain(self, code: int, left: int, right: int) -> int:
        """The node of the sum or product of two floats, by far the most frequent, in few steps."""
        first, second, third = self._arguments
        first.append(left)
        second.append(right)
        third.append(-1)
        self._operation.append(code)
        self._truth.append(False)
        return len(self._truth) - 1

    def apply(self, function: Callable[..., Any], ids: tuple[int, ...], truth: bool, options: Any = ()) -> int:
        """The node of a function of nodes. Powers with the exponents 1, 2 and -1 become what they are."""
        if function is operator.pow or function is np.power or function is np.float_power:
            function = np.power
            exponent = self.constants.get(ids[1])
            if exponent == 1.0 and not self._truth[ids[0]]:
                return ids[0]
            if exponent in (2.0, -1.0) and type(exponent) is float:
                function, ids = np.square if exponent == 2.0 else np.reciprocal, ids[:1]
        elif function in _SAME and not self._truth[ids[0]]:
            return ids[0]
        if len(ids) > 3:
            raise Uncovered("a function of more than three numbers")
        kinds = self._truth
        code = self.code(function, tuple([kinds[i] for i in ids]), options)
        return self._node(code, ids, truth)

    def finish(self) -> Graph:
        """The lists as arrays."""
        self.operation = np.array(self._operation, dtype=np.intp)
        self.arguments = np.array(self._arguments, dtype=np.intp).T
        self.truth = np.array(self._truth, dtype=bool)
        del self._operation, self._arguments, self._truth
        return self

    def __len__(self) -> int:
        return len(self.operation)


def graph_of(program: Program) -> Graph:
    """The graph of a program. Uncovered where it has steps of other kinds."""
    inputs: list[Ids] = []
    nodes: dict[Step, Any] = {}
    start = 0
    for argument in program.inputs:
        if argument.kind not in (float, np.float64) and (argument.kind, argument.dtype) != (np.ndarray, np.float64):
            raise Uncovered(argument)
        ids = np.arange(start, start + argument.size).reshape(argument.shape)
        start += argument.size
        inputs.append(ids)
        nodes[argument] = ids if argument.shape else int(ids)
    graph = Graph(inputs)

    def node(x: Any) -> Any:
        found = nodes.get(x) if isinstance(x, Step) else graph.constant(x)
        if found is None:
            if not isinstance(x, Constant) or x.dtype != np.float64:
                raise Uncovered(x)
            found = np.array([graph.constant(float(entry)) for entry in x.value.flat], dtype=np.intp).reshape(x.shape)
            found = nodes[x] = found if x.shape else int(found)
        return found

    plain, truth = graph.plain, graph._truth
    for step in program.steps:
        kind, function, arguments = step.kind, step.function, step.arguments
        assert function is not None
        if (kind in FLOATS or kind in TRUTHS or step.shape == ()) and function is not operator.getitem:
            code = _PLAIN.get(function)
            if code is not None and not step.options:
                left, right = nodes.get(arguments[0]), nodes.get(arguments[1])
                if type(left) is int and type(right) is int and not (truth[left] or truth[right]):
                    nodes[step] = plain(code, left, right)
                    continue
            given: list[int] = []
            for x in arguments:
                known = nodes.get(x) if isinstance(x, Step) else graph.constant(x)
                if type(known) is not int:
                    known = node(x)
                    if type(known) is not int:
                        raise Uncovered(step)
                given.append(known)
            options = tuple(sorted(step.options.items())) if step.options else ()
            if options and (isinstance(function, np.ufunc) or any(isinstance(x, Step) for _, x in options)):
                raise Uncovered(step)
            if kind not in FLOATS and step.dtype not in (np.float64, np.bool_):
                raise Uncovered(step)
            nodes[step] = graph.apply(function, tuple(given), step.dtype == np.bool_, options)
        else:
            nodes[step] = _moved(graph, step, node)
    for step in [*outputs_of(program.outputs), *(guard.step for guard in program.guards)]:
        if step.kind not in (*FLOATS, *TRUTHS, np.ndarray):
            raise Uncovered(step)
        graph.outputs.append((step.kind, np.asarray(node(step))))
    return graph.finish()


def _moved(graph: Graph, step: Step, node: Callable[[Any], Any]) -> Any:
    """The nodes of what moves the entries of arrays, or adds some of them up."""
    function, arguments = step.function, step.arguments
    if step.dtype != np.float64 or not (function in _MOVES_OF or function in _JOINS or function is scattered.function):
        raise Uncovered(step)

    def lifted(x: Any) -> Any:
        return node(x) if isinstance(x, Step) else x

    if function is scattered.function:
        shape, indices, *parts = arguments
        total = np.full(shape, graph.constant(0.0))
        places = np.arange(total.size).reshape(shape)
        for index, part in zip(indices, parts, strict=True):
            if any(isinstance(i, Step) for _, i in leaves(index)):
                raise Uncovered(step)
            at = places[index]
            for place, new in zip(np.ravel(at).tolist(), np.broadcast_to(node(part), at.shape).flat, strict=True):
                total.flat[place] = graph.apply(np.add, (int(total.flat[place]), int(new)), False)
        return total
    if any(isinstance(x, str) for _, x in leaves((arguments[1:], step.options))):
        raise Uncovered(step)  # an order: nodes do not lie in memory as numbers do
    if function in _MOVES_OF:
        given: Any = (lifted(arguments[0]), *arguments[1:])
        if any(isinstance(x, Step) for _, x in leaves(given)):
            raise Uncovered(step)
    else:
        given = ([node(x) for x in arguments[0]], *arguments[1:])
    moved = function(*given, **step.options)
    return moved if step.shape else int(moved)
