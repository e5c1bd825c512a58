"""Which steps of a derivation are at fault: two witnesses that have nothing in common with each other.

right      the step gives the true derivative
wrong      it does not follow from the derivation's own later δ
inherited  it follows from them, and differs from the truth because they do
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_bp import Value
from tinygrad_bp.tree import leaves, map_leaves

from .steps import Steps

#: a difference that rounding does not make, relative to the largest entry
BEYOND_ROUNDING = 1e-6
#: what counts as nothing: the quantities of the corpus are of size 1, and some of them would be 0 but for rounding
FLOOR = 1e-3


def error(a: Any, b: Any) -> float:
    """By how much two quantities differ, relative to their largest entry; infinite for another shape, or NaN."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    distance = np.max(np.abs(a - b), initial=0.0)
    return float(distance / max(np.max(np.abs(a), initial=FLOOR), np.max(np.abs(b), initial=FLOOR)))


def _verdict(hand: Any, expected: Any, truth: Any) -> str:
    if not error(hand, expected) <= BEYOND_ROUNDING:
        return "wrong"
    return "right" if error(hand, truth) <= BEYOND_ROUNDING else "inherited"


def by_steps(right: Steps, hand: Steps, arguments: tuple[Any, ...]) -> dict[str, str]:
    """Each step judged by the right derivation's step, done on what this derivation has: verdicts by quantity."""
    truth, have = right.run(*arguments), hand.run(*arguments)
    return {
        quantity: _verdict(have[step], right.step(step, have), truth[step])
        for step, quantity in right.quantities.items()
    }


def by_engine(cost: Callable[..., Any], derived: dict[str, Any], arguments: tuple[Any, ...]) -> dict[str, str]:
    """Each step judged by the engine alone, which is made to believe the derivation's later δ.

    A term ⟨e, z⟩ added to the cost adds e to ∂cost/∂z, and so to all that follows from it. From the last quantity to
    the first, e is what is to be added for the engine to have the derivation's δ: nothing, where the step is no fault.
    """
    J, quantities = differentiated(cost, derived, arguments)
    hand = dict(flattened(derived))
    truth = cotangents(J, quantities)
    verdicts: dict[str, str] = {}
    believed = J
    for quantity in backward_order(quantities):
        if quantity not in hand:
            continue
        expected = cotangents(believed, quantities)[quantity]
        verdicts[quantity] = _verdict(hand[quantity], expected, truth[quantity])
        believed = believed + np.sum((hand[quantity] - expected) * quantities[quantity])
    return verdicts


def only_by_chance(
    cost: Callable[..., Any], steps: Steps, arguments: tuple[Any, ...], rng: np.random.Generator
) -> list[str]:
    """The quantities whose steps give the truth from the true δ, and something else from others.

    Such a step has lost a term that is 0 for the true δ: whoever judges by it accuses the innocent. Every δ is replaced
    by a random one, which the engine is made to believe, and each step must go on from these as the engine does.
    """
    made = steps.run(*arguments)
    J, quantities = differentiated(cost, steps.function()(*arguments), arguments)
    step_of = {quantity: step for step, quantity in steps.quantities.items()}
    found: list[str] = []
    believed = J
    for quantity in backward_order(quantities):
        if quantity not in step_of:
            continue
        expected = cotangents(believed, quantities)[quantity]
        if not error(steps.step(step_of[quantity], made), expected) <= BEYOND_ROUNDING:
            found.append(quantity)
        other = np.asarray(rng.normal(size=np.shape(expected)))[()]
        made[step_of[quantity]] = other
        believed = believed + np.sum((other - expected) * quantities[quantity])
    return found


def argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """What the signature calls its arguments."""
    return function.__code__.co_varnames[: function.__code__.co_argcount]


def differentiated(
    cost: Callable[..., Any], derived: dict[str, Any], arguments: tuple[Any, ...]
) -> tuple[Value, dict[str, Value]]:
    """The cost recorded, and by name its arguments that are differentiated and its named quantities, as Values."""
    names = argument_names(cost)
    recorded = [
        map_leaves(lambda path, x: Value(x, name=path), argument, argument_name)
        if argument_name in derived
        else argument
        for argument_name, argument in zip(names, arguments, strict=True)
    ]
    J = cost(*recorded)
    quantities: dict[str, Value] = {}
    nodes, seen = [J], {J}
    while nodes:
        node = nodes.pop()
        if node.name is not None:
            assert node.name not in quantities, f"{node.name} names two quantities"
            quantities[node.name] = node
        fresh = {parent for parent in node.parents if parent not in seen}
        seen.update(fresh)
        nodes.extend(fresh)
    return J, quantities


def backward_order(quantities: dict[str, Value]) -> list[str]:
    """Their names, the last recorded first; so the arguments come last."""
    return sorted(quantities, key=lambda quantity: -quantities[quantity].index)


def cotangents(J: Value, quantities: dict[str, Value]) -> dict[str, Any]:
    """∂J/∂quantity for each."""
    for value in quantities.values():
        value.zero_grad()
    J.backward(retain_graph=True)
    return {name: value.grad for name, value in quantities.items()}


def flattened(derived: dict[str, Any]) -> list[tuple[str, Any]]:
    """The derivatives by the path of what they belong to."""
    return [leaf for name, tree in derived.items() for leaf in leaves(tree, name)]
