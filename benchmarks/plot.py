"""The ratios as a picture: a panel for each workload, a row for each competitor, on a logarithmic scale."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

OURS, BY_HAND, PEERS = "#c1272d", "#1a1a1a", "#5b7fa6"
COLUMNS = 2


def draw(report: dict[str, Any], path: Path) -> None:
    """Write the picture of a report (what `--json` writes); the suffix of the path says in which format."""
    figure(report).savefig(path, dpi=150)


def figure(report: dict[str, Any]) -> Figure:
    """Dots are the rounds' medians, bars reach from the lower to the upper quartile."""
    panels = [outcome for outcome in report["outcomes"] if any(row["ratio"] for row in outcome["rows"])]
    lines = [panels[i : i + COLUMNS] for i in range(0, len(panels), COLUMNS)]
    heights = [max(len(_measured(panel)) for panel in line) + 3.0 for line in lines] or [1.0]
    picture = Figure(figsize=(14, 0.27 * sum(heights) + 1.0), layout="constrained")
    versions = ", ".join(f"{name} {found}" for name, found in report["machine"]["versions"].items() if found)
    machine = report["machine"]
    title = f"{machine['processor'] or machine['machine']}, Python {machine['python']}, one thread\n{versions}"
    picture.suptitle(
        f"Processor time, ratio to the reference of each workload: median and quartiles of {report['rounds']} rounds\n"
        + title,
        fontsize=9,
    )
    grid = picture.add_gridspec(max(1, len(lines)), COLUMNS, height_ratios=heights)
    for i, line in enumerate(lines):
        for j, panel in enumerate(line):
            _panel(picture.add_subplot(grid[i, j]), panel)
    return picture


def _measured(outcome: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that have a ratio, fastest last, so that it is drawn on top."""
    return sorted((row for row in outcome["rows"] if row["ratio"]), key=lambda row: -row["ratio"][1])


def _panel(axes: Any, outcome: dict[str, Any]) -> None:
    rows = _measured(outcome)
    for height, row in enumerate(rows):
        low, median, high = row["ratio"]
        colour = _colour(row["label"])
        axes.plot([low, high], [height, height], color=colour, linewidth=4, alpha=0.35, solid_capstyle="butt")
        axes.plot(median, height, "o", color=colour, markersize=5)
        axes.annotate(
            f"{median:,.0f}" if median >= 100 else f"{median:.3g}",
            (high, height),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
            color=colour,
        )
    axes.set_xscale("log")
    axes.axvline(1, color="0.6", linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(rows)), [row["label"] for row in rows], fontsize=8)
    for label in axes.get_yticklabels():
        label.set_color(_colour(label.get_text()))
    axes.set_ylim(-0.7, len(rows) - 0.3)
    low, high = axes.get_xlim()
    axes.set_xlim(low / 1.15, max(high, 1.5 * low) * (high / low) ** 0.12)  # room for the figures
    decades = math.log10(axes.get_xlim()[1] / axes.get_xlim()[0])
    axes.xaxis.set_major_locator(LogLocator(subs=_ticks(decades), numticks=20))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", labelsize=7)
    axes.grid(axis="x", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    regime = "" if outcome["regime"] == "warmed" else f", memory {outcome['regime']}"
    axes.set_title(f"{outcome['workload']}{regime}: {outcome['title']}", fontsize=8, loc="left", wrap=True)
    axes.set_xlabel(f"× {outcome['reference']}", fontsize=7, loc="left")


def _ticks(decades: float) -> tuple[float, ...]:
    """Which multiples of powers of ten are marked."""
    if decades > 3:
        return (1.0,)
    return (1.0, 2.0, 5.0) if decades > 1 else (1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 7.0)


def _colour(label: str) -> str:
    if label.startswith("tinygrad_bp"):
        return OURS
    return BY_HAND if label.lower().startswith(("by_hand", "by hand", "numpy", "python floats")) else PEERS
