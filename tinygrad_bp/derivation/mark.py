"""Marks: which cost a function is a derivation of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def derivation(*, of: Callable[..., Any]) -> Callable[[F], F]:
    """Decorator: say that a function is a derivation by hand of this cost, so that `tinygrad-bp check` finds it.

    TypeError where `of` is no function.
    """
    if not callable(of):
        raise TypeError(f"of is a {type(of).__name__}: pass the cost itself, @derivation(of=cost)")

    def mark(by_hand: F) -> F:
        by_hand.derivation_of = of  # type: ignore[attr-defined]
        return by_hand

    return mark


def cost_of(by_hand: Any) -> Callable[..., Any] | None:
    """The cost that a function is marked as a derivation of; None where it is not marked."""
    cost = getattr(by_hand, "derivation_of", None)
    return cost if callable(cost) else None
