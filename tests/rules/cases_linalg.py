"""Cases of products, Einstein sums, norms, linear systems and factorisations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tinygrad_bp.rules import TABLE, einsum, factorisations, solving

from .domains import graded, positive_definite, regular, separated, singular, small

v3, m23, m32, m33, t243, t233 = (3,), (2, 3), (3, 2), (3, 3), (2, 4, 3), (2, 3, 3)
#: what leaves a matrix of three rows with one of zeros, and a singular value of 0
hole = np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
#: no two sums of sizes of its entries, or of its inverse's, are near each other
apart = [[4, 1, -1], [1, 3, 1], [2, -1, 9]]


def rows() -> Iterator[tuple[Any, ...]]:
    """(function, call, shape or (shape, domain) of each argument …), a row each."""
    # fmt: off
    # products
    yield np.matmul,            np.matmul,                                                 v3, v3
    yield np.matmul,            np.matmul,                                                 m23, v3
    yield np.matmul,            np.matmul,                                                 v3, m32
    yield np.matmul,            np.matmul,                                                 m23, m32
    yield np.matmul,            np.matmul,                                                 t243, v3
    yield np.matmul,            np.matmul,                                                 v3, (2, 3, 4)
    yield np.matmul,            np.matmul,                                                 t243, m32
    yield np.matmul,            np.matmul,                                                 m23, (4, 3, 2)
    yield np.matmul,            np.matmul,                                                 t243, (2, 3, 2)
    yield np.matmul,            np.matmul,                                                 (1, 2, 4, 3), (2, 1, 3, 2)
    yield np.matmul,            np.matmul,                                                 (2, 1, 4, 3), m32
    yield np.matmul,            np.matmul,                                                 (1, 4, 3), (3, 3, 2)
    yield np.linalg.matmul,     np.linalg.matmul,                                          m23, m32
    for a, b in [((), m23), (v3, v3), (m23, v3), (v3, m32), (v3, (2, 3, 4)), (t243, (2, 3, 2)), (t243, ())]:
        yield np.dot,           np.dot,                                                    a, b
    for a, b in [((), m23), (v3, v3), (m23, v3), (m23, (4, 3)), (t243, (2, 3))]:
        yield np.inner,         np.inner,                                                  a, b
    yield np.outer,             np.outer,                                                  m23, v3
    yield np.linalg.outer,      np.linalg.outer,                                           v3, (2,)
    yield np.vdot,              np.vdot,                                                   m23, m23
    yield np.vdot,              np.vdot,                                                   m23, (3, 2)
    yield TABLE[np.vdot].twice.function, lambda a: np.vdot(a, a),                          m23
    yield np.vecdot,            np.vecdot,                                                 m23, v3
    yield np.vecdot,            lambda a, b: np.vecdot(a, b, axis=0),                      m23, (2, 1)
    yield np.linalg.vecdot,     lambda a, b: np.linalg.vecdot(a, b, axis=0),               m23, m23
    if hasattr(np, "matvec"):
        yield np.matvec,        np.matvec,                                                 t243, v3
        yield np.matvec,        np.matvec,                                                 m23, (2, 1, 3)
        yield np.vecmat,        np.vecmat,                                                 v3, (2, 3, 4)
        yield np.vecmat,        np.vecmat,                                                 (2, 1, 3), m32
    yield np.tensordot,         lambda a, b: np.tensordot(a, b),                           t243, (4, 3, 2)
    yield np.tensordot,         lambda a, b: np.tensordot(a, b, axes=1),                   t243, m32
    yield np.tensordot,         lambda a, b: np.tensordot(a, b, axes=0),                   v3, (2,)
    yield np.tensordot,         lambda a, b: np.tensordot(a, b, axes=([0, -1], [1, 0])),   t243, (3, 2, 2)
    yield np.tensordot,         lambda a, b: np.tensordot(a, b, axes=(1, 0)),              t243, (4, 2)
    yield np.linalg.tensordot,  lambda a, b: np.linalg.tensordot(a, b, axes=1),            m23, m32
    yield np.kron,              np.kron,                                                   m23, m32
    yield np.kron,              np.kron,                                                   v3, m23
    yield np.cross,             np.cross,                                                  m23, v3
    yield np.cross,             lambda a, b: np.cross(a, b, axisa=0, axisc=0),             m32, m23
    yield np.cross,             lambda a, b: np.cross(a, b, axis=0),                       m32, m32
    yield np.linalg.cross,      np.linalg.cross,                                           m23, m23
    yield np.trace,             np.trace,                                                  m23
    yield np.trace,             lambda x: np.trace(x, 1, axis1=2, axis2=0),                t243
    yield np.linalg.trace,      lambda x: np.linalg.trace(x, offset=-1),                   t243
    yield np.linalg.multi_dot,  lambda a, b, c: np.linalg.multi_dot([a, b, c]),            v3, m32, m23
    for mode in ("full", "same", "valid"):
        for n, k in [(5, 3), (5, 2), (3, 5), (2, 5), (4, 4), (3, 1)]:
            yield np.convolve,  lambda a, v, mode=mode: np.convolve(a, v, mode),           (n,), (k,)
            yield np.correlate, lambda a, v, mode=mode: np.correlate(a, v, mode),          (n,), (k,)

    # Einstein sums
    yield einsum.contracted.function, lambda a, b: np.einsum("ij,jk", a, b),               m23, m32
    for subscripts, *operands in [
        ("ij,jk->ik", m23, m32), ("ij,jk", m23, m32), ("ij->ji", m23), ("ij", m23), ("ij->", m23), ("ij->j", m23),
        ("ii->i", m33), ("ii", m33), ("iij->j", (3, 3, 2)), ("iii->i", (3, 3, 3)), ("i,i->", v3, v3),
        ("i,j->ij", v3, (2,)), ("i,i,i->i", v3, v3, v3), ("ij,kj->", m23, m23), ("ij,j->i", m23, v3),
        ("...ij,...jk->...ik", t243, (3, 2)), ("...ij,...jk", t243, (1, 3, 2)), ("...,...", m23, v3),
        ("i...->...", t243), ("i...", t243), ("...i->i...", t243), ("...ii->...i", t233),
        ("b...i,b...i->b...", t243, t243),
        ("ij,ij->ij", m23, (1, 3)), ("ij,ij->i", (2, 1), m23), ("ij,jk,kl->il", m23, m32, m23),
        (" i j , j -> i", m23, v3),
        ("ba", m23), ("aab,bc->ac", (3, 3, 2), m23), ("i,->i", v3, ()), ("Ab,bA->A", m23, m32),
    ]:
        yield np.einsum,        lambda *xs, s=subscripts: np.einsum(s, *xs),               *operands
    yield np.einsum,            lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [2, 0]),      m23, m32
    yield np.einsum,            lambda a, b: np.einsum(a, [0, 1], b, [1, 2]),              m23, m32
    yield np.einsum,            lambda a: np.einsum(a, [Ellipsis, 1], [1, Ellipsis]),      t243
    yield np.einsum,            lambda a: np.einsum(a, [26, 0]),                           m23
    yield np.einsum,            lambda a, b: np.einsum(a, [0, 51], b, [51, 25]),           m23, m32
    yield np.einsum,            lambda a, b, c: np.einsum("ij,jk,kl", a, b, c, optimize=True), m23, m32, m23

    # norms
    for order in (None, 1, 2, 3, 2.5, 0, -1, np.inf, -np.inf):
        yield np.linalg.norm,   lambda x, o=order: np.linalg.norm(x, o),                   (v3, graded)
        yield np.linalg.norm,   lambda x, o=order: np.linalg.norm(x, o, axis=1, keepdims=True), (t243, graded)
    for order in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        domain = graded if order in (1, -1, np.inf, -np.inf) else separated
        yield np.linalg.norm,   lambda x, o=order: np.linalg.norm(x, o, axis=(0, 1)),      (m23, domain)
        yield np.linalg.norm,   lambda x, o=order: np.linalg.norm(x, o, axis=(-1, 1), keepdims=True), (t243, domain)
    yield np.linalg.norm,       lambda x: np.linalg.norm(x),                               t243
    yield np.linalg.vector_norm, lambda x: np.linalg.vector_norm(x),                       t243
    yield np.linalg.vector_norm, lambda x: np.linalg.vector_norm(x, axis=(0, 2), ord=3, keepdims=True), (t243, graded)
    yield np.linalg.matrix_norm, lambda x: np.linalg.matrix_norm(x),                       t243
    yield np.linalg.matrix_norm, lambda x: np.linalg.matrix_norm(x, ord=2, keepdims=True), (t243, separated)
    for p in (None, 2, -2, "fro"):
        yield np.linalg.cond,   lambda x, p=p: np.linalg.cond(x, p),                       (t233, separated)
    yield np.linalg.cond,       lambda x: np.linalg.cond(x + np.array(apart), 1), (m33, small)

    # linear systems
    yield np.linalg.inv,        np.linalg.inv,                                             (t233, regular)
    yield solving.solution.function, np.linalg.solve,                                      (m33, regular), m32
    yield np.linalg.solve,      np.linalg.solve,                                           (m33, regular), v3
    yield np.linalg.solve,      np.linalg.solve,                                           (t233, regular), (2, 3, 1)
    yield np.linalg.solve,      np.linalg.solve,                                           (t233, regular), v3
    yield np.linalg.solve,      np.linalg.solve,                                           (m33, regular), (2, 3, 2)
    yield np.linalg.solve,      np.linalg.solve, ((2, 1, 3, 3), regular), (4, 3, 2)
    yield np.linalg.det,        np.linalg.det,                                             (m33, regular)
    yield np.linalg.det,        np.linalg.det,                                             t233
    yield np.linalg.det,        np.linalg.det,                                             (t233, singular)
    yield np.linalg.det,        lambda x: np.linalg.det(x * 0.0),                      (1, 1)
    yield solving.logabsdet.function, lambda x: np.linalg.slogdet(x)[1],                   (m33, regular)
    yield np.linalg.slogdet,    lambda x: np.linalg.slogdet(x).logabsdet,                  (t233, regular)
    for n in (-2, -1, 0, 1, 2, 3, 6):
        yield np.linalg.matrix_power, lambda x, n=n: np.linalg.matrix_power(x, n),         (t233, regular)
    yield np.linalg.tensorinv,  lambda x: np.linalg.tensorinv(np.reshape(x, (6, 2, 3)), ind=1), ((6, 6), regular)
    yield np.linalg.tensorsolve, lambda x, b: np.linalg.tensorsolve(np.reshape(x, (2, 3, 6)), b), ((6, 6), regular), m23
    yield np.linalg.tensorsolve, lambda x, b: np.linalg.tensorsolve(np.reshape(x, (2, 6, 3)), b, axes=(0,)), \
        ((6, 6), regular), (6, 3)[:1]

    # factorisations
    yield factorisations.lower_factor.function, np.linalg.cholesky,                        (m33, positive_definite)
    yield np.linalg.cholesky,   np.linalg.cholesky,                                        (t233, positive_definite)
    yield np.linalg.cholesky,   lambda x: np.linalg.cholesky(x @ x.mT + 2 * np.eye(3, dtype=x.dtype)), m33
    yield factorisations.eigensystem.function, lambda x: np.linalg.eigh(x)[0],             (m33, positive_definite)
    yield np.linalg.eigh,       lambda x: np.linalg.eigh(x)[1] ** 2,                        (m33, positive_definite)
    yield np.linalg.eigh,       lambda x: np.square(np.linalg.eigh(x, UPLO="U").eigenvectors),(t233, positive_definite)
    yield np.linalg.eigvalsh,   np.linalg.eigvalsh,                                        (t233, positive_definite)
    yield np.linalg.eigvalsh,   lambda x: np.linalg.eigvalsh(x, UPLO="U"),                 (m33, positive_definite)
    yield factorisations.singular.function, lambda x: np.linalg.svdvals(x),                (m23, separated)
    yield np.linalg.svdvals,    np.linalg.svdvals,                                         (t243, separated)
    for i in range(3):
        yield np.linalg.svd,    lambda x, i=i: np.linalg.svd(x, full_matrices=False)[i] ** 2, ((4, 3), separated)
        yield np.linalg.svd,    lambda x, i=i: np.linalg.svd(x, full_matrices=False)[i] ** 2, ((2, 2, 3), separated)
        yield np.linalg.svd,    lambda x, i=i: np.linalg.svd(x)[i] ** 2,  (t233, separated)
    yield np.linalg.svd,        lambda x: np.linalg.svd(x, compute_uv=False),              (m23, separated)
    yield np.linalg.svdvals,    lambda x: np.linalg.svdvals(x * hole)[:2],                 (m33, separated)
    yield np.linalg.norm,       lambda x: np.linalg.norm(x * hole, 2),                     (m33, separated)
    yield factorisations.orthogonal.function, lambda x: np.linalg.qr(x)[0],                (m33, regular)
    yield np.linalg.qr,         lambda x: np.linalg.qr(x).R,                               ((4, 3), regular)
    yield np.linalg.qr,         lambda x: np.linalg.qr(x).Q,                               ((2, 4, 3), regular)
    yield np.linalg.qr,         lambda x: np.linalg.qr(x, mode="r"),                       (t233, regular)
    yield factorisations.pseudo_inverse.function, np.linalg.pinv,                          (m33, separated)
    yield np.linalg.pinv,       np.linalg.pinv,                                            (t243, separated)
    yield np.linalg.pinv,       np.linalg.pinv,                                            ((2, 2, 3), separated)
    yield np.linalg.lstsq,      lambda a, b: np.linalg.lstsq(a, b)[0],                     ((4, 2), separated), (4,)
    yield np.linalg.lstsq,      lambda a, b: np.linalg.lstsq(a, b)[0],                     ((4, 2), separated), (4, 3)
    yield np.linalg.lstsq,      lambda a, b: np.linalg.lstsq(a, b)[1],                     ((4, 2), separated), (4,)
    yield np.linalg.lstsq,      lambda a, b: np.linalg.lstsq(a, b)[3],                     ((4, 2), separated), (4,)
