"""Cases of the functions that reduce, reshape, join, cut and move arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import tinygrad_bp as t
from tinygrad_bp.rules import indexing, joining, losses, reductions, shapes

from .domains import grid, holed, nonzero, positive, spread

mask = np.array([[True, False, True], [False, False, True]])
v3, m23, m32, t243 = (3,), (2, 3), (3, 2), (2, 4, 3)


def rows() -> Iterator[tuple[Any, ...]]:
    """(function, call, shape or (shape, domain) of each argument …), a row each."""
    # fmt: off
    yield np.ldexp,             lambda x: np.ldexp(x, np.array([1, -2, 3])),               m23
    yield np.where,             lambda a, b: np.where(mask, a, b),                         m23, v3
    yield np.where,             lambda a, b: np.where(True, a, b),                         m23, v3
    yield np.where,             lambda a, b: np.where(False, a, b),                        m23, v3
    yield np.where,             lambda a: np.where(mask, 1.0, a),                          (2, 1)
    yield t.softmax.function,   lambda x: t.softmax(x),                                    m23
    yield t.softmax.function,   lambda x: t.softmax(x, axis=-1),                           m23
    yield t.leaky_relu.function, lambda x: t.leaky_relu(x, slope=0.3),                     (m23, nonzero)

    # reductions
    for f in (np.sum, np.mean, np.max, np.min, np.amax, np.amin, np.ptp, np.prod, t.logsumexp):
        key = f if callable(f) and not hasattr(f, "function") else f.function
        yield key,              lambda x, f=f: f(x),                                       (m23, spread)
        yield key,              lambda x, f=f: f(x, axis=1),                               (t243, spread)
        yield key,              lambda x, f=f: f(x, axis=-2, keepdims=True),               (t243, spread)
        if f is not np.ptp:
            yield key,          lambda x, f=f: f(x, axis=(0, -1)),                         (t243, spread)
            yield key,          lambda x, f=f: f(x, keepdims=True),                        (m23, spread)
    yield t.log_softmax.function, lambda x: t.log_softmax(x, axis=0),                      m23
    yield t.log_softmax.function, lambda x: t.log_softmax(x),                              m23
    for y in (np.array([2, 0]), mask):
        yield losses.of_rows.function, lambda z, y=y: t.cross_entropy(z, y),               m23
    yield losses.of_rows.function, lambda z, y: t.cross_entropy(z, y),                     m23, (m23, positive)
    yield losses.of_rows.function, lambda z, y: t.cross_entropy(z, y, axis=0),             m23, (m23, positive)
    yield np.prod,              lambda x: np.prod(x),                                      (v3, holed)
    yield np.prod,              lambda x: np.prod(x, axis=(0, 2)),                         (t243, holed)
    yield reductions.euclidean_norm.function, lambda x: np.linalg.norm(x),                 m23

    # shapes
    yield shapes.cast.function, lambda x: shapes.cast(x, np.float64),                      m23
    yield np.astype,            lambda x: np.astype(x, np.float64),                        m23
    yield np.reshape,           lambda x: np.reshape(x, (3, -1)),                          m23
    yield np.reshape,           lambda x: np.reshape(x, 6),                                m23
    yield np.transpose,         lambda x: np.transpose(x),                                 t243
    yield np.transpose,         lambda x: np.transpose(x, (2, 0, 1)),                      t243
    yield np.transpose,         lambda x: np.transpose(x, axes=(-1, 0, -2)),               t243
    yield np.ravel,             np.ravel,                                                  t243
    yield np.copy,              np.copy,                                                   m23
    yield np.real,              np.real,                                                   m23
    yield np.real_if_close,     np.real_if_close,                                          m23
    yield np.expand_dims,       lambda x: np.expand_dims(x, -1),                           m23
    yield np.expand_dims,       lambda x: np.expand_dims(x, (0, 2)),                       m23
    yield np.squeeze,           np.squeeze,                                                (1, 3, 1)
    yield np.squeeze,           lambda x: np.squeeze(x, axis=-1),                          (1, 3, 1)
    yield np.moveaxis,          lambda x: np.moveaxis(x, 0, -1),                           t243
    yield np.moveaxis,          lambda x: np.moveaxis(x, (2, 0), (0, 1)),                  t243
    yield np.rollaxis,          lambda x: np.rollaxis(x, 2, 1),                            t243
    yield np.swapaxes,          lambda x: np.swapaxes(x, 0, -1),                           t243
    yield np.matrix_transpose,  np.matrix_transpose,                                       t243
    yield np.linalg.matrix_transpose, np.linalg.matrix_transpose,                          m23
    yield np.broadcast_to,      lambda x: np.broadcast_to(x, (4, 2, 3)),                   (2, 1)
    yield np.broadcast_to,      lambda x: np.broadcast_to(x, shape=(2, 0)),                (2, 1)
    yield np.broadcast_arrays,  lambda a, b: np.stack(np.broadcast_arrays(a, b)),          m23, (2, 1)
    for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
        yield f,                lambda a, f=f: f(a),                                       ()
        yield f,                lambda a, b, f=f: np.sum(f(a, b)[1]) * f(a),               v3, m23
        yield f,                lambda a, f=f: f(a),                                       t243

    # joining and cutting
    yield np.concatenate,       lambda a, b: np.concatenate([a, b, a]),                    m23, (1, 3)
    yield np.concatenate,       lambda a, b: np.concatenate((a, b), axis=-1),              m23, (2, 1)
    yield joining.joined.function, lambda a, b: np.concatenate([a, b, np.zeros_like(b)], axis=None), m23, (1,)
    yield np.stack,             lambda a, b: np.stack([a, b]),                             m23, m23
    yield np.stack,             lambda a, b: np.stack([a, b], axis=-1),                    m23, m23
    yield np.stack,             lambda a: np.stack(a, axis=1),                             m23
    yield np.hstack,            lambda a, b: np.hstack([a, b]),                            v3, (2,)
    yield np.hstack,            lambda a, b: np.hstack([a, b]),                            m23, (2, 1)
    yield np.vstack,            lambda a, b: np.vstack([a, b]),                            m23, v3
    yield np.dstack,            lambda a, b: np.dstack([a, b]),                            m23, m23
    yield np.dstack,            lambda a, b: np.dstack([a, b]),                            v3, v3
    yield np.column_stack,      lambda a, b: np.column_stack([a, b]),                      v3, m32
    yield np.append,            lambda a, b: np.append(a, b),                              m23, v3
    yield np.append,            lambda a, b: np.append(a, b, axis=1),                      m23, (2, 1)
    yield np.block,             lambda a, b: np.block([[a, b], [b, a]]),                   m23, (2, 1)
    yield np.block,             lambda a, b: np.block([a, b, 2.0]),                        v3, (1,)
    yield np.split,             lambda x: np.split(x, 3, axis=1)[1],                       m23
    yield np.split,             lambda x: np.split(x, [1, 2], axis=-1)[2],                 m23
    yield np.split,             lambda x: np.split(x, [2, 1])[0],                          v3
    yield np.array_split,       lambda x: np.array_split(x, 2)[0],                         v3
    yield np.array_split,       lambda x: np.array_split(x, 4, axis=1)[3],                 m23
    yield np.hsplit,            lambda x: np.hsplit(x, 3)[2],                              m23
    yield np.hsplit,            lambda x: np.hsplit(x, 3)[2],                              v3
    yield np.vsplit,            lambda x: np.vsplit(x, [1])[1],                            m23
    yield np.dsplit,            lambda x: np.dsplit(x, 3)[1],                              t243
    yield np.meshgrid,          lambda a, b: np.stack(np.meshgrid(a, b)),                  v3, (2,)
    yield np.meshgrid,          lambda a, b: np.stack(np.meshgrid(a, b, indexing="ij")),   v3, (2,)
    yield np.meshgrid,          lambda a, b: np.meshgrid(a, b, b, sparse=True)[1],         v3, (2,)
    yield np.meshgrid,          lambda a: np.meshgrid(a)[0],                               v3
    if hasattr(np, "unstack"):
        yield np.unstack,       lambda x: np.unstack(x, axis=1)[2],                        m23

    # indexing
    yield indexing.getitem.function, lambda x: x[1],                                       m23
    yield indexing.getitem.function, lambda x: x[0, 2],                                    m23
    yield indexing.getitem.function, lambda x: x[..., None, ::-2],                         m23
    yield indexing.getitem.function, lambda x: x[[0, 1, 0], 1:],                           m23
    yield indexing.getitem.function, lambda x: x[mask],                                    m23
    yield indexing.getitem.function, lambda x: x[1] * x[0] + x[[1, 1], 2:],                m23
    yield indexing.scattered.function, lambda a, b: indexing.scattered((3, 2), (1, [0, 0]), a, b), (2,), (2, 2)
    yield np.take,              lambda x: np.take(x, [[0, 5], [5, 2]]),                    m23
    yield np.take,              lambda x: np.take(x, 1, axis=-1),                          m23
    yield np.take,              lambda x: np.take(x, [0, -1, 0], axis=0),                  t243
    yield np.take,              lambda x: np.take(x, [7, -4], axis=1, mode="wrap"),        t243
    yield np.take_along_axis,   lambda x: np.take_along_axis(x, np.array([[2, 0], [1, 1]]), 1), m23
    yield np.compress,          lambda x: np.compress([True, False, True], x, axis=1),     m23
    yield np.extract,           lambda x: np.extract(mask, x),                             m23

    # moving
    yield np.flip,              np.flip,                                                   m23
    yield np.flip,              lambda x: np.flip(x, (0, -1)),                             t243
    yield np.fliplr,            np.fliplr,                                                 m23
    yield np.flipud,            np.flipud,                                                 m23
    yield np.roll,              lambda x: np.roll(x, 2),                                   m23
    yield np.roll,              lambda x: np.roll(x, (1, -2), axis=(0, 1)),                m23
    yield np.rot90,             np.rot90,                                                  m23
    yield np.rot90,             lambda x: np.rot90(x, k=-1, axes=(2, 0)),                  t243
    yield np.tile,              lambda x: np.tile(x, (2, 1, 2)),                           m23
    yield np.repeat,            lambda x: np.repeat(x, 2),                                 m23
    yield np.repeat,            lambda x: np.repeat(x, [2, 0, 1], axis=1),                 m23
    yield np.resize,            lambda x: np.resize(x, (3, 3)),                            m23
    yield np.delete,            lambda x: np.delete(x, 1, axis=1),                         m23
    yield np.delete,            lambda x: np.delete(x, [0, 3]),                            m23
    yield np.insert,            lambda x, v: np.insert(x, [1, 3], v, axis=1),              m23, (2, 2)
    yield np.insert,            lambda x: np.insert(x, 0, 5.0),                            m23
    yield np.diagonal,          lambda x: np.diagonal(x, 1),                               m23
    yield np.diagonal,          lambda x: np.diagonal(x, axis1=2, axis2=0),                t243
    yield np.linalg.diagonal,   lambda x: np.linalg.diagonal(x, offset=-1),                t243
    yield np.diag,              lambda x: np.diag(x, -2),                                  v3
    yield np.diag,              lambda x: np.diag(x),                                      m23
    yield np.diagflat,          lambda x: np.diagflat(x, 1),                               m23
    yield np.tril,              lambda x: np.tril(x),                                      t243
    yield np.triu,              lambda x: np.triu(x, 1),                                   m23
    yield np.tril,              lambda x: np.tril(x, -1),                                  v3
    yield np.triu,              lambda x: np.triu(x),                                      v3
    yield np.sort,              lambda x: np.sort(x),                                      (m23, spread)
    yield np.sort,              lambda x: np.sort(x, axis=0, kind="stable"),               (t243, spread)
    yield np.sort,              lambda x: np.sort(x, axis=None),                           (m23, spread)
    yield np.partition,         lambda x: np.partition(x, 1)[..., 1],                      (m23, spread)
    yield np.pad,               lambda x: np.pad(x, 2),                                    m23
    yield np.pad,               lambda x: np.pad(x, {-1: (1, 2)}),                         m23
    yield np.pad,               lambda x: np.pad(x, ((1, 0), (0, 2)), constant_values=3.0), m23
    yield np.pad,               lambda x: np.pad(x, (1, 2), mode="edge"),                  m23
    yield np.pad,               lambda x: np.pad(x, ((0, 0), (2, 1)), "reflect"),          m23
    yield np.pad,               lambda x: np.pad(x, 4, mode="wrap"),                       m23
    yield np.pad,               lambda x: np.pad(x, 4, mode="symmetric"),                  m23
    yield np.fft.fftshift,      np.fft.fftshift,                                           m23
    yield np.fft.ifftshift,     lambda x: np.fft.ifftshift(x, axes=1),                     m23
    yield sliding_window_view,  lambda x: sliding_window_view(x, 2, axis=1),               m23
    yield sliding_window_view,  lambda x: sliding_window_view(x, (2, 2)),                  m23
    yield np.clip,              lambda x: np.clip(x, -0.5, 0.6),                           (m23, spread)
    yield np.clip,              lambda x, high: np.clip(x, None, high), (m23, grid(0)), (v3, grid(0.25))
    yield np.clip,              lambda x, low: np.clip(x, a_min=low, a_max=None), (m23, grid(0)), (v3, grid(0.25))
