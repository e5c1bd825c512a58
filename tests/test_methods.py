"""An array's methods, of a Value: they give what they give of the array, and the derivative of NumPy's function."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_bp as t
from tinygrad_bp.methods import ArrayMethods

X = np.array([[0.3, -1.2, 2.0], [0.9, 0.1, -0.4]])
#: the calls of each method: arguments, and options
CALLS: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "clip": [((-0.5, 0.5), {})],
    "dot": [((np.arange(3.0),), {})],
    "repeat": [((2,), {}), ((2, 1), {})],
    "round": [((), {}), ((1,), {})],
    "swapaxes": [((0, 1), {})],
    "take": [(([0, 2],), {}), (([0, 2], 1), {})],
    "cumsum": [((), {}), ((1,), {})],
    "cumprod": [((), {}), ((1,), {})],
    "prod": [((), {}), ((), {"axis": 0, "keepdims": True})],
    "std": [((), {}), ((1,), {"ddof": 1})],
    "var": [((), {}), ((), {"axis": 1, "ddof": 1})],
}
cases = [
    (name, *call) for name in vars(ArrayMethods) if not name.startswith("_") for call in CALLS.get(name, [((), {})])
]


@pytest.mark.parametrize(("name", "arguments", "options"), cases)
def test_a_method_is_that_of_the_array(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    got, expected = (getattr(x, name)(*arguments, **options) for x in (t.Value(X), X))
    if not isinstance(got, t.Value):
        for ours, theirs in zip(np.atleast_1d(got), np.atleast_1d(expected), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        return
    np.testing.assert_allclose(got.data, expected, rtol=1e-14)
    function = np.ravel if name == "flatten" else getattr(np, name)
    np.testing.assert_array_equal(
        t.jacobian(lambda x: getattr(x, name)(*arguments, **options))(X),
        t.jacobian(lambda x: function(x, *arguments, **options))(X),
    )


@pytest.mark.parametrize("name", ["sort", "fill", "put", "resize", "partition"])
def test_methods_that_write_are_not_there(name: str) -> None:
    assert not hasattr(t.Value(X), name)
