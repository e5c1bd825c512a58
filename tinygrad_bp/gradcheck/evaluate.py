"""Calls of f: on arrays or on Values, one by one or through an executor, counted."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..node import Node
from ..tree import leaves, map_leaves
from ..value import Value
from .arguments import FLOATS, Arguments, Array
from .branches import Watch

#: a spread of up to so many roundoffs counts as rounding (threaded BLAS, GPUs): between two calls more is random
ROUNDING_LEVEL = 4096.0


@dataclass(frozen=True)
class Outcome:
    """φ at one point: its value, the size of what was summed to it, the unit roundoff of its type, its branch; how much
    in f is not smooth, and how much of that is at its tie, or may be."""

    value: Any
    magnitude: float
    roundoff: float
    shape: Any
    branch: bytes | None = None
    corners: int = 0
    ties: int = 0

    @property
    def finite(self) -> bool:
        return bool(np.isfinite(self.value))


@dataclass(frozen=True)
class Functional:
    """The scalar that is differentiated: f itself, or ⟨cotangent, f⟩. It can be pickled where f can."""

    f: Callable[..., Any]
    cotangent: tuple[Array, ...] | None = None
    argnums: tuple[int, ...] | None = None  # run on Values for these, or on arrays
    wide: bool = False  # complex and long double results are meant

    def __call__(self, arguments: tuple[Any, ...], forgiving: bool) -> Outcome:
        """The outcome at the arguments. `forgiving`: where f raises for the numbers it got, that is not-a-number."""
        try:
            with np.errstate(all="ignore"):
                return self._on_arrays(arguments) if self.argnums is None else self._on_values(arguments)
        except (ArithmeticError, ValueError) as error:
            if not forgiving or isinstance(error, ShapeError):
                raise
            return Outcome(float("nan"), float("nan"), 0.0, None)

    def _on_arrays(self, arguments: tuple[Any, ...]) -> Outcome:
        return self._reduced([_plain(y) for y in parts(self.f(*arguments))])

    def _on_values(self, arguments: tuple[Any, ...]) -> Outcome:
        lifted = list(arguments)
        for i in self.argnums or ():
            lifted[i] = map_leaves(lambda path, x: Value(x), lifted[i])
        watch = Watch()
        results = [y for _, y in leaves(watch.run(self.f, tuple(lifted)))]
        watch.read([y for y in results if isinstance(y, Node)])
        outcome = self._reduced([_plain(y) for y in results])
        return replace(outcome, branch=watch.signature, corners=watch.corners, ties=watch.ties)

    def _reduced(self, results: list[Any]) -> Outcome:
        shape = tuple(np.shape(y) for y in results)
        for y in results:
            if y.dtype.kind == "c" and not self.wide:
                raise TypeError(f"f returned {y.dtype}: return a float, or an array of floats")
        roundoff = max((_roundoff(y) for y in results), default=0.0)
        if self.cotangent is None:
            if shape != ((),):
                raise ShapeError(f"f returned {_described(shape)}, and a gradient is of a single number: reduce it "
                                 f"(np.sum), or give pullback=")  # fmt: skip
            y = results[0]
            value = y[()] if y.dtype.kind == "c" or y.dtype == np.longdouble else float(y)
            return Outcome(value, float(abs(value)), roundoff, shape)
        if shape != tuple(w.shape for w in self.cotangent):
            wanted = _described(tuple(w.shape for w in self.cotangent))
            raise ShapeError(f"f returned {_described(shape)} here, and {wanted} at the point: its shape has to stay")
        terms = [np.multiply(w, y).ravel() for w, y in zip(self.cotangent, results, strict=True)]
        return Outcome(sum(t.sum() for t in terms), float(sum(np.abs(t).sum() for t in terms)), roundoff, shape)


def parts(result: Any) -> list[Any]:
    """The leaves of what f returned."""
    return [result] if isinstance(result, (np.ndarray, np.generic, float)) else [y for _, y in leaves(result)]


class ShapeError(ValueError):
    """f gave another shape than a gradient can be checked for."""


class Evaluator:
    """Evaluates a functional at points, each given as the blocks that have moved; counts every call of f.

    `limit` is the number of calls that may be made in all, `progress(evaluations)` is told after each round.
    """

    def __init__(
        self,
        arguments: Arguments,
        functional: Functional,
        executor: Executor | None = None,
        limit: int | None = None,
        progress: Callable[[int], object] | None = None,
        spent: int = 0,
    ) -> None:
        self.arguments = arguments
        self.functional = functional
        self.executor = executor
        self.limit = limit
        self.progress = progress
        self.evaluations = spent
        if executor is not None:
            _check_shippable(functional.f, executor)

    def affords(self, calls: int) -> bool:
        """Whether so many calls are still allowed."""
        return self.limit is None or self.evaluations + calls <= self.limit

    def __call__(self, points: Sequence[dict[int, Array]], functional: Functional | None = None) -> list[Outcome]:
        """The outcomes at points near the one to check; not-a-number where f raises ArithmeticError or ValueError."""
        ask = functional or self.functional
        tasks = [self.arguments.at(point) for point in points]
        self.evaluations += len(tasks)
        run = self.executor
        outcomes = [ask(task, True) for task in tasks] if run is None else _mapped(run, ask, tasks)
        if self.progress is not None:
            self.progress(self.evaluations)
        return outcomes

    def here(self) -> Outcome:
        """The outcome at the point itself; what f raises is raised. ValueError if f changes its argument."""
        arguments, untouched = self.arguments.at({}), self.arguments.at({})
        self.evaluations += 1
        outcome = self.functional(arguments, False)
        check_unchanged("f", self.arguments, arguments, untouched)
        return outcome


def check_unchanged(what: str, arguments: Arguments, given: tuple[Any, ...], before: tuple[Any, ...]) -> None:
    """ValueError, by path, if a call has written into its argument."""
    for i in arguments.argnums:
        for (path, a), (_, b) in zip(leaves(given[i], arguments.names[i]), leaves(before[i]), strict=True):
            if np.asarray(a).tobytes() != np.asarray(b).tobytes():
                raise ValueError(f"{what} changes its argument {path}: let it work on a copy")


def _check_shippable(f: Callable[..., Any], executor: Executor) -> None:
    if isinstance(executor, ProcessPoolExecutor):
        try:
            pickle.dumps(f)
        except Exception as error:
            raise _unshippable(executor, error) from error


def _mapped(executor: Executor, ask: Functional, tasks: list[Any]) -> list[Outcome]:
    futures: list[Future[Outcome]] = []
    try:
        futures += [executor.submit(ask, task, True) for task in tasks]
        return [future.result() for future in futures]
    except (BrokenExecutor, CancelledError) as error:
        raise RuntimeError(
            f"{type(executor).__name__} has lost a call of f ({type(error).__name__}: {error}), so that nothing is "
            f"judged: check again, or leave executor out"
        ) from error
    except Exception as error:
        for future in futures:
            future.cancel()
        said = str(error).lower()
        if isinstance(error, pickle.PicklingError) or "pickle" in said or "serialize" in said:
            raise _unshippable(executor, error) from error
        raise


def _unshippable(executor: Executor, error: Exception) -> TypeError:
    return TypeError(f"f cannot be sent to the workers of {type(executor).__name__} ({error}): define it at the top "
                     f"level of a module (no lambda, no closure), or leave executor out")  # fmt: skip


def _plain(y: Any) -> Array:
    """A result as an array. TypeError for what is no number."""
    y = y._primal if isinstance(y, Node) else y
    try:
        array = np.asarray(y)
    except Exception as error:
        raise TypeError(f"f returned {type(y).__name__}, which is no array ({error})") from None
    if array.dtype.kind not in "fciu":
        raise TypeError(f"f returned {type(y).__name__} ({array.dtype}): return a float, or an array of floats")
    return array


def _roundoff(y: Array) -> float:
    return float(np.finfo(y.dtype).eps) / 2 if y.dtype.kind in "fc" else float(np.finfo(np.float64).eps) / 2


def _described(shape: tuple[Any, ...]) -> str:
    return (
        f"an array of shape {shape[0]}"
        if len(shape) == 1
        else f"{len(shape)} arrays of shapes {', '.join(map(str, shape))}"
    )


__all__ = ["FLOATS", "ROUNDING_LEVEL", "Evaluator", "Functional", "Outcome", "ShapeError", "check_unchanged"]
