"""Matrices that are singular, or nearly: what NumPy makes of them, and what their derivatives are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t


def of_rank(shape: tuple[int, int], values: list[float], seed: int = 0) -> Any:
    """A matrix with the given singular values."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.normal(size=(n, len(values))))[0] for n in shape)
    return (left * values) @ right.T


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("small", [0.0, 1e-14, 1e-7, 1.0])
def test_lstsq_leaves_out_what_numpy_leaves_out(dtype: Any, small: float) -> None:
    a, b = of_rank((100, 3), [3.0, 2.0, small]).astype(dtype), np.linspace(-1, 1, 100, dtype=dtype)
    for ours, theirs in zip(np.linalg.lstsq(t.Value(a), t.Value(b)), np.linalg.lstsq(a, b), strict=True):
        got = ours.data if isinstance(ours, t.Value) else ours
        assert np.asarray(got).dtype == np.asarray(theirs).dtype
        np.testing.assert_allclose(got, theirs, rtol=1e-5 if dtype == np.float32 else 1e-9, atol=1e-15)


@pytest.mark.parametrize("n", [2, 8, 9, 20, 32])
def test_det_of_a_singular_matrix(n: int) -> None:
    """It falls by one rank: the one cofactor that is not 0 is the product of the other entries."""
    a, cofactors = np.diag([*np.linspace(0.5, 1.5, n - 1), 0.0]), np.zeros((n, n))
    cofactors[-1, -1] = np.prod(np.diag(a)[:-1])
    np.testing.assert_allclose(t.grad(np.linalg.det)(a), cofactors, rtol=1e-13, atol=1e-15)


def test_det_that_underflows_is_not_singular() -> None:
    assert not np.any(t.grad(np.linalg.det)(np.eye(200) * 0.01))


@pytest.mark.parametrize(
    ("function", "n", "message"),
    [
        (np.linalg.det, 33, r"det of a singular matrix of shape \(33, 33\) has no derivative here"),
        (
            lambda a: np.linalg.slogdet(a)[1],
            2,
            r"slogdet of a singular matrix of shape \(2, 2\) has no deriv",
        ),
    ],
)
def test_a_singular_matrix_without_a_derivative_is_named(function: Any, n: int, message: str) -> None:
    with pytest.raises(np.linalg.LinAlgError, match=message):
        t.grad(function)(np.diag([1.0] * (n - 1) + [0.0]))
