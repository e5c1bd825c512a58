"""Numbers that remember how they were computed, so that what a function does can be written down as a list of steps.

A `Tracer` stands for an array or a Python float. NumPy's protocols and Python's operators on it do the work on the
numbers and note it as a `Step`; a Value may hold one, and then the engine's own passes are noted too: the very
functions that an eager run calls, in their order.
"""

from .step import Argument, Constant, Step
from .tape import Guard, Tape
from .tracer import MARK, Tracer, called, is_traced, named_cotangent, number

__all__ = [
    "MARK",
    "Argument",
    "Constant",
    "Guard",
    "Step",
    "Tape",
    "Tracer",
    "called",
    "is_traced",
    "named_cotangent",
    "number",
]
