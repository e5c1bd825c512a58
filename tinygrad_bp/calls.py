"""Calls of functions that are written in others: what is said where one goes wrong, and what NumPy's own options mean.

A function that is composed knows only the options that a derivative makes sense of, and fails somewhere inside. Whoever
called it hears of the function that they wrote, of NumPy's own complaint, and of their own arguments.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from .recording import explained, plain
from .rules import accepts, refused_option, without_defaults
from .tracing import is_traced

Function = Callable[..., Any]


def composed(function: Function, written: Function, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """`function` as it is written in others. TypeError for an option that this does not know; ValueError and IndexError
    in NumPy's words, with the operation and its arguments."""
    try:
        return written(*arguments, **options)
    except (TypeError, ValueError, IndexError) as error:
        if _takes(written, arguments, options):
            _complain(function, arguments, options, error)
    arguments, options = without_defaults(function, arguments, options)
    if _takes(written, arguments, options):
        return composed(function, written, arguments, options)
    name = function.__name__
    raise refused_option(name, function, *accepts(written), arguments, options) or TypeError(f"{name} is not called so")


def _takes(written: Function, arguments: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Whether a function can be called so."""
    try:
        inspect.signature(written).bind(*arguments, **options)
    except TypeError:
        return False
    return True


def _complain(function: Function, arguments: tuple[Any, ...], options: dict[str, Any], error: Exception) -> NoReturn:
    """Raise an error again with the operation and its arguments: in the words of NumPy for the same call with numbers
    where they are about an operation inside, unless asking for them would run a function of the caller's."""
    numbers, named = [plain(x) for x in arguments], {option: plain(x) for option, x in options.items()}
    given = (*numbers, *named.values())
    if isinstance(error, TypeError) or any(callable(x) or is_traced(x) for x in given):
        raise error
    words: Exception | None = error
    if error.__cause__ is not None:  # explained already, in terms of an operation inside
        words = None
        try:
            with np.errstate(all="ignore"):
                function(*numbers, **named)
        except (ValueError, IndexError) as complaint:
            words = complaint
        except Exception:  # a warning that is an error, say: no complaint about the call
            pass
    if words is None:
        raise error
    raise explained(words, function.__name__, (*arguments, *options.values())) from error
