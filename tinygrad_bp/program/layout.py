"""Where the boxes of a graph go: in layers, by Graphviz' `dot` where it is installed, else by the package grandalf.

Both only place boxes of given sizes and route the arrows; the picture is drawn the same way from either.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from typing import NamedTuple

Point = tuple[float, float]
_PATIENCE = 20  # seconds
_GAP, _LAYER = 18.0, 34.0


class Layout(NamedTuple):
    """Positions in points, y downwards: the middle of each box, and for each arrow the points of its path, Bézier
    curves where `curved` (as many as 3 n + 1), else straight lines."""

    width: float
    height: float
    middles: list[Point]
    paths: list[list[Point]]
    curved: bool


def layout(sizes: Sequence[Point], arrows: Sequence[tuple[int, int]], sideways: bool) -> Layout:
    """The layout for boxes of these widths and heights.

    ImportError where neither `dot` nor grandalf is installed, which says what to install.
    """
    placed = _by_dot(sizes, arrows, sideways) if shutil.which("dot") else None
    return placed or _by_grandalf(sizes, arrows, sideways)


def _by_dot(sizes: Sequence[Point], arrows: Sequence[tuple[int, int]], sideways: bool) -> Layout | None:
    """None where dot fails."""
    lines = [f"digraph {{ rankdir={'LR' if sideways else 'TB'}; nodesep={_GAP / 72}; ranksep={_LAYER / 72}",
             'node [shape=box, fixedsize=true, label=""]; edge [arrowhead=none]']  # fmt: skip
    lines += [f"n{i} [width={w / 72:.4f}, height={h / 72:.4f}]" for i, (w, h) in enumerate(sizes)]
    lines += [f"n{i} -> n{j}" for i, j in arrows]
    text = "\n".join([*lines, "}"])
    try:
        run = subprocess.run(
            ["dot", "-Tplain"], input=text, capture_output=True, encoding="utf-8", timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    middles: list[Point] = [(0.0, 0.0)] * len(sizes)
    paths: dict[tuple[int, int], list[Point]] = {}
    width = height = 0.0
    for line in run.stdout.replace("\\\n", "").splitlines():
        word, *rest = line.split()
        if word == "graph":
            width, height = float(rest[1]) * 72, float(rest[2]) * 72
        elif word == "node":
            middles[int(rest[0][1:])] = (float(rest[1]) * 72, height - float(rest[2]) * 72)
        elif word == "edge":
            numbers = [float(x) * 72 for x in rest[3 : 3 + 2 * int(rest[2])]]
            path = [(x, height - y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
            paths[int(rest[0][1:]), int(rest[1][1:])] = path
    return Layout(width, height, middles, [paths[arrow] for arrow in arrows], True)


def _by_grandalf(sizes: Sequence[Point], arrows: Sequence[tuple[int, int]], sideways: bool) -> Layout:
    try:
        from grandalf.graphs import Edge, Graph, Vertex
        from grandalf.layouts import SugiyamaLayout
        from grandalf.routing import EdgeViewer, route_with_lines
    except ImportError as error:
        raise ImportError(
            "a drawing needs Graphviz (its command dot) or the package grandalf: pip install 'tinygrad_bp[report]'"
        ) from error

    class Size:
        """What grandalf wants to know of a box; it fills in xy."""

        def __init__(self, w: float, h: float) -> None:
            self.w, self.h = (h, w) if sideways else (w, h)
            self.xy = (0.0, 0.0)

    vertices = [Vertex(i) for i in range(len(sizes))]
    for vertex, size in zip(vertices, sizes, strict=True):
        vertex.view = Size(*size)
    edges = [Edge(vertices[i], vertices[j]) for i, j in arrows]
    for edge in edges:
        edge.view = EdgeViewer()
    start = 0.0
    for part in Graph(vertices, edges).C:
        placing = SugiyamaLayout(part)
        placing.xspace, placing.yspace = _GAP, _LAYER
        placing.init_all(roots=[v for v in part.sV if not v.e_in()])
        placing.route_edge = route_with_lines
        placing.draw(3)
        bends = [x for edge in part.sE for x, _ in edge.view._pts]  # an arrow may go round the boxes
        left = min([v.view.xy[0] - v.view.w / 2 for v in part.sV] + bends)
        right = max([v.view.xy[0] + v.view.w / 2 for v in part.sV] + bends)
        for vertex in part.sV:
            vertex.view.xy = (vertex.view.xy[0] + start - left, vertex.view.xy[1])
        for edge in part.sE:
            edge.view._pts = [(x + start - left, y) for x, y in edge.view._pts]
        start += right - left + _GAP
    turned = [(v.view.xy, v.view.w, v.view.h) for v in vertices]
    top = min(y - h / 2 for (_, y), _, h in turned)
    bottom = max(y + h / 2 for (_, y), _, h in turned)

    def turn(point: Point) -> Point:
        return (point[1] - top, point[0]) if sideways else (point[0], point[1] - top)

    across, along = start - _GAP, bottom - top
    width, height = (along, across) if sideways else (across, along)
    paths = [[turn(p) for p in edge.view._pts] for edge in edges]
    return Layout(width, height, [turn(xy) for xy, _, _ in turned], paths, False)
