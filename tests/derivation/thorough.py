"""How many of the many cases are tried: all in the long run (HYPOTHESIS_PROFILE=deep), every so manieth every day."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any


def some(cases: Sequence[Any], every: int) -> Sequence[Any]:
    """All of them in the long run; every so manieth otherwise."""
    return cases if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else cases[::every]
