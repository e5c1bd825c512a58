"""Is this gradient right? A check that measures its own error, and says so when it cannot tell.

arguments    blocks of numbers that can be moved          evaluate   calls of f, counted; executors
candidate    the gradient judged, and its rounding         branches   which way a function went
noise        difference tables                             ladder     extrapolated differences with a bound
directions   whitened Gaussian directions                  line       representable points on one
search       ladders until one decides                     witnesses  complex step (analytic), wider types
verdict      pass, fail, or neither                        trials     all of these, along one direction
entries      every entry, or the wrong ones by halving     batches    many points in one call
patterns     what is wrong, in words                       examine    argument by argument
subjects     from the caller's words to what is judged     check      gradcheck itself; report
"""

from .check import gradcheck
from .report import Finding, Report, Resolution

__all__ = ["Finding", "Report", "Resolution", "gradcheck"]
