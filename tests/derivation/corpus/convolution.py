"""Convolution by hand: a 2 × 2 kernel slides over a 4 × 4 image; tanh; a weighted sum of what it sees."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_bp import name

from .slips import slip, together


def cost(x: Any, w: Any, b: Any, u: Any, t: Any) -> Any:
    """x (4, 4) the image, w (2, 2) the kernel, b its bias, u (3, 3) what each place counts, t the target."""
    z = name(w[0, 0] * x[:-1, :-1] + w[0, 1] * x[:-1, 1:] + w[1, 0] * x[1:, :-1] + w[1, 1] * x[1:, 1:] + b, "z")
    a = name(np.tanh(z), "a")
    y = name(np.sum(u * a), "y")
    return (y - t) ** 2 / 2


def by_hand(x: Any, w: Any, b: Any, u: Any, t: Any) -> dict[str, Any]:
    z = w[0, 0] * x[:-1, :-1] + w[0, 1] * x[:-1, 1:] + w[1, 0] * x[1:, :-1] + w[1, 1] * x[1:, 1:] + b
    a = np.tanh(z)
    y = np.sum(u * a)

    d_y = y - t
    d_u = d_y * a
    d_a = d_y * u
    d_z = d_a * (1 - a * a)
    d_b = np.sum(d_z)
    d_w = np.array(
        [
            [np.sum(d_z * x[:-1, :-1]), np.sum(d_z * x[:-1, 1:])],
            [np.sum(d_z * x[1:, :-1]), np.sum(d_z * x[1:, 1:])],
        ]
    )
    d_x = (
        np.pad(w[0, 0] * d_z, ((0, 1), (0, 1)))
        + np.pad(w[0, 1] * d_z, ((0, 1), (1, 0)))
        + np.pad(w[1, 0] * d_z, ((1, 0), (0, 1)))
        + np.pad(w[1, 1] * d_z, ((1, 0), (1, 0)))
    )
    return {"y": d_y, "u": d_u, "a": d_a, "z": d_z, "b": d_b, "w": d_w, "x": d_x}


def arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    return (
        rng.normal(size=(4, 4)),
        rng.normal(size=(2, 2)),
        float(rng.normal()),
        rng.normal(size=(3, 3)),
        float(rng.normal()),
    )


SLIPS = (
    slip("d_y", "y - t", "2 * (y - t)", "constant-factor", "term-doubled"),
    slip("d_u", "a", "np.ones_like(a)", "factor-missing"),
    slip("d_u", "a", "z", "wrong-operand"),
    slip("d_a", "d_y * u", "d_y * u.T", "transpose-added", "transposed"),
    slip("d_a", "d_y * u", "d_y * d_y * u", "factor-doubled"),
    slip("d_z", "(1 - a * a)", "(1 - z * z)", "derivative-argument", "wrong-operand"),
    slip("d_z", "(1 - a * a)", "(a > 0)", "derivative-other"),
    slip("d_z", "(1 - a * a)", "(1 - a * a) ** 2", "derivative-squared"),
    slip("d_b", "np.sum(d_z)", "d_z[0, 0]", "sum-missing", "left-out"),
    slip("d_b", "np.sum(d_z)", "np.sum(d_z[:, :-1])", "left-out"),
    slip("d_b", "d_z", "d_a", "wrong-operand", "derivative-missing"),
    slip("d_w", "d_z * x[:-1, 1:]", "d_z * x[:-1, :-1]", "shifted", "wrong-operand", "rolled"),
    slip("d_w", "np.sum(d_z * x[1:, 1:])", "0.0", "left-out", "term-missing"),
    slip("d_w", "        ]\n    )", "        ]\n    ).T", "transposed", "transpose-added"),
    slip("d_w", "        ]\n    )", "        ]\n    )[::-1, ::-1]", "shifted", "rolled"),
    slip("d_x", "\n        + np.pad(w[0, 1] * d_z, ((0, 1), (1, 0)))", "", "term-missing", "left-out"),
    slip("d_x", "w[0, 1] * d_z, ((0, 1), (1, 0))", "w[0, 1] * d_z, ((1, 0), (0, 1))", "shifted", "wrong-axis"),
    slip("d_x", "w[1, 0]", "w[0, 1]", "wrong-operand", "shifted", "transpose-added"),
    slip("d_x", "+ np.pad(w[1, 1]", "- np.pad(w[1, 1]", "sign"),
    together(
        slip("d_z", " * (1 - a * a)", "", "derivative-missing", "term-missing"),
        slip("d_x", "w[1, 0]", "w[0, 1]", "wrong-operand", "shifted", "transpose-added"),
    ),
    together(
        slip("d_y", "y - t", "t - y", "sign"),
        slip("d_w", "        ]\n    )", "        ]\n    ).T", "transposed", "transpose-added"),
    ),
)
