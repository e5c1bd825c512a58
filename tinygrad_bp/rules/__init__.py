"""The tables of derivatives, one file for each family of functions; importing this package fills them."""

from . import activations, arithmetic, exponential, indexing, products, reductions, scalars, shapes, trigonometric
from .kinds import COMPOSED, TABLE, Rule, bilinear, elementwise, linear, primitive, reduction
from .plain import PLAIN, REFUSED

__all__ = [
    "COMPOSED",
    "PLAIN",
    "REFUSED",
    "TABLE",
    "Rule",
    "activations",
    "arithmetic",
    "bilinear",
    "elementwise",
    "exponential",
    "indexing",
    "linear",
    "primitive",
    "products",
    "reduction",
    "reductions",
    "scalars",
    "shapes",
    "trigonometric",
]
