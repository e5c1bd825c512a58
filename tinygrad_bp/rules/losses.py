"""Cross-entropy of probabilities that are given by their logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from .activations import log_softmax, softmax
from .arrays import array, expand, total
from .kinds import weighted
from .rule import Rule


def cross_entropy(z: Any, y: Any, axis: int = -1) -> Any:
    """−Σ y·log softmax(z), the sum over `axis`, which the result has no longer; finite for any finite z.

    z  logits
    y  probabilities of z's shape (floats, or a mask of the right ones), differentiated too where they are a Value; or
       labels (integers from 0, z's shape without `axis`)

    The cost of a batch is `np.mean(cross_entropy(z, y))`. An entry of y that is 0 asks for nothing, even where z is −∞.
    ValueError for a y of another shape and for a label that is no index along `axis`, TypeError for other dtypes.
    """
    z, y = array(z), array(y)
    if axis != -1 and np.ndim(z) > 0:
        z, y = np.moveaxis(z, axis, -1), y if y.dtype.kind in "iu" else np.moveaxis(y, axis, -1)
    return of_rows(z, y)


def _cross_entropy(z: Any, y: Any) -> Any:
    """−Σ y·log softmax(z) over the last axis; y are probabilities, or integer labels."""
    z, y = np.asarray(z), np.asarray(y)
    if z.ndim == 0:
        raise ValueError("z has shape (): pass logits along an axis")
    if y.dtype.kind not in "fbiu":
        raise TypeError(f"y has dtype {y.dtype}: pass probabilities as floats, or labels as integers")
    labels = y.dtype.kind in "iu"
    if y.shape != (z.shape[:-1] if labels else z.shape):
        raise ValueError(
            f"logits of shape {z.shape} and y of shape {y.shape}: pass integer labels, without the axis of the "
            f"classes, or probabilities of the logits' shape as floats"
        )
    x = z - np.maximum.reduce(z, axis=-1, keepdims=True, initial=-np.inf)
    log_p = x - np.log(np.add.reduce(np.exp(x), axis=-1, keepdims=True)) if z.size else x
    if not labels:
        return 0.0 - np.add.reduce(y * np.where(y == 0, 0.0, log_p), axis=-1)
    chosen = y[..., None] == np.arange(z.shape[-1])
    if np.count_nonzero(chosen) != y.size:
        raise ValueError(f"y has labels from {y.min()} to {y.max()}: they are to be from 0 to {z.shape[-1] - 1}")
    return 0.0 - log_p[chosen].reshape(y.shape)


def _in_logits(d: Any, z: Any, y: Any) -> Any:
    """d·(softmax(z)·Σy − y); of labels, y is a mask of the right ones."""
    p = softmax(z, axis=-1)
    if y.dtype.kind in "iu":
        return d * (p - (expand(y, z, -1) == np.arange(np.shape(z)[-1])))
    return d * (p * total(y, -1) - y)


# fmt: off
#                          function         d · ∂ℓ/∂z, d · ∂ℓ/∂y
of_rows: Rule = weighted( _cross_entropy,  lambda d, loss, z, y: _in_logits(d, z, y),
                                           lambda d, loss, z, y: -d * log_softmax(z, axis=-1) )
