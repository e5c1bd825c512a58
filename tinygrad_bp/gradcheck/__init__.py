"""Is this gradient right? A check that measures its own error, and says so when it cannot tell.

check        gradcheck itself                            examine      argument by argument
arguments    blocks of numbers that can be moved         trials       one direction, measured and judged
subjects     from the caller's words to what is judged   settling     second opinions; confirming a failure
candidate    the gradient judged, and its rounding       witnesses    complex step (analytic), wider types
evaluate     calls of f, counted; executors              verdict      pass, fail, or neither
batches      many points in one call                     entries      every entry, or the wrong ones by halving
branches     which way a function went                   patterns     what is wrong, in words
noise        difference tables                           further      forward mode, second order
directions   whitened Gaussian directions                collected    what all of it comes to
line         representable points on one                 report       Report, Finding, Resolution
ladder       extrapolated differences with a bound       search, measurement, conclusion: ladders until one decides
"""

from .check import gradcheck
from .report import Finding, Report, Resolution

__all__ = ["Finding", "Report", "Resolution", "gradcheck"]
