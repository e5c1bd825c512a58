"""The command as a user runs it: in a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import tinygrad_bp
from tinygrad_bp.cli import app

Run = Callable[..., subprocess.CompletedProcess[str]]
Invoke = Callable[..., Result]


def environment(**changes: str) -> dict[str, str]:
    """This environment, with the package that is tested, no colours and a width of 80."""
    packages = str(Path(tinygrad_bp.__file__).parents[1])
    inherited = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR")}
    return {**inherited, "PYTHONPATH": packages, "PYTHONIOENCODING": "utf-8", "COLUMNS": "80", **changes}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """``run("train", …)`` is ``python -m tinygrad_bp train …``, warnings being errors."""

    def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-m", "tinygrad_bp", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment(**changes), capture_output=True, encoding="utf-8", timeout=120
        )

    return run


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """The same within this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.fixture
def flowers(tmp_path: Path) -> str:
    """The name of a ``.csv`` with three kinds of flowers that are easily told apart."""
    random = np.random.default_rng(0)
    lines = ["length,width,kind"]
    for kind, centre in {"rose": (1, 200), "lily": (2, 300), "poppy": (3, 100)}.items():
        lines += [f"{x:.3f},{y:.1f},{kind}" for x, y in random.normal(centre, (0.1, 10), (12, 2))]
    (tmp_path / "flowers.csv").write_text("\n".join(lines) + "\n")
    return "flowers.csv"
