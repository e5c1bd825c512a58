"""The examples (x^(i), y^(i)) as the network wants them: rows of finite numbers, labels and targets made rows.

Where ``plain`` is False they may be arrays of another kind that NumPy's functions understand (NEP 18), such as those
that an autodiff engine records: these stay what they are, and nothing here writes into them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_bp.network.architecture import Architecture, Array


def inputs(architecture: Architecture, X: npt.ArrayLike, dtype: np.dtype[Any], plain: bool = True) -> Array:
    """X as an array of shape (m, S_1) and of the given type; ``ValueError`` if it is none."""
    features = architecture.sizes[0]
    rows = numbers("X", X, plain)
    if rows.ndim != 2:
        raise ValueError(f"X must have one row for each example, shape (m, {features}); it has shape {rows.shape}")
    if rows.shape[0] == 0:
        raise ValueError("X has no rows; give one example or more")
    if rows.shape[1] != features:
        raise ValueError(f"X must have {features} columns, the size of the input layer; it has {rows.shape[1]}")
    return finite("X", rows, dtype)


def targets(architecture: Architecture, Y: npt.ArrayLike, m: int, dtype: np.dtype[Any], plain: bool = True) -> Array:
    """Y as rows of targets, shape (m, S_L) and of the given type; ``ValueError`` if it is none.

    Y holds integer labels (m,), or rows of targets (m, S_L) such as one-hot rows; for one output unit also numbers
    (m,). Cross-entropy wants probabilities: each in [0, 1] for sigmoid; for softmax rows that add up to 1 within 1e-6,
    which are then scaled to add up to 1 as exactly as can be, since δ = a - y holds for such rows.
    """
    units = architecture.sizes[-1]
    given = numbers("Y", Y, plain)
    expected = f"integer labels of shape ({m},) or rows of targets of shape ({m}, {units})"
    if units == 1:
        expected = f"targets of shape ({m},) or ({m}, 1)"
    if given.ndim not in (1, 2) or given.shape[0] != m:
        raise ValueError(f"Y must be {expected}, as X has {m} rows; it has shape {given.shape}")
    if given.ndim == 1 and units > 1:
        rows = one_hot(given, units)
    elif given.size != m * units:
        raise ValueError(f"Y must be {expected}; it has shape {given.shape}")
    else:
        rows = given.reshape(m, units)
    rows = finite("Y", rows, np.promote_types(dtype, np.float64))
    if architecture.cost == "cross-entropy":
        outside = (rows < 0) | (rows > 1)
        if outside.any():
            raise ValueError(f"Y: cross-entropy needs targets in [0, 1]; row {first_row(outside)} has others")
        if architecture.output == "softmax":
            total = rows.sum(axis=1, keepdims=True)
            off = np.abs(total - 1.0) > 1e-6
            if off.any():
                raise ValueError(
                    f"Y: softmax with cross-entropy needs rows that add up to 1; row {first_row(off)} does not"
                )
            rows = rows / total
    return finite("Y", rows, dtype)


def one_hot(labels: Array, units: int) -> Array:
    """Integer labels 0 … units-1 as rows with a single 1, shape (m, units); ``ValueError`` for other labels."""
    if labels.dtype.kind == "f":
        raise ValueError(
            f"Y: labels must be integers, such as Y.astype(int); targets need {units} numbers for each example"
        )
    outside = (labels < 0) | (labels >= units)
    if outside.any():
        raise ValueError(
            f"Y: labels must run from 0 to {units - 1}, one for each output unit; "
            f"row {first_row(outside)} has {labels[outside][0]}"
        )
    rows: Array = (np.reshape(labels, (-1, 1)) == np.arange(units)).astype(np.float64)
    return rows


def numbers(name: str, data: npt.ArrayLike, plain: bool) -> Array:
    """The data as an array of real numbers, or ``ValueError``; unless ``plain``, one of another kind as it is."""
    array: Any = data
    if plain or isinstance(data, np.ndarray) or not hasattr(data, "__array_function__"):
        try:
            array = np.asarray(data)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} must be an array of numbers: {error}") from error
    if array.dtype.kind not in "buif":
        raise ValueError(f"{name} must be an array of real numbers; it is of type {array.dtype}")
    found: Array = array
    return found


def finite(name: str, rows: Array, dtype: np.dtype[Any]) -> Array:
    """The rows in the given type; ``ValueError`` if NaN or infinity is among them."""
    with np.errstate(over="ignore"):
        rows = rows.astype(dtype)
    bad = ~np.isfinite(rows)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(f"{name} must be finite in {dtype}; row {row}, column {column} is {rows[row, column]}")
    return rows


def first_row(flags: Array) -> int:
    """The first row with a flag set."""
    return int(np.argwhere(flags)[0][0])
