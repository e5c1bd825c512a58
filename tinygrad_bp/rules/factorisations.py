"""Factorisations of stacks of matrices. Each states both directions, held together by ⟨u, Jv⟩ = ⟨Jᵀu, v⟩.

The formulas are those of Giles, *Collected matrix derivative results for forward and reverse mode* (2008), with one
difference: NumPy reads only the lower triangle of a symmetric matrix, and so do the derivatives. Functions of several
outputs are recorded as one matrix of all their rows, and cut apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import array, numbers, select
from .kinds import composed, primitive


def _mirrored(a: Any) -> Any:
    """The symmetric matrix that NumPy reads in the lower triangle of a."""
    return np.tril(a) + np.tril(a, -1).mT


def _folded(a: Any) -> Any:
    """The transpose of mirroring: what falls on the upper triangle goes to the lower one."""
    return np.tril(a) + np.triu(a, 1).mT


def _halved(a: Any) -> Any:
    """The lower triangle, with half of the diagonal: L of L + Lᵀ = a, for a symmetric a."""
    return (np.tril(a) + np.tril(a, -1)) / 2


def _diagonal(d: Any) -> Any:
    """Diagonal matrices of a stack of vectors."""
    return d[..., None] * np.eye(d.shape[-1], dtype=d.dtype)


def _over_gaps(x: Any, w: Any) -> Any:
    """x_ij/(w_j − w_i) off the diagonal, where 0 over no gap is 0, and 0 on it."""
    x = x * (1 - np.eye(x.shape[-1], dtype=x.dtype))
    flat = x == 0
    return select(flat, 0.0, x / select(flat, 1.0, w[..., None, :] - w[..., :, None]))


def _over(x: Any, s: Any) -> Any:
    """x/s, where 0 over 0 is 0."""
    return select(x == 0, 0.0, x / select(x == 0, 1.0, s))


def _cholesky(a: Any) -> Any:
    """The lower triangular L of L Lᵀ = a."""
    return np.linalg.cholesky(a)


def _cholesky_back(d: Any, y: Any, a: Any) -> Any:
    inverse = np.linalg.inv(y)
    return _folded(inverse.mT @ _halved(y.mT @ d) @ inverse)


def _cholesky_forward(tangents: Any, y: Any, a: Any) -> Any:
    inverse = np.linalg.inv(y)
    return y @ _halved(inverse @ _mirrored(tangents[0]) @ inverse.mT)


def _eigh(a: Any, UPLO: str) -> Any:
    """The eigenvalues as a row, and below it the eigenvectors as columns."""
    w, v = np.linalg.eigh(a, UPLO)  # type: ignore[call-overload]
    return np.concatenate([w[..., None, :], v], axis=-2)


def _eigh_back(d: Any, y: Any, a: Any, UPLO: str) -> Any:
    """V (diag w̄ + (Vᵀ V̄)_ij/(w_j − w_i)) Vᵀ."""
    w, v, of_w, of_v = y[..., 0, :], y[..., 1:, :], d[..., 0, :], d[..., 1:, :]
    back = v @ (_diagonal(of_w) + _over_gaps(v.mT @ of_v, w)) @ v.mT
    return _folded(back) if UPLO == "L" else _folded(back.mT).mT


def _eigh_forward(tangents: Any, y: Any, a: Any, UPLO: str) -> Any:
    """ẇ = diag P and V̇ = V (P_ij/(w_j − w_i)), where P = Vᵀ ȧ V."""
    w, v = y[..., 0, :], y[..., 1:, :]
    p = v.mT @ _mirrored(tangents[0] if UPLO == "L" else tangents[0].mT) @ v
    return np.concatenate([np.diagonal(p, 0, -2, -1)[..., None, :], v @ _over_gaps(p, w)], axis=-2)


def _svd(a: Any) -> Any:
    """U, a row of the singular values, and V, below each other."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return np.concatenate([u, s[..., None, :], vh.mT], axis=-2)


def _cut(y: Any, a: Any) -> tuple[Any, Any, Any]:
    """U, s and V."""
    m = a.shape[-2]
    return y[..., :m, :], y[..., m, :], y[..., m + 1 :, :]


def _across(x: Any, u: Any) -> Any:
    """The part of x that is not in the span of the columns of U, nothing where these span everything."""
    return x - u @ (u.mT @ x) if u.shape[-2] > u.shape[-1] else np.zeros_like(x)


def _svd_back(d: Any, y: Any, a: Any) -> Any:
    """U P̄ Vᵀ, of the P̄ that _svd_forward takes from P, and what comes from across U and V."""
    (u, s, v), (of_u, of_s, of_v) = _cut(y, a), _cut(d, a)
    x, z = (_over_gaps(w.mT @ of_w, s * s) for w, of_w in ((u, of_u), (v, of_v)))
    row, column = s[..., None, :], s[..., :, None]
    of_p = _diagonal(of_s) + (x + x.mT) * row + column * (z + z.mT)
    return (u @ of_p + _over(_across(of_u, u), row)) @ v.mT + u @ _over(_across(of_v, v), row).mT


def _svd_forward(tangents: Any, y: Any, a: Any) -> Any:
    """ṡ = diag P, where P = Uᵀ ȧ V; U̇ and V̇ turn the vectors among themselves, and out of their span."""
    u, s, v = _cut(y, a)
    out, back = tangents[0] @ v, tangents[0].mT @ u
    p = u.mT @ out
    row, column = s[..., None, :], s[..., :, None]
    of_u = u @ _over_gaps(p * row + column * p.mT, s * s) + _over(_across(out, u), row)
    of_v = v @ _over_gaps(column * p + p.mT * row, s * s) + _over(_across(back, v), row)
    return np.concatenate([of_u, np.diagonal(p, 0, -2, -1)[..., None, :], of_v], axis=-2)


def _qr(a: Any) -> Any:
    """Q, and below it R."""
    return np.concatenate(np.linalg.qr(a), axis=-2)


def _qr_back(d: Any, y: Any, a: Any) -> Any:
    """(Q̄ + Q M) R⁻ᵀ, where M is symmetric with the lower triangle of R R̄ᵀ − Q̄ᵀ Q (Walter and Lehmann, 2010)."""
    m = a.shape[-2]
    q, r, of_q, of_r = y[..., :m, :], y[..., m:, :], d[..., :m, :], np.triu(d[..., m:, :])
    return (of_q + q @ _mirrored(r @ of_r.mT - of_q.mT @ q)) @ np.linalg.inv(r).mT


def _qr_forward(tangents: Any, y: Any, a: Any) -> Any:
    """Ṙ = (C − X) R and Q̇ = ȧ R⁻¹ − Q (C − X), where C = Qᵀ ȧ R⁻¹ and X is skew with the lower triangle of C."""
    m = a.shape[-2]
    q, r = y[..., :m, :], y[..., m:, :]
    moved = tangents[0] @ np.linalg.inv(r)
    c = q.mT @ moved
    lower = np.tril(c, -1)
    upper = c - lower + lower.mT
    return np.concatenate([moved - q @ upper, upper @ r], axis=-2)


def _pinv_back(d: Any, y: Any, a: Any, rcond: Any = None) -> Any:
    """The transpose of _pinv_forward."""
    across_columns, across_rows = d - d @ a @ y, d - y @ a @ d
    return -(y.mT @ d @ y.mT) + (y @ y.mT @ across_columns).mT + (across_rows @ y.mT @ y).mT


def _pinv_forward(tangents: Any, y: Any, a: Any, rcond: Any = None) -> Any:
    """−P ȧ P + P Pᵀ ȧᵀ (1 − a P) + (1 − P a) ȧᵀ Pᵀ P, while the rank stays (Golub and Pereyra, 1973)."""
    t = tangents[0].mT
    left, right = y @ y.mT @ t, t @ y.mT @ y
    return -(y @ tangents[0] @ y) + left - left @ a @ y + right - y @ a @ right


def _pinv(a: Any, rcond: Any = None) -> Any:
    """The pseudo-inverse."""
    return np.linalg.pinv(a, rcond)


# fmt: off
#                           function   the cotangent of the argument; the tangent of y
lower_factor   = primitive( _cholesky, _cholesky_back, _cholesky_forward )
eigensystem    = primitive( _eigh,     _eigh_back,     _eigh_forward )
singular       = primitive( _svd,      _svd_back,      _svd_forward )
orthogonal     = primitive( _qr,       _qr_back,       _qr_forward )
pseudo_inverse = primitive( _pinv,     _pinv_back,     _pinv_forward )
# fmt: on


@composed(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """L of L Lᵀ = a, which reads the lower triangle of a; Lᵀ, from the upper triangle."""
    return lower_factor(a.mT).mT if upper else lower_factor(a)


@composed(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues and eigenvectors of the symmetric matrix in the lower triangle of a, or the upper (UPLO="U").

    The derivative of an eigenvector is infinite where its eigenvalue is a double one.
    """
    y = eigensystem(a, UPLO=UPLO.upper())
    return np.linalg.eigh(np.eye(1))._replace(eigenvalues=y[..., 0, :], eigenvectors=y[..., 1:, :])


@composed(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues alone."""
    return eigh(a, UPLO).eigenvalues


@composed(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """U, the singular values and Vᵀ, without the vectors that no singular value goes with."""
    if hermitian:
        raise TypeError("svd(hermitian=True) is not differentiated: leave hermitian out")
    if compute_uv and full_matrices and a.shape[-2] != a.shape[-1]:
        raise TypeError("svd with full_matrices=True of a matrix that is not square is not differentiated: vectors that"
                        " no singular value goes with are not functions of it; pass full_matrices=False")  # fmt: skip
    u, s, v = _cut(singular(a), a)
    return np.linalg.svd(np.eye(1))._replace(U=u, S=s, Vh=v.mT) if compute_uv else s


@composed(np.linalg.svdvals)
def svdvals(x: Any, /) -> Any:
    """The singular values alone."""
    return _cut(singular(x), x)[1]


@composed(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and R upper triangular, Q R = a; for mode="r", R alone."""
    if mode not in ("reduced", "r") or a.shape[-2] < a.shape[-1]:
        raise TypeError('qr is differentiated for mode="reduced" and mode="r", of matrices with at least as many rows '
                        "as columns: give it such a one")  # fmt: skip
    y, m = orthogonal(a), a.shape[-2]
    return y[..., m:, :] if mode == "r" else np.linalg.qr(np.eye(1))._replace(Q=y[..., :m, :], R=y[..., m:, :])


@composed(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None) -> Any:
    """The pseudo-inverse, while the rank of a stays what it is."""
    return pseudo_inverse(a, rcond=rcond)


@composed(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """The least-squares solution of a x = b, the sums of squares that remain, the rank, and the singular values.

    As NumPy does it: in float64, where a singular value counts as 0 below eps·max(shape) of the largest.
    """
    if rcond is not None:
        raise TypeError("lstsq(rcond=…) is not differentiated: leave rcond out")
    a, b = array(a), array(b)
    dtype = np.result_type(a.dtype, b.dtype)
    a, b = _cast(a, np.float64), _cast(b, np.float64)
    x = pinv(a, float(np.finfo(np.float64).eps) * max(np.shape(a))) @ b
    _, remaining, rank, _ = np.linalg.lstsq(numbers(a), numbers(b))
    if remaining.size:
        away = b - a @ x
        remaining = np.reshape(np.sum(away * away, axis=0), remaining.shape)
    return _cast(x, dtype), _cast(remaining, dtype), rank, _cast(svdvals(a), dtype)


def _cast(x: Any, dtype: Any) -> Any:
    """x in a dtype, itself where it has that."""
    return x if x.dtype == dtype else x.astype(dtype)
