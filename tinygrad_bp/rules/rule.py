"""Rule: what the engine knows of one function; and the tables of all of them."""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Function = Callable[..., Any]
_ARRAY = np.ndarray


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
        #: how many arguments it states a derivative for, at most
        self.stated = len(pullbacks) if isinstance(pullbacks, tuple) else sys.maxsize
        self.positions, self.options = accepts(signature, 2)
        self.__doc__ = getattr(function, "__doc__", None)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        for argument in arguments:
            if type(argument) is not _ARRAY and hasattr(argument, "__record__"):
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

    def accepted(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The call as the rule takes it, without NumPy's own defaults. TypeError for any other option, by its name."""
        if refused_option(self.name, self.function, self.positions, self.options, arguments, options):
            arguments, options = without_defaults(self.function, arguments, options)
            error = refused_option(self.name, self.function, self.positions, self.options, arguments, options)
            if error is not None:
                raise error
        return arguments, options


def recorder(parts: tuple[Any, ...]) -> Any:
    """What records itself in an index, or in a tuple of them; None where nothing does."""
    for part in parts:
        if hasattr(part, "__record__"):
            return part
        if type(part) is tuple and (inside := recorder(part)) is not None:
            return inside
    return None


def accepts(signature: Function | None, skipped: int = 0) -> tuple[int, frozenset[str] | None]:
    """How many arguments, and which options, a function takes (None: any) after some that are skipped."""
    if signature is None:
        return sys.maxsize, None
    parameters = list(inspect.signature(signature).parameters.values())[skipped:]
    kinds = {p.kind for p in parameters}
    if skipped and not parameters:
        raise TypeError(f"a rule is a function of (d, y, *arguments), and not of {inspect.signature(signature)}")
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = [p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (
        sys.maxsize if inspect.Parameter.VAR_POSITIONAL in kinds else len(positional),
        None if inspect.Parameter.VAR_KEYWORD in kinds else frozenset(named),
    )


def without_defaults(
    function: Function, arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The same call without what the function would take anyway (`dtype=None`, `out=None`), where that is known."""
    try:
        call = inspect.signature(function).bind(*arguments, **options)
    except (TypeError, ValueError):
        return arguments, options
    for option, parameter in call.signature.parameters.items():
        if option in call.arguments and call.arguments[option] is parameter.default:
            del call.arguments[option]
    return call.args, call.kwargs


def refused_option(
    name: str,
    function: Function,
    positions: int,
    known: frozenset[str] | None,
    arguments: Sequence[Any],
    options: dict[str, Any],
) -> TypeError | None:
    """What is said of an option of a function that is not known, or is known by name only; None where all are."""
    unknown = None if known is None else next((option for option in options if option not in known), None)
    if unknown is None and len(arguments) > positions:
        try:
            unknown = list(inspect.signature(function).parameters)[positions]
        except (TypeError, ValueError, IndexError):  # not every function of NumPy's says what it takes
            return TypeError(f"{name}: {len(arguments)} positional arguments; with a Value give at most {positions}, "
                             f"the options by name")  # fmt: skip
        if known is not None and unknown in known:
            return TypeError(f"{name}: give {unknown} by name, {unknown}=…")
    if unknown is None:
        return None
    return TypeError(f"{name}({unknown}=…) is not differentiated: leave {unknown}= out, or apply it to value.data")


#: the rules, keyed by the function itself: NumPy's, ours, or a user's
TABLE: dict[Function, Rule] = {}


#: functions made of others: the same function written in NumPy, so that given Values it records what it does
COMPOSED: dict[Function, Function] = {}


def stated(function: Function) -> Rule:
    """The rule of a function. LookupError where none is stated."""
    if function not in TABLE:
        raise LookupError(f"{function!r} has no rule here: state it (tinygrad_bp.primitive) before unpickling")
    return TABLE[function]
