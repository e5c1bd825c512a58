"""A derivation as its steps: a function in straight lines, `d_z2 = …`, that returns a dict of its δ and gradients."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from types import CodeType
from typing import Any

PREFIX = "d_"


class Steps:
    """The statements of a derivation, each of which can be read, changed and done alone.

    A step is an assignment to a name that begins with `d_`; the other statements make forward quantities.

    source  the text of the function, which is the last that is stated; what stands before it is done first
    scope   the global names that it uses
    """

    def __init__(self, source: str, scope: Mapping[str, Any]) -> None:
        *before, last = ast.parse(source).body
        if not isinstance(last, ast.FunctionDef):
            raise ValueError("the source does not end with the derivation's function")
        self.source, self.scope, self._function = source, dict(scope), last
        exec(compile(ast.Module(before, []), "<before>", "exec"), self.scope)
        self._codes: list[tuple[list[str], CodeType]] | None = None

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Steps:
        """The steps of a function whose source is at hand."""
        return cls(textwrap.dedent(inspect.getsource(function)), vars(inspect.getmodule(function)))

    @property
    def arguments(self) -> list[str]:
        """What the signature calls its arguments."""
        return [argument.arg for argument in self._function.args.args]

    @property
    def names(self) -> list[str]:
        """The steps, in order, by the names that they assign."""
        return [name for name, _ in self.statements if name is not None and name.startswith(PREFIX)]

    @property
    def statements(self) -> Iterator[tuple[str | None, ast.stmt]]:
        """What the function does, statement by statement, with the name that an assignment makes."""
        for statement in self._function.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                yield statement.targets[0].id, statement
            else:
                yield None, statement

    @property
    def quantities(self) -> dict[str, str]:
        """What each returned name is the derivative with respect to: `d_Wq` that of `weights["q"]`."""
        returned = self._function.body[-1]
        if not isinstance(returned, ast.Return) or not isinstance(returned.value, ast.Dict):
            raise ValueError("the derivation does not end with the dict that it returns")
        return dict(_paths(returned.value, "{}"))

    def statement(self, name: str) -> ast.stmt:
        """The step of this name. ValueError where there is not exactly one."""
        found = [statement for target, statement in self.statements if target == name]
        if len(found) != 1:
            raise ValueError(f"{len(found)} steps assign {name}")
        return found[0]

    def text(self, name: str) -> str:
        """The step as it is written."""
        begin, end = self._place(name)
        return self.source.encode()[begin:end].decode()

    def with_text(self, name: str, text: str) -> Steps:
        """The derivation with another text in place of a step's."""
        begin, end = self._place(name)
        encoded = self.source.encode()
        return Steps((encoded[:begin] + text.encode() + encoded[end:]).decode(), self.scope)

    def function(self) -> Callable[..., Any]:
        """The derivation as a function."""
        scope = dict(self.scope)
        exec(compile(self.source, f"<{self._function.name}>", "exec"), scope)
        made: Callable[..., Any] = scope[self._function.name]
        return made

    def run(self, *arguments: Any) -> dict[str, Any]:
        """All the quantities by the names that the function gives them, its arguments among them."""
        made = dict(zip(self.arguments, arguments, strict=True))
        scope = {**self.scope, **made}
        for assigned, code in self._compiled():
            exec(code, scope)
            made.update((name, scope[name]) for name in assigned)
        return made

    def step(self, name: str, quantities: Mapping[str, Any]) -> Any:
        """What one step gives, from the given quantities."""
        scope = {**self.scope, **quantities}
        (code,) = [code for assigned, code in self._compiled() if assigned == [name]]
        exec(code, scope)
        return scope[name]

    def _place(self, name: str) -> tuple[int, int]:
        """Where a step begins and ends, in bytes."""
        lines = [len(line.encode()) for line in self.source.splitlines(keepends=True)]
        place = self.statement(name)
        assert place.end_lineno is not None
        assert place.end_col_offset is not None
        return sum(lines[: place.lineno - 1]) + place.col_offset, sum(
            lines[: place.end_lineno - 1]
        ) + place.end_col_offset

    def _compiled(self) -> list[tuple[list[str], CodeType]]:
        """The statements but the last, each with the names that it assigns."""
        if self._codes is None:
            self._codes = [
                (_assigned(statement), compile(ast.Module([statement], []), "<step>", "exec"))
                for statement in self._function.body[:-1]
            ]
        return self._codes


def _assigned(statement: ast.stmt) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]


def _paths(returned: ast.Dict, pattern: str) -> Iterator[tuple[str, str]]:
    """The names in a nested dict, each with the path at which it stands."""
    for key, value in zip(returned.keys, returned.values, strict=True):
        assert isinstance(key, ast.Constant)
        path = pattern.format(key.value)
        if isinstance(value, ast.Dict):
            yield from _paths(value, path + '["{}"]')
        else:
            assert isinstance(value, ast.Name)
            yield value.id, path
