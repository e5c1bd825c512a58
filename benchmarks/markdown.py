"""A report as a Markdown table, a line for each workload, as the README shows it: `--markdown PATH`."""

from __future__ import annotations

from typing import Any

from .table import duration

NUMPY = "NumPy"  # the column of what is written by hand but is not the reference
COLUMNS = {
    "tinygrad_bp": "eager",
    "tinygrad_bp jit": "jit",
    None: NUMPY,
    "micrograd": "micrograd",
    "autograd": "autograd",
    "MyGrad": "MyGrad",
    "PyTorch": "PyTorch",
    "torch.compile": "torch.compile",
    "JAX": "JAX",
    "JAX jit": "JAX jit",
    "tinygrad": "tinygrad",
    "tinygrad jit": "tinygrad jit",
    "SciPy": "SciPy",
}


def markdown(report: dict[str, Any]) -> str:
    """Median ratios to each workload's reference; of several rows of one peer the first. Columns without any are left
    out, and so are workloads that are not timed."""
    outcomes = [outcome for outcome in report["outcomes"] if any(row["ratio"] for row in outcome["rows"])]
    lines = [_cells(outcome) for outcome in outcomes]
    columns = [peer for peer in COLUMNS if any(peer in cells for cells in lines)]
    titles = [f"{outcome['title'].split(',')[0]} ({_reference(outcome)})" for outcome in outcomes]
    head = ["workload (the reference is 1)", *(COLUMNS[peer] for peer in columns)]
    table = [head, ["---"] * len(head)]
    table += [[title, *(cells.get(peer, "") for peer in columns)] for title, cells in zip(titles, lines, strict=True)]
    return "\n".join(f"| {' | '.join(line)} |" for line in table)


def _cells(outcome: dict[str, Any]) -> dict[str | None, str]:
    """The first ratio of every peer; the reference's own, 1, only where that is a peer."""
    cells: dict[str | None, str] = {}
    for row in outcome["rows"]:
        if row["ratio"] and not (row["peer"] is None and row["label"] == outcome["reference"]):
            cells.setdefault(row["peer"], _figure(row["ratio"][1]))
    return cells


def _reference(outcome: dict[str, Any]) -> str:
    row = next(row for row in outcome["rows"] if row["label"] == outcome["reference"])
    seconds = sorted(row["seconds"])[len(row["seconds"]) // 2]
    regime = "" if outcome["regime"] == "warmed" else f", memory {outcome['regime']}"
    return f"{outcome['reference']} {duration(seconds)}{regime}"


def _figure(ratio: float) -> str:
    if ratio < 0.1:
        return f"1/{1 / ratio:,.0f}"
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"
