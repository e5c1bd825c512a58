"""What was recorded, forward and backward, as a short list of named steps: to read, to print, to run again."""

from .drawing import draw
from .jit import jit
from .program import Program
from .trace import trace

__all__ = ["Program", "draw", "jit", "trace"]
