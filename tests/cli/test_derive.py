"""``tinygrad-bp derive``: the engine's derivation in all forms."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.cli.conftest import Invoke, Run
from tests.cli.derivations import FORGOTTEN, RIGHT, written
from tinygrad_bp import grad

STEPS = """\
d_a3 = (a3 - Y) / 4
d_z3 = d_a3 * a3 * (1 - a3)
d_W2 = d_z3.T @ a2
d_b2 = np.sum(d_z3, axis=0)
d_a2 = d_z3 @ W2
d_z2 = d_a2 * a2 * (1 - a2)
d_W1 = d_z2.T @ X
d_b1 = np.sum(d_z2, axis=0)
"""


def test_the_steps(run: Run, tmp_path: Path) -> None:
    done = run("derive", written(tmp_path, FORGOTTEN))  # whatever is wrong by hand
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"\n\n{STEPS}")
    assert done.stdout.startswith("z2 = X @ W1.T + b1\n")


def test_the_source_runs_alone_and_gives_the_gradient(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("derive", written(tmp_path), "--source")
    alone: dict[str, object] = {}
    exec(done.stdout, alone)
    file: dict[str, object] = {}
    exec(RIGHT, file)
    given = file["arguments"](np.random.default_rng(5))  # type: ignore[operator]
    found = alone["gradient"](*given)  # type: ignore[operator]
    expected = grad(file["cost"], argnums=(0, 1, 2, 3))(*given)  # type: ignore[arg-type]
    for name, d in zip(("W1", "b1", "W2", "b2"), expected, strict=True):
        np.testing.assert_allclose(found[name], d, rtol=1e-12)


def test_latex(invoke: Invoke, tmp_path: Path) -> None:
    out = invoke("derive", written(tmp_path), "--latex").stdout
    assert out.startswith(r"\begin{aligned}")
    assert out.rstrip().endswith(r"\end{aligned}")
    assert out.count(r"\text{(") == 12


def test_svg(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path)
    if shutil.which("dot") or importlib.util.find_spec("grandalf"):
        out = invoke("derive", file, "--svg").stdout
        labels = " ".join(text for text in ElementTree.fromstring(out).itertext())
        assert all(f"d_{name} = " in labels for name in ("z3", "W2", "b2", "z2", "W1", "b1"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "grandalf", None)
    for name in [name for name in sys.modules if name.startswith("grandalf.")]:
        monkeypatch.setitem(sys.modules, name, None)
    done = invoke("derive", file, "--svg")
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "--svg: a drawing needs Graphviz" in done.stderr


def test_without_a_derivation_by_hand_all_floats_are_differentiated(invoke: Invoke, tmp_path: Path) -> None:
    file = written(tmp_path, ("def by_hand", "def by_foot"))
    assert "\nd_X = " in invoke("derive", file).stdout
    out = invoke("derive", file, "--wrt", "b1,W2").stdout
    assert [line.split()[0] for line in out.splitlines() if line.startswith(("d_W", "d_b", "d_X"))] == ["d_W2", "d_b1"]


def test_a_cost_by_name(invoke: Invoke, tmp_path: Path) -> None:
    file = written(tmp_path, ("def by_hand", "def by_foot"), ("def cost(", "def loss("))
    assert "d_z2" in invoke("derive", f"{file}:loss").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("nothing.py", "nothing.py cannot be read: No such file"),
        ("two_layers.py --latex --source", "choose one of --latex, --source and --svg"),
        ("two_layers.py --wrt W9", "--wrt W9: cost has no such argument; it has W1, b1, W2, b2, X, Y"),
        ("two_layers.py:sigmoid", "arguments do not fit sigmoid(z): too many positional arguments"),
        ("lost.py", "lost.py: line 14: TypeError: float(value) would leave the graph without a word"),
        ("nowhere.py", "nowhere.py has no cost and no arguments"),
    ],
)
def test_what_can_be_put_right(invoke: Invoke, tmp_path: Path, arguments: str, message: str) -> None:
    written(tmp_path)
    written(tmp_path, ("0.5 * np.sum((a3 - Y) ** 2)", "0.5 * float(np.sum((a3 - Y) ** 2))"), name="lost.py")
    written(tmp_path, name="nowhere.py", text="")
    done = invoke("derive", *arguments.split())
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.output
    assert message in done.stderr
