"""Numbers as they are written in formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_bp import derive


@pytest.mark.parametrize(
    ("factor", "written"),
    [
        (2 / 15, "2 * x / 15"), (1 / 3, "x / 3"), (0.1, "x / 10"), (0.4, "0.4 * x"), (7 / 9, "7 * x / 9"),
        (1.2345678901, "1.2345678901 * x"), (-2 / 15, "-2 * x / 15"),
    ],
)  # fmt: skip
def test_a_factor_of_many_digits_is_the_fraction_that_it_is(factor: float, written: str) -> None:
    def cost(x: Any) -> Any:
        return np.sum(x * x) * (factor / 2)

    assert derive(cost, np.array([1.0, 2.0])).step("x").source == written
