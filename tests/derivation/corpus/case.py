"""One case of the corpus: a cost, its derivation by hand, sample arguments, and slips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from .blame import argument_names, differentiated
from .slips import Slip
from .steps import Steps


@dataclass(frozen=True)
class Case:
    """A file of the corpus.

    cost(*arguments)     a number; its intermediate quantities have names
    by_hand(*arguments)  its gradient: by an argument's name ∂cost/∂argument, by a quantity's its δ = ∂cost/∂quantity
    arguments(rng)       draws arguments, in the order of the signature; those that `by_hand` names are differentiated
    slips                what may have gone wrong in `by_hand`
    """

    name: str
    cost: Callable[..., Any]
    by_hand: Callable[..., dict[str, Any]]
    arguments: Callable[[np.random.Generator], tuple[Any, ...]]
    slips: tuple[Slip, ...]

    @classmethod
    def of(cls, module: ModuleType) -> Case:
        """The case that a file states."""
        name = module.__name__.rpartition(".")[2]
        return cls(name, module.cost, module.by_hand, module.arguments, tuple(module.SLIPS))

    def __str__(self) -> str:
        return self.name

    @property
    def known(self) -> frozenset[str]:
        """The names of the arguments and of the named quantities."""
        arguments = self.arguments(np.random.default_rng(0))
        _, quantities = differentiated(self.cost, self.by_hand(*arguments), arguments)
        return frozenset(quantities).union(argument_names(self.cost))

    @property
    def steps(self) -> Steps:
        """The right derivation as its steps."""
        return Steps.of(self.by_hand)
