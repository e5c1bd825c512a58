"""Arithmetic, and the choice between two numbers.

Conventions: x⁰ is flat in x, and 0^b flat in b ≥ 0; |x| has slope 0 at 0; ties of maximum and minimum share equally;
where a result is nan, the argument that is nan takes its cotangent; clip has slope 1 on its closed interval.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy._core import umath

from .arrays import is_number, select
from .kinds import composed, elementwise
from .rule import TABLE


def _base(d: Any, a: Any, b: Any) -> Any:
    """d·b·a^(b−1), and 0 where b is 0."""
    if is_number(b):
        return d * (b * a ** (b - 1)) if b else np.zeros_like(d)
    flat = (b == 0) & ((a == 0) | (a != a))
    return select(flat, 0.0, d * b * a ** (b - select(flat, 0, 1)))


def _exponent(d: Any, y: Any, a: Any) -> Any:
    """d·y·log a, and 0 where a is 0."""
    return d * (y * np.log(select(a == 0, 1.0, a)))


def _chosen(d: Any, y: Any, x: Any, other: Any) -> Any:
    """d where y is x, half of it where y is both."""
    nan = y != y
    mine = (x == y) | (nan & (x != x))
    both = mine & ((other == y) | (nan & (other != other)))
    return select(mine, select(both, d / 2, d), 0.0)


def _taken(d: Any, condition: Any, when: bool) -> Any:
    """d where the condition is `when`, else 0."""
    if type(condition) is bool:
        return d if condition is when else np.zeros_like(d)
    return np.where(condition, d, 0.0) if when else np.where(condition, 0.0, d)


def same(d: Any, y: Any, a: Any, b: Any) -> Any:
    """d, for what is added: the sweep need not call it."""
    return d


# fmt: off
#            function          d · ∂y/∂x, one for each argument
elementwise( np.add,           same,                                   same,                   reads=False )
elementwise( np.subtract,      same,                                   lambda d, y, a, b: -d,  reads=False )
elementwise( np.multiply,      lambda d, y, a, b: d * b,               lambda d, y, a, b: d * a )
elementwise( np.divide,        lambda d, y, a, b: d / b,               lambda d, y, a, b: -d * y / b )
elementwise( np.power,         lambda d, y, a, b: _base(d, a, b),      lambda d, y, a, b: _exponent(d, y, a) )
elementwise( np.float_power,   lambda d, y, a, b: _base(d, a, b),      lambda d, y, a, b: _exponent(d, y, a) )
elementwise( np.remainder,     lambda d, y, a, b: d,                   lambda d, y, a, b: -d * np.floor_divide(a, b) )
elementwise( np.fmod,          lambda d, y, a, b: d,                   lambda d, y, a, b: -d * np.trunc(a / b) )
elementwise( np.maximum,       lambda d, y, a, b: _chosen(d, y, a, b), lambda d, y, a, b: _chosen(d, y, b, a) )
elementwise( np.minimum,       lambda d, y, a, b: _chosen(d, y, a, b), lambda d, y, a, b: _chosen(d, y, b, a) )
elementwise( np.fmax,          lambda d, y, a, b: _chosen(d, y, a, b), lambda d, y, a, b: _chosen(d, y, b, a) )
elementwise( np.fmin,          lambda d, y, a, b: _chosen(d, y, a, b), lambda d, y, a, b: _chosen(d, y, b, a) )
elementwise( np.copysign,      lambda d, y, a, b: select(np.signbit(b), -d, d) * np.sign(a),
                               lambda d, y, a, b: np.zeros_like(d) )
elementwise( np.heaviside,     lambda d, y, x, h: np.zeros_like(d),    lambda d, y, x, h: select(x == 0, d, 0.0) )
elementwise( np.ldexp,         lambda d, y, x, i: np.ldexp(d, i),          None )
elementwise( np.negative,      lambda d, y, x: -d,                         reads=False )
elementwise( np.positive,      lambda d, y, x: d,                          reads=False )
elementwise( np.conjugate,     lambda d, y, x: d,                          reads=False )
elementwise( np.reciprocal,    lambda d, y, x: -d * y * y )
elementwise( np.square,        lambda d, y, x: 2 * d * x )
elementwise( np.sqrt,          lambda d, y, x: d / (2 * y) )
elementwise( np.cbrt,          lambda d, y, x: d / (3 * y * y) )
elementwise( np.absolute,      lambda d, y, x: select(x == 0, 0.0, d * np.sign(x)) )
elementwise( np.fabs,          lambda d, y, x: select(x == 0, 0.0, d * np.sign(x)) )
elementwise( np.deg2rad,       lambda d, y, x: np.deg2rad(d),              reads=False )
elementwise( np.radians,       lambda d, y, x: np.radians(d),              reads=False )
elementwise( np.rad2deg,       lambda d, y, x: np.rad2deg(d),              reads=False )
elementwise( np.degrees,       lambda d, y, x: np.degrees(d),              reads=False )
elementwise( np.where,         None,                                   lambda d, y, c, a, b: _taken(d, c, True),
                                                                       lambda d, y, c, a, b: _taken(d, c, False) )
TABLE[np.multiply].twice = TABLE[np.square]
_clip = elementwise( vars(umath)["clip"],  # the ufunc behind np.clip, which has no public name
                               lambda d, y, x, low, high: select((x < low) | (x > high), 0.0, d),
                               lambda d, y, x, low, high: select((x < low) & (low <= high), d, 0.0),
                               lambda d, y, x, low, high: select((x > high) | (low > high), d, 0.0) )
# fmt: on


@composed(np.clip)
def clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """x between two bounds, either of which may be None."""
    if not (a_min is a_max is None or min is max is None):
        raise ValueError("clip has bounds twice: give a_min and a_max, or min and max")
    low, high = (a_min, a_max) if min is None is max else (min, max)
    return _clip(x, -np.inf if low is None else low, np.inf if high is None else high)
