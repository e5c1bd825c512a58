"""A network in a file: an ``.npz`` of its parameters and one JSON text that describes it, never pickled."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import uuid
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_bp.network.architecture import Architecture, Array, Parameters
from tinygrad_bp.network.descent import all_finite

FORMAT = "tinygrad_bp network"
VERSION = 1
HEADER = "network"
"""The entry of the archive that holds the description."""


def save(path: str | os.PathLike[str], architecture: Architecture, parameters: Parameters) -> None:
    """Write the file at exactly this path, whole or not at all.

    Raises ``ValueError``, and writes nothing, for parameters that do not fit the architecture or are not finite
    float32 or float64 numbers; ``OSError`` where the file cannot be written.
    """
    check(architecture, parameters)
    header = {"format": FORMAT, "version": VERSION, **dataclasses.asdict(architecture)}
    entries: dict[str, Any] = {HEADER: np.array(json.dumps(header)), **parameters}
    target = Path(os.path.realpath(path))  # through a symbolic link, so that the link stays one
    if target.exists() and not target.is_file():
        raise OSError(f"{os.fspath(path)} is no regular file, and would be replaced: name another")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"{os.fspath(path)}: there is no folder {target.parent}")
    temporary = target.with_name(f".tinygrad_bp-{uuid.uuid4().hex}.tmp")
    try:
        with open(temporary, "xb") as file:  # given an open file, savez appends no extension of its own
            np.savez(file, **entries)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: str | os.PathLike[str]) -> tuple[Architecture, dict[str, Array]]:
    """The architecture and the parameters in a file that ``save`` wrote.

    Raises ``ValueError`` for a file that is not one, or is damaged; ``OSError`` where it cannot be read.
    """
    content = io.BytesIO(Path(path).read_bytes())
    try:
        with np.load(content, allow_pickle=False) as archive:
            entries: dict[str, Array] = {name: archive[name] for name in archive.files}
        architecture = described(json.loads(str(entries.pop(HEADER)[()])))
        check(architecture, entries)
    except Exception as error:  # a damaged archive raises nearly anything: BadZipFile, KeyError, zlib.error, …
        reason = ": ".join(filter(None, (type(error).__name__, str(error))))
        raise ValueError(f"{os.fspath(path)} is not a network saved by tinygrad_bp, or damaged ({reason})") from error
    return architecture, {name: entries[name] for name in architecture.shapes}


def described(header: dict[str, Any]) -> Architecture:
    """The architecture that a file's description names; ``ValueError`` or ``TypeError`` if it names none."""
    format, version = header.pop("format"), header.pop("version")
    if format != FORMAT:
        raise ValueError(f"its format is {format!r}")
    if version != VERSION:
        raise ValueError(f"its version is {version!r}; this release of tinygrad_bp reads version {VERSION}")
    return Architecture(**header)


def check(architecture: Architecture, parameters: Parameters) -> None:
    """Raise ``ValueError`` for parameters that do not fit or cannot be kept."""
    architecture.check(parameters)
    for name, value in parameters.items():
        if value.dtype not in (np.float32, np.float64):
            raise ValueError(f"parameters[{name!r}] must be float32 or float64 in a file; it is {value.dtype}")
    if not all_finite(parameters):
        raise ValueError("parameters: NaN or infinity is among them")
