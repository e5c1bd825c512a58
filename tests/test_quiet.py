"""Functions that NumPy does not warn of."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinygrad_bp import quiet

WAYS = pytest.mark.parametrize("quieted", [quiet._by_context, quiet._by_errstate])


@WAYS
def test_there_is_no_warning_inside_and_there_is_one_outside(quieted: Callable[..., Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert quieted(np.log)(np.zeros(1)) == -np.inf
        with pytest.raises(RuntimeWarning, match="divide by zero"):
            np.log(np.zeros(1))


@WAYS
def test_the_callers_state_is_back_after_an_error_too(quieted: Callable[..., Any]) -> None:
    @quieted
    def fails(x: Any, *, y: Any) -> None:
        assert set(np.geterr().values()) == {"ignore"}
        raise KeyError((x, y))

    with np.errstate(divide="raise", under="warn"):
        before = np.geterr()
        with pytest.raises(KeyError, match=r"\(1, 2\)"):
            fails(1, y=2)
        assert np.geterr() == before


@WAYS
def test_calls_within_calls_and_other_threads_keep_their_own(quieted: Callable[..., Any]) -> None:
    seen = []

    @quieted
    def inner() -> None:
        thread = threading.Thread(target=lambda: seen.append(np.geterr()["divide"]))
        thread.start()
        thread.join()
        seen.append(np.geterr()["divide"])

    @quieted
    def outer() -> None:
        inner()
        seen.append(np.geterr()["divide"])

    outer()
    assert seen == ["warn", "ignore", "ignore"]


@WAYS
def test_a_function_keeps_its_name_and_what_it_says(quieted: Callable[..., Any]) -> None:
    def f() -> None:
        """What f is."""

    assert quieted(f).__name__ == "f"
    assert quieted(f).__doc__ == "What f is."
