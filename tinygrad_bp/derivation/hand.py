"""What a derivation by hand gives, by the quantities that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..tree import children
from .recorded import Recorded


def collected(derived: Any, recorded: Recorded, who: str = "by_hand") -> dict[str, Any]:
    """By quantity (z2, params["W1"]) what the derivation gives for it.

    Its keys are the names of arguments, whose values are nested as these are (any part of a dict may be missing); the
    names of named quantities; d_ before either; and where it says no less, delta2 for z2, and W1 for params["W1"].
    TypeError where it is no dict, ValueError for a key that is none of these.
    """
    if not isinstance(derived, Mapping):
        raise TypeError(
            f"{who} gave {type(derived).__name__}: return a dict, by an argument's name ∂cost/∂argument, by a named "
            f"quantity's name its δ"
        )
    found: dict[str, Any] = {}
    for key, value in derived.items():
        quantity = _quantity(key, recorded)
        if quantity is None:
            known = ", ".join([*dict.fromkeys(recorded.names), *recorded.forward])
            raise ValueError(f"{who} gave {key!r}, and the cost has no such argument or named quantity: it has {known}")
        if quantity in recorded.names:
            argument = recorded.arguments[recorded.names.index(quantity)]
            _collect(value, argument, quantity, who, found)
        else:
            found[quantity] = value
    return found


def _collect(value: Any, argument: Any, path: str, who: str, found: dict[str, Any]) -> None:
    parts, given = children(argument), children(value)
    if parts is None or given is None:
        if (parts is None) != (given is None) and not (parts is None and isinstance(value, (list, tuple))):
            expected = "one array" if parts is None else "nested as the argument"
            raise ValueError(f"{who} gave {path} as {type(value).__name__}, and it is {expected}")
        found[path] = value
        return
    inside = dict(parts)
    for suffix, part in given:
        if suffix not in inside:
            raise ValueError(f"{who} gave {path}{suffix}, and the argument has {', '.join(path + s for s in inside)}")
        _collect(part, inside[suffix], path + suffix, who, found)


def _quantity(key: Any, recorded: Recorded) -> str | None:
    """What a key means; None where it means nothing, or more than one thing."""
    if not isinstance(key, str):
        return None
    exact = {*recorded.names, *recorded.forward, *recorded.wanted}
    for name in (key, key.removeprefix("d_")):
        if name in exact:
            return name
    delta = re.fullmatch(r"(?:delta|δ)_?(\w+)", key)
    if delta:
        for name in (f"z{delta[1]}", delta[1]):
            if name in recorded.forward:
                return name
    return _only(key, recorded.wanted) or _only(key.removeprefix("d_"), recorded.wanted)


def is_notes_delta(key: Any) -> bool:
    """Whether a key is the notes' name of a δ, which is that of one example's cost: delta2."""
    return isinstance(key, str) and re.fullmatch(r"(?:delta|δ)_?\d+", key) is not None


def is_called(path: str, keys: Iterable[str]) -> bool:
    """Whether one of the keys is this path or the last part of it."""
    return any(path == key or path.endswith((f'["{key}"]', f".{key}")) for key in keys)


def _only(key: str, paths: Iterable[str]) -> str | None:
    """The one path that ends in this key."""
    matching = [path for path in paths if is_called(path, (key,))]
    return matching[0] if len(matching) == 1 else None


def unfit(value: Any, shape: tuple[int, ...]) -> str | None:
    """Why a value cannot be compared with a quantity of this shape; None where it can."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        return f"no array: {error}"
    if array.dtype.kind not in "fiub":
        return f"of dtype {array.dtype}"
    if array.shape != shape:
        return f"of shape {array.shape}, where {shape} is expected"
    bad = ~np.isfinite(array)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        return f"{array[where]} at {list(where)}" if where else f"{array}"
    return None
