"""What is printed."""

from __future__ import annotations

from typing import Any

from .case import SECONDS, Limit, Wanted
from .timing import Outcome


def header(machine: dict[str, Any], rounds: int) -> str:
    """The machine, the versions and how it is measured."""
    versions = ", ".join(f"{name} {found}" for name, found in machine["versions"].items() if found)
    return (
        f"{machine['processor'] or machine['machine']}, {machine['cores']} cores, {machine['system']}, "
        f"{machine['libc']}, Python {machine['python']}\n{versions}\n"
        f"processor time, 1 thread, collector on, a process for each competitor; medians (quartiles) of {rounds} rounds"
    )


def text(outcome: Outcome) -> str:
    """One workload's table, its other measures, and what is wanted beside what was measured."""
    workload = outcome.workload
    lines = [f"{workload.name}: {workload.title}", f"[memory {outcome.regime}]"]
    width = max(len(label) for label in outcome.rows)
    timed = any(row.seconds for row in outcome.rows.values())
    if timed:
        lines.append(f"  {'':{width}}  {'time per ' + workload.unit:>18}    ratio to {workload.reference}")
    for row in outcome.rows.values():
        label = f"  {row.label:{width}}"
        quartiles = outcome.ratios(row.label, workload.reference)
        if row.status != "measured":
            lines.append(f"{label}  {row.status}")
        elif row.seconds:
            low, median, high = ("", "", "") if quartiles is None else map(_ratio, quartiles)
            ratio = f"{median}  ({low} – {high})" if median else ""
            lines.append(f"{label}  {duration(sorted(row.seconds)[len(row.seconds) // 2]):>18}    {ratio}")
        for name, number in row.measures.items():
            lines.append(f"{label}  {number:>18,.6g}    {name}")
    lines += [
        f"  wanted: {_said(wanted)}: {_amount(wanted, measured)}, {'yes' if measured <= wanted.at_most else 'NO'}"
        for wanted in workload.wanted
        if (measured := outcome.reached(wanted)) is not None
    ]
    lines += [f"  without {peer}: {why}" for peer, why in workload.absent.items()]
    errors = [row.error for row in outcome.rows.values() if row.status == "measured"]
    lines.append(f"  all {len(errors)} agree with the derivation by hand within {max(errors):.1e}")
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Seconds, in the unit that suits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _ratio(x: float) -> str:
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}" if x < 1 else f"{x:.1f}" if x >= 10 else f"{x:.2f}"


def _said(wanted: Wanted | Limit) -> str:
    if isinstance(wanted, Limit):
        limit = duration(wanted.at_most) if wanted.measure == SECONDS else f"{wanted.at_most:,g}"
        return f"{'time' if wanted.measure == SECONDS else wanted.measure} of {wanted.entry} ≤ {limit}"
    share = f"{wanted.at_most:g}" if wanted.at_most >= 0.01 else f"1/{1 / wanted.at_most:,.0f}"
    return f"{wanted.entry} ≤ {share} × {wanted.other}"


def _amount(wanted: Wanted | Limit, measured: float) -> str:
    if isinstance(wanted, Limit) and wanted.measure == SECONDS:
        return duration(measured)
    return _ratio(measured)
