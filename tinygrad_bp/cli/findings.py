"""How the judgement on a derivation is shown, by way of rich; part of the extra ``cli``."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tinygrad_bp.audit.derivations import NotesDerivation
from tinygrad_bp.cli.judgement import RIGHT, UNJUDGED, VERDICTS, Judged
from tinygrad_bp.cli.smallest import Smallest
from tinygrad_bp.cli.terminal import plain_console
from tinygrad_bp.derivation import Agreement, Comparison, Finding
from tinygrad_bp.gradcheck import Report
from tinygrad_bp.tree import leaves

STYLES = {"right": "green", "wrong": "bold red", "inherited": "yellow", "not comparable": "bold red",
          "pass": "green", "fail": "bold red", "inconclusive": "yellow"}  # fmt: skip
ADVICE = 'In which step? Name the quantities in cost, z2 = name(…, "z2"), and give their δ in the dict too.'
ALTERNATIVES = 2
"""How many other explanations of the same numbers are shown."""


def show(judged: Judged, where: str) -> None:
    """One derivation: the verdict, every finding, the first fault."""
    console = plain_console()
    write(console, f"{where}: {headline(judged)}", "bold", by=0)
    result = judged.result
    if isinstance(result, Report):
        show_report(result, judged.said, console)
    elif result is not None:
        show_comparison(result, console)
        if judged.code and not judged.named:
            write(console, f"\n{ADVICE}", by=0)
        write(console, f"\n{sentence(result.witness)}", "dim", by=0)


def show_agreement(cost: str, agreement: Agreement) -> None:
    """Which derivations of one cost agree with each other, and which is the odd one out."""
    console = plain_console()
    names = list(agreement.comparisons)
    write(console, f"\nThe {len(names)} derivations of {cost}, held against each other:", by=0)
    if len(names) > 2:
        table = Table("", *names, box=box.SIMPLE_HEAD, show_edge=False)
        for one in names:
            table.add_row(one, *("" if one == a else "agree" if agreement.agree(one, a) else "differ" for a in names))
        console.print()
        console.print(table)
    console.print()
    for (one, other), quantities in agreement.differing.items():
        said = (
            f"differ in {listed([f'd_{name}' for name in quantities])}" if quantities else "agree in all they both give"
        )
        write(console, f"{one} and {other} {said}.", by=0, further=2)
    if agreement.odd_one_out is not None:
        write(console, f"The odd one out: {agreement.odd_one_out}.", "bold", by=0)


def waiting(text: str) -> AbstractContextManager[Any]:
    """What is being done, while it is being done, where somebody looks at the terminal."""
    return Console(stderr=True).status(text)


def write(console: Console, text: str, style: str = "", by: int = 2, further: int = 0) -> None:
    """A paragraph, indented by so much, its further lines by more; nothing stands behind the end of a line."""
    for line in text.split("\n"):
        wrapped = textwrap.wrap(
            line, console.width, initial_indent=" " * by, subsequent_indent=" " * (by + further), break_on_hyphens=False
        )
        console.print(Text("\n".join(wrapped), style=style))


def headline(judged: Judged) -> str:
    """The verdict in words."""
    name, result = judged.subject.name, judged.result
    if judged.code == UNJUDGED:
        return f"{name} cannot be judged"
    if not isinstance(result, Comparison):
        return f"{name} is {VERDICTS[judged.code]}"
    counts = Counter(finding.verdict for finding in result.findings)
    given = counted(len(result.findings) - counts["missing"], "quantity", "quantities")
    if judged.code == RIGHT:
        return f"{name} is right in all it gives: {given}"
    inherit = f", {counts['inherited']} only {'inherits' if counts['inherited'] == 1 else 'inherit'} it"
    return f"{name} is wrong: of {given} {counts['wrong']} at fault{inherit * bool(counts['inherited'])}"


def counted(n: int, one: str, many: str) -> str:
    """1 step, 2 steps."""
    return f"{n} {one if n == 1 else many}"


def show_comparison(found: Comparison, console: Console) -> None:
    """Every finding, and the first fault."""
    table = Table("quantity", "verdict", "", box=box.SIMPLE_HEAD, show_edge=False)
    for finding in found.findings:
        if finding.verdict != "missing":
            table.add_row(f"d_{finding.quantity}", Text(finding.verdict, STYLES[finding.verdict]), remark(finding))
    console.print()
    console.print(table)
    missing = [f"d_{finding.quantity}" for finding in found.findings if finding.verdict == "missing"]
    if missing:
        write(console, f"\nNot given, and no fault: {', '.join(missing)}.", "dim", by=0)
    if found.convention:
        write(console, f"\nNote: {found.convention}.", by=0)
    if found.first_wrong is not None:
        show_fault(found, console)


def remark(finding: Finding) -> str:
    """What is to be said of a finding in the table."""
    if finding.verdict == "inherited":
        return f"follows from your {listed([f'd_{name}' for name in finding.upstream])}: the fault is not here"
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


def show_fault(found: Comparison, console: Console) -> None:
    """The first wrong step: what follows, what was done, what that is, and one number to look at."""
    finding = found.first_wrong
    assert finding is not None
    quantity = f"d_{finding.quantity}"
    others = sum(each.verdict == "wrong" for each in found.findings) - 1
    more = f" (the first in backward order; {others} more in the table)" if others else ""
    write(console, f"\nThe fault is at {quantity}{more}:", by=0)
    console.print()
    write(console, f"it should be  {quantity} = {finding.formula}", "green", further=16 + len(quantity) + 3)
    if finding.suspect is not None:
        write(console, f"yours equals  {quantity} = {finding.suspect}", "red", further=16 + len(quantity) + 3)
    if finding.explanations:
        console.print()
        write(console, sentence(finding.explanations[0].text), "bold")
        for other in finding.explanations[1 : ALTERNATIVES + 1]:
            write(console, f"(These numbers also come about if {other.text}.)")
    worst = finding.worst
    if worst is not None:
        console.print()
        where = "Near your arguments (not at them)" if worst.redrawn else "At your arguments"
        write(
            console,
            f"{where} {entry(quantity, worst.index)} is {worst.yours:.6g}; {worst.expected:.6g} "
            "follows from your own steps before it.",
        )


def entry(quantity: str, index: tuple[int, ...]) -> str:
    """d_W1[0, 2]"""
    return f"{quantity}[{', '.join(map(str, index))}]" if index else quantity


def sentence(text: str) -> str:
    """With a capital letter where it starts with a word of ours, and a stop."""
    first = text.partition(" ")[0]
    return (text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text).rstrip(".") + "."


def show_smallest(smallest: Smallest | str | None) -> None:
    """The smallest case with its numbers, for a pencil; or why there is none."""
    console = plain_console()
    if not isinstance(smallest, Smallest):
        if smallest is not None:
            write(console, f"\n{smallest}", by=0)
        return
    finding = smallest.comparison.first_wrong
    assert finding is not None
    write(console, "\nThe smallest case found in which it is wrong, to be redone with a pencil:", by=0)
    console.print()
    given = [(path, leaf) for name, value in smallest.arguments.items() for path, leaf in leaves(value, name)]
    wide = max((len(path) for path, _ in [*given, *smallest.seen]), default=0)
    for path, value in given:
        write(console, f"{path.ljust(wide)} = {shown(value)}", further=wide + 3)
    if smallest.seen:
        console.print()
        for path, value in smallest.seen:
            write(console, f"{path.ljust(wide)} = {shown(value)}", further=wide + 3)
    quantity, worst = f"d_{finding.quantity}", finding.worst
    console.print()
    write(console, f"it should be  {quantity} = {finding.formula}", "green", further=16 + len(quantity) + 3)
    if worst is not None:
        write(console, f"so that {entry(quantity, worst.index)} is {worst.expected:.6g}; yours is {worst.yours:.6g}.")


def shown(x: Any) -> str:
    """An array as it is typed in, whole numbers without their zeros."""
    if isinstance(x, np.ndarray):
        return " ".join(np.array2string(x, separator=", ", formatter={"float_kind": lambda v: f"{v:.6g}"}).split())
    return f"{x:.6g}" if isinstance(x, (float, np.floating)) else repr(x)


def show_report(report: Report, said: str | None, console: Console) -> None:
    """What gradcheck found, argument by argument and where it was localised entry by entry."""
    if said:
        write(console, f"\n{said}.", by=0)
    table = Table("where", "verdict", box=box.SIMPLE_HEAD, show_edge=False)
    for heading in ("yours", "of cost itself", "± bound", "yours / that"):
        table.add_column(heading, justify="right")
    for f in report.findings:
        numbers = (f"{f.yours:.6g}", f"{f.numeric:.6g}", f"{f.bound:.0e}", f"{f.ratio:.6g}")
        where = f.path if f.entry else f"{f.path} (along v)"
        table.add_row(where, Text(f.verdict, STYLES[f.verdict]), *numbers)
    console.print()
    console.print(table)
    if any(not f.entry for f in report.findings):
        write(console, "\n(along v): the derivative in a random direction v, of all entries at once.", "dim", by=0)
    for f in report.findings:
        for text in (f.pattern, f.note):
            if text:
                write(console, f"\n{f.path}: {text}.", "bold", by=0)
    for note in report.notes:
        write(console, f"\n{sentence(note)}", by=0)
    if report.verdict == "fail":
        write(console, f"\n{ADVICE}", by=0)


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
            write(console, f"\n{of}", "bold", by=0)
            show_fault(each.result, console)
    counts = [sum(each.code == code for _, each in judged) for code in (0, 1, 2)]
    said_counts = ", ".join(
        f"{n} {word}" for n, word in zip(counts, ("right", "wrong", "not judged"), strict=True) if n
    )
    write(console, f"\n{len(judged)} derivations: {said_counts}.", by=0)
