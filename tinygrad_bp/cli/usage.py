"""Errors that the user can put right, one line on stderr and exit code 2; the checks of options; JSON."""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from tinygrad_bp.network import Network

DISAGREEMENT = 1
USAGE = 2
INTERRUPT = 130


def say(message: str) -> None:
    """One line on stderr."""
    print("error:", " ".join(message.split()), file=sys.stderr)


def fail(message: str, code: int = USAGE) -> NoReturn:
    """End with one line on stderr."""
    say(message)
    raise typer.Exit(code)


def print_json(result: Any) -> None:
    """The result as JSON, in ASCII where the output takes no more."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    print(json.dumps(result, indent=2, ensure_ascii=not unicode, allow_nan=False))


class OneLineErrors(TyperGroup):
    """Commands whose usage errors are one line on stderr, where typer's own draw a box."""

    def main(self, *args: Any, **options: Any) -> Any:
        """As typer's."""
        standalone = options.pop("standalone_mode", True)
        options["standalone_mode"] = False
        if not standalone:
            return super().main(*args, **options)
        for stream in (sys.stdout, sys.stderr):  # a pipe may have no δ
            with suppress(AttributeError):
                stream.reconfigure(errors="replace")  # type: ignore[union-attr]
        try:
            code = super().main(*args, **options)
        except typer.Abort:
            code = INTERRUPT
        except OSError as error:
            with suppress(OSError):  # what is still buffered goes nowhere, so that it raises nothing at exit
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            say(f"the output cannot be written: {error.strerror or error}")
            code = USAGE
        except Exception as error:
            # a usage error of click's, which releases of typer keep in different places
            message = getattr(error, "format_message", None)
            if message is None:
                raise
            say(message())
            code = USAGE
        sys.exit(code if isinstance(code, int) else 0)


def one_of(names: Collection[str]) -> Callable[[str], str]:
    """A check that an option is one of these names."""

    def check(value: str) -> str:
        if value not in names:
            raise typer.BadParameter(f"{value!r} is not one of {', '.join(names)}.")
        return value

    return check


def positive(value: float) -> float:
    """A check that an option is a finite number above 0."""
    if not (math.isfinite(value) and value > 0):
        raise typer.BadParameter(f"{value} is not a finite number above 0.")
    return value


def not_negative(value: float) -> float:
    """A check that an option is a finite number, 0 or more."""
    if not (math.isfinite(value) and value >= 0):
        raise typer.BadParameter(f"{value} is not a finite number, 0 or more.")
    return value


def tolerance(value: float | None) -> float | None:
    """A check that an option, where it is given, is a relative error."""
    if value is not None and not 0 < value < 1:
        raise typer.BadParameter(f"{value} is not a relative error above 0 and below 1.")
    return value


def sizes(value: str) -> str:
    """A check that an option is sizes of layers."""
    try:
        hidden_layers(value)
    except ValueError:
        raise typer.BadParameter(
            f"{value!r} is not sizes of layers, such as 64 or 128,64, or none for no hidden layer."
        ) from None
    return value


def hidden_layers(value: str) -> tuple[int, ...]:
    """The sizes of the hidden layers; ``ValueError`` if they are none."""
    if value.strip() == "none":
        return ()
    hidden = tuple(map(int, value.split(",")))
    if min(hidden) < 1:
        raise ValueError(value)
    return hidden


def writable(model: Path, data: Path | None) -> None:
    """Fail, before the training, for a model that could not be written after it or would overwrite what is no model."""
    where = f"--model {model}"
    try:
        if model.exists():
            if not model.is_file():
                fail(f"{where} is there already and is no file")
            if data is not None and data.exists() and model.samefile(data):
                fail(f"{where} would overwrite the data set")
            if model.stat().st_size > 0:
                Network.load(model)
        with tempfile.TemporaryFile(dir=model.resolve().parent):
            pass
    except OSError as error:
        fail(f"{where} cannot be written: {error.strerror or error}")
    except ValueError:
        fail(f"{where} is there already and is no network of tinygrad_bp; it is left as it is, choose another path")
