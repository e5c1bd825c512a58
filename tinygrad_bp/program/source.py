"""The NumPy text of a program: what a person would have written, and what gives the same bits without this package."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..rules.indexing import Scatter, scattered
from ..tracing import Argument, Constant, Guard, Step, number
from ..tracing.step import map_steps
from ..tree import children, leaves
from .expression import Expressions
from .functions import in_math, is_ours, numpys_name, source_of
from .inlining import own_lines
from .literals import literal, small_array
from .naming import Names
from .program import Program, outputs_of

_WIDE = 100


class Source:
    """The text of a program: `text`, and the `constants` that it wants by keyword."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.names = Names(program)
        #: what the text cannot write: arrays that f captured, functions and classes of the caller's
        self.constants: dict[str, Any] = {}
        self._captured: dict[int, str] = {}
        self._helpers: dict[tuple[Callable[..., Any], str], str] = {}
        self._preamble: list[str] = []
        self.lines = own_lines(program, self.names)
        self._own = set(self.lines)
        self.expressions = Expressions(self._refer, self._helper, self._capture)
        body = list(self._body())
        body = [*self._about(), *body]
        functions = [f"{text}\n\n" for text in self._preamble]
        imports = ["import math\n"] * any("math." in line for line in (*functions, *body)) + ["import numpy as np"]
        lines = [*imports, "\n", *functions, *self._head(), *(f"    {line}" for line in body), ""]
        self.text = _quoted("\n".join(lines))

    # what the text refers to

    def _refer(self, step: Step) -> ast.expr:
        if isinstance(step, Argument) or step in self._own:
            return ast.Name(self.names[step])
        if isinstance(step, Constant):
            small = small_array(step.value) if step.name is None else None
            return small or ast.Name(self._constant(step))
        return self.expressions.of(step)

    def _constant(self, step: Constant) -> str:
        name = self.names[step]
        self.constants[name] = step.value
        return name

    def _capture(self, x: Any) -> str:
        """The name of what can only be handed in."""
        name = self._captured.get(id(x))
        if name is None:
            word = re.sub(r"\W", "", getattr(x, "__name__", type(x).__name__)).lstrip("_")
            if word == "lambda":
                word = "function"
            name = self._captured[id(x)] = self.names.reserve(word or "constant")
            self.constants[name] = x
        return name

    def _helper(self, function: Callable[..., Any], of: str) -> str:
        """The name of a function that stands above the program, or that is handed in."""
        if not is_ours(function) and of == "arrays":
            return self._capture(function)
        name = self._helpers.get((function, of))
        if name is None:
            word = function.__name__.lstrip("_")
            name = self._helpers[function, of] = self.names.reserve(word)
            if of == "arrays":
                self._preamble.append(source_of(function, name))
            else:
                self._preamble.append(in_math(function, name, self._of_arrays(function)))
        return name

    def _of_arrays(self, function: Callable[..., Any]) -> str:
        """What writes a function of arrays inside one of Python floats."""
        return numpys_name(function) or self._helper(function, "arrays")

    # lines

    def _head(self) -> list[str]:
        """The line that says what the function is given, and the shapes of what that is."""
        parameters = list(self.names.parameters.values())
        if self.constants:
            parameters += ["*", *self.constants]
        line = f"def {self.names.function}({', '.join(parameters)}):"
        if len(line) > _WIDE:
            inside = textwrap.wrap(", ".join(parameters) + ",", _WIDE)
            return [f"def {self.names.function}(", *(f"    {part}" for part in inside), "):"]
        return [line]

    def _body(self) -> Iterator[str]:
        yield from self._unpacked()
        coded: list[tuple[str, str]] = []
        lines: list[Step | Guard] = [*self.lines, *self.program.guards]
        for line in sorted(lines, key=_place):
            coded += self._statements(line) if isinstance(line, Step) else [(self._assertion(line), "")]
        width = max((len(code) for code, shape in coded if shape and len(code) < 60), default=0)
        for code, shape in coded:
            yield f"{code.ljust(width)}  # {shape}" if shape else code
        yield from self._return()

    def _about(self) -> Iterator[str]:
        """What the arguments are, and what is fixed."""
        shapes = [f"{self.names[x]} {_described(x)}" for x in self.program.inputs
                  if x.path in self.program.arguments and x.kind is np.ndarray]  # fmt: skip
        if shapes:
            yield "# " + ", ".join(shapes)
        theirs = [name for name, x in self.constants.items() if inspect.isroutine(x)]
        if theirs:
            yield f"# {' and '.join(theirs)}: of your own, as they are"
        for parameter, tree in self.program.arguments.items():
            for path, leaf in leaves(tree, self.names.parameters[parameter]):
                if isinstance(leaf, Argument) or leaf is None:
                    continue
                written = literal(leaf)
                if written is None:
                    yield f"# {path} is fixed: {type(leaf).__name__}"
                else:
                    sign = "is" if isinstance(leaf, bool) else "=="
                    yield f"assert {path} {sign} {ast.unparse(written)}"

    def _unpacked(self) -> Iterator[str]:
        """What is taken out of containers."""
        needed = {x for step in self.program.steps for x in step.parents()} | set(outputs_of(self.program.outputs))
        for parameter, tree in self.program.arguments.items():
            for path, leaf in leaves(tree, self.names.parameters[parameter]):
                if isinstance(leaf, Argument) and leaf in needed and path != self.names[leaf]:
                    yield f"{self.names[leaf]} = {path}" + (f"  # {_described(leaf)}" if leaf.kind is not float else "")

    def _statements(self, step: Step) -> Iterator[tuple[str, str]]:
        """The line of a step, and its shape."""
        name = self.names[step]
        shape = _described(step) if step.kind is np.ndarray else ""
        if step.function is scattered.function:
            yield from self._scattered(step, name, shape)
        else:
            yield f"{name} = {ast.unparse(self.expressions.of(step))}", shape

    def _scattered(self, step: Step, name: str, shape: str) -> Iterator[tuple[str, str]]:
        """An array of zeros to which parts are added."""
        _, indices, *parts = step.arguments
        size = step.shape[0] if len(step.shape) == 1 else step.shape
        dtype = "" if step.dtype == np.float64 else f", dtype=np.{step.dtype.name}"
        yield f"{name} = np.zeros({ast.unparse(self.expressions.write(size))}{dtype})", shape
        for index, part in zip(indices, parts, strict=True):
            what = ast.unparse(self.expressions.write(part))
            if Scatter(None, map_steps(number, index)).basic:
                where = ast.unparse(ast.Subscript(ast.Name(name), self.expressions.index(index)))
                yield f"{where} += {what}", ""
            else:
                yield f"np.add.at({name}, {ast.unparse(self.expressions.write(index))}, {what})", ""

    def _assertion(self, guard: Guard) -> str:
        """What Python went by: the text is right where it holds."""
        condition = self._refer(guard.step)
        if guard.expected is True:
            return f"assert {ast.unparse(condition)}"
        if guard.expected is False:
            return f"assert {ast.unparse(ast.UnaryOp(ast.Not(), condition))}"
        expected = self.expressions.write(guard.expected)
        return f"assert {ast.unparse(ast.Compare(condition, [ast.Eq()], [expected]))}"

    def _return(self) -> Iterator[str]:
        written = self._container(self.program.outputs)
        line = f"return {ast.unparse(written)}"
        if isinstance(written, ast.Tuple) and len(written.elts) > 1:
            line = "return " + ", ".join(map(ast.unparse, written.elts))
        first, *rest = _wrapped(written) if len(line) >= _WIDE else [line.removeprefix("return ")]
        yield from [f"return {first}", *rest] if rest else [line]

    def _container(self, tree: Any) -> ast.expr:
        """What the function returns, in f's own containers."""
        parts = children(tree)
        if parts is None:
            return self.expressions.write(tree)
        written = [self._container(part) for _, part in self._parts(tree)]
        if type(tree) is tuple:
            return ast.Tuple(written, ast.Load())
        if type(tree) is list:
            return ast.List(written, ast.Load())
        if isinstance(tree, dict):
            of = ast.Dict([self.expressions.write(key) for key in tree], written)
            return of if type(tree) is dict else ast.Call(ast.Name(self._capture(type(tree))), [of], [])
        kind = ast.Name(self._capture(type(tree)))
        if isinstance(tree, (list, tuple)) and not hasattr(tree, "_fields"):
            return ast.Call(kind, [ast.List(written, ast.Load())], [])
        named = [ast.keyword(suffix[1:], part) for (suffix, _), part in zip(parts, written, strict=True)]
        return ast.Call(kind, [], named)

    @staticmethod
    def _parts(tree: Any) -> list[tuple[str, Any]]:
        return children(tree) or []


def _place(line: Step | Guard) -> tuple[int, bool]:
    """Where a line goes: an assertion after the quantity that it is about."""
    return (line.index, False) if isinstance(line, Step) else (line.step.index, True)


def _described(x: Step) -> str:
    """A shape, with a dtype that is not float64."""
    return str(x.shape) if x.dtype == np.float64 else f"{x.shape} {x.dtype.name}"


def _wrapped(x: ast.expr) -> list[str]:
    """A container in several lines, where one would be too long."""
    text = ast.unparse(x)
    if len(text) < _WIDE or not isinstance(x, (ast.Tuple, ast.List, ast.Dict)):
        return [text]
    brackets = {ast.Tuple: "()", ast.List: "[]", ast.Dict: "{}"}[type(x)]
    lines: list[str] = []
    for i, part in enumerate(x.values if isinstance(x, ast.Dict) else x.elts):
        key = x.keys[i] if isinstance(x, ast.Dict) else None
        first, *rest = _wrapped(part)
        lines += [f"{ast.unparse(key)}: {first}" if key else first, *rest]
        lines[-1] += ","
    return [brackets[0], *(f"    {line}" for line in lines), brackets[1]]


def _quoted(text: str) -> str:
    """The text with double quotes around strings."""
    return re.sub(r"'([^'\"\\\n]*)'", r'"\1"', text)
