"""Derivations: the engine's own, one derived by hand held against it, and what is wrong with that.

    derive                    the engine's derivation of a gradient, one named step for each named quantity

Inside: `recorded` (a cost and its gradient as one program), `reading` (from its steps to formulas), `expression`,
`algebra`, `polynomial`, `definitions` (formulas, their normal form, what has a name), `writing`, `program_text`,
`latex` (formulas as text).
"""

from .derive import Derivation, DerivationStep, derive

__all__ = ["Derivation", "DerivationStep", "derive"]
