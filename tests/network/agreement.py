"""Whether two derivations of a gradient agree, within 8u of the same sweep run on absolute values.

The sweep carries, beside each quantity q, a number E(q) such that every way to evaluate the notes' formulas in
floating point ends within u E(q) of the exact value, to first order in the unit roundoff u. Each rounding adds the
magnitude of what is rounded; a sum of n terms adds n times the sum of their magnitudes, in any order of summation
(Higham, *Accuracy and Stability of Numerical Algorithms*, 4.2); and an error that a quantity brings along passes on by
the absolute value of the derivative: |W| E(a) into z, |f'| E(z) into a, |f''| E(z) into f', |W|ᵀ E(δ) into the δ before
it. In a product that vanishes with both of its factors, as δ does at a saturated neuron, the errors of the two
multiply, which is of second order but all there is. Two derivations are then within 2u E of each other; 8u leaves a
factor of 4 for exp, tanh and log, which are not rounded to the last bit.
"""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from tests.network.strategies import KINKED, Case
from tinygrad_bp.network.architecture import Array
from tinygrad_bp.network.examples import targets
from tinygrad_bp.network.forward import forward

UNIT_ROUNDOFF = 2.0**-53


class Curve(NamedTuple):
    """Of an activation, from z and a = f(z): |f'|, |f''|, and the magnitudes rounded in evaluating f and f'."""

    slope: Callable[[Array, Array], Array]
    bend: Callable[[Array, Array], Array]
    f_rounds: Callable[[Array, Array], Array]
    slope_rounds: Callable[[Array, Array], Array]


def logistic(z: Array) -> Array:
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def bump(a: Array) -> Array:
    return a * (1.0 - a)


CURVES = {
    # ½(1 + tanh(z/2)) rounds at 1, not at a, and a (1 - a) takes that over
    "sigmoid": Curve(
        lambda z, a: bump(a),
        lambda z, a: bump(a) * abs(1 - 2 * a),
        lambda z, a: np.ones_like(a),
        lambda z, a: 1 + a * (1 + a),
    ),
    "tanh": Curve(
        lambda z, a: 1 - a * a, lambda z, a: 2 * abs(a) * (1 - a * a), lambda z, a: abs(a), lambda z, a: 1 + 3 * a * a
    ),
    "relu": Curve(lambda z, a: 1.0 * (z > 0), lambda z, a: 0 * z, lambda z, a: 0 * z, lambda z, a: 0 * z),
    "leaky_relu": Curve(
        lambda z, a: np.where(z > 0, 1.0, 0.01), lambda z, a: 0 * z, lambda z, a: abs(a), lambda z, a: 0 * z
    ),
    "softplus": Curve(
        lambda z, a: logistic(z), lambda z, a: bump(logistic(z)), lambda z, a: 2 * a, lambda z, a: np.ones_like(a)
    ),
    "identity": Curve(lambda z, a: np.ones_like(z), lambda z, a: 0 * z, lambda z, a: 0 * z, lambda z, a: 0 * z),
}


def absolute_sweep(case: Case, u: float = UNIT_ROUNDOFF) -> dict[str, Array]:
    """E of every δ^(l), ∂J/∂W^(l), ∂J/∂b^(l), and of ``J`` itself, in units of the unit roundoff u."""
    of, parameters = case.network.architecture, case.network.parameters
    dtype = np.dtype(np.float64)
    y = targets(of, case.Y, len(case.X), dtype)
    layers = forward(of, {name: p.astype(dtype) for name, p in parameters.items()}, case.X)
    L, m = of.depth, len(case.X)
    E = {"a1": np.zeros_like(case.X)}
    for l in range(1, L):
        W, b, a = abs(parameters[f"W{l}"]), abs(parameters[f"b{l}"]), abs(layers[f"a{l}"])
        E[f"z{l + 1}"] = E[f"a{l}"] @ W.T + (of.sizes[l - 1] + 1) * (a @ W.T + b)
        if l + 1 < L:
            E[f"a{l + 1}"], E[f"slope{l + 1}"] = curve_error(
                of.activation, layers[f"z{l + 1}"], layers[f"a{l + 1}"], E[f"z{l + 1}"], u
            )

    result: dict[str, Array] = {}
    delta = of.head.delta(layers[f"z{L}"], layers[f"a{L}"], y)
    E_delta, cost_rounds = head_error(of.output, of.cost, layers[f"z{L}"], layers[f"a{L}"], y, E[f"z{L}"], u)
    result["J"] = np.mean(np.sum(abs(delta) * E[f"z{L}"], axis=1)) + (m + 2) * np.mean(cost_rounds)
    for l in reversed(range(1, L)):
        W, a = abs(parameters[f"W{l}"]), abs(layers[f"a{l}"])
        result[f"delta{l + 1}"] = E_delta
        result[f"W{l}"] = (E_delta.T @ a + abs(delta).T @ E[f"a{l}"] + (m + 1) * (abs(delta).T @ a)) / m
        result[f"W{l}"] += 2 * of.decay * W
        result[f"b{l}"] = (E_delta + (m + 1) * abs(delta)).mean(axis=0)
        result["J"] += (W.size + 3) * of.decay * np.sum(W * W)
        if l > 1:
            slope = CURVES[of.activation].slope(layers[f"z{l}"], layers[f"a{l}"])
            E_sum = E_delta @ W + of.sizes[l] * (abs(delta) @ W)
            delta = delta @ parameters[f"W{l}"]
            E_delta = product_error(delta, E_sum, slope, E[f"slope{l}"], u)
            delta = delta * slope
    return result


def product_error(x: Array, E_x: Array, y: Array, E_y: Array, u: float) -> Array:
    """E of x y."""
    E: Array = E_x * abs(y) + abs(x) * E_y + u * E_x * E_y + abs(x * y)
    return E


def curve_error(f: str, z: Array, a: Array, E_z: Array, u: float) -> tuple[Array, Array]:
    """E of a = f(z) and of f'(z). Where the error of z reaches over a kink, f' may be on either side of it."""
    curve = CURVES[f]
    E_slope = curve.bend(z, a) * E_z + curve.slope_rounds(z, a)
    if f in KINKED:
        E_slope = np.where(abs(z) < 8 * u * E_z, 1 / (8 * u), E_slope)
    return curve.slope(z, a) * E_z + curve.f_rounds(z, a), E_slope


def head_error(output: str, cost: str, z: Array, a: Array, y: Array, E_z: Array, u: float) -> tuple[Array, Array]:
    """E of δ^(L), and n times the magnitudes that are rounded in evaluating the cost of each example."""
    n = z.shape[1] + 4
    if output != "softmax":
        E_a, E_slope = curve_error(output, z, a, E_z, u)
        if cost == "cross-entropy":
            return E_a + a + y, n * np.sum(abs(z) + 1, axis=1)
        error, E_error = a - y, E_a + abs(a) + abs(y)
        slope = CURVES[output].slope(z, a)
        rounds = n * np.sum((abs(a) + abs(y)) ** 2 + abs(error) * CURVES[output].f_rounds(z, a), axis=1)
        return product_error(error, E_error, slope, E_slope, u), rounds
    # exp(z - max z) carries the rounding of its argument; the cotangent of max z is 0, but for rounding errors
    row: dict[str, Any] = {"axis": 1, "keepdims": True}
    below = abs(z - z.max(**row))
    largest = below == 0
    E_a = a * (E_z + below + np.sum(a * (E_z + below), **row) + n)
    if cost == "cross-entropy":
        rounds = n * np.sum(y * (below + np.log(z.shape[1]) + 1), axis=1) + n * np.sum(abs(z), axis=1)
        return E_a + a + y + largest * n * np.sum(a + y, **row), rounds
    error, E_error = a - y, E_a + abs(a) + abs(y)
    mean = np.sum(a * abs(error), **row)
    E_mean = np.sum(product_error(error, E_error, a, E_a, u), **row)
    E_delta = product_error(abs(error) + mean, E_error + E_mean, a, E_a, u)
    rounds = n * a * (abs(error) + mean)
    E_delta += rounds + largest * n * np.sum(rounds, **row)
    return E_delta, n * np.sum((abs(a) + abs(y)) ** 2 + abs(error) * E_a, axis=1)


def disagreements(
    case: Case, mine: Mapping[str, Any], theirs: Mapping[str, Any], dtype: type[np.floating[Any]] = np.float64
) -> dict[str, str]:
    """The quantities, in the order of the backward pass, in which two derivations differ by more than 8u E, u being
    that of ``dtype``, each with its worst entry in words. A quantity that one of them lacks, another shape, and NaN are
    disagreements. Near the smallest numbers, where u says nothing, differences below a thousand of them are none.
    """
    found: dict[str, str] = {}
    u, underflow = float(np.finfo(dtype).eps) / 2, 1000 * float(np.finfo(dtype).tiny)
    sweep = absolute_sweep(case, u)
    del sweep["J"]
    for name, E in sweep.items():
        if name not in mine or name not in theirs:
            found[name] = "missing"
            continue
        a, b = np.asarray(mine[name]), np.asarray(theirs[name])
        if a.shape != E.shape or b.shape != E.shape:
            found[name] = f"shapes {a.shape} and {b.shape}; expected {E.shape}"
            continue
        bound = 8 * u * E + underflow
        with np.errstate(invalid="ignore"):  # infinity less infinity: NaN, which agrees with nothing
            excess = abs(a - b) - bound
        worst = np.unravel_index(np.argmax(excess), excess.shape)  # argmax finds NaN before any number
        if not (excess <= 0).all():
            found[name] = f"{a[worst]!r} and {b[worst]!r} at {tuple(map(int, worst))}, bound {bound[worst]:.1e}"
    return found
