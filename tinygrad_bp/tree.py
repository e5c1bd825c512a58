"""Arguments that are containers: dicts, lists, tuples, named tuples and dataclasses of arrays, to any depth.

A leaf is whatever is no container. A path says where a leaf stands as Python writes it: `params["W2"]`, `layers[0].b`.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any


def children(tree: Any) -> list[tuple[str, Any]] | None:
    """The parts of a container with the path of each from it; None for a leaf."""
    kind: Any = type(tree)
    parts = _parts(kind)
    return None if parts is None else parts(tree)


@functools.lru_cache
def _parts(kind: type) -> Callable[[Any], list[tuple[str, Any]]] | None:
    """How a container of this type is taken apart."""
    if issubclass(kind, dict):
        return lambda tree: [
            (f'["{key}"]' if isinstance(key, str) else f"[{key!r}]", child) for key, child in tree.items()
        ]
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return lambda tree: [(f".{field}", getattr(tree, field)) for field in tree._fields]
    if issubclass(kind, (list, tuple)):
        return lambda tree: [(f"[{i}]", child) for i, child in enumerate(tree)]
    if dataclasses.is_dataclass(kind) and not issubclass(kind, type):
        return lambda tree: [(f".{field.name}", getattr(tree, field.name)) for field in dataclasses.fields(tree)]
    return None


def rebuild(tree: Any, parts: list[Any]) -> Any:
    """A container like `tree`, with other parts."""
    if isinstance(tree, dict):
        new = copy.copy(tree)
        new.update(zip(tree, parts, strict=True))
        return new
    if isinstance(tree, tuple) and hasattr(tree, "_make"):
        return tree._make(parts)
    if isinstance(tree, (list, tuple)):
        return type(tree)(parts)
    new = object.__new__(type(tree))
    if hasattr(tree, "__dict__"):
        vars(new).update(vars(tree))
    for field, part in zip(dataclasses.fields(tree), parts, strict=True):
        object.__setattr__(new, field.name, part)
    return new


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path, in order."""
    parts = children(tree)
    if parts is None:
        yield path, tree
    else:
        for suffix, part in parts:
            yield from leaves(part, path + suffix)


def map_leaves(function: Callable[[str, Any], Any], tree: Any, path: str = "") -> Any:
    """The tree with `function(path, leaf)` in place of each leaf."""
    parts = children(tree)
    if parts is None:
        return function(path, tree)
    return rebuild(tree, [map_leaves(function, part, path + suffix) for suffix, part in parts])


def same_structure(tree: Any, other: Any, path: str, what: str) -> Iterator[tuple[str, Any, Any]]:
    """The leaves of two trees side by side, with their path. ValueError, by path, where the nesting differs."""
    if isinstance(tree, dict) and isinstance(other, dict) and tree.keys() == other.keys():
        other = {key: other[key] for key in tree}  # a dict has no order that matters
    parts, others = children(tree), children(other)
    if parts is None:
        if others is not None:
            raise ValueError(f"{what}{path} is a {type(other).__name__}, where one array is expected")
        yield path, tree, other
        return
    if others is None or [suffix for suffix, _ in parts] != [suffix for suffix, _ in others]:
        expected = ", ".join(suffix for suffix, _ in parts)
        got = type(other).__name__ if others is None else ", ".join(suffix for suffix, _ in others) or "nothing"
        raise ValueError(f"{what}{path} is nested as {got}, where {expected or 'nothing'} is expected")
    for (suffix, part), (_, other_part) in zip(parts, others, strict=True):
        yield from same_structure(part, other_part, path + suffix, what)
