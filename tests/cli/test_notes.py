"""``tinygrad-bp notes``: the judged formulas, as a table and as JSON."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest

from tests.cli.conftest import Invoke, Run
from tinygrad_bp.audit import Row, audit

IDS = [f"N{i}" for i in range(1, 18)]


def width(line: str) -> int:
    """Columns on the screen."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in line)
    return len(line) + wide - sum(map(bool, map(unicodedata.combining, line)))


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The audit, once."""
    return list(audit())


def test_from_a_process(run: Run, rows: list[Row]) -> None:
    done = run("notes")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1].startswith("17 formulas: ")


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_seventeen_rows_at_any_width(
    invoke: Invoke, rows: list[Row], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setattr("tinygrad_bp.cli.commands.audit", lambda: rows)
    monkeypatch.setenv("COLUMNS", str(columns))
    done = invoke("notes")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines if re.match(r" N\d+ ", line)] == IDS
    assert max(map(width, lines)) <= columns
    # nothing of a formula or a correction is lost in the table
    squeezed = "".join(re.sub(r"\s{2,}(undefined|[\d.e-]+) *$|\s", "", line[8:]) for line in lines)
    for row in rows:
        assert row.verdict in done.stdout
        for text in (row.formula, row.correction):
            assert re.sub(r"\s", "", text) in squeezed


def test_json(invoke: Invoke, rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinygrad_bp.cli.commands.audit", lambda: rows)
    done = invoke("notes", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == [row.to_dict() for row in rows]
    assert [row["id"] for row in json.loads(done.stdout)] == IDS


def test_json_where_the_output_has_no_greek(run: Run) -> None:
    assert "δ" in json.loads(run("notes", "--json", PYTHONIOENCODING="ascii").stdout)[13]["formula"]


def test_each_verdict_is_shown(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        Row("N1", "z = W a", "holds", "as written", "", 0.0),
        Row("N2", "a = [b]f[/b](z)", "holds as", "with the bias", "a = f(z + b)", 0.25),
        Row("N3", "δ = 0", "does not hold", "under none of the 3 readings tried", "", None),
    ]
    monkeypatch.setattr("tinygrad_bp.cli.commands.audit", lambda: rows)
    lines = [" ".join(line.split()) for line in invoke("notes").stdout.splitlines()]
    assert "N1 z = W a 0" in lines
    assert "N2 a = [b]f[/b](z) 0.25" in lines
    assert "holds as: with the bias" in lines
    assert "→ a = f(z + b)" in lines
    assert "N3 δ = 0 undefined" in lines
    assert "does not hold: under none of the 3 readings tried" in lines
    assert lines[-1] == "3 formulas: 1 hold as written, 1 hold under a reading, 1 do not hold."
