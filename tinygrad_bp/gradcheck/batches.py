"""Many single-entry points at once: through a stacked leading axis where f takes one, else one by one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tree import leaves
from .arguments import Array
from .evaluate import Evaluator, Outcome, _plain

#: numbers in one stack, at most
STACK = 2**20


class Batches:
    """Evaluates f at x + t e_i for many entries i and steps t.

    f takes a stacked leading axis on one block if it then returns one value for each, and those are the values of
    single calls. That is tried once for each block, and checked on the first and last point of every stack.
    """

    def __init__(self, evaluator: Evaluator, centre: Outcome) -> None:
        self.evaluator = evaluator
        self.centre = centre
        self._stacks: dict[int, bool] = {}

    def __call__(self, b: int, which: Array, steps: Array) -> tuple[Array, float]:
        """The values, of shape (steps, entries), and the largest magnitude among them."""
        pairs = [(int(i), float(t)) for t in steps for i in which]
        size = max(1, min(512, STACK // self.evaluator.arguments.blocks[b].x.size))
        values: list[Any] = []
        magnitude = self.centre.magnitude
        for start in range(0, len(pairs), size):
            part = pairs[start : start + size]
            if not self.evaluator.affords(len(part)):
                values += [np.nan] * (len(pairs) - start)
                break
            stacked = self._stacked(b, part) if len(part) > 4 and self._stacks.get(b, True) else None
            self._stacks[b] = self._stacks.get(b, True) and (stacked is not None or len(part) <= 4)
            if stacked is None:
                outcomes = self.evaluator([{b: self._moved(b, i, t)} for i, t in part])
                values += [float(o.value) for o in outcomes]
                magnitude = max(magnitude, *(o.magnitude for o in outcomes))
            else:
                values += list(stacked)
                magnitude = max(magnitude, float(np.max(np.abs(stacked))))
        return np.array(values, dtype=np.float64).reshape(len(steps), len(which)), magnitude

    def _moved(self, b: int, i: int, t: float) -> Array:
        x: Array = self.evaluator.arguments.blocks[b].x.copy()
        x[i] += np.asarray(t, x.dtype)
        return x

    def _stacked(self, b: int, part: list[tuple[int, float]]) -> Array | None:
        block = self.evaluator.arguments.blocks[b]
        rows = np.tile(block.x, (len(part), 1))
        entries, steps = np.array([i for i, _ in part]), np.array([t for _, t in part], block.x.dtype)
        rows[np.arange(len(part)), entries] += steps
        functional = self.evaluator.functional
        try:
            with np.errstate(all="ignore"):
                results = [_plain(y) for _, y in leaves(functional.f(*self.evaluator.arguments.stacked(b, rows)))]
        except Exception:  # f does not take a stack, in whatever way it says so
            return None
        shapes = [()] if functional.cotangent is None else [w.shape for w in functional.cotangent]
        if [r.shape for r in results] != [(len(part), *shape) for shape in shapes]:
            return None
        weights = functional.cotangent or (np.ones(()),)
        values = np.sum(
            [(r * w).reshape(len(part), -1).sum(axis=1) for r, w in zip(results, weights, strict=True)], axis=0
        )
        ends = [0, len(part) - 1]
        singly = self.evaluator([{b: rows[k]} for k in ends])
        self.evaluator.evaluations += len(part) - len(ends)
        for k, outcome in zip(ends, singly, strict=True):
            if not abs(float(outcome.value) - float(values[k])) <= 64 * outcome.roundoff * outcome.magnitude:
                return None
        return np.asarray(values, dtype=np.float64)
