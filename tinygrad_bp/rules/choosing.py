"""Functions that choose between arrays, or put numbers in the place of others."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .arrays import array, numbers
from .indexing import getitem, scattered
from .kinds import composed


@composed(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """For each entry the choice that goes with the first condition that holds."""
    if len(condlist) != len(choicelist):
        raise ValueError("select needs as many choices as conditions")
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = np.where(numbers(condition), choice, result)
    return result


@composed(np.choose)
def choose(a: Any, choices: Any, *, mode: str = "raise") -> Any:
    """For each entry the choice of that number."""
    which = np.choose(numbers(a), np.arange(len(choices)), mode=mode)  # type: ignore[call-overload]
    return select([which == i for i in range(len(choices))], list(choices))


@composed(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """A function for each condition, or a number; of conditions that overlap, the last counts."""
    several = isinstance(condlist, (list, tuple)) or np.ndim(condlist) > np.ndim(x)
    conditions = [array(numbers(condition)) for condition in (condlist if several else [condlist])]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~functools.reduce(np.logical_or, conditions))
    if len(funclist) != len(conditions):
        raise ValueError(f"piecewise has {len(conditions)} conditions: {len(funclist)} functions are not one for each")
    later = np.zeros(np.shape(x), dtype=bool)
    masks, parts = [], []
    for condition, function in reversed(list(zip(conditions, funclist, strict=True))):
        mask = condition & ~later
        later = later | condition
        part = function(x[mask], *args, **kw) if callable(function) else function
        masks.append((mask,))
        parts.append(np.broadcast_to(array(part).astype(x.dtype), int(np.count_nonzero(mask))))
    return scattered(np.shape(x), tuple(masks), *parts)


@composed(np.nan_to_num)
def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """nan and infinities replaced by numbers, which are flat in x."""
    largest = np.finfo(x.dtype).max
    x = np.where(np.isnan(x), nan, x)
    x = np.where(np.isposinf(x), largest if posinf is None else posinf, x)
    return np.where(np.isneginf(x), -largest if neginf is None else neginf, x)


@composed(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    """An array like another, of one number."""
    if not hasattr(fill_value, "__record__"):
        return np.full_like(numbers(a), fill_value, dtype=dtype, **options)
    full = np.broadcast_to(fill_value, options.get("shape") or np.shape(a))
    return full.astype(a.dtype if dtype is None else dtype)


@composed(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """The broken line through the points (xp, fp) at x; flat outside, where it is left or right."""
    xp, fp = array(xp), array(fp)
    if np.ndim(xp) != 1 or np.shape(xp) != np.shape(fp):
        raise ValueError(f"interp is through points: xp of shape {np.shape(xp)} and fp of {np.shape(fp)} are none")
    at = np.clip(np.searchsorted(numbers(xp), numbers(x), side="right"), 1, np.size(xp) - 1)
    left_x, right_x, left_f, right_f = getitem(xp, at - 1), getitem(xp, at), getitem(fp, at - 1), getitem(fp, at)
    share = (x - left_x) / (right_x - left_x)
    inside = left_f + share * (right_f - left_f)
    below = np.where(x < xp[0], fp[0] if left is None else left, inside)
    return np.where(x > xp[-1], fp[-1] if right is None else right, below)


@composed(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """The sum of the weights that go with each number."""
    n = max(int(np.max(x, initial=-1)) + 1, minlength)
    return scattered((n,), (np.asarray(x),), weights.astype(np.float64))
