"""What a replay computes in a way of its own, sooner: the same bits, or to a few roundings the same."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..rules.indexing import scattered


def scatter(shape: tuple[int, ...], indices: tuple[Any, ...], *parts: Any) -> Any:
    """Zeros of `shape` with every part added at its index.

    One part at whole numbers along the last axis is counted as np.bincount does, which adds in the same order.
    """
    (*before, last) = indices[0] if type(indices[0]) is tuple else indices
    n = shape[-1]
    whole = type(last) is np.ndarray and last.dtype.kind == "i" and last.size and parts[0].dtype == np.float64
    plain = (
        len(parts) == 1 and len(before) == len(shape) - 1 and all(type(x) is slice and x == slice(None) for x in before)
    )
    if not (whole and plain) or last.min() < -n or last.max() >= n:
        return scattered.function(shape, indices, *parts)
    rows = math.prod(shape[:-1])
    places = np.arange(0, rows * n, n)[:, None] + (last.ravel() % n)
    return np.bincount(places.ravel(), parts[0].ravel(), rows * n).reshape(shape)


def sum_log1p(x: np.ndarray) -> Any:
    """Σ log(1 + x) of float64 x ≥ 0: one logarithm for four entries, for (1 + a)(1 + b) = 1 + (a + b + a b).

    No term has another sign, so that nothing cancels: each log(1 + …) is right to a few roundings, at 1e-300 too.
    """
    flat = x.ravel("K")
    n = flat.size // 4 * 4
    product = flat[:n]
    for _ in range(2):
        a, b = product.reshape(2, -1)
        product = a * b
        np.add(product, a, product)
        np.add(product, b, product)
    total = np.add.reduce(np.log1p(product, product))
    if not math.isfinite(total):  # a product may be too large where the sum of the logarithms is not
        return np.add.reduce(np.log1p(flat))
    return total + np.add.reduce(np.log1p(flat[n:]))
