"""Step: one quantity of a program, and how it is computed from others."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

_index = itertools.count()
_new = object.__new__
_DTYPES = {float: np.dtype(np.float64), bool: np.dtype(np.bool_)}


class Step:
    """One quantity y = function(*arguments, **options).

    function   NumPy's function or ufunc, one of `operator` (getitem, pow, …), or one of this package (sigmoid's, …)
    arguments  what it is given: Steps, and numbers, shapes, slices, None, …; nested in lists, tuples and slices where
               the function takes them so (np.stack, an index). Never an array: that is a Constant
    options    likewise, by name
    value      y as it was when it was traced; None once it has been let go of
    kind       what y is: float for a Python float (then `math` and Python's operators computed it), bool, int,
               np.ndarray, a NumPy scalar type, or tuple or list where the function gives several
    shape      its shape, and `dtype` its dtype (np.dtype; None for several)
    name       what the quantity is called: by `name(value, "z2")`, or d_z2 for its cotangent

    Steps are compared by identity. `index` grows with the order in which they were made, which is a topological order.
    """

    __slots__ = ("arguments", "dtype", "function", "index", "kind", "name", "options", "shape", "value")

    def __init__(
        self,
        function: Callable[..., Any] | None,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
        value: Any,
        name: str | None = None,
    ) -> None:
        self.function = function
        self.arguments = arguments
        self.options = options
        self.value = value
        self.kind: type = type(value)
        several = isinstance(value, (tuple, list))
        self.shape: tuple[int, ...] = () if several else np.shape(value)
        self.dtype: Any = None if several else np.asarray(value).dtype
        self.name = name
        self.index = next(_index)

    @property
    def size(self) -> int:
        """The number of entries."""
        return int(np.prod(self.shape, dtype=int)) if self.shape else 1

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def parents(self) -> Iterator[Step]:
        """The steps among the arguments and options, as often as they stand there."""
        yield from steps_in(self.arguments)
        yield from steps_in(self.options)

    def __repr__(self) -> str:
        of = getattr(self.function, "__name__", "argument" if isinstance(self, Argument) else "constant")
        return f"<step {self.name or ''} = {of}, {self.dtype}{list(self.shape)}>"


def number_step(function: Callable[..., Any], arguments: tuple[Any, ...], value: float | bool) -> Step:
    """The step of a Python float or truth value: by far the most frequent where there are many, so written out."""
    step = _new(Step)
    step.function = function
    step.arguments = arguments
    step.options = {}
    step.value = value
    step.kind = kind = type(value)
    step.shape = ()
    step.dtype = _DTYPES[kind]
    step.name = None
    step.index = next(_index)
    return step


class Argument(Step):
    """A number or array that the program is given: `path` says where, `params["W2"]`, and is how it is called."""

    __slots__ = ("path",)

    def __init__(self, value: Any, path: str) -> None:
        super().__init__(None, (), {}, value)
        self.path = path


class Constant(Step):
    """An array that was not among the arguments; it keeps its value."""

    __slots__ = ()

    def __init__(self, value: Any, name: str | None = None) -> None:
        super().__init__(None, (), {}, value, name)


def map_steps(change: Callable[[Any], Any], x: Any) -> Any:
    """x, with change(leaf) for each leaf of its lists, tuples, dicts and slices."""
    if type(x) in (list, tuple):
        return type(x)([map_steps(change, part) for part in x])
    if isinstance(x, tuple) and hasattr(x, "_make"):
        return x._make([map_steps(change, part) for part in x])
    if type(x) is dict:
        return {key: map_steps(change, part) for key, part in x.items()}
    if type(x) is slice:
        return slice(map_steps(change, x.start), map_steps(change, x.stop), map_steps(change, x.step))
    return change(x)


def steps_in(x: Any) -> Iterator[Step]:
    """The steps in arguments or options, in order."""
    if isinstance(x, Step):
        yield x
    elif isinstance(x, (list, tuple)):
        for part in x:
            yield from steps_in(part)
    elif type(x) is dict:
        yield from steps_in(list(x.values()))
    elif type(x) is slice:
        yield from steps_in((x.start, x.stop, x.step))
