"""What is handed to a rule, and what is made of what it gives: numbers or nodes, shapes and dtypes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .node import Node
from .rules import Rule
from .rules.arrays import spread, unbroadcast
from .rules.shapes import cast
from .tracing import Tracer, called, number


def conform(g: Any, x: Any, node: Any, what: str, whose: str) -> Any:
    """g with the shape and dtype of x; the rule is named where it gave another shape."""
    if (
        type(g) is type(x) is np.ndarray
        and node.rule.entrywise
        and g.dtype is x.dtype
        and g.shape == node._primal.shape
    ):
        return unbroadcast(g, x.shape)  # by far the most frequent
    shape = () if type(x) is float else x.shape
    if not hasattr(g, "shape"):  # a Python number; complex where a negative base met a broken exponent
        g = np.float64(np.nan if isinstance(g, complex) else g)
    if g.shape != shape:
        rule, given = node.rule, g.shape
        # of a diagonal Jacobian the cotangent is shaped as the output; of a product it may be wider, in stacked axes
        if (
            rule.broadcasts
            and len(given) >= len(shape)
            and (rule.pullbacks is not rule.pushforwards or given == node.shape)
        ):
            g = unbroadcast(g, shape)
        if np.shape(g) != shape:
            raise ValueError(f"the rule of {rule.name} gave a {what} of shape {given} for an {whose} of shape {shape}")
    if type(g) is np.ndarray and not is_float(x):
        if g.dtype == x.dtype:
            return g
        if g.dtype.kind not in "fiub":
            raise TypeError(f"the rule of {node.rule.name} gave a {what} of {g.dtype} for an {whose} of {x.dtype}")
        return g.astype(x.dtype)
    if isinstance(g, (Node, Tracer)):
        dtype = np.float64 if type(x) is float else x.dtype
        g = g if g.dtype == dtype else cast(g, dtype)
        return called(float, (g,), {}) if type(g) is Tracer and is_float(x) and not is_float(g) else g
    return float(g) if is_float(x) else x.dtype.type(g)


def full(d: Any, x: Any) -> Any:
    """d, and where it is a number that stands for an array shaped as x, that array (a view: not to be written to)."""
    return spread(d, x.shape) if isinstance(d, np.generic) and type(x) is np.ndarray else d


def nodes_given(node: Any, arguments: tuple[Any, ...], operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """A node's arguments, for a rule that is to be recorded. RuntimeError if a leaf is not what it was."""
    kind = type(node)
    for argument, x in zip(arguments, operands, strict=True):
        if (
            type(argument) is kind
            and argument._primal is not x
            and not np.array_equal(argument._primal, x, equal_nan=True)
        ):
            raise RuntimeError(changed(argument, node))
    return arguments


def is_float(x: Any) -> bool:
    """Whether x is, or stands for, a Python float."""
    return type(number(x)) is float


def changed(leaf: Any, node: Any) -> str:
    """What is said of a leaf that is not what it was when a node was recorded from it."""
    return (f"{leaf!r} was changed after {node.rule.name} had recorded it: call backward() before the change, or "
            f"record again after it")  # fmt: skip


def in_numpy(rule: Any, d: Any, y: Any, given: Sequence[Any], options: Any) -> Any:
    """A rule on Python numbers with NumPy's inf and nan, where Python raises."""
    if type(y._primal if isinstance(y, Node) else y) is not float:
        raise
    d, y, *given = (np.float64(x) if type(x) in (float, int) else x for x in (d, y, *given))
    return rule(d, y, *given, **options)


def joint_pullbacks(rule: Rule, d: Any, y: Any, given: Sequence[Any], options: dict[str, Any]) -> list[Any]:
    """A joint pullback, called once, as one pullback for each argument."""
    cotangents = rule.pullbacks(d, y, *given, **options)
    cotangents = cotangents if isinstance(cotangents, tuple) else (cotangents,)
    if len(cotangents) != len(given):
        raise ValueError(f"the pullback of {rule.name} gave {len(cotangents)} cotangents for {len(given)} arguments")

    def stated(i: int) -> Any:
        if cotangents[i] is None:
            raise TypeError(f"the pullback of {rule.name} gave None for argument {i}, which a Value reached")
        return cotangents[i]

    return [lambda *_, i=i, **__: stated(i) for i in range(len(cotangents))]
