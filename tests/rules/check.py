"""The check that every rule passes, and that a wrong rule must fail: its name and argument are in the error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_bp as t

from .witness import U, complex_step, differences

Array = Any


def inner(a: Array, b: Array) -> float:
    """⟨a, b⟩ of two arrays."""
    return float(np.sum(np.asarray(a) * np.asarray(b)))


def size(a: Array, b: Array) -> float:
    """⟨|a|, |b|⟩: what rounding in ⟨a, b⟩ is measured by."""
    return inner(np.abs(a), np.abs(b))


def largest(a: Array) -> float:
    """The largest absolute value among the entries."""
    return float(np.max(np.abs(a), initial=0))


def check(f: Callable[..., Any], *xs: Array, name: str = "", seed: int = 0, order: int = 2, lost: float = 1e3) -> None:
    """Hold the derivatives of f at xs against differences, the complex step, each other, and at second order.

    `lost` is how many units of rounding, relative to the terms of a sum, the engine's own arithmetic may lose.
    AssertionError that names the function and the argument.
    """
    name = name or getattr(f, "name", None) or f.__name__
    rng = np.random.default_rng(seed)
    y = f(*xs)
    u = rng.standard_normal(np.shape(y))
    value, pullback = t.vjp(f, *xs)
    assert np.shape(value) == np.shape(y), f"{name}: gives shape {np.shape(value)} on Values, {np.shape(y)} on arrays"
    size_of_all = max(map(largest, (y, *xs)))
    np.testing.assert_allclose(value, y, rtol=lost * U, atol=lost * U * size_of_all, err_msg=name)
    gradient = pullback(u)
    for i, x in enumerate(xs):
        v = rng.standard_normal(np.shape(x))
        v /= max(1.0, largest(v))
        where = f"{name}, argument {i}"

        def along(step: Any, i: int = i, v: Array = v) -> Any:
            return f(*(x + step * v if j == i else x for j, x in enumerate(xs)))

        numerical(where, along, u, inner(gradient[i], v), size(gradient[i], v), lost)
        tangents = [v if j == i else np.zeros_like(x) for j, x in enumerate(xs)]
        dual(where, f, xs, tangents, u, inner(gradient[i], v), size(gradient[i], v), lost)
        linear_in_d(where, f, xs, tangents, pullback, u, gradient[i], i, rng, lost)
    if order > 1 and any(np.size(x) for x in xs):
        second_order(name, f, xs, u, rng, lost)


def numerical(where: str, along: Callable[[Any], Any], u: Array, claimed: float, scale: float, lost: float) -> None:
    """⟨Jᵀu, v⟩ against differences of ⟨u, f(x + t v)⟩, and against the complex step where that is safe."""

    def phi(step: float) -> tuple[float, float]:
        y = along(step)
        return inner(u, y), size(u, y) + 2 * scale  # the rounding of y, and that of x + t v

    slope, error = differences(phi)
    assert error <= 1e-6 * scale + 1e-9, (
        f"{where}: differences know the slope only to {error:.1e}: choose other arguments"
    )
    rounding = lost * U * scale
    assert abs(claimed - slope) <= error + rounding, (
        f"{where}: the rule gives {claimed!r}, differences {slope!r} ± {error:.1e}"
    )
    exact = complex_step(lambda step: complex(np.sum(u * along(step))))
    if exact is not None and abs(exact - slope) <= error:
        assert abs(claimed - exact) <= rounding, f"{where}: the rule gives {claimed!r}, the complex step {exact!r}"


def dual(where: str, f: Any, xs: Any, tangents: Any, u: Array, backwards: float, scale: float, lost: float) -> None:
    """⟨u, Jv⟩ = ⟨Jᵀu, v⟩."""
    _, tangent = t.jvp(f, xs, tangents)
    assert np.shape(tangent) == np.shape(u), f"{where}: forward gives shape {np.shape(tangent)}, not {np.shape(u)}"
    forwards = inner(u, tangent)
    assert abs(forwards - backwards) <= lost * U * (scale + size(u, tangent)), (
        f"{where}: forward gives {forwards!r}, backward {backwards!r}"
    )


def linear_in_d(
    where: str, f: Any, xs: Any, tangents: Any, pullback: Any, u: Array, g: Array, i: int, rng: Any, lost: float
) -> None:
    """Both directions are linear in d."""
    a, b = 0.7, -1.9
    w = rng.standard_normal(np.shape(u))
    both, second = pullback(a * u + b * w)[i], pullback(w)[i]
    bound = lost * U * max(largest(x) for x in (g, second, u, w))
    assert np.all(np.abs(both - (a * g + b * second)) <= bound), f"{where}: the pullback is not linear in d"
    once, twice = (t.jvp(f, xs, [c * v for v in tangents])[1] for c in (1.0, a))
    bound = lost * U * max(largest(x) for x in (once, *tangents))
    assert np.all(np.abs(twice - a * np.asarray(once)) <= bound), f"{where}: the pushforward is not linear in d"


def second_order(name: str, f: Any, xs: Any, u: Array, rng: Any, lost: float) -> None:
    """The Hessian of ⟨u, f⟩ along v: gradient of the gradient, forward over reverse, differences, symmetry."""
    vs, ws = ([rng.standard_normal(np.shape(x)) for x in xs] for _ in range(2))

    def cost(*xs: Any) -> Any:
        return np.sum(u * f(*xs))

    gradient = t.grad(cost, tuple(range(len(xs))))

    def slope_along(directions: Any) -> Any:
        def slope(*xs: Any) -> Any:
            return sum(np.sum(g * v) for g, v in zip(gradient(*xs), directions, strict=True))

        return slope

    hv = t.grad(slope_along(vs), tuple(range(len(xs))))(*xs)
    hw = t.grad(slope_along(ws), tuple(range(len(xs))))(*xs)
    forward = t.hvp(cost, xs, vs)
    here = gradient(*xs)
    top = max(largest(h) for h in (*hv, *hw, *here, u))
    for i, x in enumerate(xs):
        where = f"second order of {name}, argument {i}"
        assert np.all(np.abs(forward[i] - hv[i]) <= lost * U * top), (
            f"{where}: forward over reverse and reverse over reverse differ"
        )
        direction = ws[i] / max(1.0, largest(ws[i]))

        def phi(step: float, i: int = i, direction: Array = direction) -> tuple[float, float]:
            moved = (x + step * direction if j == i else x for j, x in enumerate(xs))
            gradients = gradient(*moved) if step else here
            terms = [(inner(g, v), size(g, v)) for g, v in zip(gradients, vs, strict=True)]
            return sum(a for a, _ in terms), sum(b for _, b in terms) + 4 * top

        slope, error = differences(phi, rungs=6)
        claimed = inner(hv[i], direction)
        scale = size(hv[i], direction) + top
        assert error <= 1e-5 * scale + 1e-8, f"{where}: differences know the slope only to {error:.1e}"
        assert abs(claimed - slope) <= error + lost * U * scale, (
            f"{where}: gradient of the gradient {claimed!r}, differences of it {slope!r} ± {error:.1e}"
        )
    left = sum(inner(h, w) for h, w in zip(hv, ws, strict=True))
    right = sum(inner(h, v) for h, v in zip(hw, vs, strict=True))
    scale = top * sum(np.sum(np.abs(v)) for v in (*vs, *ws))
    assert abs(left - right) <= lost * U * scale, f"second order of {name}: ⟨w, Hv⟩ = {left!r}, ⟨v, Hw⟩ = {right!r}"
