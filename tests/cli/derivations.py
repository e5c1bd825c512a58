"""A file with a right derivation, and slips to be made in it."""

from __future__ import annotations

from pathlib import Path

RIGHT = """\
import numpy as np
from tinygrad_bp import name


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cost(W1, b1, W2, b2, X, Y):
    z2 = name(X @ W1.T + b1, "z2")
    a2 = name(sigmoid(z2), "a2")
    z3 = name(a2 @ W2.T + b2, "z3")
    a3 = name(sigmoid(z3), "a3")
    return 0.5 * np.sum((a3 - Y) ** 2) / len(X)


def by_hand(W1, b1, W2, b2, X, Y):
    a2 = sigmoid(X @ W1.T + b1)
    a3 = sigmoid(a2 @ W2.T + b2)
    d_z3 = (a3 - Y) * a3 * (1 - a3) / len(X)
    d_z2 = d_z3 @ W2 * a2 * (1 - a2)
    d_W2, d_b2 = d_z3.T @ a2, np.sum(d_z3, axis=0)
    d_W1, d_b1 = d_z2.T @ X, np.sum(d_z2, axis=0)
    return {"z3": d_z3, "W2": d_W2, "b2": d_b2, "z2": d_z2, "W1": d_W1, "b1": d_b1}


def arguments(rng):
    W1, b1, W2, b2 = rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=(1, 3)), rng.normal(size=1)
    return W1, b1, W2, b2, rng.normal(size=(4, 2)), rng.uniform(size=(4, 1))
"""

FORGOTTEN = (" * a2 * (1 - a2)", "")
"""f′ in d_z2."""


def written(folder: Path, *changes: tuple[str, str], name: str = "two_layers.py", text: str = RIGHT) -> str:
    """The name of the file in the folder, with these parts replaced by others."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / name).write_text(text, encoding="utf-8")
    return name
