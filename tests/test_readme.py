"""The README is true: its code runs and prints what it says, its map is the tree, its count of functions is today's."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from tinygrad_bp import grad, jvp
from tinygrad_bp.cli import app
from tinygrad_bp.rules import COMPOSED, TABLE, coverage

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture(autouse=True)
def tables_as_they_were() -> Iterator[None]:
    """The README states rules of its own: they go with the test."""
    kept = [(table, dict(table)) for table in (TABLE, COMPOSED)]
    yield
    for table, rules in kept:
        table.clear()
        table.update(rules)


def test_the_first_screen_prints_what_it_says() -> None:
    comments = re.findall(r"^print.*?# +([\d .e-]+)$", BLOCKS[0], re.MULTILINE)
    said = [[float(x) for x in line.split()] for line in comments]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(BLOCKS[0], {})
    lines = [[float(x) for x in line.split()] for line in printed.getvalue().splitlines()]
    assert [len(line) for line in said] == [2, 1] == [len(line) for line in lines]
    assert lines[0] == pytest.approx(said[0], rel=1e-14)
    assert lines[1][0] <= 1e-15 >= said[1][0]


def test_the_rules_of_ones_own_are_right() -> None:
    own: dict[str, object] = {"np": np}
    exec(BLOCKS[1], own)
    x, w, v, h = np.array([0.3, -0.2, 1.0]), np.array([1.0, 2.0, -3.0]), np.array([0.7, -0.4, 0.2]), 1e-6
    for f in (
        lambda x: np.sum(np.sin(own["swish"](x))),  # type: ignore[operator]
        lambda x: np.sum(own["smooth"](x) ** 3),  # type: ignore[operator]
        lambda x: own["total"](x, w) ** 2,  # type: ignore[operator]
    ):
        slope = (f(x + h * v) - f(x - h * v)) / (2 * h)
        assert grad(f)(x) @ v == pytest.approx(slope, rel=1e-8)
    assert jvp(own["swish"], (x,), (v,))[1] == pytest.approx(grad(lambda x: np.sum(own["swish"](x)))(x) * v)  # type: ignore[arg-type,operator]


def test_the_program_prints_what_is_said() -> None:
    (at,) = [i for i, block in enumerate(BLOCKS) if "print(trace(" in block]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(BLOCKS[at], {})
    assert printed.getvalue().strip() == BLOCKS[at + 1].strip()


def test_the_replay_is_the_step() -> None:
    (block,) = [block for block in BLOCKS if "@jit" in block]
    replayed: dict[str, Any] = {"np": np}
    eager: dict[str, Any] = {"np": np}
    exec(block, replayed)
    exec(block.replace("@jit\n", ""), eager)
    assert replayed["values"] == pytest.approx(eager["values"], rel=1e-13)
    assert replayed["values"][-1] < replayed["values"][0]
    assert replayed["value"] == pytest.approx(eager["value"], rel=1e-13)
    for name, p in replayed["p"].items():
        assert p == pytest.approx(eager["p"][name], rel=1e-12)


def test_the_worked_example_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command of the console blocks, where the file is; but for how fine the differences happen to be."""
    (block,) = (block for block in BLOCKS if block.startswith("# two_layers.py\n"))
    (tmp_path / "two_layers.py").write_text(block, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    consoles = re.findall(r"```console\n\$ tinygrad-bp (.*?)\n(.*?)```", README, re.DOTALL)
    assert [command.split()[0] for command, _ in consoles] == ["check", "derive"]
    for command, said in consoles:
        done = CliRunner().invoke(app, command.split())
        assert done.exit_code == (1 if command.startswith("check") else 0)
        assert fineness(said) == fineness("".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines()))


def fineness(text: str) -> str:
    """The text without the order of magnitude of the smallest error that would have been seen."""
    return re.sub(r"\(an error of \S+ would", "(an error of … would", text)


def test_the_map_is_the_tree() -> None:
    listed = set(re.findall(r"^  (\w+(?:/|\.py)) ", README, re.MULTILINE))
    rooms = (path for path in (ROOT / "tinygrad_bp").iterdir() if not path.name.startswith("_"))
    tree = {path.name + "/" * path.is_dir() for path in rooms}
    assert listed == tree - {"py.typed"}


@pytest.mark.skipif(not np.__version__.startswith("2.4."), reason="the README counts the functions of NumPy 2.4")
def test_the_count_of_functions_is_todays() -> None:
    said = dict(re.findall(r"^\| (differentiated|plain|refused|not yet) \| (\d+) \|", README, re.MULTILINE))
    assert {name: int(n) for name, n in said.items()} == {name: len(names) for name, names in coverage().items()}
    for function in coverage()["not yet"]:
        assert f"`{function.removeprefix('numpy.')}`" in README


def test_the_example_of_micrograds_readme() -> None:
    """https://github.com/karpathy/micrograd prints a.grad 138.8338 and b.grad 645.5773."""
    from tinygrad_bp import Value

    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"
