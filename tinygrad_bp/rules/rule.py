"""Rule: what the engine knows of one function; and the tables of all of them."""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Function = Callable[..., Any]


class Rule:
    """What the engine knows of one function. Calling a rule calls the function, and records it if a Value is given.

    `pullbacks[i](d, y, *arguments, **options)` is the cotangent of argument i, `pushforwards[i]` the tangent of y that
    comes from the tangent of argument i; None where the function has no derivative in that argument. A function that
    takes any number of alike arguments gives an object that can be indexed by every i.
    """

    def __init__(
        self,
        function: Function,
        pullbacks: Any,
        pushforwards: Any,
        *,
        signature: Function | None = None,
        broadcasts: bool = False,
        reads: bool = True,
        joint: bool = False,
    ) -> None:
        self.function = function
        self.name: str = getattr(function, "__name__", repr(function)).lstrip("_")
        self.pullbacks = pullbacks
        self.pushforwards = pushforwards
        self.broadcasts = broadcasts
        #: whether it is one of the tables of this package, which keep their promises; anybody else's function and rule
        #: are handed what they cannot write to, and what they return is copied if they keep it
        self.ours = False
        #: of a function of two arguments: the rule where both are the same Value, if it has fewer partials to work out
        self.twice: Rule | None = None
        #: besides, how a call with arrays and numbers is evaluated where there is nothing else to look into
        self.direct: Function | None = None
        #: whether its partials act entry by entry, so that a cotangent alike everywhere may come as one number
        self.entrywise = False
        #: whether a rule reads the numbers of its arguments (not only their shapes), which must then outlive the call
        self.reads = reads
        #: whether constants among the arguments are axes, shapes and the like, which a rule may read in any case
        self.parametric = signature is not None and not broadcasts
        #: whether one pullback gives the cotangents of all arguments at once
        self.joint = joint
        #: how the function is evaluated on Python floats, where there is a faster way
        self.scalar: Function | None = None
        #: how it is evaluated on arrays, where there is a faster way to the same bits
        self.evaluate: Function = function
        #: the arguments in which there is no derivative
        self.undifferentiated = (
            tuple(i for i, pullback in enumerate(pullbacks) if pullback is None) if isinstance(pullbacks, tuple) else ()
        )
        self.positions, self.options = _accepts(signature)
        self.__doc__ = getattr(function, "__doc__", None)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        for argument in arguments:
            if type(argument) is not np.ndarray and hasattr(argument, "__record__"):
                return argument.__record__(self, arguments, options)
            if type(argument) is tuple and (inside := recorder(argument)) is not None:
                return inside.__record__(self, arguments, options)
        return self.function(*arguments, **options)

    def __repr__(self) -> str:
        return f"<rule of {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        name = getattr(self.function, "__qualname__", "")
        if TABLE.get(self.function) is not self or "<" in name:
            raise pickle.PicklingError(f"the rule of {self.name} cannot be pickled, which is done by the name of its "
                                       f"function: define that with def, at the top of a module")  # fmt: skip
        return stated, (self.function,)

    def __deepcopy__(self, memo: Any) -> Rule:
        return self

    def check(self, arguments: Sequence[Any], options: dict[str, Any]) -> None:
        """Refuse what the rule would not hear of: a TypeError names the option."""
        if len(arguments) > self.positions:
            raise TypeError(f"{self.name}: {len(arguments)} positional arguments; with a Value give at most "
                            f"{self.positions}, the options by name")  # fmt: skip
        if self.options is not None:
            for option in options:
                if option not in self.options:
                    raise TypeError(f"{self.name}({option}=…) is not differentiated: leave {option} out, or apply it "
                                    f"to value.data")  # fmt: skip


def recorder(parts: tuple[Any, ...]) -> Any:
    """What records itself in an index, or in a tuple of them; None where nothing does."""
    for part in parts:
        if hasattr(part, "__record__"):
            return part
        if type(part) is tuple and (inside := recorder(part)) is not None:
            return inside
    return None


def _accepts(signature: Function | None) -> tuple[int, frozenset[str] | None]:
    """How many arguments, and which options, a rule written as `rule(d, y, *arguments, **options)` takes."""
    if signature is None:
        return sys.maxsize, None
    parameters = list(inspect.signature(signature).parameters.values())[2:]
    kinds = {p.kind for p in parameters}
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = [p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (
        sys.maxsize if inspect.Parameter.VAR_POSITIONAL in kinds else len(positional),
        None if inspect.Parameter.VAR_KEYWORD in kinds else frozenset(named),
    )


#: the rules, keyed by the function itself: NumPy's, ours, or a user's
TABLE: dict[Function, Rule] = {}


#: functions made of others: the same function written in NumPy, so that given Values it records what it does
COMPOSED: dict[Function, Function] = {}


def stated(function: Function) -> Rule:
    """The rule of a function. LookupError where none is stated."""
    if function not in TABLE:
        raise LookupError(f"{function!r} has no rule here: state it (tinygrad_bp.primitive) before unpickling")
    return TABLE[function]
