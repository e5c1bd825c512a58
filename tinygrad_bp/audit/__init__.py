"""The notes' formulas N1 to N17 as claims, each judged at random networks.

    readings.py   the closed list of what the notes may be read to mean
    cases.py      the networks, and what is true of them: every ∂ by the engine
    notation.py   the notes' symbols in one network, at one example, under one reading
    claim.py      Claim and Row
    sides.py      the indices of formulas, and sides that take more than a line
    claims.py     CLAIMS: both sides of every formula, as written
    judge.py      audit

A claim of your own takes the place of one of the notes' by `audit(claims=…)`: ``dataclasses.replace(claim, right=…)``.
"""

from .claim import Claim, Row
from .claims import CLAIMS
from .judge import audit
from .notation import Notation, Undefined
from .readings import HEADS, READINGS, Head, Interpretation, Reading

__all__ = [
    "CLAIMS",
    "HEADS",
    "READINGS",
    "Claim",
    "Head",
    "Interpretation",
    "Notation",
    "Reading",
    "Row",
    "Undefined",
    "audit",
]
