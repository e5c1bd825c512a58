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
from .blocks import Group, base
from .lower import Op, lowered
from .plan import Plan, buffer, fresh
from .program import Program
from .rewrite import rewritten
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
    return make, text, space


class _Source:
    """A replay as it is being written."""

    def __init__(self, program: Program, positional: int, conditions: list[str], names: Names) -> None:
        self.program, self.positional, self.conditions, self.names = program, positional, conditions, names
        self.ops = lowered(program)
        self.outputs = [x for _, x in leaves(program.outputs) if isinstance(x, Step)]
        self.guards: dict[Op, list[Guard]] = {}
        for guard in program.guards:
            self.guards.setdefault(self.ops[guard.step], []).append(guard)
        new = rewritten([*(self.ops[x] for x in self.outputs), *self.guards])
        self.ops = {step: new.get(op, op) for step, op in self.ops.items()}
        self.guards = {new[op]: guards for op, guards in self.guards.items()}
        self.plan = Plan([self.ops[x] for x in self.outputs], self.guards)
        self.called: dict[Op, str] = {}
        self.handed: set[int | None] = set()
        self.setup: list[str] = []
        self.blocks: dict[tuple[Group, int], str] = {}
        self.run: list[str] = []

    def text(self) -> str:
        program, plan = self.program, self.plan
        parameters = [f"a_{i}" for i in range(len(program.arguments))]
        trees = list(program.arguments.values())
        lines, given = receive(list(zip(parameters, trees, strict=True)), self.names)
        for step, name in given.items():
            if step in self.ops:
                self.called[self.ops[step]] = name
        for item in plan.order:
            if isinstance(item, Group):
                self._group(item)
            else:
                self._operation(item)
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
        self._guard(op)

    def _guard(self, op: Op) -> None:
        """Give up where Python would have gone another way."""
        for guard in self.guards.get(op, []):
            name = self._name(op)
            if type(guard.expected) is bool:
                self.run.append(f"if {'not ' * guard.expected}{name}: return miss")
            else:
                self.run.append(f"if index({name}) != {guard.expected!r}: return miss")

    def _group(self, group: Group) -> None:
        """A loop over blocks; the last block may be shorter."""
        rows, rest = group.rows, group.n % group.rows
        for op in group.members:
            if op in group.whole:
                self._place(op)
            elif op in group.sums:
                self.run.append(f"{self._name(op)} = {self.names.of(op.dtype.type(0))}")
        places = _block_places(group)
        for place in sorted(set(places.values())):
            op = next(op for op in group.members if places.get(op) == place)
            tail = "".join(f", {m}" for m in op.shape[1:])
            name = f"b_{len(self.setup)}"
            self.setup.append(f"{name} = empty(({rows}{tail},), {self.names.of(op.dtype)})")
            if rest:
                self.setup.append(f"{name}r = {name}[:{rest}]")
            self.blocks[group, place] = name
        self.run.append(f"for i in range(0, {group.n - rest}, {rows}):")
        self.run += [f"    {line}" for line in (f"j = i + {rows}", *self._block(group, places, ""))]
        if rest:
            self.run += [f"i, j = {group.n - rest}, {group.n}", *self._block(group, places, "r")]
        for op in group.members:
            self._guard(op)

    def _block(self, group: Group, places: dict[Op, int], suffix: str) -> list[str]:
        """What is done with one block."""
        lines: list[str] = []
        inside = set(group.members)
        kept = dict(self.called)
        cut: dict[Op, str] = {}

        def block_of(x: Op, like: Op) -> str:
            if x in cut:
                return cut[x]
            if x.how == "view" and base(x) in inside or (x.how == "view" and x.function == "ravel" and like in group.sums):
                of = block_of(x.arguments[0], like)
                arguments = x.arguments
                if x.function == "reshape":
                    arguments = (arguments[0], (-1, *x.shape[1:]))
                cut[x] = f"v_{len(self.setup)}_{len(cut)}"
                self.called[x.arguments[0]] = of
                lines.append(f"{cut[x]} = {self._viewed(Op('view', x.function, arguments, x.shape, x.dtype, x.kind))}")
            elif x.is_array and x.shape[0] == group.n and (like in group.sums or len(x.shape) == len(like.shape)
                                                           or like.how == "reduce"):  # fmt: skip
                cut[x] = f"v_{len(self.setup)}_{len(cut)}"
                lines.append(f"{cut[x]} = {kept.get(x) or self._name(x)}[i:j]")
            else:
                return kept.get(x) or self._name(x)
            return cut[x]

        for op in group.members:
            for x in op.parents():
                self.called[x] = block_of(x, op)
            if op in group.sums:
                name = kept[op]
                lines.append(f"{name} = {name} + {self._computed(op)}")
                continue
            if op in group.whole:
                cut[op] = f"v_{len(self.setup)}_{len(cut)}"
                lines.append(f"{cut[op]} = {kept[op]}[i:j]")
            else:
                cut[op] = self.blocks[group, places[op]] + suffix
            self.called[op] = cut[op]
            lines.append(self._writing(op))
            for x in op.parents():
                if x in kept:
                    self.called[x] = kept[x]
                else:
                    self.called.pop(x, None)
        self.called = kept
        return lines

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
        if op.function is np.copyto:
            return f"{function}({out}, {given[0]})"
        if op.how == "product" and _as_dot(op):
            return f"{given[0]}.dot({given[1]}, {out})"
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
            return f"{given[0]} {op.function} {given[1]}" if len(given) == 2 else op.function + given[0]
        if op.how == "dot":
            return f"{given[0]}.dot({given[1]})"
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


def _as_dot(op: Op) -> bool:
    """Whether a product of arrays is what their method `dot` gives too, with less ado."""
    return (
        op.dtype.char in "fd"
        and op.layout == tuple(range(len(op.shape)))
        and all(np.ndim(x) <= 2 if isinstance(x, np.ndarray) else len(x.shape) <= 2 for x in op.arguments)
        and all(x.dtype == op.dtype for x in op.arguments)
    )


def _block_places(group: Group) -> dict[Op, int]:
    """Where the results that only a block needs lie: in place of an argument, or where another has been."""
    members = group.members
    last: dict[Op, int] = {}
    for i, op in enumerate(members):
        for x in op.parents():
            last[base(x)] = i
            last[x.arguments[0] if x.how == "view" and x.function == "ravel" else x] = i
    place: dict[Op, int] = {}
    free: list[tuple[tuple[int, ...], Any, int]] = []
    count = 0
    for i, op in enumerate(members):
        inner = [x for x in dict.fromkeys(map(base, op.parents())) if x in place]
        if op not in group.sums and op not in group.whole:
            same = [x for x in op.arguments if isinstance(x, Op) and x in place and last[x] == i and op.how == "ufunc"
                    and (x.shape, x.dtype) == (op.shape, op.dtype)]  # fmt: skip
            same = [x for x in same if all(y is x or base(y) is not x for y in op.parents())]
            fit = next((entry for entry in free if entry[:2] == (op.shape, op.dtype)), None)
            if same:
                place[op] = place[same[0]]
                inner.remove(same[0])
            elif fit is not None:
                free.remove(fit)
                place[op] = fit[2]
            else:
                place[op] = count
                count += 1
        free += [(x.shape, x.dtype, place[x]) for x in inner if last[x] == i]
    return place
