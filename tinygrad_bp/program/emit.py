"""The text of a replay: straight-line NumPy that writes into planned places."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..memory import owned
from ..tracing import Guard, Step
from ..tracing.tracer import evaluate
from ..tree import leaves
from .lower import Op, lowered
from .plan import Plan, buffer, fresh
from .program import Program
from .signature import Names, receive, returned

#: what a replay gives where the arguments, or what was captured, are not as they were when it was traced
miss = object()

Replay = Callable[[tuple[Any, ...], dict[str, Any]], Any]


def replayed(
    program: Program, positional: int, conditions: list[str], names: Names
) -> tuple[Callable[[], Replay], str]:
    """What makes replays of a program, each with buffers of its own; and their source.

    positional  how many of the program's arguments are given by position
    conditions  lines that give `miss` where what was captured is not as it was, in terms of `names`

    A replay takes a tuple of arguments and a dict of options.
    """
    source = _Source(program, positional, conditions, names)
    text = source.text()
    helpers = {"miss": miss, "buffer": buffer, "fresh": fresh, "empty": np.empty, "owned": owned, "array": np.array}
    space = {**names.objects, **helpers, "index": operator.index, "evaluate": evaluate}
    exec(compile(text, f"<replay of {program.name}>", "exec"), space)
    make: Callable[[], Replay] = space["make"]
    return make, text


class _Source:
    """A replay as it is being written."""

    def __init__(self, program: Program, positional: int, conditions: list[str], names: Names) -> None:
        self.program, self.positional, self.conditions, self.names = program, positional, conditions, names
        self.ops = lowered(program)
        self.outputs = [x for _, x in leaves(program.outputs) if isinstance(x, Step)]
        self.guards: dict[Op, list[Guard]] = {}
        for guard in program.guards:
            self.guards.setdefault(self.ops[guard.step], []).append(guard)
        self.plan = Plan([self.ops[x] for x in self.outputs], self.guards)
        self.called: dict[Op, str] = {}
        self.handed: set[int | None] = set()
        self.setup: list[str] = []
        self.run: list[str] = []

    def text(self) -> str:
        program, plan = self.program, self.plan
        parameters = [f"a_{i}" for i in range(len(program.arguments))]
        trees = list(program.arguments.values())
        lines, _, given = receive(list(zip(parameters, trees, strict=True)), self.names)
        for step, name in given.items():
            if step in self.ops:
                self.called[self.ops[step]] = name
        for op in plan.order:
            self._operation(op)
        keywords = list(program.arguments)[self.positional :]
        head = [f"if len(arguments) != {self.positional} or len(options) != {len(keywords)}: return miss"]
        if self.positional:
            head.append(f"{', '.join(parameters[: self.positional])}, = arguments")
        if keywords:
            head.append(f"if tuple(options) != {tuple(keywords)!r}: return miss")
            head.append(f"{', '.join(parameters[self.positional :])}, = options.values()")
        result = returned(program.outputs, self.names, self._output)
        setup = (
            [f"block = empty({max(plan.nbytes, 1)} + 64, 'u1')", "start = -block.ctypes.data % 64"]
            if plan.nbytes
            else []
        )
        return "\n".join(
            ["def make():"]
            + [f"    {line}" for line in (*setup, *self.setup)]
            + ["    def replay(arguments, options):"]
            + ["        try:"]
            + [f"            {line}" for line in (*head, *lines, *self.conditions)]
            + ["        except (AttributeError, KeyError, ValueError):", "            return miss"]
            + [f"        {line}" for line in self.run]
            + [f"        return {result}", "    return replay"]
        )

    def _name(self, op: Op) -> str:
        name = self.called.get(op)
        if name is None:
            name = self.called[op] = f"s_{len(self.called)}"
            if op.how == "given" and op.step is not None:
                self.called[op] = name = self.names.of(op.step.value)
        return name

    def _expression(self, x: Any) -> str:
        """An argument as code."""
        if isinstance(x, Op):
            return self._name(x)
        if type(x) is tuple and not hasattr(x, "_make"):
            return "(" + "".join(self._expression(part) + ", " for part in x) + ")"
        if type(x) is list:
            return "[" + ", ".join(map(self._expression, x)) + "]"
        if type(x) is slice:
            return f"slice({self._expression(x.start)}, {self._expression(x.stop)}, {self._expression(x.step)})"
        if x is None or type(x) in (bool, int):
            return repr(x)
        if type(x) is dict:
            return "{" + ", ".join(f"{k!r}: {self._expression(part)}" for k, part in x.items()) + "}"
        return self.names.of(x)

    def _operation(self, op: Op) -> None:
        plan = self.plan
        if op.how == "given":
            self._name(op)
        elif op in plan.cell:
            self._place(op)
            self.run.append(self._writing(op))
        elif op in plan.static:
            self.setup.append(f"{self._name(op)} = {self._viewed(op)}")
        else:
            text = self._viewed(op) if op.how == "view" else self._computed(op)
            self.run.append(f"{self._name(op)} = {text}")
        for guard in self.guards.get(op, []):
            name = self._name(op)
            if type(guard.expected) is bool:
                self.run.append(f"if {'not ' * guard.expected}{name}: return miss")
            else:
                self.run.append(f"if index({name}) != {guard.expected!r}: return miss")

    def _place(self, op: Op) -> None:
        """Say where an operation writes."""
        plan, cell = self.plan, self.plan.cell[op]
        source = next((x for x in op.arguments if isinstance(x, Op) and plan.cell.get(x) == cell), None)
        if source is not None:
            self.called[op] = self._name(source)
            return
        dtype, layout = self.names.of(op.dtype), op.layout
        if cell in plan.fresh:
            plain = layout == tuple(range(len(op.shape)))
            made = f"empty({op.shape!r}, {dtype})" if plain else f"fresh({op.shape!r}, {dtype}, {layout!r})"
            self.run.append(f"{self._name(op)} = {made}")
        else:
            place = f"start + {plan.offset[cell]}"
            self.setup.append(f"{self._name(op)} = buffer(block, {place}, {op.shape!r}, {dtype}, {layout!r})")

    def _writing(self, op: Op) -> str:
        """The call that writes an operation's result where it belongs."""
        out = self._name(op)
        function = self.names.of(op.function)
        given = [self._expression(self._fitting(x, op)) for x in op.arguments]
        if op.how == "reduce":
            return f"{function}({given[0]}, {given[1]}, None, {out}, {bool(op.options['keepdims'])})"
        matrices = all(isinstance(x, Op) and len(x.shape) == 2 and x.dtype == op.dtype for x in op.arguments)
        if op.how == "product" and matrices and op.dtype.char in "fd" and op.layout == (0, 1):
            function = self.names.of(np.dot)  # the same product with less ado
        place = "out=" * (op.function in (np.maximum, np.minimum))  # where a third argument looks like one more number
        return f"{function}({', '.join(given)}, {place}{out})"

    def _fitting(self, x: Any, op: Op) -> Any:
        """A Python number among arrays of one float dtype as the 0-d array that it stands for, which is faster."""
        if type(x) not in (int, float) or op.how != "ufunc" or op.function not in _WEAK or op.dtype.kind != "f":
            return x
        if any(isinstance(other, Op) and other.dtype != op.dtype for other in op.arguments):
            return x
        return np.array(x, op.dtype)

    def _viewed(self, op: Op) -> str:
        x, *rest = (self._expression(part) for part in op.arguments)
        if op.function == "same":
            return x
        if op.function == "T":
            return f"{x}.T"
        if op.function == "getitem":
            return f"{x}[{rest[0]}]"
        if op.function == "broadcast":
            return f"{self.names.of(np.broadcast_to)}({x}, {rest[0]})"
        return f"{x}.{op.function}({', '.join(rest)})"

    def _computed(self, op: Op) -> str:
        given = [self._expression(x) for x in op.arguments]
        if op.how == "infix":
            return f"{given[0]} {op.function} {given[1]}"
        options = [f"{name}={self._expression(x)}" for name, x in op.options.items()]
        if op.function is operator.getitem:
            return f"{given[0]}[{given[1]}]"
        if op.kind is float and not options:
            return f"evaluate({self.names.of(op.function)}, ({''.join(x + ', ' for x in given)}), {{}})"
        return f"{self.names.of(op.function)}({', '.join(given + options)})"

    def _output(self, x: Any) -> str:
        """A leaf of what is returned, in memory of its own."""
        if not isinstance(x, Step):
            return f"array({self.names.of(x)}, order='K')" if isinstance(x, np.ndarray) else self._expression(x)
        op = self.ops[x]
        name = self._name(op)
        if op.kind is not np.ndarray:
            return name
        cells = {self.plan.cell.get(root) for root in self.plan.roots[op]}
        if op.how == "call":
            return f"owned({name})"
        if None in cells or cells & self.handed or _spread(op):
            return f"array({name}, order='K')"
        self.handed |= cells
        return name


_WEAK = frozenset((np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum))


def _spread(op: Op) -> bool:
    """Whether entries of a view share memory."""
    while op.how == "view":
        if op.function == "broadcast":
            return True
        op = op.arguments[0]
    return False
