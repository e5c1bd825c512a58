"""A program of Python floats as array operations: like operations side by side, long thin stretches as plain Python.

What micrograd's users write is tens of thousands of operations on single numbers. Traced, they are sorted into levels,
each of which needs only the levels before it; what does the same on one level is done by one call of NumPy, sums of
products by one matrix product where the factors form a grid. Where a level holds a few operations only, as in a long
chain, Python computes them one by one, without any engine in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..program import Program
from .blocks import planned
from .graph import Uncovered, graph_of
from .line import Writer
from .machine import Machine, Memory, Part
from .segments import escaping, segments
from .sums import with_sums

__all__ = ["compiled"]

#: fewer steps than this are not worth it
WORTH = 64


def compiled(program: Program, worth: int = WORTH) -> Callable[[Sequence[Any]], list[Any]] | None:
    """What computes a program of single numbers fast; None where it has fewer steps than `worth`, or of another kind.

    The callable takes the numbers and arrays of `program.inputs` and gives, in a list, those of the steps among
    `program.outputs` and then those of the guards. It may be called by several threads at once; what it gives is the
    caller's own. No number raises or warns: 1/0.0 is inf, as in an eager run.

    Covered are steps that give a Python float, a bool or a NumPy number of float64 or bool, by functions that act
    entry by entry; entries taken out of float64 arrays, arrays put together from numbers, and views of either. Single
    operations are within a few ulps of Python's. Sums of fewer than eight terms are added in the program's order,
    unless they make a matrix product; that and longer ones are within k/2 ulps of Σ|terms|, for k terms.
    """
    if len(program.steps) < worth:
        return None
    try:
        graph = graph_of(program)
    except Uncovered:
        return None
    fused = with_sums(graph)
    memory = Memory(graph)
    stretches = segments(graph, fused)
    writer = Writer(graph, fused, memory, escaping(graph, fused, stretches))
    parts: list[Part] = []
    for segment in stretches:
        if segment.wide:
            parts += planned(segment, graph, fused, memory)
        else:
            parts.append(writer.line(segment.nodes))
    return Machine.pool(graph, memory, parts)
