"""Drawings: what is in them, that they are XML and the same every time, and what a notebook shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t
from tinygrad_bp import Value, name, trace
from tinygrad_bp.program import draw, layout
from tinygrad_bp.program.graph import graph_of

from ..rules.cases import CASES, ELEMENTWISE
from .test_latex import of_rule

SVG = "{http://www.w3.org/2000/svg}"
WITH = [pytest.param("dot", marks=pytest.mark.skipif(not layout.shutil.which("dot"), reason="no Graphviz")), "grandalf"]


@pytest.fixture(params=WITH)
def placed_by(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two that place boxes."""
    if request.param == "grandalf":
        pytest.importorskip("grandalf")
        monkeypatch.setattr(layout.shutil, "which", lambda _: None)
    return str(request.param)


def words(svg: str) -> list[str]:
    """The texts in a picture."""
    return [x.text or "" for x in ET.fromstring(svg).iter(f"{SVG}text")]


def label(rule: Any) -> str:
    return str(getattr(rule, "label", None) or rule.__name__)


def micrograd() -> tuple[Value, Value, Value]:
    """The example of micrograd's README."""
    a, b = Value(-4.0, name="a"), Value(2.0, name="b")
    c, d = a + b, a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + t.relu(b + a)
    d = d + 3 * d + t.relu(b - a)
    f = (c - d) ** 2
    return a, b, f / 2.0 + 10.0 / f


def network(params: Any, X: Any, Y: Any) -> Any:
    z2 = name(X @ params["W1"].T + params["b1"], "z2")
    return np.sum((name(np.tanh(z2), "a2") - Y) ** 2)


ARGUMENTS = {"W1": np.ones((3, 2)), "b1": np.zeros(3)}, np.ones((4, 2)), np.zeros((4, 3))


def test_a_program(placed_by: str) -> None:
    program = trace(t.value_and_grad(network), *ARGUMENTS)
    svg = program.svg
    assert svg == draw(program)
    for text in ("W1", "(3, 2)", "X", "X @ W1.T", "z2 = · + b1", "a2 = tanh(z2)", "d_W1 = d_z2.T @ X", "forward"):
        assert text in words(svg), text
    kinds = {box.name: (box.kind, box.output) for box in graph_of(program, 99).boxes}
    assert kinds["W1"] == ("argument", False)
    assert kinds["z2"] == kinds["a2"] == ("forward", False)
    assert kinds["d_z2"] == ("backward", False)
    assert kinds["d_b1"] == ("backward", True)
    assert kinds[""][0] in ("forward", "backward")


def test_boxes_do_not_overlap_and_arrows_touch_them(placed_by: str) -> None:
    graph = graph_of(trace(t.value_and_grad(network), *ARGUMENTS), 99)
    sizes = [(40.0 + i % 3, 20.0 + i % 2) for i in range(len(graph.boxes))]
    for sideways in (False, True):
        placed = layout.layout(sizes, graph.arrows, sideways)
        frames = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2)
                  for (x, y), (w, h) in zip(placed.middles, sizes, strict=True)]  # fmt: skip
        for i, (left, top, right, bottom) in enumerate(frames):
            assert -1 <= left < right <= placed.width + 1
            assert -1 <= top < bottom <= placed.height + 1
            for l, u, r, d in frames[:i]:  # noqa: E741
                assert right <= l or r <= left or bottom <= u or d <= top
        for (i, j), path in zip(graph.arrows, placed.paths, strict=True):
            for end, (left, top, right, bottom) in ((path[0], frames[i]), (path[-1], frames[j])):
                assert left - 2 <= end[0] <= right + 2
                assert top - 2 <= end[1] <= bottom + 2
        along = 0 if sideways else 1
        assert all(placed.middles[i][along] < placed.middles[j][along] for i, j in graph.arrows)


def test_no_arrow_leaves_the_picture(placed_by: str) -> None:
    def cost(w: Any, b: Any, X: Any, y: Any) -> Any:
        p = name(t.sigmoid(name(X @ w + b, "z")), "p")
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + 0.01 * np.sum(w**2)

    program = trace(t.value_and_grad(cost, (0, 1)), np.ones(3), 0.5, np.ones((20, 3)), np.ones(20))
    graph = graph_of(program, 99)
    for sideways in (False, True):
        placed = layout.layout([(70.0, 40.0)] * len(graph.boxes), graph.arrows, sideways)
        for x, y in (point for path in placed.paths for point in path):
            assert -1 <= x <= placed.width + 1
            assert -1 <= y <= placed.height + 1


def test_a_scalar_graph_shows_numbers_and_gradients(placed_by: str) -> None:
    a, b, g = micrograd()
    g.backward(retain_graph=True)
    found = words(draw(g))
    assert f"data -4.0000 | grad {a.grad:.4f}" in found
    assert f"data 2.0000 | grad {b.grad:.4f}" in found
    assert {"data 24.7041 | grad 1.0000", "a * b", "b ** 3", "10.0 / ·", "relu(·)"} <= set(found)


def test_three_values_before_and_after_a_pass() -> None:
    x, w = Value(2.0, name="x"), Value(-3.0)
    y = x * w
    assert words(draw(y)) == ["x", "data 2.0000", "data -3.0000", "x * ·", "data -6.0000"]
    y.backward(retain_graph=True)
    assert "data 2.0000 | grad -3.0000" in words(draw(y))
    y.backward()
    spent = words(draw(y))
    assert "data -6.0000 | grad 1.0000" in spent
    assert "retain_graph=True" in spent[-1]


def test_tensors_show_their_shapes() -> None:
    W = Value(np.ones((3, 2)), name="W")
    assert words(draw(W @ np.ones((2, 4)))) == ["W", "(3, 2)", "W @ ones((2, 4))", "(3, 4)"]
    assert words(draw(W @ np.random.default_rng(0).normal(size=(2, 4))))[:3] == ["(2, 4)", "W", "(3, 2)"]
    assert "(3, 2) float32" in words(draw(Value(np.ones((3, 2), np.float32))))


@pytest.mark.parametrize("rule", [*ELEMENTWISE, *CASES][::7], ids=label)
def test_every_rule_is_drawn(rule: Any) -> None:
    for program in of_rule(rule):
        boxes = graph_of(program, 150).boxes
        picture = ET.fromstring(program.svg)
        frames = [x for x in picture.findall(f"{SVG}g/{SVG}rect") if x.get("fill") != "none"]
        assert len(frames) == len(boxes) > 1


def test_names_that_mean_something_to_xml_or_to_graphviz(placed_by: str) -> None:
    names = ["<b>", "a&b", '"', "]]>", "a\nb", "\x00", "n0 -> n1", "名", "\\N", "{x|y}"]
    values = [Value(1.0, name=given) for given in names]
    found = words(draw(sum(values[1:], values[0])))
    assert {"<b>", "a&b", '"', "]]>", "a�b", "�", "n0 -> n1", "名", "\\N", "{x|y}"} <= set(found)


def test_the_same_in_every_process() -> None:
    code = ("from tests.program.test_drawing import *; _, _, g = micrograd()\n"
            "import tinygrad_bp.program.layout as l; import hashlib\n"
            "p = trace(t.value_and_grad(network), *ARGUMENTS); s = draw(g) + p.svg\n"
            "l.shutil.which = lambda _: None\n"
            "print(hashlib.sha256((s + draw(g) + p.svg).encode()).hexdigest())")  # fmt: skip
    pytest.importorskip("grandalf")
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                       env={**os.environ, "PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0].stdout == runs[1].stdout


def test_large_graphs_are_drawn_in_fewer_boxes_or_summed_up(placed_by: str) -> None:
    def f(x: Any, named: int) -> Any:
        for i in range(1500):
            x = np.sin(x) * x
            if i % (1500 // named) == 0:
                x = name(x, f"x{i}")
        return np.sum(x)

    start = time.process_time()
    few = trace(f, np.ones(3), 5)
    assert [word for word in words(few.svg) if "what is named" in word] == [
        "3,001 steps: what is named, and what it depends on"
    ]
    assert [box.name for box in graph_of(few, 150).boxes] == ["x", "x0", "x300", "x600", "x900", "x1200", ""]
    assert graph_of(few, 150).arrows == [(i, i + 1) for i in range(6)]
    many = words(trace(f, np.ones(3), 500).svg)
    assert many == ["program f: 3,001 steps, of which 150 at most are drawn", "1,500 sin, 1,500 multiply, 1 sum"]
    v = Value(1.0)
    for _ in range(5000):
        v = v * 1.5 + 1
    assert words(draw(v))[0].startswith("Value: 10,001 steps")
    assert time.process_time() - start < 30


def test_a_program_of_many_steps_is_drawn_by_lines() -> None:
    program = trace(lambda x: [np.sum(np.exp(x * i) + np.sin(x) * 2) for i in range(2, 60)], np.ones(3))
    svg = program.svg
    assert any("a box for each line of the source" in word for word in words(svg))
    assert ET.fromstring(svg) is not None


def test_nothing_to_draw_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout.shutil, "which", lambda _: None)
    monkeypatch.setitem(sys.modules, "grandalf", None)
    monkeypatch.setitem(sys.modules, "grandalf.graphs", None)
    y = Value(1.0) * 2 + 1
    with pytest.raises(ImportError, match=re.escape("pip install 'tinygrad_bp[report]'")):
        draw(y)
    assert y._repr_svg_() is None
    assert repr(y).startswith("Value(3.0")


def test_what_has_no_graph() -> None:
    with pytest.raises(TypeError, match="a list has no graph: draw a Program"):
        draw([1.0])


def test_what_a_notebook_shows() -> None:
    y = micrograd()[2]
    assert y._repr_svg_() == draw(y)
    for _ in range(100):
        y = y * 1.5
    assert y._repr_svg_() is None
    program = trace(t.grad(network), *ARGUMENTS)
    shown = program._repr_markdown_()
    assert shown == f"```python\n{program.source}```\n\n$${program.latex}$$"
    assert program._repr_latex_() == f"$${program.latex}$$"
    shown_inside: list[Any] = []

    def f(x: Any) -> Any:
        shown_inside.append(x._repr_svg_())
        return x * x

    trace(t.grad(f), 1.5)
    assert shown_inside[0] is None or ET.fromstring(shown_inside[0]) is not None
