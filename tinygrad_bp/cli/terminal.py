"""What the command line shows, by way of rich; part of the extra ``cli``."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from rich import box, progress
from rich.console import Console
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

from tinygrad_bp.audit import Row
from tinygrad_bp.training.agreement import ENTRIES, PAIRS, Agreement, Pair
from tinygrad_bp.training.examples import Examples
from tinygrad_bp.training.run import SAMPLE, Check, Settings, Trained, largest

DERIVATION = {"delta": "δ", "engine": "engine", "differences": "differences"}
MOST_CONFUSED = 10
VERDICTS = {
    "holds": ("green", "hold as written"),
    "holds as": ("yellow", "hold under a reading"),
    "does not hold": ("red", "do not hold"),
}
"""The verdicts of the audit: their colour, and what is said of several formulas."""


def plain_console() -> Console:
    """Standard output as it is now; what comes from the user's file is shown as it is, without markup."""
    return Console(markup=False, highlight=False, emoji=False)


def title(pair: Pair) -> str:
    """A pair of derivations as a column is headed."""
    return " - ".join(DERIVATION[name] for name in pair)


def shown(apart: float | None) -> str:
    """A disagreement in two digits; a dash where nothing could be compared."""
    return "-" if apart is None else f"{apart:.1e}"


def number(apart: float | None, agrees: bool) -> Text:
    """A disagreement, conspicuous where it is too large."""
    return Text(shown(apart)) if agrees else Text(f"! {shown(apart)}", style="bold red")


class Progress:
    """The checks as rows of a table that grows, above a bar for the epochs."""

    def __init__(self, examples: Examples, settings: Settings) -> None:
        self.console = plain_console()
        self.bar = progress.Progress(
            progress.TextColumn("epoch {task.completed} of {task.total}"),
            progress.BarColumn(),
            progress.TextColumn("J = {task.fields[cost]}"),
            progress.TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.task = self.bar.add_task("training", total=settings.epochs, cost="")
        self.widths = [len(title(pair)) + 2 for pair in PAIRS]
        self.introduce(examples, settings)

    def introduce(self, examples: Examples, settings: Settings) -> None:
        """What is trained on what, and the head of the table of checks."""
        of = settings.architecture(examples.X_train.shape[1], len(examples.classes))
        trained, count = len(examples.y_train), sum(map(math.prod, of.shapes.values()))
        batch = f"batches of {settings.batch_size}" if settings.batch_size else "all examples at once"
        for line in (
            f"{examples.name}: {trained:,} examples to train on, {len(examples.y_test):,} for the test; "
            f"{of.sizes[0]:,} features, {len(examples.classes)} classes",
            f"network {'-'.join(map(str, of.sizes))} ({count:,} parameters), {of.activation}, {of.output}, {of.cost}, "
            f"decay {of.decay:g}",
            f"descent: learning rate {settings.learning_rate:g}, {batch}, {settings.epochs} epochs, "
            f"seed {settings.seed}\n",
            f"The gradient on {min(SAMPLE, trained)} examples, derived three ways: δ recurrence, engine, differences "
            f"(at {ENTRIES} entries of each array). Their largest disagreement, relative to the largest entry of the "
            "same array:\n",
        ):
            self.console.print(line)
        self.row("epoch", "J", [Text(title(pair)) for pair in PAIRS], style="bold")

    def row(self, epoch: str, cost: str, apart: list[Text], style: str = "") -> None:
        """A row of the table of checks."""
        line = Text(f"{epoch:>5}  {cost:>9}", style=style)
        for text, width in zip(apart, self.widths, strict=True):
            line.append(" " * (width - len(text)))
            line.append_text(text)
        self.console.print(line)

    def checked(self, check: Check) -> None:
        """Show a check."""
        self.row(
            str(check.epoch), f"{check.cost:.4g}", [number(check.apart(pair), check.agrees(pair)) for pair in PAIRS]
        )

    def advanced(self, epoch: int, cost: float) -> None:
        """Show how far it is."""
        self.bar.update(self.task, completed=epoch, cost=f"{cost:.4g}")

    def __enter__(self) -> Progress:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()


def show(trained: Trained, examples: Examples, model: Path) -> None:
    """The agreement array by array, the test, and where the model is."""
    console = plain_console()
    console.print(
        f"\nArray by array, the largest of {len(trained.checks)} checks, and how many entries were differenced:\n"
    )
    console.print(by_array(trained))
    console.print(f"\n{verdict(trained)}\n")
    console.print("Test: true classes down, predicted ones across\n")
    console.print(confusion(trained, console))
    right, tested = int(np.trace(trained.confusion)), int(np.sum(trained.confusion))
    console.print(
        f"\nTest accuracy {100 * trained.accuracy:.1f} %: {right} of {tested}. "
        f"Training took {trained.seconds:.1f} s, the checks {trained.checking:.1f} s."
    )
    written = f"Model written to {model}; it takes the features as they stand in the data"
    if trained.classes == tuple(range(len(trained.classes))):
        console.print(f"{written}.")
    else:
        names = ", ".join(f"{i} for {label}" for i, label in enumerate(trained.classes[:MOST_CONFUSED]))
        more = f" and {len(trained.classes) - MOST_CONFUSED} more" if len(trained.classes) > MOST_CONFUSED else ""
        console.print(f"{written} and predicts {names}{more}.")


def by_array(trained: Trained) -> Table:
    """For each array of parameters the largest disagreement of each pair in all checks."""
    table = Table("array", box=box.SIMPLE_HEAD, show_edge=False)
    for heading in (*map(title, PAIRS), "entries"):
        table.add_column(heading, justify="right")
    for checks in zip(*(check.arrays for check in trained.checks), strict=True):
        table.add_row(
            checks[0].array,
            *(number(largest(of.apart[p] for of in checks), all(of.agrees(p) for of in checks)) for p in PAIRS),
            f"{sum(of.compared for of in checks):,} of {sum(of.sampled for of in checks):,}",
        )
    return table


def verdict(trained: Trained) -> str:
    """What the checks come to, in words."""
    arrays = [of for check in trained.checks for of in check.arrays]
    engine, *both = (largest(of.apart[pair] for of in arrays) for pair in PAIRS)
    differences = largest(both)
    if trained.disagreements:
        said = f"The three derivations do not agree: {accusation(*trained.disagreements[0])}."
    elif differences is None:
        said = f"Engine and δ agree within {shown(engine)}; differences could tell nothing."
    else:
        said = f"The three derivations agree: engine and δ within {shown(engine)}, "
        said += f"differences within {shown(differences)}."
    if left_out := sum(of.sampled - of.compared for of in arrays):
        said += f" Differences left out {left_out:,} of {sum(of.sampled for of in arrays):,} entries, "
        said += "whose slope is lost in rounding or at a kink of the activation."
    return said


def accusation(check: Check, of: Agreement) -> str:
    """Where the derivations part first, and which of them is alone."""
    apart = ", ".join(f"{title(pair)} {shown(of.apart[pair])}" for pair in PAIRS if not of.agrees(pair))
    alone = {None: "two derivations part", "delta": "the δ recurrence is alone", "engine": "the engine is alone"}
    return f"{of.array} after epoch {check.epoch}: {alone.get(of.odd_one, 'the differences are alone')} ({apart})"


def confusion(trained: Trained, console: Console) -> Table:
    """The test, true classes down and predicted ones across; where that is too wide, what is confused most."""
    labels = [str(label) for label in trained.classes]
    table = Table("", box=box.SIMPLE_HEAD, show_edge=False)
    for label in labels:
        table.add_column(label, justify="right")
    for i, counts in enumerate(trained.confusion.tolist()):
        cells = [Text(str(n) if n else ".", style="bold" if i == j else "") for j, n in enumerate(counts)]
        table.add_row(Text(labels[i], style="bold"), *cells)
    if Measurement.get(console, console.options.update(max_width=10_000), table).maximum <= console.width:
        return table
    wrong = trained.confusion - np.diag(np.diag(trained.confusion))
    table = Table("class", "taken for", Column("examples", justify="right"), box=box.SIMPLE_HEAD, show_edge=False)
    for index in np.argsort(-wrong, axis=None, kind="stable")[:MOST_CONFUSED]:
        i, j = np.unravel_index(index, wrong.shape)
        if wrong[i, j]:
            table.add_row(labels[i], labels[j], str(wrong[i, j]))
    return table


def show_notes(rows: Sequence[Row]) -> None:
    """Each formula with its verdict under it: the reading that it holds under, and what holds in its place."""
    table = Table("", box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 1, 1))
    # "fold", since rich cuts a line off where it takes CJK to be narrower than it is
    table.add_column("as the notes have it, and the verdict", ratio=1, overflow="fold")
    table.add_column("error\nas written", justify="right")
    for row in (row for main in rows for row in (main, *main.beside)):
        said = Text(f"{row.formula}\n")
        said.append(row.verdict, style=VERDICTS[row.verdict][0])
        if row.verdict != "holds":
            said.append(f": {row.reading}")
        if row.correction:
            said.append(f"\n→ {row.correction}")
        table.add_row(Text(row.id, style="bold"), said, "undefined" if row.error is None else f"{row.error:.2g}")
    console = plain_console()
    console.print(table)
    counts = Counter(str(row.verdict) for row in rows)
    counted = ", ".join(f"{counts[verdict]} {words}" for verdict, (_, words) in VERDICTS.items())
    console.print(f"{len(rows)} formulas: {counted}.")
