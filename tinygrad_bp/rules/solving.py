"""Inverses, linear systems and determinants, of stacks of square matrices."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from .arrays import array, numbers
from .kinds import composed, primitive

_SMALL, _MEDIUM = 8, 32
_NEARLY_SINGULAR = 1e6


def _solve(a: Any, b: Any) -> Any:
    """The x of a x = b, of stacks of the same shape."""
    return np.linalg.solve(a, b)


def _solve_back(d: Any, y: Any, a: Any, b: Any) -> Any:
    """b̄ = a⁻ᵀ d and ā = −b̄ xᵀ."""
    of_b = solution(a.mT, d)
    return -(of_b @ y.mT), of_b


def _solve_forward(tangents: Any, y: Any, a: Any, b: Any) -> Any:
    """ẋ = a⁻¹ (ḃ − ȧ x)."""
    of_a, of_b = tangents
    moved = 0.0 if of_b is None else of_b
    return solution(a, moved if of_a is None else moved - of_a @ y)


def _logabsdet(a: Any) -> Any:
    """log |det a|."""
    return np.linalg.slogdet(a).logabsdet


def _cofactors(y: Any, a: Any) -> Any:
    """∂ det a/∂a: det a · a⁻ᵀ; of small matrices nearly singular, and of medium ones that are, the determinants
    of the minors. LinAlgError for larger ones that are singular.
    """
    n = a.shape[-1]
    if n > _MEDIUM or np.all(numbers(y) != 0):
        inverse = _inverse(a, "det")
        if n > _SMALL or np.all(_largest(a) * _largest(inverse) < _NEARLY_SINGULAR):
            return _matrix(y) * inverse.mT
    i = np.arange(n)
    others = np.array([np.delete(i, k) for k in i], dtype=int).reshape(n, n - 1)
    minors = np.linalg.det(a[..., others[:, None, :, None], others[None, :, None, :]])
    return np.where((i[:, None] + i) % 2 == 0, minors, -minors)


def _inverse(a: Any, function: str) -> Any:
    """The inverse of what a rule differentiates. LinAlgError, which names it, for a singular matrix."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        raise np.linalg.LinAlgError(f"{function} of a singular matrix of shape {np.shape(a)[-2:]} has no derivative "
                                    f"here") from None  # fmt: skip


def _largest(a: Any) -> Any:
    """The size of each matrix's largest entry."""
    return np.max(np.abs(numbers(a)), axis=(-2, -1), initial=0)


def _matrix(d: Any) -> Any:
    """A number for each matrix of a stack, shaped to multiply the matrices."""
    return np.reshape(d, (*np.shape(d), 1, 1))


def _of_matrix(function: Any, weights: Any) -> Any:
    """State a function that gives one number for a matrix: `weights(y, a)` is ∂y/∂a."""
    return primitive(
        function,
        lambda d, y, a: _matrix(d) * weights(y, a),
        lambda tangents, y, a: np.sum(weights(y, a) * tangents[0], axis=(-2, -1)),
    )


# fmt: off
#                        function        the cotangent of each argument; the tangent of y
solution =    primitive( _solve,         _solve_back, _solve_forward )
primitive(               np.linalg.inv,  lambda d, y, a: -(y.mT @ d @ y.mT),
                                         lambda tangents, y, a: -(y @ tangents[0] @ y) )
_of_matrix(              np.linalg.det,  _cofactors )
logabsdet = _of_matrix(  _logabsdet,     lambda y, a: _inverse(a, "slogdet").mT )
# fmt: on


@composed(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """The x of a x = b, for a vector b or the columns of a matrix; stacks broadcast."""
    a, b = array(a), array(b)
    if np.ndim(b) == 1:
        return solve(a, np.expand_dims(b, -1))[..., 0]
    stack = np.broadcast_shapes(np.shape(a)[:-2], np.shape(b)[:-2])
    a, b = (x if np.shape(x)[:-2] == stack else np.broadcast_to(x, (*stack, *np.shape(x)[-2:])) for x in (a, b))
    return solution(a, b)


@composed(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    """The sign of the determinant, which is plain, and the logarithm of its size."""
    return np.linalg.slogdet(numbers(a))._replace(logabsdet=logabsdet(a))


@composed(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """a multiplied with itself n times, by squaring; its inverse |n| times where n is negative."""
    n = operator.index(n)
    if n <= 0:
        return matrix_power(np.linalg.inv(a), -n) if n else np.eye(a.shape[-1], dtype=a.dtype) + 0 * a
    half = matrix_power(a, n // 2) if n > 1 else None
    return a if half is None else half @ half @ a if n % 2 else half @ half


@composed(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """The x of tensordot(a, x, x.ndim) = b."""
    if axes is not None:
        a = np.moveaxis(a, axes, range(np.ndim(a) - len(axes), np.ndim(a)))
    shape = np.shape(a)[np.ndim(b) :]
    return np.reshape(solve(np.reshape(a, (-1, math.prod(shape))), np.ravel(b)), shape)


@composed(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of x ↦ tensordot(a, x, …), its first `ind` axes being those of the result."""
    rows, columns = np.shape(a)[:ind], np.shape(a)[ind:]
    return np.reshape(np.linalg.inv(np.reshape(a, (math.prod(rows), -1))), (*columns, *rows))
