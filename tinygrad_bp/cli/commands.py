"""The commands: ``tinygrad-bp train``, ``tinygrad-bp notes`` and ``tinygrad-bp bench``; ``check`` and ``derive`` are in
`check`.

Whatever the user can put right is one line on stderr and exit code 2; an interrupt is exit code 130. The model is
written last, and whole or not at all. Exit code 1 says that the three derivations of the gradient do not agree.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinygrad_bp import __version__
from tinygrad_bp.audit import audit
from tinygrad_bp.cli import checkout, terminal
from tinygrad_bp.cli.check import check_command, derive_command
from tinygrad_bp.cli.usage import (
    DISAGREEMENT,
    INTERRUPT,
    OneLineErrors,
    fail,
    hidden_layers,
    not_negative,
    one_of,
    positive,
    print_json,
    sizes,
    writable,
)
from tinygrad_bp.network import ACTIVATIONS, COSTS, OUTPUTS
from tinygrad_bp.training.examples import digits, from_table
from tinygrad_bp.training.run import Settings, train
from tinygrad_bp.training.tables import DataError, read

app = typer.Typer(
    cls=OneLineErrors,
    add_completion=False,
    rich_markup_mode="markdown",  # so that the paragraphs of a docstring are filled
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Is this gradient right, and if not, where and why: an autograd engine held against derivations by hand.",
)


def version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        print(f"tinygrad_bp {__version__}")
        raise typer.Exit()


@app.callback(invoke_without_command=True)
def without_command(
    context: typer.Context,
    _: Annotated[bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Print the help where no command is given."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("train")
def train_command(
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="DATA",
            help="A .csv file with commas between its cells, or an .npz file with arrays X and y. "
            "Without it the 1,797 handwritten digits that ship with the package.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Where the classes are: in a .csv the column by name or by number (1 the first, -1 the last; "
            "default the last), in an .npz the array (default y).",
        ),
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header",
            help="Whether the first row of a .csv has the names of the columns. Default: it does if none of its cells "
            "is a number.",
        ),
    ] = None,
    hidden: Annotated[
        str, typer.Option(metavar="SIZES", callback=sizes, help="Sizes of the hidden layers; none for no hidden layer.")
    ] = "128,64",
    activation: Annotated[
        str,
        typer.Option(
            metavar="F", callback=one_of(ACTIVATIONS), help=f"Of the hidden layers: {', '.join(ACTIVATIONS)}."
        ),
    ] = "relu",
    output: Annotated[
        str,
        typer.Option(metavar="F", callback=one_of(OUTPUTS), help="Of the output layer: softmax, or one of the same."),
    ] = "softmax",
    cost: Annotated[
        str,
        typer.Option(
            metavar="J", callback=one_of(COSTS), help="cross-entropy (with softmax and sigmoid) or squared-error."
        ),
    ] = "cross-entropy",
    decay: Annotated[
        float, typer.Option(metavar="λ", callback=not_negative, help="Weight decay; biases do not decay.")
    ] = 1e-3,
    learning_rate: Annotated[float, typer.Option(metavar="α", callback=positive, help="Length of the steps.")] = 0.1,
    batch: Annotated[int, typer.Option(metavar="N", min=0, help="Examples in a step; 0 for all of them.")] = 16,
    epochs: Annotated[int, typer.Option(metavar="N", min=1, help="How often each example is gone over.")] = 30,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="Of the first weights, the batches and the sample that is checked.")
    ] = 0,
    check_every: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="Epochs between two checks of the gradient; 0 only at start and end. Default: a sixth of all.",
        ),
    ] = None,
    model: Annotated[
        Path, typer.Option(metavar="PATH", help="Where the trained network is written; Network.load reads it.")
    ] = Path("model.npz"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON and nothing else.")] = False,
) -> None:
    """Train a network to tell classes apart, and check its gradient on the way.

    At the start, every few epochs and at the end the gradient of all parameters is derived three ways on a fixed sample
    of the examples: by the δ recurrence of the lecture notes, by the engine from the cost alone, and by differences. A
    fifth of each class is set aside for the test. The features of DATA are standardised; the model that is written
    takes them as they stand in the file.

    Exit code 0; 1 if the derivations do not agree; 2 for what you can put right.
    """
    settings = Settings(
        hidden=hidden_layers(hidden),
        activation=activation,
        output=output,
        cost=cost,
        decay=decay,
        learning_rate=learning_rate,
        batch_size=batch or None,
        epochs=epochs,
        seed=seed,
        check_every=max(1, epochs // 6) if check_every is None else check_every,
    )
    try:
        settings.architecture(features=1, classes=3)  # do output and cost go together, whatever the data
    except ValueError as error:
        fail(str(error))
    writable(model, data)
    try:
        examples = digits() if data is None else from_table(read(data, target, header), str(data))
        if as_json:
            trained = train(examples, settings)
        else:
            with terminal.Progress(examples, settings) as progress:
                trained = train(examples, settings, progress.checked, progress.advanced)
    except KeyboardInterrupt:
        fail("interrupted; no model was written", INTERRUPT)
    except DataError as error:
        fail(str(error))
    except FloatingPointError:
        fail(
            f"the training diverged with a learning rate of {learning_rate:g}: the cost or a parameter is no longer "
            "finite; no model was written, try a smaller --learning-rate"
        )
    except MemoryError as error:
        fail(f"there is not enough memory: {error}")
    try:
        trained.network.save(model)
    except OSError as error:
        fail(f"the model was not written: {error}")
    if as_json:
        print_json({"data": examples.name, **trained.to_dict(), "model": str(model)})
    else:
        terminal.show(trained, examples, model)
    if trained.disagreements:
        fail(terminal.accusation(*trained.disagreements[0]), DISAGREEMENT)


@app.command("notes")
def notes_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as a JSON array.")] = False,
) -> None:
    """Judge each formula of the lecture notes, N1 to N17, by computing both of its sides.

    Each holds, holds under a reading of it that is named, or does not hold; then the table says what would make it hold
    and by how much it is wrong as written.
    """
    rows = audit()
    if as_json:
        print_json([row.to_dict() for row in rows])
    else:
        terminal.show_notes(rows)


app.command("check")(check_command)
app.command("derive")(derive_command)


@app.command("bench", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def bench_command(context: typer.Context) -> None:
    """Measure the engine side by side with its peers and with hand-written NumPy; from a checkout only.

    All arguments go to ``python -m benchmarks`` of the checkout: names of workloads, and among others ``--quick`` (some
    two minutes), ``--json PATH``, ``--plot PATH``; ``-- --help`` has them all. All gradients are compared first. The
    peers are the extra ``bench``; those that are not installed are left out, and named.

    Exit code 0; 1 if gradients do not agree; 2 for what you can put right.
    """
    root = checkout.find()
    if root is None:
        fail(
            "the benchmarks are not in the installed package: run the command from the folder of a checkout of "
            "tinygrad_bp, where benchmarks/ is"
        )
    raise typer.Exit(checkout.benchmarks(root, context.args))
