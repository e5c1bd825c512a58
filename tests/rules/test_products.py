"""np.inner, of every number of axes: NumPy's bits, errors in its words, the gradient of its definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_bp import Value, grad

SHAPES = [(), (37,), (7, 37), (2, 3, 37)]


@pytest.mark.parametrize("right", SHAPES)
@pytest.mark.parametrize("left", SHAPES)
def test_inner(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=left), rng.normal(size=right)
    right_bits = np.inner(a, b)
    for y in (np.inner(Value(a), b), np.inner(a, Value(b)), np.inner(Value(a), Value(b))):
        assert np.asarray(y.data).tobytes() == np.asarray(right_bits).tobytes()

    def definition(a: Any, b: Any) -> Any:
        if not (np.ndim(a) and np.ndim(b)):
            return np.sum(np.sin(a * b))
        return np.sum(np.sin(np.tensordot(a, b, (-1, -1))))

    got, wanted = (grad(f, (0, 1))(a, b) for f in (lambda a, b: np.sum(np.sin(np.inner(a, b))), definition))
    for g, w in zip(got, wanted, strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("left", "right"), [((3,), (4,)), ((2, 3), (2, 4)), ((2, 3), (4,)), ((5, 2, 3), (4,))])
def test_inner_of_other_lengths(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"(not aligned: 3|size 4 is different).*\(in inner of Value"):
        np.inner(Value(np.ones(left)), np.ones(right))
