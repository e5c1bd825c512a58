"""Do the competitors compute the same thing? Nothing is timed before they do."""

from __future__ import annotations

import numpy as np

from .case import Numbers


class DisagreementError(Exception):
    """A competitor's numbers are not those of the derivation by hand."""


def compare(workload: str, label: str, results: Numbers, expected: Numbers, tolerance: float) -> float:
    """The largest error of one competitor's results, relative to each array's largest number.

    DisagreementError if there is none, or if one is unexpected, of another shape, not finite, or farther off than the
    tolerance.
    """
    if not results:
        raise DisagreementError(f"{workload}: {label} gives no numbers to compare")
    worst = 0.0
    for name, got in results.items():
        if name not in expected:
            raise DisagreementError(f"{workload}: {label} gives {name!r}, which the derivation by hand does not")
        want = np.asarray(expected[name])
        if np.shape(got) != want.shape:
            raise DisagreementError(f"{workload}: {label}: {name} has shape {np.shape(got)}, by hand {want.shape}")
        error = float(np.max(np.abs(got - want)) / np.max(np.abs(want)))
        if not error <= tolerance:  # so that NaN does not pass
            raise DisagreementError(
                f"{workload}: {label}: {name} is off by {error:.2e} of its largest entry (> {tolerance:g})"
            )
        worst = max(worst, error)
    return worst
