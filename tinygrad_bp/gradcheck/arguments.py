"""The arguments of f as blocks of numbers that can be moved: what is checked, where it stands, and how it is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..tree import children, leaves, rebuild, same_structure

Array = npt.NDArray[Any]
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


@dataclass(frozen=True)
class Block:
    """One parameter block: an array, or the numbers of one argument that stand singly in its containers.

    path    where it stands, as Python writes it: ``params["W2"]``
    leaves  the positions of its leaves among all leaves
    entries for each leaf its path and shape
    x       its numbers, flat, in the argument's own dtype
    """

    path: str
    leaves: tuple[int, ...]
    entries: tuple[tuple[str, tuple[int, ...]], ...]
    x: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the one array; (n,) for numbers that stand singly."""
        return self.entries[0][1] if len(self.entries) == 1 else (len(self.entries),)

    def where(self, i: int) -> str:
        """The path of entry i: ``params["W2"][3, 1]``."""
        if len(self.entries) > 1:
            return self.entries[i][0]
        path, shape = self.entries[0]
        return f"{path}[{', '.join(str(int(k)) for k in np.unravel_index(i, shape))}]" if shape else path


class Arguments:
    """The positional arguments of f, those in `argnums` taken apart into blocks.

    TypeError for an argument that holds anything but floats, ValueError for an empty one, both by path.
    """

    def __init__(self, f: Callable[..., Any], values: Sequence[Any], argnums: int | Sequence[int] | None) -> None:
        n = len(values)
        if n == 0:
            raise TypeError("gradcheck needs the arguments to check f at: gradcheck(f, x)")
        self.single = n == 1 if argnums is None else isinstance(argnums, (int, np.integer))
        wanted = range(n) if argnums is None else [argnums] if isinstance(argnums, (int, np.integer)) else argnums
        for i in wanted:
            if not isinstance(i, (int, np.integer)) or not -n <= i < n:
                raise TypeError(f"argnums={argnums!r}, but f was given {n} positional argument{'s' * (n != 1)}")
        self.argnums = tuple(int(i) % n for i in wanted)
        if not self.argnums or len(set(self.argnums)) < len(self.argnums):
            raise ValueError(f"argnums={argnums!r}: name each argument to check once")
        self.values = tuple(values)
        self._f = f
        self.names = _names(f, n)
        self.leaves: list[tuple[str, Any]] = [
            leaf for i in self.argnums for leaf in leaves(self.values[i], self.names[i])
        ]
        self._native = [_native(path, leaf) for path, leaf in self.leaves]
        self._nests = [_nest(self.values[i]) for i in self.argnums]
        self.blocks = self._blocks()
        if not self.blocks:
            raise ValueError("there is nothing to check: the arguments hold no array")

    def _blocks(self) -> list[Block]:
        blocks: list[Block] = []
        position = 0
        for i in self.argnums:
            count = sum(1 for _ in leaves(self.values[i]))
            own = range(position, position + count)
            position += count
            singles = [k for k in own if np.ndim(self.leaves[k][1]) == 0]
            by_dtype = {d: tuple(k for k in singles if self._native[k].dtype == d) for d in FLOATS}
            for k in own:
                path, leaf = self.leaves[k]
                if np.ndim(leaf) > 0:
                    blocks.append(Block(path, (k,), ((path, np.shape(leaf)),), self._native[k].ravel()))
                    continue
                together = by_dtype[self._native[k].dtype]
                if together[0] == k:
                    entries = tuple((self.leaves[j][0], ()) for j in together)
                    x = np.array([self._native[j][()] for j in together])
                    blocks.append(Block(path if len(together) == 1 else self.names[i], together, entries, x))
        return blocks

    def at(self, moved: dict[int, Array]) -> tuple[Any, ...]:
        """The arguments with the numbers of some blocks replaced, in fresh memory; dtype changes with the numbers."""
        numbers: dict[int, Array] = {}
        for b, flat in moved.items():
            block = self.blocks[b]
            if len(block.leaves) == 1:
                numbers[block.leaves[0]] = flat.reshape(block.entries[0][1])
            else:
                numbers.update({k: flat[j].reshape(()) for j, k in enumerate(block.leaves)})
        native = self._native
        fresh = iter([_like(leaf, numbers.get(k, native[k])) for k, (_, leaf) in enumerate(self.leaves)])
        return self._nested(fresh)

    def moved(self, point: dict[int, Array]) -> Arguments:
        """The same arguments at another point."""
        return Arguments(self._f, self.at(point), self.argnums[0] if self.single else self.argnums)

    def stacked(self, b: int, rows: Array) -> tuple[Any, ...]:
        """The arguments with block b as a stack of points along a leading axis, all else as it is."""
        block = self.blocks[b]
        parts = [leaf for _, leaf in self.leaves]
        if len(block.leaves) > 1:
            for j, k in enumerate(block.leaves):
                parts[k] = rows[:, j].copy()
        else:
            parts[block.leaves[0]] = rows.reshape(len(rows), *block.entries[0][1])
        return self._nested(iter(parts))

    def _nested(self, parts: Iterator[Any]) -> tuple[Any, ...]:
        """The arguments, with the next of `parts` in place of each leaf."""
        arguments = list(self.values)
        for i, nest in zip(self.argnums, self._nests, strict=True):
            arguments[i] = nest(parts)
        return tuple(arguments)

    def flatten(self, result: Any, what: str) -> list[Array]:
        """What a gradient returned, as one flat float64 array for each block.

        TypeError for what is no array of floats, ValueError for another nesting or shape; both by path.
        """
        if self.single or len(self.argnums) == 1:
            only = self.values[self.argnums[0]]
            if type(result) is tuple and len(result) == 1 and not (type(only) is tuple and len(only) == 1):
                result = result[0]
            parts: Sequence[Any] = (result,)
        else:
            if not isinstance(result, (tuple, list)):
                raise TypeError(f"{what} returned {type(result).__name__} for {len(self.argnums)} arguments: "
                                f"return a tuple with one part for each")  # fmt: skip
            if len(result) == len(self.values) > len(self.argnums):
                result = [result[i] for i in self.argnums]
            if len(result) != len(self.argnums):
                raise ValueError(f"{what} returned {len(result)} parts for {len(self.argnums)} arguments")
            parts = result
        flat: list[Array] = []
        for i, part in zip(self.argnums, parts, strict=True):
            if part is None:
                raise TypeError(f"{what} returned None for {self.names[i]}: return an array of its shape")
            for path, leaf, g in same_structure(self.values[i], part, self.names[i], f"{what} of "):
                flat.append(_gradient(path, leaf, g, what))
        return [np.concatenate([flat[k] for k in block.leaves]) for block in self.blocks]


def _nest(tree: Any) -> Callable[[Iterator[Any]], Any]:
    """A function that builds a container like `tree` from its leaves."""
    parts = children(tree)
    if parts is None:
        return next
    nests = [_nest(part) for _, part in parts]
    return lambda given: rebuild(tree, [nest(given) for nest in nests])


def _like(leaf: Any, numbers: Array) -> Any:
    """The numbers in fresh memory, as a Python number or NumPy scalar where the leaf is one."""
    new = np.array(numbers, order="K")
    if new.ndim > 0 or isinstance(leaf, np.ndarray):
        return new
    if type(leaf) is float and new.dtype.kind == "c":
        return complex(new[()])
    return float(new) if type(leaf) is float and new.dtype == np.float64 else new[()]


def _native(path: str, leaf: Any) -> Array:
    if type(leaf) is float:
        return np.array(leaf)
    if not isinstance(leaf, (np.ndarray, np.generic)):
        hint = "a float" if isinstance(leaf, int) else "an array of float32 or float64"
        raise TypeError(f"{path} is of type {type(leaf).__name__}: pass {hint}, or leave it out by argnums=")
    if leaf.dtype.newbyteorder("=") not in FLOATS:
        raise TypeError(f"{path} has dtype {leaf.dtype}, and a gradient is checked in float32 or float64: convert it, "
                        f"or leave it out by argnums=")  # fmt: skip
    if leaf.size == 0:
        raise ValueError(f"{path} is empty (shape {leaf.shape}): there is nothing to check; leave it out by argnums=")
    return np.array(leaf, dtype=leaf.dtype.newbyteorder("="))


def _gradient(path: str, leaf: Any, g: Any, what: str) -> Array:
    try:
        array = np.asarray(g)
    except Exception as error:
        raise TypeError(f"{what} of {path} is of type {type(g).__name__}, which is no array ({error})") from None
    if array.dtype.kind not in "fiu" or array.dtype.hasobject:
        got = f"of type {type(g).__name__}" if array.dtype.hasobject else array.dtype
        raise TypeError(f"{what} of {path} is {got}: return an array of floats")
    if array.shape != np.shape(leaf):
        raise ValueError(f"{what} of {path} has shape {array.shape}, and {path} has shape {np.shape(leaf)}: "
                         f"return exactly that shape")  # fmt: skip
    return array.astype(np.float64).ravel()


def _names(f: Callable[..., Any], n: int) -> list[str]:
    """What f calls its positional arguments."""
    try:
        parameters = inspect.signature(f).parameters.values()
        names = [p.name for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD][:n]
    except (TypeError, ValueError):
        names = []
    return [*names, *(f"argument{i}" for i in range(len(names), n))]
