"""Machine: a program laid out in memory, ready to run again and again."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np

from .graph import FLOATS, Graph, Ids
from .strides import Gather, Operand, View

Thunk = Callable[[], Any]


class Part(Protocol):
    """A part of a program that can be laid out: appends what is to be called to `machine.code`."""

    def lay_out(self, machine: Machine) -> None: ...


class Memory:
    """Where each node is kept: `address[i]`, among the floats or among the truth values."""

    def __init__(self, graph: Graph) -> None:
        self.truth = graph.truth
        self.address = np.full(len(graph), -1)
        self.size = [0, 0]
        for truth in (False, True):
            self.place(np.flatnonzero((graph.operation < 0) & (graph.truth == truth)))

    def place(self, nodes: Ids) -> View:
        """Keep some nodes of the same sort side by side, in this order."""
        truth = bool(self.truth[nodes[0]]) if nodes.size else False
        start = self.size[truth]
        self.address[nodes] = np.arange(start, start + nodes.size)
        self.size[truth] += nodes.size
        return View(truth, start, (nodes.size,), (1,))


class Machine:
    """One copy of a program's memory, and what is to be called on it. Used by one thread at a time."""

    def __init__(self, graph: Graph, memory: Memory, parts: Sequence[Part]) -> None:
        self.floats = np.zeros(max(memory.size[False], 1))
        self.truths = np.zeros(max(memory.size[True], 1), dtype=bool)
        self.code: list[Thunk] = []
        for node, x in graph.constants.items():
            (self.truths if type(x) is bool else self.floats)[memory.address[node]] = x
        for part in parts:
            part.lay_out(self)

    def array(self, view: View) -> np.ndarray[Any, Any]:
        """The very numbers of a view. ValueError where it would reach beyond the memory."""
        buffer = self.truths if view.truth else self.floats
        strides = tuple([buffer.itemsize * stride for stride in view.strides])
        found: np.ndarray[Any, Any] = np.ndarray(
            view.shape, buffer.dtype, buffer, view.start * buffer.itemsize, strides
        )
        return found

    def read(self, operand: Operand) -> np.ndarray[Any, Any]:
        """The numbers of an operand, as they will be when what is appended to the code hereafter is called."""
        if isinstance(operand, View):
            return self.array(operand)
        buffer = self.truths if operand.truth else self.floats
        gathered = np.empty(operand.addresses.shape, buffer.dtype)
        self.code.append(partial(buffer.take, operand.addresses, None, gathered, "clip"))
        return gathered

    def taken(self, operand: Operand) -> Callable[[], list[Any]]:
        """What gives the numbers of an operand of one axis as Python's."""
        if isinstance(operand, View):
            tolist: Callable[[], list[Any]] = self.array(operand).tolist
            return tolist
        return partial(_taken, self.truths if operand.truth else self.floats, operand.addresses)

    @classmethod
    def pool(cls, graph: Graph, memory: Memory, parts: Sequence[Part]) -> Callable[[Sequence[Any]], list[Any]]:
        """A function that runs the program on whichever machine is free, or on a new one."""
        free: list[Machine] = []
        load, unload = _loader(graph), _unloader(graph, memory)

        def run(inputs: Sequence[Any]) -> list[Any]:
            try:
                machine = free.pop()
            except IndexError:
                machine = cls(graph, memory, parts)
            load(inputs, machine)
            with np.errstate(all="ignore"):
                for thunk in machine.code:
                    thunk()
            outputs = unload(machine)
            free.append(machine)
            return outputs

        return run


def _taken(buffer: Any, index: Ids) -> list[Any]:
    found: list[Any] = buffer.take(index).tolist()
    return found


def _loader(graph: Graph) -> Callable[[Sequence[Any], Machine], None]:
    """What puts the inputs, which have the first places, into a machine."""
    slices = [(slice(ids.flat[0], ids.flat[-1] + 1) if ids.size else slice(0, 0)) for ids in graph.inputs]
    size = sum(ids.size for ids in graph.inputs)
    if all(ids.ndim == 0 for ids in graph.inputs):

        def load(inputs: Sequence[Any], machine: Machine) -> None:
            if len(inputs) != size:
                raise ValueError(f"{len(inputs)} numbers, where the program has {size} inputs")
            machine.floats[:size] = array("d", inputs)

        return load

    def load_arrays(inputs: Sequence[Any], machine: Machine) -> None:
        for part, x in zip(slices, inputs, strict=True):
            machine.floats[part] = x.ravel() if isinstance(x, np.ndarray) else x

    return load_arrays


def _unloader(graph: Graph, memory: Memory) -> Callable[[Machine], list[Any]]:
    """What takes the outputs out of a machine: Python's numbers, NumPy's, or arrays."""
    single = [i for i, (kind, ids) in enumerate(graph.outputs) if ids.ndim == 0 and kind in FLOATS]
    index = np.array([memory.address[graph.outputs[i][1]] for i in single], dtype=np.intp)
    others: list[tuple[int, Any]] = []
    for i, (kind, ids) in enumerate(graph.outputs):
        if kind is not float:
            others.append((i, _taker(kind, Gather(bool(graph.truth[ids].any()), memory.address[ids]))))
    n = len(graph.outputs)

    def unload(machine: Machine) -> list[Any]:
        numbers: list[Any] = machine.floats.take(index).tolist()
        if len(single) < n:
            outputs: list[Any] = [None] * n
            for i, x in zip(single, numbers, strict=True):
                outputs[i] = x
        else:
            outputs = numbers
        for i, take in others:
            outputs[i] = take(machine)
        return outputs

    return unload


def _taker(kind: Any, gather: Gather) -> Callable[[Machine], Any]:
    def take(machine: Machine) -> Any:
        found = (machine.truths if gather.truth else machine.floats).take(gather.addresses)
        return np.asarray(found) if kind is np.ndarray else kind(found)

    return take
