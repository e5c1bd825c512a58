"""Is this gradient right? A check that measures its own error, and says so when it cannot tell.

check        gradcheck itself                            examine      argument by argument
arguments    blocks of numbers that can be moved         judged       the verdict on one block
subjects     from the caller's words to what is judged   localise     which entries are wrong
candidate    the gradient judged, and its rounding       entries      every entry, or the wrong ones by halving
evaluate     calls of f, counted; executors              patterns     what is wrong, in words
batches      many points in one call                     trials       one direction, measured and judged
branches     which way a function went                   settling     second opinions; confirming a failure
beside       values of f beside the point                witnesses    complex step (analytic), wider types
noise        what noise they show: difference tables     verdict      pass, fail, or neither
directions   whitened Gaussian directions                further      forward mode, second order
line         representable points on one                 collected    what all of it comes to
ladder       extrapolated differences with a bound       report       Report, Finding, Resolution
slope        one derivative with its bound, unjudged     corner       points beside where corners meet
search, measurement, conclusion: ladders of finer or coarser steps until one decides
"""

from .check import gradcheck
from .report import Finding, Report, Resolution

__all__ = ["Finding", "Report", "Resolution", "gradcheck"]
