"""``tinygrad-bp bench``: the checkout's benchmarks, from where it is and from nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Invoke, Run
from tinygrad_bp.cli import checkout


def test_arguments_go_to_the_benchmarks(run: Run, tmp_path: Path) -> None:
    done = run("bench", "doublings", "--quick", "--only", "tinygrad_bp", "--json", "report.json")
    assert done.returncode == 0, done.stderr
    assert "doublings" in done.stdout
    assert (tmp_path / "report.json").exists()


def test_so_does_the_exit_code(run: Run) -> None:
    done = run("bench", "nothing")
    assert done.returncode == 2
    assert "no workload nothing" in done.stderr


def test_without_a_checkout_it_is_said_what_to_do(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "tinygrad_bp"
    (package.parent / "benchmarks").mkdir(parents=True)  # somebody else's
    monkeypatch.setattr(checkout.tinygrad_bp, "__file__", str(package / "__init__.py"))
    done = invoke("bench", "--quick")
    assert done.exit_code == 2
    assert done.stderr.startswith("error: the benchmarks are not in the installed package: run the command from")
    assert done.stderr.count("\n") == 1
