"""Arguments for every rule there is: a function without a row here fails a test.

ELEMENTWISE functions are tried on shapes that broadcast with one another; the rest in CASES, which the families beside
this file write out: a call each, with the shapes of its arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy._core import umath

import tinygrad_bp as t
from tinygrad_bp.rules import shapes

from . import cases_arrays, cases_linalg, cases_numbers
from .domains import Domain, away, between, grid, nonzero, positive, real


class Case(NamedTuple):
    """A call of a function, and what to call it with."""

    function: Any
    call: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    domains: tuple[Domain, ...]
    label: str

    def arguments(self, rng: np.random.Generator) -> list[Any]:
        """One array for each shape."""
        return [domain(rng, shape) for shape, domain in zip(self.shapes, self.domains, strict=True)]


#: a domain for each argument
ELEMENTWISE: dict[Any, tuple[Domain, ...]] = {
    np.add: (real, real),
    np.subtract: (real, real),
    np.multiply: (real, real),
    np.divide: (real, nonzero),
    np.power: (positive, real),
    np.float_power: (positive, real),
    np.remainder: (away(3.45, 3.9), between(1.0, 1.1)),
    np.fmod: (away(3.45, 3.9), between(1.0, 1.1)),
    np.maximum: (grid(0), grid(0.25)),
    np.minimum: (grid(0), grid(0.25)),
    np.fmax: (grid(0), grid(0.25)),
    np.fmin: (grid(0), grid(0.25)),
    np.copysign: (nonzero, nonzero),
    np.heaviside: (nonzero, real),
    np.negative: (real,),
    np.positive: (real,),
    np.conjugate: (real,),
    np.reciprocal: (nonzero,),
    np.square: (real,),
    np.sqrt: (positive,),
    np.cbrt: (nonzero,),
    np.absolute: (nonzero,),
    np.fabs: (nonzero,),
    np.deg2rad: (real,),
    np.radians: (real,),
    np.rad2deg: (real,),
    np.degrees: (real,),
    np.exp: (real,),
    np.exp2: (real,),
    np.expm1: (real,),
    np.log: (positive,),
    np.log2: (positive,),
    np.log10: (positive,),
    np.log1p: (positive,),
    np.sinh: (real,),
    np.cosh: (real,),
    np.tanh: (real,),
    np.arcsinh: (real,),
    np.arccosh: (between(1.3, 3),),
    np.arctanh: (between(-0.8, 0.8),),
    np.logaddexp: (real, real),
    np.logaddexp2: (real, real),
    np.sin: (real,),
    np.cos: (real,),
    np.tan: (between(-1.2, 1.2),),
    np.arcsin: (between(-0.8, 0.8),),
    np.arccos: (between(-0.8, 0.8),),
    np.arctan: (real,),
    np.arctan2: (nonzero, nonzero),
    np.hypot: (nonzero, nonzero),
    np.sinc: (nonzero,),
    t.sigmoid.function: (real,),
    t.softplus.function: (real,),
    t.relu.function: (nonzero,),
    t.leaky_relu.function: (nonzero,),
    shapes.identity.function: (real,),
    umath.clip: (grid(0), grid(-0.75), grid(0.75)),
}


def _case(function: Any, call: Callable[..., Any], *arguments: Any) -> Case:
    pairs = [a if a and callable(a[-1]) else (a, real) for a in arguments]
    label = getattr(function, "__name__", str(function)).lstrip("_")
    return Case(function, call, tuple(p[0] for p in pairs), tuple(p[1] for p in pairs), label)


CASES = [_case(*row) for family in (cases_arrays, cases_numbers, cases_linalg) for row in family.rows()]
