"""The tables of derivatives, one file for each family of functions; importing this package fills them."""

from . import (  # noqa: F401  (they state the rules)
    activations,
    arithmetic,
    exponential,
    indexing,
    joining,
    products,
    reductions,
    scalars,
    shapes,
    trigonometric,
)
from .kinds import COMPOSED, TABLE, Rule, bilinear, elementwise, linear, primitive, reduction
from .plain import PLAIN, REFUSED

__all__ = [
    "COMPOSED",
    "PLAIN",
    "REFUSED",
    "TABLE",
    "Rule",
    "bilinear",
    "elementwise",
    "linear",
    "primitive",
    "reduction",
]
