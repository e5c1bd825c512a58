"""Transforms of functions written in NumPy: given arrays they give arrays, inside another transform Values.

The function is run once on fresh nodes. What it recorded is told from what was recorded before by its index; a
derivative that depends on Values from outside is itself recorded, and is a Value: so transforms nest, and no
perturbation is taken for another. Arguments and results may be nested containers (see `tree`).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .leaf import admit
from .memory import owned
from .node import Node, index, new_leaf
from .recording import enable_grad, is_recording, record
from .rules.shapes import identity
from .sweep import pull, push, recorded
from .tree import leaves, map_leaves, same_structure
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
        self.inputs: list[Value] = []
        lifted = list(arguments)
        with enable_grad():
            for i in argnums:
                lifted[i] = map_leaves(self._fresh, arguments[i], names[i])
            self.output = f(*lifted, **options)
        self.roots = [y for _, y in leaves(self.output) if isinstance(y, Node) and y.index >= self.since]

    def _fresh(self, path: str, x: Any) -> Value:
        if isinstance(x, Value) and is_recording():
            value: Value = record(identity, (x,), {})
            value.name = path
        else:
            data = x._primal if isinstance(x, Value) else x
            value = new_leaf(Value, admit(data, path or "the argument"), path or None)
        self.inputs.append(value)
        return value

    def nodes(self) -> list[Any]:
        """What lies between inputs and outputs, in the order of recording."""
        return recorded(self.roots, self.since)

    @functools.cached_property
    def outside(self) -> bool:
        """Whether the outputs depend on Values from outside."""
        return any(p.index < self.since for node in self.nodes() for p in node.parents)

    @functools.cached_property
    def symbolic(self) -> bool:
        """Whether derivatives are to be recorded in their turn."""
        return self.outside and is_recording()

    def value(self, y: Any) -> Any:
        """An output as it is handed out: a Value where derivatives are recorded, or where it came from outside."""
        from_outside = isinstance(y, Node) and y.index < self.since and is_recording()
        return y if self.symbolic or from_outside else _numbers(y)

    def pull(self, cotangents: dict[Any, Any], release: bool) -> list[Any]:
        """The cotangents of the inputs; zeros where the output does not depend on one."""
        wanted = set(self.inputs) if self.outside else None
        found = pull(self.nodes(), cotangents, symbolic=self.symbolic, release=release, wanted=wanted)
        return [_finished(found.pop(x)) if x in found else _zeros(x) for x in self.inputs]

    def push(self, tangents: list[Any]) -> Callable[[Any], Any]:
        """The tangent of each output, from tangents of the inputs."""
        found = push(self.nodes(), dict(zip(self.inputs, tangents, strict=True)), symbolic=self.symbolic)
        return lambda y: _finished(found[y]) if isinstance(y, Node) and y in found else _zeros(y)


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives (f(*args), ∇f(*args)), the gradient nested as `grad` has it."""
    positions, names = _positions(argnums), _names(f)

    @functools.wraps(f)
    def value_and_gradient(*arguments: Any, **options: Any) -> Any:
        run = Run(f, arguments, options, _checked(positions, arguments, f), _padded(names, arguments))
        y = _scalar(run.output, f)
        cotangents = {y: 1.0 if type(y._primal) is float else np.ones_like(y._primal)} if run.roots else {}
        value = run.value(y)
        release = not run.symbolic
        del y
        run.output = None
        found = iter(run.pull(cotangents, release))
        gradients = [map_leaves(lambda path, leaf: next(found), arguments[i]) for i in positions]
        return value, gradients[0] if isinstance(argnums, (int, np.integer)) else tuple(gradients)

    return value_and_gradient


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives ∇f: the gradient of the scalar f in the arguments at `argnums`.

    A gradient is nested and shaped as its argument; `argnums` a tuple gives a tuple of them. What is outside `argnums`,
    and keyword arguments, are passed through. TypeError where f gives no single number, or a leaf is not of floats
    (named by its path).
    """
    both = value_and_grad(f, argnums)

    @functools.wraps(f)
    def gradient(*arguments: Any, **options: Any) -> Any:
        return both(*arguments, **options)[1]

    return gradient


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """f(*primals), and the function that pulls a cotangent of it back to a tuple of cotangents of the primals."""
    run = Run(f, primals, {}, range(len(primals)), _padded(_names(f), primals))
    output = run.output

    def pullback(cotangent: Any) -> Any:
        cotangents: dict[Node, Any] = {}
        for path, y, d in same_structure(output, cotangent, "", "the cotangent"):
            if isinstance(y, Node) and y.index >= run.since:
                d = _like(y, d, f"the cotangent{path}")
                cotangents[y] = d if y not in cotangents else cotangents[y] + d
        found = iter(run.pull(cotangents, release=False))
        return tuple(map_leaves(lambda path, leaf: next(found), primal) for primal in primals)

    return map_leaves(lambda path, y: run.value(y), output), pullback


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f(*primals), and the tangent of it that the tangents of the primals (nested as these) give."""
    primals, tangents = _arguments("primals", primals), _arguments("tangents", tangents)
    run = Run(f, primals, {}, range(len(primals)), _padded(_names(f), primals))
    pairs = same_structure(primals, tangents, "", "tangents")
    directions = [_like(x, t, f"tangents{path}") for x, (path, _, t) in zip(run.inputs, pairs, strict=True)]
    tangent = run.push(directions)
    return (
        map_leaves(lambda path, y: run.value(y), run.output),
        map_leaves(lambda path, y: tangent(y), run.output),
    )


def hvp(f: Function, primals: Sequence[Any], vectors: Sequence[Any]) -> tuple[Any, ...]:
    """The Hessian of the scalar f times vectors, nested as `primals`: the tangent of the gradient."""
    primals = _arguments("primals", primals)
    return tuple(jvp(grad(f, tuple(range(len(primals)))), primals, vectors)[1])


def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives ∂f/∂x, of shape (*f.shape, *x.shape): nested as the output of f, then as the argument.

    By whichever pass needs fewer sweeps: one for each entry of the output backwards, or of the arguments forwards.
    """
    positions, names = _positions(argnums), _names(f)

    @functools.wraps(f)
    def jacobian_of_f(*arguments: Any, **options: Any) -> Any:
        run = Run(f, arguments, options, _checked(positions, arguments, f), _padded(names, arguments))
        outputs = [y for _, y in leaves(run.output)]
        backwards = sum(map(np.size, outputs)) <= sum(x.size for x in run.inputs)
        columns = _by_rows(run, outputs) if backwards else _by_columns(run, outputs)
        blocks = iter(columns)

        def of_output(path: str, y: Any) -> Any:
            row = iter(next(blocks))
            nested = [map_leaves(lambda path, leaf: next(row), arguments[i]) for i in positions]
            return nested[0] if isinstance(argnums, (int, np.integer)) else tuple(nested)

        return map_leaves(of_output, run.output)

    return jacobian_of_f


def hessian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives ∂²f/∂x∂x of the scalar f, nested as the argument twice over."""
    return jacobian(grad(f, argnums), argnums)


def _by_rows(run: Run, outputs: list[Any]) -> list[list[Any]]:
    """For each output a list over the inputs of ∂output/∂input: one reverse pass for each entry of the output."""
    blocks = []
    for y in outputs:
        rows: list[list[Any]] = [[] for _ in run.inputs]
        for basis in _basis(y):
            cotangents = {y: basis} if isinstance(y, Node) and y.index >= run.since else {}
            for row, g in zip(rows, run.pull(cotangents, release=False), strict=True):
                row.append(g)
        blocks.append([_stacked(row, np.shape(y), x) for row, x in zip(rows, run.inputs, strict=True)])
    return blocks


def _by_columns(run: Run, outputs: list[Any]) -> list[list[Any]]:
    """The same, by one forward pass for each entry of the inputs."""
    blocks: list[list[Any]] = [[] for _ in outputs]
    for i, x in enumerate(run.inputs):
        columns: list[list[Any]] = [[] for _ in outputs]
        for basis in _basis(x):
            tangent = run.push([basis if j == i else _zeros(other) for j, other in enumerate(run.inputs)])
            for column, y in zip(columns, outputs, strict=True):
                column.append(tangent(y))
        for block, column, y in zip(blocks, columns, outputs, strict=True):
            stacked = _stacked(column, x.shape, y)
            axes = (*range(x.ndim, x.ndim + np.ndim(y)), *range(x.ndim))
            block.append(np.transpose(stacked, axes) if x.ndim and np.ndim(y) else stacked)
    return blocks


def _basis(x: Any) -> list[Any]:
    """The unit vectors shaped as x."""
    if np.shape(x) == ():
        return [_like(x, np.ones((), x.dtype), "basis")] if isinstance(x, Node) else [1.0]
    units = np.eye(np.size(x), dtype=x.dtype).reshape(np.size(x), *np.shape(x))
    return list(units)


def _stacked(parts: list[Any], shape: tuple[int, ...], of: Any) -> Any:
    """Derivatives of single entries as one array, the entries' own axes first."""
    if shape == ():
        return _finished(parts[0])
    if not parts:
        return np.zeros((*shape, *np.shape(of)), getattr(of, "dtype", None))
    return np.reshape(np.stack(parts), (*shape, *np.shape(of)))


def _scalar(y: Any, f: Function) -> Any:
    """The output of f, which must be a single number. TypeError otherwise."""
    name = getattr(f, "__name__", "f")
    if not isinstance(y, (Node, int, float, np.ndarray, np.generic)):
        raise TypeError(f"{name} returned {type(y).__name__}, and a gradient is of a single number: return that")
    shape = y.shape if isinstance(y, Node) else np.shape(y)
    if shape != ():
        raise TypeError(f"{name} returned an array of shape {shape}, and a gradient is of a single number: "
                        f"reduce it (np.sum), or use jacobian or vjp")  # fmt: skip
    return y


def _like(x: Any, d: Any, what: str) -> Any:
    """d as a tangent or cotangent of x. ValueError for another shape."""
    if isinstance(d, Node) and not is_recording():
        d = d._primal
    d = d if isinstance(d, Node) else admit(d, what)
    if np.shape(d) != np.shape(x):
        raise ValueError(f"{what} has shape {np.shape(d)}, where {np.shape(x)} is expected")
    if isinstance(d, Node) or not isinstance(x, Node):
        return d
    return float(d) if type(x._primal) is float else np.asarray(d).astype(x.dtype, copy=False)


def _zeros(x: Any) -> Any:
    data = x._primal if isinstance(x, Node) else x
    return 0.0 if isinstance(data, (int, float)) and not isinstance(data, np.generic) else np.zeros_like(data)


def _finished(g: Any) -> Any:
    """A derivative as it is handed out: in memory of its own."""
    return owned(g) if type(g) is np.ndarray else g


def _numbers(y: Any) -> Any:
    """The numbers of an output, which may be changed without harm to the recording."""
    y = y._primal if isinstance(y, Node) else y
    return y.copy(order="K") if type(y) is np.ndarray else y


def _positions(argnums: int | Sequence[int]) -> tuple[int, ...]:
    if isinstance(argnums, (int, np.integer)):
        return (int(argnums),)
    return tuple(argnums)


def _checked(positions: tuple[int, ...], arguments: tuple[Any, ...], f: Function) -> tuple[int, ...]:
    """The positions counted from 0. TypeError where there is no such argument."""
    n = len(arguments)
    for i in positions:
        if not -n <= i < n:
            raise TypeError(f"argnums={i}, but {getattr(f, '__name__', 'f')} was called with {n} positional arguments")
    positions = tuple(i % n for i in positions)
    if len(set(positions)) < len(positions):
        raise TypeError(f"argnums={positions} names an argument twice")
    return positions


def _arguments(what: str, x: Any) -> tuple[Any, ...]:
    if not isinstance(x, (tuple, list)):
        raise TypeError(f"{what} is a tuple with one entry for each argument: pass ({what[:-1]},)")
    return tuple(x)


def _names(f: Function) -> list[str]:
    """What f calls its positional arguments."""
    code = getattr(f, "__code__", None)
    if code is not None and not hasattr(f, "__wrapped__") and not inspect.ismethod(f):
        return list(code.co_varnames[: code.co_argcount])
    try:
        return [p.name for p in inspect.signature(f).parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD]
    except (TypeError, ValueError):
        return []


def _padded(names: list[str], arguments: Sequence[Any]) -> list[str]:
    return [*names, *(f"argument{i}" for i in range(len(names), len(arguments)))]
