"""The text of a replay: straight-line NumPy that writes into planned places."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..memory import owned
from ..tracing import Argument, Guard, Step
from ..tracing.evaluate import evaluate
from ..tree import leaves
from .blocks import Group
from .levels import compiled
from .loops import write_loop
from .lower import lowered
from .op import Op
from .plan import Plan, buffer, fresh
from .program import Program
from .rewrite import rewritten
from .signature import Names, receive, returned
from .writer import Writer

#: what a replay gives where the arguments, or what was captured, are not as they were when it was traced
miss = object()

Replay = Callable[[tuple[Any, ...], dict[str, Any]], Any]
#: what the text names besides the objects of `Names`
_SPACE = {"miss": miss, "buffer": buffer, "fresh": fresh, "empty": np.empty, "owned": owned, "array": np.array,
          "index": operator.index, "evaluate": evaluate}  # fmt: skip


def replayed(
    program: Program, positional: int, conditions: list[str], names: Names
) -> tuple[Callable[[], Replay], str, dict[str, Any]]:
    """What makes replays of a program, each with buffers of its own; its source; and what that names.

    positional  how many of the program's arguments are given by position
    conditions  lines that give `miss` where what was captured is not as it was, in terms of `names`

    A replay takes a tuple of arguments and a dict of options.
    """
    machine = compiled(program)
    if machine is not None:
        text = _of_machine(program, machine, positional, conditions, names)
    else:
        text = _Text(program, names).text(positional, conditions)
    space = {**names.objects, **_SPACE}
    exec(compile(text, f"<replay of {program.name}>", "exec"), space)
    make: Callable[[], Replay] = space["make"]
    return make, text, space


def _of_machine(
    program: Program, machine: Callable[..., Any], positional: int, conditions: list[str], names: Names
) -> str:
    """The text of a replay that leaves the work to a machine for single numbers."""
    check, called = _received(program, positional, conditions, names)
    outputs = [x for _, x in leaves(program.outputs) if isinstance(x, Step)]
    place = iter(range(len(outputs)))
    given = "".join(f"{called[x]}, " for x in program.inputs)
    result = returned(
        program.outputs, names, lambda x: f"s[{next(place)}]" if isinstance(x, Step) else names.of(x, "leaf")
    )
    run = [f"s = {names.of(machine)}(({given}))"]
    run += [_refusal(f"s[{i}]", guard.expected) for i, guard in enumerate(program.guards, len(outputs))]
    return _function([], [*check, *run], result)


def _received(
    program: Program, positional: int, conditions: list[str], names: Names
) -> tuple[list[str], dict[Argument, str]]:
    """Lines that take the arguments apart, or give `miss`; and what they call the program's inputs."""
    parameters = [f"a_{i}" for i in range(len(program.arguments))]
    options = list(program.arguments)[positional:]
    lines, called = receive(list(zip(parameters, program.arguments.values(), strict=True)), names)
    head = [f"if len(arguments) != {positional} or len(options) != {len(options)}: return miss"]
    if positional:
        head.append(f"{', '.join(parameters[:positional])}, = arguments")
    if options:
        head.append(f"if tuple(options) != {tuple(options)!r}: return miss")
        head.append(f"{', '.join(parameters[positional:])}, = options.values()")
    checks = [f"    {line}" for line in (*head, *lines, *conditions)]
    return ["try:", *checks, "except (AttributeError, KeyError, ValueError):", "    return miss"], called


def _refusal(name: str, expected: Any) -> str:
    """The line that gives `miss` where Python would have gone another way."""
    if type(expected) is bool:
        return f"if {'not ' * expected}{name}: return miss"
    now = name if type(expected) is tuple else f"index({name})"
    return f"if {now} != {expected!r}: return miss"


def _function(setup: list[str], run: list[str], result: str) -> str:
    """The text of a function `make` that prepares the buffers and gives the replay."""
    lines = [*setup, "def replay(arguments, options):", *(f"    {line}" for line in (*run, f"return {result}"))]
    return "\n".join(["def make():", *(f"    {line}" for line in (*lines, "return replay"))])


class _Text:
    """The text of a program's replay."""

    def __init__(self, program: Program, names: Names) -> None:
        self.program, self.names = program, names
        self.ops = lowered(program)
        self.guards: dict[Op, list[Guard]] = {}
        for guard in program.guards:
            self.guards.setdefault(self.ops[guard.step], []).append(guard)
        outputs = [x for _, x in leaves(program.outputs) if isinstance(x, Step)]
        new = rewritten([*(self.ops[x] for x in outputs), *self.guards])
        self.ops = {step: new.get(op, op) for step, op in self.ops.items()}
        self.guards = {new[op]: guards for op, guards in self.guards.items()}
        self.plan = Plan([self.ops[x] for x in outputs], self.guards)
        self.writer = Writer(self.plan, names)
        self.handed: set[int | None] = set()  # the cells that are results already

    def text(self, positional: int, conditions: list[str]) -> str:
        """A function `make` that prepares the buffers and gives the replay."""
        plan, writer = self.plan, self.writer
        check, called = _received(self.program, positional, conditions, self.names)
        writer.called.update({self.ops[step]: name for step, name in called.items() if step in self.ops})
        for item in plan.order:
            if isinstance(item, Group):
                write_loop(writer, item)
            else:
                self._operation(item)
            for op in item.members if isinstance(item, Group) else [item]:
                writer.run += [_refusal(writer.name(op), guard.expected) for guard in self.guards.get(op, [])]
        result = returned(self.program.outputs, self.names, self._output)
        block = [f"block = empty({plan.nbytes + 64}, 'u1')", "start = -block.ctypes.data % 64"] if plan.nbytes else []
        return _function([*block, *writer.setup], [*check, *writer.run], result)

    def _operation(self, op: Op) -> None:
        plan, writer = self.plan, self.writer
        if op.how == "given":
            writer.name(op)
        elif (made := writer.new(op)) is not None:
            writer.run.append(f"{writer.name(op)} = {made}")
        elif op in plan.cell:
            writer.place(op)
            writer.run.append(writer.writing(op))
        elif op in plan.static:
            writer.setup.append(f"{writer.name(op)} = {writer.viewed(op)}")
        else:
            text = writer.viewed(op) if op.how == "view" else writer.computed(op)
            writer.run.append(f"{writer.name(op)} = {text}")

    def _output(self, x: Any) -> str:
        """A leaf of what is returned, in memory of its own."""
        if not isinstance(x, Step):
            return f"array({self.names.of(x)}, order='K')" if isinstance(x, np.ndarray) else self.writer.expression(x)
        op = self.ops[x]
        name = self.writer.name(op)
        if op.kind is not np.ndarray:
            return f"float({name})" if op.kind is float else name  # which NumPy may have computed
        cells = {self.plan.cell.get(root) for root in self.plan.roots[op]}
        if op.how == "call":
            return f"owned({name})"
        if None in cells or cells & self.handed or _spread(op):
            return f"array({name}, order='K')"
        self.handed |= cells
        return name


def _spread(op: Op) -> bool:
    """Whether entries of a view share memory."""
    while op.how == "view":
        if op.function == "broadcast":
            return True
        op = op.arguments[0]
    return False
