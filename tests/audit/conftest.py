"""One audit of the notes, which every test may compare with."""

from __future__ import annotations

import pytest

from tinygrad_bp.audit import Row, audit


@pytest.fixture(scope="package")
def rows() -> dict[str, Row]:
    """The rows of the notes at seed 0, by id; N10a and N10b, what stands beside N10, among them."""
    found = audit()
    return {row.id: row for outer in found for row in (outer, *outer.beside)}
