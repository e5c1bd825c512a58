"""The algebra of formulas: functions that make expressions in their normal form, for reading.

Sums and products are flat, constants folded, equal terms merged, common factors pulled out; a transposed product is the
product of the transposed; what is linear lets constants out; a broadcast that the neighbour does anyway is dropped.
The value is the same but for rounding. Each file uses those before it:

    products.py   products, powers, broadcasts
    linear.py     matrix products, transposes, reshapes, sums over axes
    sums.py       sums
    choices.py    a choice by a condition, entries at an index
"""

from .choices import getitem, scattered, where
from .linear import matmul, mean, reshape, total, transpose
from .products import broadcast, constant, divide, expression, multiply, negative, power, scale, split
from .sums import add

__all__ = [
    "add", "broadcast", "constant", "divide", "expression", "getitem", "matmul", "mean", "multiply", "negative",
    "power", "reshape", "scale", "scattered", "split", "total", "transpose", "where",
]  # fmt: skip
