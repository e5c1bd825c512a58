"""One run of a function on fresh nodes, and what the transforms do with its arguments and results.

What the function recorded is told from what was recorded before by its index; a derivative that depends on Values from
outside is itself recorded, and is a Value: so transforms nest, and no perturbation is taken for another.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from .context import enable_grad, is_recording
from .dispatch import one
from .leaf import admit
from .memory import owned
from .node import Node, index, new_leaf
from .rules.shapes import identity
from .sweep import pull, push, reaches, recorded
from .tracing import Tracer, named_cotangent, number
from .tree import leaves, map_leaves
from .value import Value

Function = Callable[..., Any]


class Run:
    """One run of f(*arguments, **options), recorded from fresh nodes for the leaves of the arguments in `argnums`."""

    def __init__(
        self,
        f: Function,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
        argnums: Sequence[int],
        names: Sequence[str],
    ) -> None:
        self.since = next(index)
        self._outside: bool | None = None
        self._symbolic = False
        self.inputs: list[Value] = []
        lifted = list(arguments)
        with enable_grad():
            for i in argnums:
                lifted[i] = map_leaves(self._fresh, arguments[i], names[i])
            self.output = f(*lifted, **options)
        self.roots = [y for _, y in leaves(self.output) if isinstance(y, Node) and y.index >= self.since]

    def _fresh(self, path: str, x: Any) -> Value:
        if isinstance(x, Value) and is_recording():
            value: Value = one(identity, x)
            value.name = path
        else:
            data = x._primal if isinstance(x, Value) else x
            value = new_leaf(Value, admit(data, path or "the argument"), path or None)
        self.inputs.append(value)
        return value

    def nodes(self) -> list[Any]:
        """What lies between inputs and outputs, in the order of recording."""
        nodes = recorded(self.roots, self.since)
        if self._outside is None:
            self._outside = reaches(nodes, self.since)
            self._symbolic = self._outside and is_recording()
        return nodes

    @property
    def outside(self) -> bool:
        """Whether the outputs depend on Values from outside."""
        if self._outside is None:
            self.nodes()
        return self._outside is True

    @property
    def symbolic(self) -> bool:
        """Whether derivatives are to be recorded in their turn: said once, where this is first asked."""
        return self.outside and self._symbolic

    def value(self, y: Any) -> Any:
        """An output as it is handed out: a Value where derivatives are recorded, or where it came from outside."""
        from_outside = isinstance(y, Node) and y.index < self.since and is_recording()
        return y if self.symbolic or from_outside else numbers(y)

    def pull(self, cotangents: dict[Any, Any], release: bool) -> list[Any]:
        """The cotangents of the inputs; zeros where the output does not depend on one.

        release  let go of the recording, if nothing else is to come of it
        """
        nodes = self.nodes()
        wanted = set(self.inputs) if self.outside else None
        release = release and not self.symbolic
        found = pull(nodes, cotangents, symbolic=self.symbolic, release=release, wanted=wanted)
        return [finished(found.pop(x), x) if x in found else zeros(x) for x in self.inputs]

    def push(self, tangents: list[Any]) -> Callable[[Any], Any]:
        """The tangent of each output, from tangents of the inputs."""
        nodes = self.nodes()
        found = push(nodes, dict(zip(self.inputs, tangents, strict=True)), symbolic=self.symbolic)
        return lambda y: finished(found[y]) if isinstance(y, Node) and y in found else zeros(y)


def like(x: Any, d: Any, what: str) -> Any:
    """d as a tangent or cotangent of x. ValueError for another shape."""
    if isinstance(d, Node) and not is_recording():
        d = d._primal
    d = d if isinstance(d, Node) else admit(d, what)
    given, expected = shape_of(d), shape_of(x)
    if given != expected:
        raise ValueError(f"{what} has shape {given}, where {expected} is expected")
    if isinstance(d, Node) or not isinstance(x, Node):
        return d
    if type(d) is Tracer:
        return d if d.dtype == x.dtype else d.astype(x.dtype)
    return float(d) if type(x._primal) is float else np.asarray(d).astype(x.dtype, copy=False)


def shape_of(x: Any) -> tuple[int, ...]:
    """`np.shape`, which a Value answers late."""
    shape: tuple[int, ...] = x.shape if hasattr(x, "shape") else np.shape(x)
    return shape


def zeros(x: Any) -> Any:
    """No derivative: zeros shaped as x."""
    data = number(x._primal if isinstance(x, Node) else x)
    return 0.0 if isinstance(data, (int, float)) and not isinstance(data, np.generic) else np.zeros_like(data)


def unit(y: Any) -> Any:
    """The cotangent that a gradient starts from: 1, as y is a number."""
    data = number(y._primal)
    if type(data) is float:
        return 1.0
    return np.ones_like(data) if type(data) is np.ndarray else data.dtype.type(1)


def finished(g: Any, x: Any = None) -> Any:
    """A derivative (in x, if given) as it is handed out: in memory of its own."""
    if type(g) is np.ndarray:
        return owned(g)
    return named_cotangent(g, x._primal, x.name) if x is not None and type(x._primal) is Tracer else g


def numbers(y: Any) -> Any:
    """The numbers of an output, which may be changed without harm to the recording."""
    y = y._primal if isinstance(y, Node) else y
    return y.copy(order="K") if type(y) is np.ndarray else y


def positions_of(argnums: int | Sequence[int]) -> tuple[int, ...]:
    """`argnums` as a tuple."""
    if isinstance(argnums, (int, np.integer)):
        return (int(argnums),)
    try:
        return tuple([operator.index(i) for i in argnums])
    except TypeError:
        raise TypeError(f"argnums={argnums!r} is no position: pass the number of an argument, or a tuple") from None


def checked(positions: tuple[int, ...], arguments: tuple[Any, ...], f: Function) -> tuple[int, ...]:
    """The positions counted from 0. TypeError where there is no such argument."""
    n = len(arguments)
    for i in positions:
        if not -n <= i < n:
            raise TypeError(f"argnums={i}, but {getattr(f, '__name__', 'f')} was called with {n} positional arguments")
    positions = tuple(i % n for i in positions)
    if len(set(positions)) < len(positions):
        raise TypeError(f"argnums={positions} names an argument twice")
    return positions


def as_tuple(what: str, x: Any) -> tuple[Any, ...]:
    """Primals or tangents as a tuple. TypeError for what is no sequence of them."""
    if not isinstance(x, (tuple, list)):
        raise TypeError(f"{what} is a tuple with one entry for each argument: pass ({what[:-1]},)")
    return tuple(x)


def names_of(f: Function) -> list[str]:
    """What f calls its positional arguments."""
    inner = f
    while type(inner) is FunctionType and "__signature__" not in (attributes := vars(inner)):
        if "__wrapped__" not in attributes:  # `inspect.signature` takes a hundred times as long
            return list(inner.__code__.co_varnames[: inner.__code__.co_argcount])
        inner = attributes["__wrapped__"]
    try:
        return [p.name for p in inspect.signature(f).parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD]
    except (TypeError, ValueError):
        return []


def padded(names: list[str], arguments: Sequence[Any]) -> list[str]:
    """A name for each argument, where f names fewer."""
    return [*names, *(f"argument{i}" for i in range(len(names), len(arguments)))]
