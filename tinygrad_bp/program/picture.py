"""A graph as SVG: boxes in the colours of their kinds, arrows, a legend, a note."""

from __future__ import annotations

import unicodedata
from html import escape

from .graph import Box, Graph
from .layout import Layout, Point, layout

#: fill and border of each kind of box
_COLOURS = {
    "argument": ("#e3f1e3", "#3d7a3d", "argument"),
    "constant": ("#eeeeee", "#777777", "constant"),
    "forward": ("#e2ecf9", "#2f5f9e", "forward"),
    "backward": ("#fdebd8", "#b8651b", "for gradients alone"),
}
_FONT = "DejaVu Sans Mono, Menlo, Consolas, monospace"
_LETTER, _LINE, _SMALL, _PAD, _MARGIN = 7.25, 16.0, 0.86, 8.0, 12.0


def svg(graph: Graph) -> str:
    """The SVG text of a graph."""
    texts = [_lines(box) for box in graph.boxes]
    sizes = [_size(lines) for lines in texts]
    frames = [(w + 8, h + 8) if box.output else (w, h) for (w, h), box in zip(sizes, graph.boxes, strict=True)]
    if len(sizes) == 1:
        (w, h) = frames[0]
        placed = Layout(w, h, [(w / 2, h / 2)], [], True)
    else:
        placed = layout(frames, graph.arrows, graph.sideways)
    kinds = [kind for kind in _COLOURS if any(box.kind == kind for box in graph.boxes)]
    wanted = len(kinds) > 1 and len(graph.boxes) > 3 and not graph.sideways
    legend = [_COLOURS[kind][2] for kind in kinds] if wanted else []
    below = _LINE * (bool(legend) + bool(graph.note)) + 6 * bool(legend or graph.note)
    least = max(sum(_width(word) + 34 for word in legend), _width(graph.note))
    width, height = max(placed.width, least) + 2 * _MARGIN, placed.height + 2 * _MARGIN + below
    shift = _MARGIN + max(least - placed.width, 0) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" font-family="{_FONT}" font-size="12">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0.8 L8 4 L0 7.2 Z" fill="#555555"/></marker></defs>',
        f'<rect width="{_n(width)}" height="{_n(height)}" rx="6" fill="#ffffff"/>',
        f'<g transform="translate({_n(shift)} {_n(_MARGIN)})">',
    ]
    line = 'fill="none" stroke="#777777" marker-end="url(#tip)"'
    parts += [f'<path d="{_path(path, placed.curved)}" {line}/>' for path in placed.paths]
    for box, lines, size, middle in zip(graph.boxes, texts, sizes, placed.middles, strict=True):
        parts += _box(box, lines, size, middle)
    parts.append("</g>")
    y = placed.height + 2 * _MARGIN + 4
    at = _MARGIN
    for kind, word in zip(kinds, legend, strict=False):
        fill, border, _ = _COLOURS[kind]
        parts.append(f'<rect x="{_n(at)}" y="{_n(y)}" width="12" height="10" rx="2" fill="{fill}" stroke="{border}"/>')
        parts.append(_said(word, at + 17, y + 9))
        at += _width(word) + 34
    if graph.note:
        y += _LINE * bool(legend)
        parts.append(_said(graph.note, _MARGIN, y + 9))
    return "\n".join([*parts, "</svg>"])


def _lines(box: Box) -> list[tuple[str, str]]:
    """The lines of a box, and the style of each."""
    head = [(f"{box.name} = {box.text}", "named")] if box.name and box.text else []
    if not head or len(head[0][0]) > 30:
        head = [(box.name, "named")] * bool(box.name) + [(box.text, "plain")] * bool(box.text)
    return [*head, *[(box.below, "small")] * bool(box.below)] or [("", "plain")]


def _size(lines: list[tuple[str, str]]) -> Point:
    width = max(_width(text) * (_SMALL if style == "small" else 1) for text, style in lines)
    return max(width, 20.0) + 2 * _PAD, _LINE * len(lines) + _PAD


def _width(text: str) -> float:
    return _LETTER * sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _box(box: Box, lines: list[tuple[str, str]], size: Point, middle: Point) -> list[str]:
    (w, h), (x, y) = size, middle
    fill, border, _ = _COLOURS[box.kind]
    thick = 2.2 if box.name and box.kind in ("forward", "backward") else 1
    round_ = 10 if box.kind == "argument" else 3
    frame = 'x="{}" y="{}" width="{}" height="{}" rx="{}" stroke="{}" stroke-width="{}" fill="{}"'
    parts = ["<rect " + frame.format(*map(_n, (x - w / 2, y - h / 2, w, h, round_)), border, thick, fill) + "/>"]
    if box.output:
        outer = map(_n, (x - w / 2 - 4, y - h / 2 - 4, w + 8, h + 8, round_ + 3))
        parts.append("<rect " + frame.format(*outer, border, 1, "none") + "/>")
    baseline = y - h / 2 + _PAD / 2 + _LINE * 0.75
    for i, (text, style) in enumerate(lines):
        look = {"named": ' font-weight="bold"', "small": ' font-size="10.3" fill="#555555"'}.get(style, "")
        at = f'x="{_n(x)}" y="{_n(baseline + i * _LINE)}" text-anchor="middle"'
        parts.append(f"<text {at}{look}>{_text(text)}</text>")
    return parts


def _said(text: str, x: float, y: float) -> str:
    """A line below the drawing."""
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="11" fill="#444444">{_text(text)}</text>'


def _path(points: list[Point], curved: bool) -> str:
    first, *rest = [f"{_n(x)} {_n(y)}" for x, y in points]
    return f"M{first} {'C' if curved else 'L'}{' '.join(rest)}"


def _n(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    """Text that XML may hold."""
    return escape("".join(letter if letter.isprintable() else "�" for letter in text), quote=False)
