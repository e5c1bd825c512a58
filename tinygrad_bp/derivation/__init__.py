"""Derivations: the engine's own, one derived by hand held against it, and what is wrong with that.

    derive      the engine's derivation of a gradient, one named step for each named quantity
    compare     a derivation by hand held against it: which steps are wrong

Inside: `recorded` (a cost and its gradient as one program), `reading` (from its steps to formulas), `expression`,
`algebra`, `polynomial`, `definitions` (formulas, their normal form, what has a name), `writing`, `program_text`,
`latex` (formulas as text); `points` (where it is judged), `rounding`, `own_rounding` (how far rounding goes), `hand`
(what a derivation gives), `blame`, `convention`, `witness` (the judgement), `finding` (what is answered).
"""

from .compare import compare
from .derive import Derivation, DerivationStep, derive
from .finding import Comparison, Explanation, Finding
from .mark import cost_of, derivation
from .several import Agreement
from .shrink import smallest_counterexample

__all__ = [
    "Agreement",
    "Comparison",
    "Derivation",
    "DerivationStep",
    "Explanation",
    "Finding",
    "compare",
    "cost_of",
    "derivation",
    "derive",
    "smallest_counterexample",
]
