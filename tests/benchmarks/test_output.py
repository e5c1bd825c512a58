"""What the command prints and writes."""

from __future__ import annotations

import json

import pytest

from benchmarks import __main__ as command
from benchmarks.__main__ import main
from benchmarks.case import SECONDS, Limit
from benchmarks.checks import DisagreementError
from benchmarks.markdown import markdown
from benchmarks.table import text
from benchmarks.timing import Outcome, Row
from benchmarks.worker import CompetitorError
from benchmarks.workloads import WORKLOADS

MACHINE = {"processor": "P", "machine": "m", "python": "3", "versions": {"numpy": "2.4", "jax": None}}


def outcome(name="deep"):
    rows = {entry.label: Row(entry.label, status="not installed") for entry in WORKLOADS[name].entries}
    for i, label in enumerate([WORKLOADS[name].reference, *list(rows)[1:4]]):
        rows[label] = Row(label, calls=1, seconds=[(i + 1) * 1e-6 * s for s in (1.0, 1.1, 1.3)])
    return Outcome(WORKLOADS[name], "warmed", rows)


def strictly(text):
    def refuse(constant):
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


def test_a_run_writes_what_it_measured(tmp_path, capsys):
    path = tmp_path / "report.json"
    assert main(["doublings", "--quick", "--only", "tinygrad_bp", "--json", str(path)]) == 0
    assert "all 1 agree with the derivation by hand" in capsys.readouterr().out
    report = strictly(path.read_text(encoding="utf-8"))
    (written,) = report["outcomes"]
    (row,) = (row for row in written["rows"] if row["label"] == "tinygrad_bp")
    assert row["status"] == "measured"
    assert len(row["seconds"]) == report["rounds"] == 3
    assert all(seconds > 0 for seconds in row["seconds"])
    assert row["ratio"] == [1.0, 1.0, 1.0]


def test_quartiles_are_in_order_and_missing_rows_have_none():
    written = strictly(json.dumps(outcome().to_dict(), allow_nan=False))
    ratios = [row["ratio"] for row in written["rows"] if row["status"] == "measured"]
    assert all(ratio == sorted(ratio) for ratio in ratios)
    assert all(row["ratio"] is None for row in written["rows"] if row["status"] != "measured")


def test_a_limit_in_seconds_is_the_median():
    measured = outcome()
    assert measured.reached(Limit("tinygrad_bp", SECONDS, 1.3e-6)) == 1.1e-6
    assert measured.reached(Limit("MyGrad, 10,000", SECONDS, 1.3e-6)) is None
    assert "time of tinygrad_bp ≤ 1.3 µs: 1.1 µs, yes" in text(measured)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_the_plot_is_written(tmp_path, suffix):
    pytest.importorskip("matplotlib")
    from benchmarks.plot import draw, figure

    report = {"machine": MACHINE, "rounds": 3, "outcomes": [outcome().to_dict(), outcome("tiny").to_dict()]}
    report["outcomes"].append(Outcome(WORKLOADS["memory"], "warmed", {}).to_dict())  # nothing timed: no panel
    assert len(figure(report).axes) == 2
    labels = [label.get_text() for label in figure(report).axes[0].get_yticklabels()]
    assert len(labels) > 1
    assert labels[-1] == "tinygrad_bp"  # the fastest on top
    draw(report, tmp_path / f"ratios{suffix}")
    assert (tmp_path / f"ratios{suffix}").stat().st_size > 5_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "no workload nothing"),
        (["tiny", "--rounds", "0"], "--rounds"),
        (["tiny", "--json", "nowhere/report.json"], "nowhere/report.json: there is no such folder"),
        (["tiny", "--json", "/"], "/: is a folder"),
    ],
)
def test_what_the_user_can_put_right(arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_picture_of_no_known_kind_is_refused_before_anything_is_measured(capsys):
    pytest.importorskip("matplotlib")
    with pytest.raises(SystemExit):
        main(["tiny", "--plot", "ratios.txt"])
    assert "the suffix must be one of .svg, .png, .pdf" in capsys.readouterr().err


def test_the_markdown_table_has_a_line_for_each_timed_workload_and_a_column_for_who_took_part():
    outcomes = [
        outcome("deep").to_dict(),
        outcome("tiny").to_dict(),
        Outcome(WORKLOADS["memory"], "warmed", {}).to_dict(),
    ]
    head, rule, deep, tiny = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in markdown({"outcomes": outcomes}).splitlines()
    )
    assert len(head) == len(rule) == len(deep) == len(tiny)
    assert dict(zip(head, deep, strict=True))["eager"] == "1.00"
    assert dict(zip(head, tiny, strict=True))["NumPy"] == "2.00"  # the reference itself is no column
    assert "by_hand 1.1 µs" in tiny[0]
    assert "PyTorch" not in head


def test_a_run_that_is_over_says_what_it_left_out(tmp_path, capsys):
    path = tmp_path / "report.json"
    assert main(["tiny", "scalar", "--minutes", "-1", "--json", str(path)]) == 0
    assert capsys.readouterr().out.count("minutes are over (--minutes)") == 2
    report = strictly(path.read_text(encoding="utf-8"))
    assert report["outcomes"] == []
    assert list(report["left_out"]) == ["tiny", "scalar"]


@pytest.mark.parametrize(
    ("error", "code"), [(DisagreementError("by far"), 1), (CompetitorError("it raised"), 2), (KeyboardInterrupt(), 130)]
)
def test_what_ends_a_run_does_not_lose_what_was_measured(tmp_path, capsys, monkeypatch, error, code):
    def measure(workload, **options):
        if workload.name == "tiny":
            raise error
        return outcome()

    monkeypatch.setattr(command, "measure", measure)
    path = tmp_path / "report.json"
    assert main(["deep", "tiny", "mlp", "--json", str(path)]) == code
    assert str(error) in capsys.readouterr().err
    assert [written["workload"] for written in strictly(path.read_text(encoding="utf-8"))["outcomes"]] == ["deep"]
