"""Op: one operation of a replay."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tracing import Step
from ..tracing.step import map_steps


class Op:
    """One operation y = function(*arguments, **options).

    how        "ufunc", "reduce" or "product": writes where it is told; "view": y lies in its first argument's memory;
               "infix": of NumPy scalars, by Python's operator; "dot": a · b, a number; "given": an argument or
               constant; "call": as it stands, with memory of its own or not
    arguments  Ops and plain objects, nested as the function takes them
    layout     how y's axes lie in memory, the slowest first; None where that is not known beforehand
    """

    __slots__ = ("arguments", "dtype", "function", "how", "kind", "layout", "options", "shape", "step")

    def __init__(
        self,
        how: str,
        function: Any,
        arguments: tuple[Any, ...],
        shape: tuple[int, ...],
        dtype: Any,
        kind: type,
        layout: tuple[int, ...] | None = None,
        options: dict[str, Any] | None = None,
        step: Step | None = None,
    ) -> None:
        self.how = how
        self.function = function
        self.arguments = arguments
        self.options = options or {}
        self.shape = shape
        self.dtype = dtype
        self.kind = kind
        self.layout = layout
        self.step = step

    @property
    def is_array(self) -> bool:
        """Whether y is an array of one axis at least, with entries."""
        return self.kind is np.ndarray and len(self.shape) > 0 and 0 not in self.shape

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=int))

    @property
    def nbytes(self) -> int:
        return self.size * int(self.dtype.itemsize)

    def parents(self) -> list[Op]:
        """The Ops among the arguments and options."""
        return ops_in((self.arguments, self.options))


def ops_in(x: Any) -> list[Op]:
    """The Ops in arguments or options, in order."""
    found: list[Op] = []
    map_steps(lambda leaf: found.append(leaf) if isinstance(leaf, Op) else None, x)
    return found
