"""Arguments for every rule there is: a function without a row here fails a test.

ELEMENTWISE functions are tried on every pair of shapes that broadcast; the rest in the CASES written out, a call
each, with the shapes of its arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy._core import umath

import tinygrad_bp as t
from tinygrad_bp.rules import indexing, joining, shapes

from .domains import Domain, away, between, grid, nonzero, positive, real, spread


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
    t.sigmoid.function: (real,),
    t.softplus.function: (real,),
    t.relu.function: (nonzero,),
    t.leaky_relu.function: (nonzero,),
    shapes.identity.function: (real,),
    umath.clip: (grid(0), grid(-0.75), grid(0.75)),
}

mask = np.array([[True, False, True], [False, False, True]])
v3, m23, m32, t243 = (3,), (2, 3), (3, 2), (2, 4, 3)


def rows() -> Iterator[tuple[Any, ...]]:
    """(function, call, shape or (shape, domain) of each argument …), a row each."""
    # fmt: off
    yield np.ldexp,             lambda x: np.ldexp(x, np.array([1, -2, 3])),              m23
    yield np.where,             lambda a, b: np.where(mask, a, b),                         m23, v3
    yield np.where,             lambda a: np.where(mask, 1.0, a),                          (2, 1)
    yield t.softmax.function,   lambda x: t.softmax(x),                                    m23
    yield t.softmax.function,   lambda x: t.softmax(x, axis=-1),                           m23
    yield t.leaky_relu.function, lambda x: t.leaky_relu(x, slope=0.3),                    (m23, nonzero)
    yield t.logsumexp.function, lambda x: t.logsumexp(x),                                  m23
    yield t.logsumexp.function, lambda x: t.logsumexp(x, axis=1, keepdims=True),           m23
    yield t.logsumexp.function, lambda x: t.log_softmax(x, axis=0),                        m23
    for f in (np.sum, np.mean, np.max, np.min):
        yield f,                lambda x, f=f: f(x),                                      (m23, spread)
        yield f,                lambda x, f=f: f(x, axis=1),                              (t243, spread)
        yield f,                lambda x, f=f: f(x, axis=(0, -1)),                        (t243, spread)
        yield f,                lambda x, f=f: f(x, axis=-2, keepdims=True),              (t243, spread)
        yield f,                lambda x, f=f: f(x, keepdims=True),                       (m23, spread)
    yield np.matmul,            np.matmul,                                                 v3, v3
    yield np.matmul,            np.matmul,                                                 m23, v3
    yield np.matmul,            np.matmul,                                                 v3, m32
    yield np.matmul,            np.matmul,                                                 m23, m32
    yield np.matmul,            np.matmul,                                                 t243, v3
    yield np.matmul,            np.matmul,                                                 v3, (2, 3, 4)
    yield np.matmul,            np.matmul,                                                 t243, m32
    yield np.matmul,            np.matmul,                                                 m23, (4, 3, 2)
    yield np.matmul,            np.matmul,                                                 t243, (2, 3, 2)
    yield np.matmul,            np.matmul,                                                (1, 2, 4, 3), (2, 1, 3, 2)
    yield np.matmul,            np.matmul,                                                (2, 1, 4, 3), (3, 2)
    yield np.matmul,            np.matmul,                                                (1, 4, 3), (3, 3, 2)
    yield np.reshape,           lambda x: np.reshape(x, (3, -1)),                          m23
    yield np.vecdot,            np.vecdot,                                                 m23, v3
    yield np.vecdot,            lambda a, b: np.vecdot(a, b, axis=0),                      m23, (2, 1)
    if hasattr(np, "matvec"):
        yield np.matvec,        np.matvec,                                                 t243, v3
        yield np.matvec,        np.matvec,                                                 m23, (2, 1, 3)
        yield np.vecmat,        np.vecmat,                                                 v3, (2, 3, 4)
        yield np.vecmat,        np.vecmat,                                                (2, 1, 3), m32
    yield np.clip,              lambda x: np.clip(x, -0.5, 0.6),                          (m23, spread)
    yield np.clip,              lambda x, high: np.clip(x, None, high),      (m23, grid(0)), (v3, grid(0.25))
    yield np.clip,              lambda x, low: np.clip(x, a_min=low, a_max=None), (m23, grid(0)), (v3, grid(0.25))
    yield np.reshape,           lambda x: np.reshape(x, 6),                                m23
    yield np.transpose,         lambda x: np.transpose(x),                                 t243
    yield np.transpose,         lambda x: np.transpose(x, (2, 0, 1)),                      t243
    yield np.transpose,         lambda x: np.transpose(x, axes=(-1, 0, -2)),               t243
    yield np.ravel,             np.ravel,                                                  t243
    yield np.expand_dims,       lambda x: np.expand_dims(x, -1),                           m23
    yield np.expand_dims,       lambda x: np.expand_dims(x, (0, 2)),                       m23
    yield np.squeeze,           np.squeeze,                                               (1, 3, 1)
    yield np.squeeze,           lambda x: np.squeeze(x, axis=-1),                         (1, 3, 1)
    yield np.moveaxis,          lambda x: np.moveaxis(x, 0, -1),                           t243
    yield np.moveaxis,          lambda x: np.moveaxis(x, (2, 0), (0, 1)),                  t243
    yield np.rollaxis,          lambda x: np.rollaxis(x, 2, 1),                            t243
    yield np.swapaxes,          lambda x: np.swapaxes(x, 0, -1),                           t243
    yield np.matrix_transpose,  np.matrix_transpose,                                       t243
    yield np.broadcast_to,      lambda x: np.broadcast_to(x, (4, 2, 3)),                  (2, 1)
    yield np.broadcast_to,      lambda x: np.broadcast_to(x, shape=(2, 0)),               (2, 1)
    yield np.concatenate,       lambda a, b: np.concatenate([a, b, a]),                    m23, (1, 3)
    yield np.concatenate,       lambda a, b: np.concatenate((a, b), axis=-1),              m23, (2, 1)
    yield joining.joined.function, lambda a, b: np.concatenate([a, b, np.zeros_like(b)], axis=None), m23, (1,)
    yield shapes.cast.function, lambda x: shapes.cast(x, np.float64),                      m23
    yield indexing.getitem.function, lambda x: x[1],                                       m23
    yield indexing.getitem.function, lambda x: x[0, 2],                                    m23
    yield indexing.getitem.function, lambda x: x[..., None, ::-2],                         m23
    yield indexing.getitem.function, lambda x: x[[0, 1, 0], 1:],                           m23
    yield indexing.getitem.function, lambda x: x[mask],                                    m23
    yield indexing.getitem.function, lambda x: x[1] * x[0] + x[[1, 1], 2:],                m23
    yield indexing.scattered.function, lambda a, b: indexing.scattered((3, 2), (1, [0, 0]), a, b), (2,), (2, 2)


def _case(function: Any, call: Callable[..., Any], *arguments: Any) -> Case:
    pairs = [a if a and callable(a[-1]) else (a, real) for a in arguments]
    label = getattr(function, "__name__", str(function)).lstrip("_")
    return Case(function, call, tuple(p[0] for p in pairs), tuple(p[1] for p in pairs), label)


CASES = [_case(*row) for row in rows()]
