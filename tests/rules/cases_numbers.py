"""Cases of statistics, running sums, choices between arrays, polynomials and numbers in steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tinygrad_bp.rules import scans

from .domains import away, between, holed, nonzero, positive, small, spread

mask = np.array([[True, False, True], [False, False, True]])
v3, m23, m32, t243 = (3,), (2, 3), (3, 2), (2, 4, 3)
nan = np.nan


def rows() -> Iterator[tuple[Any, ...]]:
    """(function, call, shape or (shape, domain) of each argument …), a row each."""
    # fmt: off
    # statistics
    for f in (np.var, np.std):
        yield f,                lambda x, f=f: f(x),                                       m23
        yield f,                lambda x, f=f: f(x, axis=1, ddof=1),                       t243
        yield f,                lambda x, f=f: f(x, axis=(0, 2), keepdims=True),           t243
    yield np.average,           lambda x: np.average(x, axis=0),                           m23
    yield np.average,           lambda x, w: np.average(x, axis=1, weights=w),             m23, (v3, positive)
    yield np.average,           lambda x, w: np.average(x, weights=w, returned=True)[0],   m23, (m23, positive)
    yield np.average,           lambda x, w: np.average(x, axis=1, weights=w, returned=True)[1], m23, (v3, positive)
    yield np.average,           lambda x, w: np.average(x, axis=(2, 1), weights=w),        t243, ((3, 4), positive)
    yield np.median,            np.median,                                                 (m23, spread)
    yield np.median,            lambda x: np.median(x, axis=1),                            (m23, spread)
    yield np.median,            lambda x: np.median(x, axis=(0, 2), keepdims=True),        (t243, spread)
    yield np.quantile,          lambda x: np.quantile(x, 0.3),                             (m23, spread)
    yield np.quantile,          lambda x: np.quantile(x, [0, 0.45, 1], axis=1),            (t243, spread)
    yield np.quantile,          lambda x: np.quantile(x, [0.2, 0.7], axis=0, keepdims=True), (t243, spread)
    yield np.percentile,        lambda x: np.percentile(x, 40, axis=-1),                   (m23, spread)
    yield np.cov,               np.cov,                                                    (2, 5)
    yield np.cov,               lambda x, y: np.cov(x, y, rowvar=False, bias=True),        (5, 2), (5, 1)
    yield np.cov,               lambda x: np.cov(x, ddof=0),                               (5,)
    yield np.cov,               lambda x: np.cov(x, rowvar=False),                         (5,)
    yield np.cov,               lambda x, y: np.cov(x, y, rowvar=False),                   (5,), (5,)
    yield np.corrcoef,          np.corrcoef,                                               ((2, 5), spread)
    yield np.corrcoef,          lambda x, y: np.corrcoef(x, y)[0, 1], ((5,), spread), ((5,), spread)
    for f in (np.nansum, np.nanprod, np.nanmean, np.nanmax, np.nanmin, np.nanvar, np.nanstd):
        yield f,                lambda x, f=f: f(np.where(mask, x, nan)),                  (m23, spread)
        yield f,                lambda x, f=f: f(np.where(mask[:, :2], nan, x), axis=1, keepdims=True), ((2, 2), spread)
    yield np.nancumsum,         lambda x: np.nancumsum(np.where(mask, x, nan), axis=1),    m23
    yield np.nancumprod,        lambda x: np.nancumprod(np.where(mask, x, nan)),           m23

    # running sums and products, differences
    yield np.cumsum,            np.cumsum,                                                 m23
    yield np.cumsum,            lambda x: np.cumsum(x, axis=-2),                           t243
    yield scans.running_product.function, scans.running_product,                           m23
    yield np.cumprod,           np.cumprod,                                                m23
    yield np.cumprod,           lambda x: np.cumprod(x, axis=1),                           t243
    yield np.cumprod,           lambda x: np.cumprod(x, axis=1),                           (t243, holed)
    if hasattr(np, "cumulative_sum"):
        yield np.cumulative_sum,  lambda x: np.cumulative_sum(x),                          v3
        yield np.cumulative_sum,  lambda x: np.cumulative_sum(x, axis=1, include_initial=True), m23
        yield np.cumulative_prod, lambda x: np.cumulative_prod(x, axis=0, include_initial=True), m23
    yield np.diff,              np.diff,                                                   m23
    yield np.diff,              lambda x: np.diff(x, n=2, axis=1),                         t243
    yield np.diff,              lambda x, a: np.diff(x, axis=0, prepend=1.0, append=a),    m23, (1, 3)
    yield np.ediff1d,           np.ediff1d,                                                m23
    yield np.ediff1d,           lambda x, a: np.ediff1d(x, to_begin=a, to_end=a),          m23, (2,)
    yield np.trapezoid,         np.trapezoid,                                              m23
    yield np.trapezoid,         lambda y: np.trapezoid(y, dx=0.3, axis=1),                 t243
    yield np.trapezoid,         lambda y, x: np.trapezoid(y, x, axis=1),                   t243, ((4,), spread)
    yield np.trapezoid,         lambda y, x: np.trapezoid(y, x),                           m23, (m23, spread)
    yield np.gradient,          np.gradient,                                               (4,)
    yield np.gradient,          lambda f: np.stack(np.gradient(f)),                        t243
    yield np.gradient,          lambda f: np.gradient(f, 0.5, axis=1, edge_order=2),       t243
    yield np.gradient,          lambda f: np.gradient(f, [0, 0.5, 2, 2.5], axis=1, edge_order=2), t243
    yield np.gradient,          lambda f: np.gradient(f, 2.0, [0, 0.5, 2])[1],             m23
    yield np.unwrap,            np.unwrap,                                                 (m23, away(2.5, 3))
    yield np.unwrap,            lambda x: np.unwrap(x, axis=0, period=2.2),                (m23, away(0.9, 1))
    yield np.interp,            lambda x: np.interp(x, [-3, -1, 0.2, 2.5], [1.0, 2, -1, 0.5]), ((4,), between(0.3, 2))
    yield np.interp,            lambda x, y: np.interp(x, [-9, 0, 9], y),                  (m23, nonzero), v3
    yield np.interp,            lambda p, y: np.interp([-9, 0.1, 1.6], p * 0.1 + [0, 1, 2], y, left=-1.0), v3, v3

    yield np.sinc,              np.sinc,                                                   (m23, small)

    # choices
    yield np.select,            lambda a, b: np.select([mask, ~mask], [a, b], 7.0),        m23, v3
    yield np.select,            lambda a, b: np.select([a > 0, mask], [a, b], b * a),      (m23, nonzero), v3
    yield np.choose,            lambda a, b: np.choose([[0, 1, 1], [1, 0, 0]], [a, b]),    m23, v3
    yield np.choose,            lambda a, b: np.choose([3, 1, 0], [a, b], mode="wrap"),    v3, v3
    yield np.piecewise, lambda x: np.piecewise(x, [x < 0, x > 0.7], [np.sin, lambda x: 3 * x, -1.0]), (m23, spread)
    yield np.piecewise,         lambda x: np.piecewise(x, x > 0, [np.exp, np.cos]),        (v3, nonzero)
    yield np.nan_to_num,        lambda x: np.nan_to_num(np.where(mask, x, nan), nan=2.0),  m23
    yield np.nan_to_num,        lambda x: np.nan_to_num(np.where(mask, x, np.inf), posinf=2.0), m23
    yield np.full_like,         lambda x: np.full_like(np.where(mask, x, x), x[0, 0]),     m23
    yield np.bincount,          lambda w: np.bincount([0, 3, 3], weights=w, minlength=5),  v3

    # polynomials, steps
    yield np.polyval,           np.polyval,                                                v3, m23
    yield np.polyadd,           np.polyadd,                                                v3, (2,)
    yield np.polysub,           np.polysub,                                                v3, (2,)
    yield np.polymul,           np.polymul,                                                v3, (2,)
    yield np.polyder,           lambda p: np.polyder(p, 2),                                (4,)
    yield np.polyint,           lambda p, k: np.polyint(p, 2, k),                          v3, (2,)
    yield np.polyint,           np.polyint,                                                v3
    yield np.poly,              np.poly,                                                   v3
    yield np.polyfit,           lambda x, y: np.polyfit(x, y, 2),                          ((5,), spread), (5,)
    yield np.polyfit,           lambda x, y: np.polyfit(x, y, 1),                          ((4,), spread), (4, 2)
    yield np.vander,            np.vander,                                                 (v3, nonzero)
    yield np.vander,            lambda x: np.vander(x, 4, increasing=True),                (v3, nonzero)
    yield np.linspace,          lambda a, b: np.linspace(a, b, 5),                         v3, ()
    yield np.linspace,          lambda a, b: np.linspace(a, b, 4, endpoint=False, axis=1), m23, v3
    yield np.linspace,          lambda a: np.linspace(a, 2.0, 5, retstep=True)[1],         ()
    yield np.logspace,          lambda a, b: np.logspace(a, b, 4, base=3.0),               (), ()
    yield np.geomspace,         lambda a, b: np.geomspace(a, b, 4), ((), positive), ((), positive)
    yield np.apply_along_axis,  lambda x: np.apply_along_axis(lambda v: v * v[0], 1, x),   t243
    yield np.apply_along_axis,  lambda x: np.apply_along_axis(np.sum, 0, x),               m23
    yield np.apply_along_axis,  lambda x: np.apply_along_axis(np.diag, 1, x),              m23
    yield np.apply_over_axes,   lambda x: np.apply_over_axes(np.sum, x, [0, 2]),           t243
