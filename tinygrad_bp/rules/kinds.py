"""The kinds of rule, each stated by a function of this file.

A rule says how one function y = f(x₀, x₁, …) moves derivatives. All rules are plain NumPy, and name

    d   a cotangent of y on the way back (pullback), a tangent of xᵢ on the way forward (pushforward)
    y   the output of the function
    x…  its arguments, as the function takes them; options by name, with the function's own names and defaults

and each derivative is stated once; the kind makes both directions of it:

    elementwise   ∂y/∂xᵢ is diagonal, so its own transpose: one scaled partial d·∂y/∂xᵢ serves both directions
    reduction     y sums weights times x over axes: one scaled partial again, expanded on the way back, summed forward
    weighted      likewise over the last axis of several arguments
    linear        forward is the function itself on the tangent; only the adjoint is stated
    bilinear      forward is the function with one argument replaced; an adjoint for each argument
    both_ways     a function of one array, both directions stated
    primitive     likewise of any function; the identity ⟨u, Jv⟩ = ⟨Jᵀu, v⟩ holds them together

Broadcasting is undone by the sweep for the kinds that broadcast, never in a rule. A rule never writes to its arguments.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .arrays import expand, spread
from .rule import COMPOSED, TABLE, Function, Rule


def composed(function: Function) -> Callable[[Function], Function]:
    """Decorator: say of a NumPy function how it is made of functions that have rules."""

    def state(written: Function) -> Function:
        if written.__name__ == "<lambda>":  # an error about its arguments is to name the function
            written.__name__ = written.__qualname__ = function.__name__
        COMPOSED[function] = written
        return written

    return state


def _state(rule: Rule) -> Rule:
    if not callable(rule.function):
        raise TypeError(f"a rule is of a function, not of {rule.function!r}")
    if rule.function in TABLE:
        raise ValueError(f"{rule.name} has a rule already, and is stated once: give a function of your own")
    TABLE[rule.function] = rule
    if (getattr(rule.function, "__module__", None) or "numpy").partition(".")[0] not in ("numpy", "_operator"):
        rule.evaluate = rule  # which asks the arguments, as NumPy's functions do: in a trace it is one step
    return rule


def elementwise(function: Function, *partials: Function | None, reads: bool = True) -> Rule:
    """State a function that acts entry by entry: `partials[i](d, y, *arguments)` is d·∂y/∂xᵢ, None where there is none.

    `reads=False` promises that the partials do not read their arguments' numbers. Returns the function to call in
    place of yours. ValueError if it has a rule already.
    """
    return _state(Rule(function, partials, partials, signature=_first(partials), broadcasts=True, reads=reads))


def reduction(function: Function, partial: Function, *, reads: bool = True) -> Rule:
    """State a function that reduces axes, `function(x, axis=None, *, keepdims=False)`.

    `partial(d, y, x, axis)` is d·∂y/∂x, where d and y have been given the reduced axes back, so that they broadcast
    against x. ValueError if the function has a rule already.
    """

    def pullback(d: Any, y: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
        if not (keepdims or axis is None):
            d, y = expand(d, x, axis), expand(y, x, axis)
        cotangent = partial(d, y, x, axis)
        if isinstance(cotangent, np.generic) and type(x) is np.ndarray:
            return cotangent  # the same everywhere: see `reverse`
        shape = () if type(x) is float else x.shape
        return cotangent if np.shape(cotangent) == shape else spread(cotangent, shape)

    def pushforward(d: Any, y: Any, x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
        return np.sum(partial(d, y if keepdims else expand(y, x, axis), x, axis), axis=axis, keepdims=keepdims)

    return _state(Rule(function, (pullback,), (pushforward,), signature=pullback, reads=reads))


def weighted(function: Function, *partials: Function) -> Rule:
    """State a function that sums over the last axis, which its first argument has.

    `partials[i](d, y, *arguments)` is d·∂y/∂xᵢ, where d has the last axis back, or is a tangent of xᵢ.
    """

    def pull(partial: Function) -> Function:
        return lambda d, y, *arguments: partial(expand(d, arguments[0], -1), y, *arguments)

    def push(partial: Function) -> Function:
        return lambda d, y, *arguments: np.sum(partial(d, y, *arguments), axis=-1)

    pullbacks, pushforwards = (tuple(map(way, partials)) for way in (pull, push))
    return _state(Rule(function, pullbacks, pushforwards, signature=partials[0], broadcasts=True))


def linear(function: Function, adjoint: Function, *, reads: bool = False) -> Rule:
    """State a function linear in its first argument: `adjoint(d, y, x, *rest, **options)` is its transpose, of d.

    `rest` and `options` are as the function takes them (axes, shapes, indices) and are not differentiated.
    ValueError if the function has a rule already.
    """

    def pushforward(d: Any, y: Any, x: Any, *rest: Any, **options: Any) -> Any:
        return TABLE[function](d, *rest, **options)

    return _state(Rule(function, (adjoint,), (pushforward,), signature=adjoint, reads=reads))


def bilinear(function: Function, adjoint_left: Function, adjoint_right: Function, *, broadcasts: bool = True) -> Rule:
    """State a function linear in each of its two first arguments, with one adjoint for each.

    `adjoint_left(d, y, a, b, **options)` is the transpose of a ↦ f(a, b) applied to d, and `adjoint_right` that of
    b ↦ f(a, b); leading axes may be left broadcast. ValueError if the function has a rule already.
    """

    def push_left(d: Any, y: Any, a: Any, b: Any, *rest: Any, **options: Any) -> Any:
        return TABLE[function](d, b, *rest, **options)

    def push_right(d: Any, y: Any, a: Any, b: Any, *rest: Any, **options: Any) -> Any:
        return TABLE[function](a, d, *rest, **options)

    pullbacks, pushforwards = (adjoint_left, adjoint_right), (push_left, push_right)
    return _state(Rule(function, pullbacks, pushforwards, signature=adjoint_left, broadcasts=broadcasts))


def both_ways(function: Function, pullback: Function, pushforward: Function) -> Rule:
    """State a function of one array whose Jacobian is not its own transpose, both ways."""
    return _state(Rule(function, (pullback,), (pushforward,), signature=pullback))


def primitive(function: Function, pullback: Function, pushforward: Function | None = None) -> Rule:
    """State both directions of any function of your own; returns the function to call in its place.

    `pullback(d, y, *arguments, **options)` gives one cotangent for each argument, in a tuple (None where there is
    none), or the cotangent itself for a single argument. `pushforward(tangents, y, *arguments, **options)` gives the
    tangent of y from a tuple of tangents, None where an argument does not vary; without it forward mode raises a
    TypeError that says so. ValueError if the function has a rule already.
    """

    def push(i: int) -> Function:
        def push_one(d: Any, y: Any, *arguments: Any, **options: Any) -> Any:
            if pushforward is None:
                raise TypeError(f"{name} states no pushforward: forward mode needs primitive({name}, …, pushforward=…)")
            tangents = tuple(d if j == i else None for j in range(len(arguments)))
            return pushforward(tangents, y, *arguments, **options)

        return push_one

    if not callable(pullback):
        raise TypeError(f"pullback is of type {type(pullback).__name__}: pass a function of (d, y, *arguments)")
    name = getattr(function, "__name__", repr(function))
    return _state(Rule(function, pullback, Each(push), signature=pullback, joint=True))


def variadic(function: Function, pullback: Function, pushforward: Function, *, reads: bool = True) -> Rule:
    """State a function of any number of alike arguments: `pullback(i, d, y, *arguments, **options)`, and so forward."""

    def pull(i: int) -> Function:
        return lambda d, y, *arguments, **options: pullback(i, d, y, *arguments, **options)

    def push(i: int) -> Function:
        return lambda d, y, *arguments, **options: pushforward(i, d, y, *arguments, **options)

    return _state(Rule(function, Each(pull), Each(push), reads=reads))


class Each:
    """As many rules as there are arguments: `each[i]` is made by `make(i)`."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[int], Function]) -> None:
        self.make = make

    def __getitem__(self, i: int) -> Function:
        return self.make(i)

    def __iter__(self) -> Iterator[Function]:
        return map(self.make, itertools.count())


def _first(partials: Sequence[Function | None]) -> Function:
    for partial in partials:
        if partial is not None:
            return partial
    raise ValueError("a rule needs at least one partial derivative")
