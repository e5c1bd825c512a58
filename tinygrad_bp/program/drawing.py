"""draw: a program's steps, or what a Value was computed from, as an SVG picture.

What draws is imported when something is drawn.
"""

from __future__ import annotations

from typing import Any


def draw(x: Any, limit: int = 150) -> str:
    """The SVG text of a drawing.

    x      a Program, or a Value, whose graph is drawn with numbers and gradients, as far as it is there
    limit  how many boxes there may be at most; of what is larger, less is drawn, and a note says so

    ImportError where neither Graphviz' `dot` nor grandalf (the extra `report`) is installed; TypeError for another x.
    """
    from .graph import graph_of
    from .picture import svg

    return svg(graph_of(x, limit))


def small(x: Any, limit: int = 40) -> str | None:
    """A drawing for a notebook; None where the graph is larger, or nothing is installed that could place its boxes, or
    it cannot be drawn for any other reason: the text that stands in its place is better than an error."""
    from ..tracing import is_traced
    from .graph import graph_of
    from .picture import svg

    if is_traced(x):
        return None
    try:
        graph = graph_of(x, limit)
        return None if graph.summarised else svg(graph)
    except Exception:
        return None
