"""The differences that rules are held against: their bound holds, also where φ rounds worse than they assume."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from .witness import U, differences


@given(st.floats(0, 6), st.floats(0.5, 4), st.floats(0, 1000), st.floats(-0.03, 0.03))
@example(x=4.433, w=0.8985, jump=247.0, at=-0.0008)
@example(x=2.956, w=1.441, jump=279.0, at=-0.0008)
def test_the_bound_holds_where_rounding_differs_on_the_two_sides(x: float, w: float, jump: float, at: float) -> None:
    """`jump` roundings more on one side of t = `at`, as where an iteration ends one sweep earlier."""

    def phi(t: float) -> tuple[float, float]:
        return math.sin(x + w * t) + jump * U * (t > at), 1.0

    slope, error = differences(phi)
    assert abs(slope - w * math.cos(x)) <= error <= 1e-10


@pytest.mark.parametrize("rungs", [6, 7])
def test_the_bound_is_eight_roundings_where_no_more_are_seen(rungs: int) -> None:
    """Of the step that is chosen, which is none of the finest."""
    slope, error = differences(lambda t: (math.exp(t), 1.0), rungs=rungs)
    assert abs(slope - 1) <= error < 8 * U / (0.02 / 2**4)


def test_a_jump_that_is_none_of_rounding_leaves_the_slope_unknown() -> None:
    _, error = differences(lambda t: (math.sin(1 + t) + 1e-3 * (t > 0), 1.0))
    assert error > 1e-2
