"""Gradients of one function after another: ours and each peer's."""

from __future__ import annotations

import numpy as np
import pytest

from .engines import PEERS, ours
from .functions import FUNCTIONS, arguments, scalar

TOLERANCE = 1e-11  # of an array's largest entry: float64 on both sides, in different orders


def disagreement(got, want):
    """The first argument whose gradients differ, with the error; None if none does. NaN differs."""
    for i, (g, w) in enumerate(zip(got, want, strict=True)):
        if np.shape(g) != np.shape(w):
            return f"argument {i}: shapes {np.shape(g)} and {np.shape(w)}"
        error = np.max(np.abs(g - w)) / max(np.max(np.abs(w)), np.finfo(float).tiny)
        if not error <= TOLERANCE:
            return f"argument {i}: off by {error:.2e}"
    return None


@pytest.mark.filterwarnings("ignore")  # the peers' own
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("peer", PEERS)
def test_gradients_agree(peer, name):
    namespace, gradients = PEERS[peer]()
    arrays = arguments(name)
    try:
        theirs = gradients(scalar(name, namespace), *arrays)
    except (NotImplementedError, TypeError, ValueError, AttributeError, AssertionError) as error:
        if peer == "torch":
            raise
        pytest.skip(f"{peer} cannot: {error}")
    namespace, gradients = ours()
    assert disagreement(gradients(scalar(name, namespace), *arrays), theirs) is None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_error_of_one_in_a_billion_is_seen(name):
    namespace, gradients = ours()
    right = gradients(scalar(name, namespace), *arguments(name))
    assert disagreement(right, right) is None
    for i in range(len(right)):
        wrong = [g.copy() for g in right]
        wrong[i].flat[np.argmax(np.abs(wrong[i]))] *= 1 + 1e-9
        assert disagreement(wrong, right).startswith(f"argument {i}")
        wrong[i][...] = np.nan
        assert disagreement(wrong, right).startswith(f"argument {i}")
