"""A data set in a file: examples with numbers for features, each with its class.

Everything wrong with a file is one `DataError`, whose one line says where.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Label: TypeAlias = str | int | float

MOST_FRACTIONS = 20
"""A target of numbers with a fraction that has more distinct values than this is a quantity and no class."""
NOT_FINITE = ("nan", "inf", "-inf", "+inf", "infinity", "-infinity", "+infinity", "-nan", "+nan")
"""What Python reads as a number that is none."""


class DataError(ValueError):
    """A file that is no data set to learn classes from."""


class Table(NamedTuple):
    """X, shape (m, n), finite float64; y, shape (m,), indices into ``classes``, which ascend; and where the n features
    stand in the file, for messages.
    """

    X: Array
    y: Array
    classes: tuple[Label, ...]
    features: tuple[str, ...]


def read(path: Path, target: str | None = None, header: bool | None = None) -> Table:
    """The data set in a ``.csv`` or ``.npz`` file.

    A ``.csv`` has one example in a row and commas between the cells. Its first row is a header if none of its cells is
    a number, or as ``header`` says. ``target`` is the column of the classes: its name in the header, or its number,
    where the first column is 1 and the last -1; without it the last column.

    An ``.npz`` has the features in an array ``X``, an example in each X[i], and the classes in ``y``, or in the array
    that ``target`` names.

    Raises ``DataError`` for a file that is missing or no such table, a column or array that is not there, a cell that
    is not a finite number, a single class, and a target that is a quantity.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".npz"):
        raise DataError(f"{path}: a data set is a .csv or an .npz file")
    if not content.strip():
        raise DataError(f"{path} is empty")
    if suffix == ".csv":
        return read_csv(path, content, target, header)
    if header is not None:
        raise DataError(f"{path}: only a .csv file has a header or none")
    return read_npz(path, content, target or "y")


class Sheet(NamedTuple):
    """The cells of a ``.csv`` file, the line of the file on which each row begins, and the names of its columns."""

    path: Path
    lines: list[int]
    rows: list[list[str]]
    names: list[str]

    def column(self, of: int) -> str:
        """A column, from 1, with its name."""
        return f"column {of + 1}" + (f" ({self.names[of]})" if self.names else "")

    def place(self, row: int, of: int) -> str:
        """A cell, as an editor or a spreadsheet counts."""
        return f"{self.path}, row {self.lines[row]}, {self.column(of)}"


def read_csv(path: Path, content: bytes, target: str | None, header: bool | None) -> Table:
    """The data set in a ``.csv`` file, as `read` says."""
    sheet = read_sheet(path, content, header)
    width = len(sheet.rows[0])
    of_target = target_column(sheet, target)
    cells = [row[of_target] for row in sheet.rows]
    numeric = [is_number(cell) for cell in cells]
    if not sheet.names and not numeric[0] and len(cells) > 1 and all(numeric[1:]):
        raise DataError(
            f"{sheet.place(0, of_target)}: {cells[0]!r} is not a number, as all below it are; "
            "if the first row is a header, say --header"
        )
    labels: list[Label] = [class_number(cell) for cell in cells] if all(numeric) else list(cells)
    y, classes = classified(labels, f"{path}, {sheet.column(of_target)}", lambda row: sheet.place(row, of_target))
    of_features = [of for of in range(width) if of != of_target]
    X = feature_numbers(sheet, of_features)
    return Table(X, y, classes, tuple(f"{path}, {sheet.column(of)}" for of in of_features))


def feature_numbers(sheet: Sheet, columns: Sequence[int]) -> Array:
    """The numbers in some columns, shape (rows, columns)."""
    try:
        X = np.array([[number(cells[of]) for of in columns] for cells in sheet.rows])
        sound = bool(np.isfinite(X).all())
    except ValueError:
        sound = False
    if not sound:
        row, of = next(
            (row, of) for row, cells in enumerate(sheet.rows) for of in columns if not is_number(cells[of], finite=True)
        )
        cell = sheet.rows[row][of]
        what = f"{cell!r} is not a {'finite ' if is_number(cell) else ''}number" if cell else "the cell is empty"
        raise DataError(f"{sheet.place(row, of)}: {what}")
    return X


def read_sheet(path: Path, content: bytes, header: bool | None) -> Sheet:
    """The cells, stripped, of a ``.csv`` file that has two columns or more and rows of one length."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text file in UTF-8 (byte {error.start})") from error
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    lines, rows, line = [], [], 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if len(cells) > 1 or any(cells):
                lines.append(line)
                rows.append(cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}, row {line}: {error}") from error
    if not rows:
        raise DataError(f"{path} is empty")
    width = len(rows[0])
    if width < 2:
        raise DataError(f"{path} has a single column; it needs features and a target, with commas between the cells")
    for line, row in zip(lines, rows, strict=True):
        if len(row) != width:
            raise DataError(f"{path}, row {line} has {len(row)} cells, and row {lines[0]} has {width}")
    if header is None:
        header = not any(is_number(cell) for cell in rows[0])
    sheet = Sheet(path, lines[header:], rows[header:], rows[0] if header else [])
    if not sheet.rows:
        raise DataError(f"{path} has a header and no data")
    return sheet


def target_column(sheet: Sheet, target: str | None) -> int:
    """The index of the target column, given by name or number; the last one if not given."""
    width = len(sheet.rows[0])
    if target is None:
        return width - 1
    if target in sheet.names:
        if sheet.names.count(target) > 1:
            raise DataError(f"{sheet.path} has several columns {target!r}; give the target's number, 1 to {width}")
        return sheet.names.index(target)
    try:
        of = int(target)
    except ValueError:
        there = (
            f"it has {listed(sheet.names)}"
            if sheet.names
            else ("its first row has numbers and counts as no header; give the target's number, or say --header")
        )
        raise DataError(f"{sheet.path} has no column {target!r}; {there}") from None
    if not 1 <= abs(of) <= width:
        raise DataError(f"{sheet.path} has no column {of}; its columns are 1 to {width}, or -1 for the last")
    return of - 1 if of > 0 else width + of


def read_npz(path: Path, content: bytes, target: str) -> Table:
    """The data set in an ``.npz`` file, as `read` says."""
    arrays: dict[str, Array] = {}
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            names = list(archive.files)
            arrays = {name: archive[name] for name in ("X", target) if name in names}
    except Exception as error:  # a damaged archive raises nearly anything: BadZipFile, KeyError, zlib.error, …
        raise DataError(f"{path} is not an .npz file of plain arrays, or damaged ({type(error).__name__})") from error
    for name in ("X", target):
        if name not in arrays:
            raise DataError(f"{path} has no array {name!r}; it has {listed(names)}")
    X, labels = arrays["X"], arrays[target]
    if target == "X":
        raise DataError(f"{path}: the target must be another array than X, the features")
    if X.dtype.kind not in "buif":
        raise DataError(f"{path}: X must hold real numbers; it is of type {X.dtype}")
    if X.ndim < 2 or X.size == 0:
        raise DataError(f"{path}: X must have an example in each X[i], shape (m, n); it has shape {X.shape}")
    if labels.shape not in ((len(X),), (len(X), 1)):
        raise DataError(f"{path}: {target} must be {len(X)} classes, one for each X[i]; it has shape {labels.shape}")
    if labels.dtype.kind not in "buifU":
        raise DataError(f"{path}: {target} must hold integers or text; it is of type {labels.dtype}")
    with np.errstate(over="ignore"):
        X = X.astype(np.float64)
    for index in np.argwhere(~np.isfinite(X))[:1].tolist():
        raise DataError(f"{path}: X{index} is {X[tuple(index)]}, not a finite number")
    y, classes = classified(labels.ravel().tolist(), f"{path}, {target}", lambda row: f"{path}, {target}[{row}]")
    X = X.reshape(len(X), -1)
    return Table(X, y, classes, tuple(f"{path}, X[:, {feature}]" for feature in range(X.shape[1])))


def classified(labels: Sequence[Label], target: str, place: Callable[[int], str]) -> tuple[Array, tuple[Label, ...]]:
    """Each label's class as an index, and the classes in ascending order, integers where all are whole numbers."""
    for row, label in enumerate(labels):
        if label == "":
            raise DataError(f"{place(row)}: the cell is empty, where a class belongs")
        if str(label).lower() in NOT_FINITE:
            raise DataError(f"{place(row)}: {str(label)!r} is no class")
    classes = sorted(set(labels))
    fractions = any(isinstance(label, float) and not label.is_integer() for label in classes)
    if fractions and len(classes) > MOST_FRACTIONS:
        raise DataError(
            f"{target} has {len(classes)} different values with fractions: that is a quantity, and train learns classes"
        )
    if len(classes) == 1:
        raise DataError(f"{target} has a single class, {classes[0]!r}: there is nothing to tell apart")
    index = {label: i for i, label in enumerate(classes)}
    if not fractions:
        classes = [int(label) if isinstance(label, float) else label for label in classes]
    return np.array([index[label] for label in labels]), tuple(classes)


def number(cell: str) -> float:
    """The number that a cell holds; ``ValueError`` if it holds none."""
    if "_" in cell:  # Python reads 1_000, which is no number in a table
        raise ValueError(cell)
    return float(cell)


def class_number(cell: str) -> int | float:
    """The number that a cell holds, whole numbers exactly."""
    try:
        return int(cell)
    except ValueError:
        return number(cell)


def is_number(cell: str, finite: bool = False) -> bool:
    """Whether a cell holds a number; NaN and infinity are some, but not finite ones."""
    try:
        return bool(np.isfinite(number(cell))) or not finite
    except ValueError:
        return False


def listed(names: Sequence[str], most: int = 8) -> str:
    """The first few names, in quotes."""
    quoted = ", ".join(map(repr, names[:most]))
    return f"{quoted} and {len(names) - most} more" if len(names) > most else quoted or "none"
