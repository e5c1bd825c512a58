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


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_seventeen_rows_at_any_width(run: Run, columns: int) -> None:
    done = run("notes", COLUMNS=str(columns))
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines if re.match(r" N\d+ ", line)] == IDS
    assert max(map(width, lines)) <= columns
    # nothing of a formula or a verdict is lost in the table
    squeezed = "".join(re.sub(r"\s{2,}(undefined|[\d.e-]+) *$|\s", "", line[8:]) for line in lines)
    for row in audit():
        assert row.verdict in done.stdout
        for text in (row.formula, row.correction):
            assert re.sub(r"\s", "", text) in squeezed


def test_json(invoke: Invoke) -> None:
    done = invoke("notes", "--json")
    assert done.exit_code == 0
    rows = json.loads(done.stdout)
    assert rows == [row.to_dict() for row in audit()]
    assert [row["id"] for row in rows] == IDS


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
