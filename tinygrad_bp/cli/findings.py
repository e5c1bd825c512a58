"""How the judgement on a derivation is shown, by way of rich; part of the extra ``cli``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tinygrad_bp.audit.derivations import NotesDerivation
from tinygrad_bp.cli.judgement import Judged
from tinygrad_bp.cli.terminal import plain_console
from tinygrad_bp.derivation import Comparison, Finding
from tinygrad_bp.gradcheck import Report

STYLES = {"right": "green", "wrong": "bold red", "inherited": "yellow", "not comparable": "bold red",
          "pass": "green", "fail": "bold red", "inconclusive": "yellow"}  # fmt: skip
ALTERNATIVES = 2
"""How many other explanations of the same numbers are shown."""


def show(judged: Judged, where: str, smallest: Comparison | str | None) -> None:
    """One derivation: the verdict, every finding, the first fault, the smallest case."""
    console = plain_console()
    console.print(Text(f"{where}: {headline(judged)}", style="bold"))
    if isinstance(judged.result, Report):
        show_report(judged.result, judged.said, console)
    elif judged.result is not None:
        show_comparison(judged.result, judged.subject.cost_name, console)
    if isinstance(smallest, Comparison):
        show_smallest(smallest, console)
    elif smallest is not None:
        console.print(f"\n{smallest}")


def headline(judged: Judged) -> str:
    """The verdict in words."""
    of = f"{judged.subject.name}, a derivation of {judged.subject.cost_name},"
    if judged.code == 2:
        return f"{of} cannot be judged"
    result = judged.result
    said = f"{of} is {'wrong' if judged.code else 'right'}"
    if isinstance(result, Comparison):
        wrong = sum(finding.verdict == "wrong" for finding in result.findings)
        given = sum(finding.verdict != "missing" for finding in result.findings)
        return f"{said}: {counted(given, 'quantity', 'quantities')} given" + (f", {wrong} at fault" if wrong else "")
    return said


def counted(n: int, one: str, many: str) -> str:
    """1 step, 2 steps."""
    return f"{n} {one if n == 1 else many}"


def show_comparison(found: Comparison, cost: str, console: Console) -> None:
    """Every finding, and the first fault."""
    table = Table("quantity", "verdict", "", box=box.SIMPLE_HEAD, show_edge=False)
    for finding in found.findings:
        if finding.verdict != "missing":
            table.add_row(f"d_{finding.quantity}", Text(finding.verdict, STYLES[finding.verdict]), remark(finding))
    console.print()
    console.print(table)
    missing = [f"d_{finding.quantity}" for finding in found.findings if finding.verdict == "missing"]
    if missing:
        console.print(Text(f"\nNot given, and no fault: {', '.join(missing)}.", style="dim"))
    if found.convention:
        console.print(f"\nNote: {found.convention}.")
    if found.first_wrong is not None:
        show_fault(found.first_wrong, found, cost, console)
    console.print(Text(f"\n{found.witness[:1].upper()}{found.witness[1:]}.", style="dim"))


def remark(finding: Finding) -> str:
    """What is to be said of a finding in the table."""
    if finding.verdict == "inherited":
        return f"follows from your {listed([f'd_{name}' for name in finding.upstream])}; the fault is there, not here"
    if finding.verdict == "wrong":
        return said_of(finding)
    return finding.reason or ""


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), *names[-1:]])


def said_of(finding: Finding) -> str:
    """The explanation of a wrong step."""
    if finding.explanations:
        return finding.explanations[0].text
    return str(finding.worst) if finding.worst is not None else "does not follow"


def show_fault(finding: Finding, found: Comparison, cost: str, console: Console) -> None:
    """The first wrong step: what follows, what was done, what that is, and one number to look at."""
    quantity = f"d_{finding.quantity}"
    others = sum(each.verdict == "wrong" for each in found.findings) - 1
    more = f" (the first in backward order; {others} more in the table)" if others else ""
    console.print(f"\nThe fault is at {quantity}{more}:\n")
    lines = Table.grid(padding=(0, 2))
    lines.add_row("it should be", Text(f"{quantity} = {finding.formula}", style="green"))
    if finding.suspect is not None:
        lines.add_row("yours equals", Text(f"{quantity} = {finding.suspect}", style="red"))
    console.print(Padding(lines, (0, 0, 0, 2)))
    if finding.explanations:
        console.print(Padding(Text(f"{sentence(finding.explanations[0].text)}", style="bold"), (1, 0, 0, 2)))
        for other in finding.explanations[1 : ALTERNATIVES + 1]:
            console.print(Padding(f"The same numbers come if {other.text}.", (0, 0, 0, 2)))
    if finding.worst is not None:
        at = f"[{', '.join(map(str, finding.worst.index))}]" if finding.worst.index else ""
        console.print(
            Padding(
                f"The entry that is furthest off: {quantity}{at} is {finding.worst.yours:.6g}, and "
                f"{finding.worst.expected:.6g} follows from what you have before it.",
                (1, 0, 0, 2),
            )
        )


def sentence(text: str) -> str:
    """With a capital letter, and a stop."""
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def show_smallest(found: Comparison, console: Console) -> None:
    """The smallest case with its numbers, for a pencil."""
    first = found.first_wrong
    if first is None or found.case is None:
        return
    console.print("\nThe smallest case found in which it is wrong, to redo with a pencil:\n")
    lines = Table.grid(padding=(0, 1))
    for name, value in found.case.items():
        for path, array in flat(name, value):
            lines.add_row(path, "=", shown(array))
    console.print(Padding(lines, (0, 0, 0, 2)))
    worst = first.worst
    if worst is not None:
        at = f"[{', '.join(map(str, worst.index))}]" if worst.index else ""
        console.print(
            Padding(
                f"There d_{first.quantity} = {first.formula}, so d_{first.quantity}{at} is {worst.expected:.6g}; "
                f"yours is {worst.yours:.6g}.",
                (1, 0, 0, 2),
            )
        )


def flat(name: str, value: Any) -> list[tuple[str, Any]]:
    """A container's leaves with their paths."""
    from tinygrad_bp.tree import leaves

    return list(leaves(value, name))


def shown(x: Any) -> str:
    """An array as it is typed in, whole numbers without their zeros."""
    if not isinstance(x, np.ndarray):
        return f"{x:g}" if isinstance(x, float) else repr(x)
    return np.array2string(x, separator=", ", formatter={"float_kind": lambda v: f"{v:.6g}"}).replace("\n", " ")


def show_report(report: Report, said: str | None, console: Console) -> None:
    """What gradcheck found, argument by argument and where it was localised entry by entry."""
    if said:
        console.print(f"\n{sentence(said)}")
    table = Table("where", "verdict", box=box.SIMPLE_HEAD, show_edge=False)
    for heading in ("yours", "of cost itself", "± bound", "ratio"):
        table.add_column(heading, justify="right")
    for f in report.findings:
        numbers = (f"{f.yours:.6g}", f"{f.numeric:.6g}", f"{f.bound:.0e}", f"{f.ratio:.6g}")
        where = f.path if f.entry else f"{f.path} (along v)"
        table.add_row(where, Text(f.verdict, STYLES[f.verdict]), *numbers)
    console.print()
    console.print(table)
    patterns = [f"{f.path}: {text}" for f in report.findings for text in (f.pattern, f.note) if text]
    for line in (*patterns, *report.notes):
        console.print(f"\n{sentence(line)}")
    if report.verdict == "fail":
        console.print(
            "\nReturn a dict that also has the δ of the quantities which cost names, name(…, \"z2\"), and each step is "
            "judged on its own."
        )


def show_notes(judged: Sequence[tuple[NotesDerivation, Judged]]) -> None:
    """The notes' derivations, as written and as corrected, and what is wrong with those that are."""
    console = plain_console()
    table = Table("", "", "verdict", box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("the notes' derivation, held against the engine's", ratio=1, overflow="fold")
    for of, each in judged:
        verdict = ("right", "wrong", "not comparable")[each.code]
        assert isinstance(each.result, Comparison)
        wrong = [finding for finding in each.result.findings if finding.verdict == "wrong"]
        said = Text(of.formula)
        for finding in wrong:
            said.append(f"\nd_{finding.quantity}: {said_of(finding)}")
        table.add_row(of.id, "as written" if of.written else "as corrected", Text(verdict, STYLES[verdict]), said)
    console.print(table)
    for of, each in judged:
        if isinstance(each.result, Comparison) and each.result.first_wrong is not None:
            console.print(Text(f"\n{of}", style="bold"))
            show_fault(each.result.first_wrong, each.result, "J", console)
    counts = [sum(each.code == code for _, each in judged) for code in (0, 1, 2)]
    said_counts = ", ".join(f"{n} {word}" for n, word in zip(counts, ("right", "wrong", "not judged"), strict=True) if n)
    console.print(f"\n{len(judged)} derivations: {said_counts}.")
