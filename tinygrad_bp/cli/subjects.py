"""The derivations in a file, each with the cost that it is of and the arguments that it is judged at."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_bp.cli.target import Target, UnjudgeableError
from tinygrad_bp.derivation.compare import as_functions
from tinygrad_bp.derivation.mark import cost_of
from tinygrad_bp.network import Network, Steps
from tinygrad_bp.tree import map_leaves

DERIVED = ("by_hand", "gradient")
"""What a derivation is called in a file that marks none."""


@dataclass(frozen=True)
class Subject:
    """A derivation, its cost, and sample arguments in the order of the cost's signature.

    steps  where the derivation is the recurrence of a `Network` with steps of its own: the two
    """

    name: str
    cost: Callable[..., Any]
    by_hand: Callable[..., Any]
    arguments: tuple[Any, ...]
    steps: tuple[Network, Steps] | None = None

    @property
    def cost_name(self) -> str:
        """What the cost is called."""
        return called(self.cost)


def called(function: Any) -> str:
    """What a function is called."""
    return str(getattr(function, "__name__", type(function).__name__))


def subjects(target: Target, seed: int) -> list[Subject]:
    """The derivations that are asked for. UnjudgeableError where something that they need is missing."""
    found = _derivations(target)
    if not found:
        missing = [*_missing(target, "cost", "arguments"), "by_hand (or gradient, or functions marked @derivation)"]
        raise UnjudgeableError(_lacks(target, missing))
    return [_subject(target, name, function, seed) for name, function in found.items()]


def cost_and_arguments(target: Target, seed: int) -> tuple[Callable[..., Any], tuple[Any, ...], Subject | None]:
    """What the engine needs for a derivation of its own, and the first derivation by hand where there is one."""
    by_hand = dict(list(_derivations(target, cost_too=True).items())[:1])
    for name, function in by_hand.items():
        if cost_of(function) is not None or not _missing(target, "cost"):
            subject = _subject(target, name, function, seed)
            return subject.cost, subject.arguments, subject
    cost = getattr(target.module, target.name or "cost", None)
    if cost is None or not hasattr(target.module, "arguments"):
        raise UnjudgeableError(_lacks(target, [*([] if cost else ["cost"]), *_missing(target, "arguments")]))
    cost = as_functions(cost, called, ())[0] if isinstance(cost, Network) else _function(target, "cost", cost)
    return cost, _arguments(target, cost, target.module.arguments, seed), None


def _derivations(target: Target, cost_too: bool = False) -> dict[str, Any]:
    """By name the derivations: the one that is asked for, or all that are marked and one called by_hand or gradient."""
    there = vars(target.module)
    if target.name is not None:
        if target.name not in there:
            raise UnjudgeableError(
                f"{target.where} has no {target.name}; it has {', '.join(target.names()) or 'nothing'}"
            )
        if cost_too and cost_of(there[target.name]) is None and target.name not in DERIVED:
            return {}
        return _named(target.name, there[target.name])
    marked = {id(x): (name, x) for name, x in reversed(there.items()) if cost_of(x) is not None}
    found = dict(reversed(marked.values()))
    for name in DERIVED:
        if name in there and there[name] not in found.values():
            found.update(_named(name, there[name]))
            break
    return found


def _named(name: str, derived: Any) -> dict[str, Any]:
    """A derivation, or several by name."""
    return (
        {f"{name}[{key!r}]": each for key, each in derived.items()} if isinstance(derived, Mapping) else {name: derived}
    )


def _subject(target: Target, name: str, function: Any, seed: int) -> Subject:
    cost = cost_of(function) or getattr(target.module, "cost", None)
    missing = ["cost"] * (cost is None) + _missing(target, "arguments")
    if missing:
        raise UnjudgeableError(_lacks(target, missing))
    given = target.module.arguments
    by_hand, network = function, None
    if isinstance(cost, Network):
        network = cost
        cost, by_hand, _ = as_functions(network, function, ())
        if callable(given):
            given = _drawn(target, given, seed)
        if isinstance(given, Mapping):
            given = {"parameters": network.parameters, **given}
        elif isinstance(given, (tuple, list)) and len(given) == 2:
            given = (network.parameters, *given)
    cost, by_hand = _function(target, "cost", cost), _function(target, name, by_hand)
    steps = (network, function) if network is not None and isinstance(function, Steps) else None
    return Subject(name, cost, handed(by_hand, cost), _arguments(target, cost, given, seed), steps)


def _function(target: Target, name: str, x: Any) -> Callable[..., Any]:
    if not callable(x):
        raise UnjudgeableError(f"{target.where}: {name} is of type {type(x).__name__}, and a function is needed")
    return x  # type: ignore[no-any-return]


def _missing(target: Target, *names: str) -> list[str]:
    return [name for name in names if not hasattr(target.module, name)]


MANY = 12
"""How many names a message lists."""

NEEDED = {
    "cost": "cost(…) is a function written in NumPy that gives one number",
    "arguments": "arguments are samples of what cost takes: a tuple, list or dict by name, or a function drawing them",
}


def _lacks(target: Target, missing: list[str]) -> str:
    words = [NEEDED.get(name, "by_hand(…) gives its gradient as a dict by name") for name in missing]
    names = target.names()
    there = ", ".join([*names[:MANY], *["…"] * (len(names) > MANY)])
    return f"{target.where} has no {' and no '.join(missing)}; {'; '.join(words)}. It has {there or 'no names at all'}"


def _arguments(target: Target, cost: Callable[..., Any], given: Any, seed: int) -> tuple[Any, ...]:
    """Sample arguments as a tuple, in the order of the cost's signature."""
    if callable(given):
        given = _drawn(target, given, seed)
    try:
        signature = inspect.signature(cost)
    except (TypeError, ValueError):
        return tuple(given) if isinstance(given, (tuple, list)) else (given,)
    try:
        if isinstance(given, Mapping):
            bound = signature.bind(**{name: x for name, x in given.items() if name in signature.parameters})
            bound.apply_defaults()
            return bound.args
        values = tuple(given) if isinstance(given, (tuple, list)) else (given,)
        signature.bind(*values)
        return values
    except TypeError as error:
        raise UnjudgeableError(f"{target.where}: arguments do not fit {called(cost)}{signature}: {error}") from None


def _drawn(target: Target, draw: Callable[..., Any], seed: int) -> Any:
    """What arguments(rng) or arguments() gives."""
    try:
        takes = len(inspect.signature(draw).parameters)
    except (TypeError, ValueError):
        takes = 0
    try:
        return draw(np.random.default_rng(seed)) if takes else draw()
    except Exception as error:
        raise UnjudgeableError(f"{target.where}: arguments cannot be drawn: {target.fault(error)}") from None


def handed(by_hand: Callable[..., Any], cost: Callable[..., Any]) -> Callable[..., Any]:
    """by_hand, given the cost's arguments: by name where it takes them by the same names in another order or not all
    of them; and given copies, so that one which updates a weight in place changes nobody else's.
    """
    order = _order(by_hand, cost)

    @functools.wraps(by_hand)
    def given(*arguments: Any) -> Any:
        own = [map_leaves(lambda _, x: x.copy() if isinstance(x, np.ndarray) else x, x) for x in arguments]
        return by_hand(*(own if order is None else [own[i] for i in order if i < len(own)]))

    return given


def _order(by_hand: Callable[..., Any], cost: Callable[..., Any]) -> list[int] | None:
    """Where among the cost's arguments each of by_hand's is; None where the names do not tell."""
    try:
        parameters = [list(inspect.signature(f).parameters.values()) for f in (by_hand, cost)]
    except (TypeError, ValueError):
        return None
    if any(p.kind is not p.POSITIONAL_OR_KEYWORD for each in parameters for p in each):
        return None
    hand, names = ([p.name for p in each] for each in parameters)
    return [names.index(name) for name in hand] if hand and set(hand) <= set(names) else None
