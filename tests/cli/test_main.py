"""The command without its extra, and the library without the command."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_bp
from tests.cli.conftest import environment

PACKAGE = Path(tinygrad_bp.__file__).parent
EXTRA = {"click", "rich", "typer"}

WITHOUT = """
import sys
sys.argv = ["tinygrad-bp", "train"]
sys.modules[{missing!r}] = None
from tinygrad_bp.__main__ import main
main()
"""


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_there_is_one_line(missing: str, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", WITHOUT.format(missing=missing)]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert 'pip install "tinygrad_bp[cli]"' in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_another_missing_module_is_no_missing_extra(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT.format(missing="tinygrad_bp.training.run")]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60)
    assert "ModuleNotFoundError" in done.stderr
    assert "pip install" not in done.stderr


def test_the_library_does_not_load_the_extra() -> None:
    names = ", ".join(f"tinygrad_bp.{room}" for room in ("network", "data", "audit", "training.run", "training.tables"))
    script = f"import sys, tinygrad_bp, {names}; print({EXTRA} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "set()", done.stderr


def test_only_the_command_imports_the_extra() -> None:
    users = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            if EXTRA & {name.partition(".")[0] for name in names}:
                users.add(path.relative_to(PACKAGE).parts[0])
    assert users == {"cli"}
