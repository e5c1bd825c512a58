"""Many single-entry points at once: through a stacked leading axis where f takes one, else one by one."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arguments import Array
from .evaluate import Evaluator, Outcome, _plain, parts

#: numbers in one stack, at most
STACK = 2**20
#: points in one stack, at most
POINTS = 2048


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
        """The values, of shape (steps, entries), and the largest magnitude among them. `steps` in the block's dtype."""
        entries, shifts = np.tile(which, len(steps)), np.repeat(steps, len(which))
        size = max(1, min(POINTS, STACK // self.evaluator.arguments.blocks[b].x.size))
        values = np.full(len(entries), np.nan)
        magnitude = self.centre.magnitude
        for start in range(0, len(entries), size):
            part = slice(start, start + size)
            i, t = entries[part], shifts[part]
            if not self.evaluator.affords(len(i)):
                break
            stacked = self._stacked(b, i, t) if len(i) > 4 and self._stacks.get(b, True) else None
            self._stacks[b] = self._stacks.get(b, True) and (stacked is not None or len(i) <= 4)
            if stacked is None:
                outcomes = self.evaluator([{b: self._moved(b, *move)} for move in zip(i, t, strict=True)])
                values[part] = [float(o.value) for o in outcomes]
                magnitude = max(magnitude, *(o.magnitude for o in outcomes))
            else:
                values[part] = stacked
                magnitude = max(magnitude, float(np.max(np.abs(stacked))))
        return values.reshape(len(steps), len(which)), magnitude

    def _moved(self, b: int, i: Any, t: Any) -> Array:
        x: Array = self.evaluator.arguments.blocks[b].x.copy()
        x[i] += t
        return x

    def _stacked(self, b: int, entries: Array, steps: Array) -> Array | None:
        block, count = self.evaluator.arguments.blocks[b], len(entries)
        rows = np.broadcast_to(block.x, (count, block.x.size)).copy()
        rows[np.arange(count), entries] += steps
        functional = self.evaluator.functional
        try:
            with np.errstate(all="ignore"):
                results = [_plain(y) for y in parts(functional.f(*self.evaluator.arguments.stacked(b, rows)))]
        except Exception:  # f does not take a stack, in whatever way it says so
            return None
        shapes = [()] if functional.cotangent is None else [w.shape for w in functional.cotangent]
        if [r.shape for r in results] != [(count, *shape) for shape in shapes]:
            return None
        weights = functional.cotangent or (np.ones(()),)
        values = np.sum([(r * w).reshape(count, -1).sum(axis=1) for r, w in zip(results, weights, strict=True)], axis=0)
        ends = [0, count - 1]
        singly = self.evaluator([{b: rows[k]} for k in ends])
        self.evaluator.evaluations += count - len(ends)
        for k, outcome in zip(ends, singly, strict=True):
            if not abs(float(outcome.value) - float(values[k])) <= 64 * outcome.roundoff * outcome.magnitude:
                return None
        return np.asarray(values, dtype=np.float64)
