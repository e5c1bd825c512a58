"""What a replay is given, as generated code: whether arguments are as they were when traced, and their numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tracing import Argument, Step
from ..tree import children, map_leaves, rebuild

_LITERAL = (int, str, bytes, bool, complex)


class Names:
    """The objects that generated code refers to, by the names it calls them."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self._known: dict[int, str] = {}

    def of(self, x: Any, prefix: str = "k") -> str:
        """The name of an object, the same each time."""
        name = self._known.get(id(x))
        if name is None:
            name = self._known[id(x)] = f"{prefix}_{len(self._known)}"
            self.objects[name] = x
        return name


def key(arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What tells apart the arguments that need programs of their own: structure, types, shapes, dtypes, static values.

    Hashable; equal for arguments that the same generated code takes.
    """
    return _key(arguments), tuple(options), _key(tuple(options.values()))


def _key(x: Any) -> Any:
    if type(x) is np.ndarray or isinstance(x, np.generic):
        return type(x), x.shape, x.dtype
    if type(x) is float:
        return float
    parts = children(x)
    if parts is not None:
        return type(x), tuple([(suffix, _key(part)) for suffix, part in parts])
    if type(x) in _LITERAL or x is None:
        return type(x), x
    return type(x), id(x)  # kept alive by the program that was traced with it


def receive(given: list[tuple[str, Any]], names: Names) -> tuple[list[str], dict[Argument, str]]:
    """Code that unpacks arguments, and gives `miss` where they are not as they were.

    given   the trees of arguments, an Argument in place of each number, with the name each has in the code
    Gives its lines, which may raise where the structure differs, and what each Argument is called.
    """
    lines: list[str] = []
    described: list[tuple[str, Any]] = []
    called: dict[Argument, str] = {}

    def visit(tree: Any, name: str) -> None:
        if isinstance(tree, Argument):
            called[tree] = name
            described.append((f"type({name})", tree.kind))
            if tree.kind is not float:
                described.extend(((f"{name}.shape", tree.shape), (f"{name}.dtype", tree.dtype)))
            return
        parts = children(tree)
        if parts is None:
            if tree is None or type(tree) is bool:
                lines.append(f"if {name} is not {tree}: return miss")
            elif type(tree) in _LITERAL:
                literal = names.of(tree)
                lines.append(f"if type({name}) is not {type(tree).__name__} or {name} != {literal}: return miss")
            else:
                lines.append(f"if {name} is not {names.of(tree)}: return miss")
            return
        lines.append(f"if type({name}) is not {names.of(type(tree))}: return miss")
        inner = [f"{name}_{i}" for i in range(len(parts))]
        if isinstance(tree, dict):
            lines.append(f"if tuple({name}) != {names.of(tuple(tree))}: return miss")
            source = f"{name}.values()"
        elif isinstance(tree, (list, tuple)):
            lines.append(f"if len({name}) != {len(tree)}: return miss")
            source = name
        else:
            source = ", ".join(f"{name}.{field.name}" for field in dataclasses.fields(tree))
        if inner:
            lines.append(f"{', '.join(inner)}, = {source}")
        for part_name, (_, part) in zip(inner, parts, strict=True):
            visit(part, part_name)

    for name, tree in given:
        visit(tree, name)
    if described:  # all in one comparison
        expected = names.of(tuple(x for _, x in described))
        lines.append(f"if ({', '.join(text for text, _ in described)},) != {expected}: return miss")
    return lines, called


def returned(tree: Any, names: Names, expression: Callable[[Any], str]) -> str:
    """An expression that builds what the function returned, `expression(leaf)` in place of each leaf."""
    parts = children(tree)
    if parts is None or isinstance(tree, Step):
        return expression(tree)
    inner = [returned(part, names, expression) for _, part in parts]
    if type(tree) is dict:
        return "{" + ", ".join(f"{names.of(k) if not isinstance(k, str) else repr(k)}: {part}"
                               for k, part in zip(tree, inner, strict=True)) + "}"  # fmt: skip
    if type(tree) is list:
        return "[" + ", ".join(inner) + "]"
    if type(tree) is tuple:
        return "(" + "".join(part + ", " for part in inner) + ")"
    return f"{names.of(rebuild)}({names.of(map_leaves(lambda _, x: None, tree))}, [{', '.join(inner)}])"
