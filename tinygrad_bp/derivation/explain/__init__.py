"""What was done to a step that is wrong: the edits of the engine's formula that give the derivation's numbers.

edit       a change in one place, and the vocabulary
context    the quantities in sight; constants by what they are
factors, slopes, matrices, operands, additions
           the edits, by what they change
search     the simplest edits that fit; two together where one does not
pattern    what is to be seen in the numbers where nothing fits
"""

from .edit import KINDS
from .explain import explanations

__all__ = ["KINDS", "explanations"]
