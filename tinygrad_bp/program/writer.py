"""Operations as Python text: what each thing is called, and what is prepared once or done in each run."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .op import Op
from .plan import Plan
from .signature import Names

#: functions in which a Python number among arrays means the same as an array of their dtype
_WEAK = frozenset((np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum))


class Writer:
    """A replay as it is being written.

    called      the name of each operation's result
    setup, run  lines that are carried out once for each set of buffers, and in each run
    """

    def __init__(self, plan: Plan, names: Names) -> None:
        self.plan, self.names = plan, names
        self.called: dict[Op, str] = {}
        self.setup: list[str] = []
        self.run: list[str] = []

    def name(self, op: Op) -> str:
        name = self.called.get(op)
        if name is None:
            name = self.called[op] = f"s_{len(self.called)}"
            if op.how == "given" and op.step is not None:
                self.called[op] = name = self.names.of(op.step.value)
        return name

    def expression(self, x: Any) -> str:
        """An argument as code."""
        if isinstance(x, Op):
            return self.name(x)
        if type(x) is tuple and not hasattr(x, "_make"):
            return "(" + "".join(self.expression(part) + ", " for part in x) + ")"
        if type(x) is list:
            return "[" + ", ".join(map(self.expression, x)) + "]"
        if type(x) is slice:
            return f"slice({self.expression(x.start)}, {self.expression(x.stop)}, {self.expression(x.step)})"
        if x is None or type(x) in (bool, int):
            return repr(x)
        if type(x) is dict:
            return "{" + ", ".join(f"{k!r}: {self.expression(part)}" for k, part in x.items()) + "}"
        return self.names.of(x)

    def place(self, op: Op) -> None:
        """Say where an operation writes."""
        plan, cell = self.plan, self.plan.cell[op]
        source = next((x for x in op.arguments if isinstance(x, Op) and plan.cell.get(x) == cell), None)
        if source is not None:
            self.called[op] = self.name(source)
            return
        dtype, layout = self.names.of(op.dtype), op.layout
        if cell in plan.fresh:
            plain = layout == tuple(range(len(op.shape)))
            made = f"empty({op.shape!r}, {dtype})" if plain else f"fresh({op.shape!r}, {dtype}, {layout!r})"
            self.run.append(f"{self.name(op)} = {made}")
        else:
            begin = f"start + {plan.offset[cell]}"
            self.setup.append(f"{self.name(op)} = buffer(block, {begin}, {op.shape!r}, {dtype}, {layout!r})")

    def writing(self, op: Op) -> str:
        """The call that writes an operation's result where it belongs."""
        out = self.name(op)
        if op.function is np.copyto:
            return f"{self.names.of(op.function)}({out}, {self.expression(op.arguments[0])})"
        if op.how == "reduce":
            x, axis = map(self.expression, op.arguments)
            return f"{self.names.of(op.function)}({x}, {axis}, None, {out}, {bool(op.options['keepdims'])})"
        by_name = op.function in (np.maximum, np.minimum)  # where a third argument looks like one more number
        return self._call(op, f", {'out=' * by_name}{out}")

    def new(self, op: Op) -> str | None:
        """The call that makes an operation's result in fresh memory, where that is its place; else None."""
        fresh = self.plan.cell.get(op) in self.plan.fresh and op.how in ("ufunc", "product")
        first = not any(self.plan.cell.get(x) == self.plan.cell.get(op) for x in op.parents())
        return self._call(op, "") if fresh and first and op.function is not np.copyto else None

    def _call(self, op: Op, out: str) -> str:
        given = [self.expression(self._fitting(x, op)) for x in op.arguments]
        if op.how == "product" and _as_dot(op):
            return f"{given[0]}.dot({given[1]}{out})"
        return f"{self.names.of(op.function)}({', '.join(given)}{out})"

    def _fitting(self, x: Any, op: Op) -> Any:
        """A Python number among arrays of one float dtype as the 0-d array that it stands for, which is faster."""
        if type(x) not in (int, float) or op.how != "ufunc" or op.function not in _WEAK or op.dtype.kind != "f":
            return x
        if any(isinstance(other, Op) and other.dtype != op.dtype for other in op.arguments):
            return x
        return np.array(x, op.dtype)

    def viewed(self, op: Op) -> str:
        x, *rest = (self.expression(part) for part in op.arguments)
        if op.function == "same":
            return x
        if op.function == "T":
            return f"{x}.T"
        if op.function == "getitem":
            return f"{x}[{rest[0]}]"
        if op.function == "broadcast":
            return f"{self.names.of(np.broadcast_to)}({x}, {rest[0]})"
        return f"{x}.{op.function}({', '.join(rest)})"

    def computed(self, op: Op) -> str:
        given = [self.expression(x) for x in op.arguments]
        if op.how == "infix":
            return f"{given[0]} {op.function} {given[1]}" if len(given) == 2 else op.function + given[0]
        if op.how == "dot":
            return f"{given[0]}.dot({given[1]})"
        options = [f"{name}={self.expression(x)}" for name, x in op.options.items()]
        if op.function is operator.getitem:
            return f"{given[0]}[{given[1]}]"
        if op.kind in (float, bool) and not options:
            return f"evaluate({self.names.of(op.function)}, ({''.join(x + ', ' for x in given)}), {{}})"
        return f"{self.names.of(op.function)}({', '.join(given + options)})"


def _as_dot(op: Op) -> bool:
    """Whether a product of arrays is what their method `dot` gives too, with less ado."""
    return (
        op.dtype.char in "fd"
        and op.layout == tuple(range(len(op.shape)))
        and all(np.ndim(x) <= 2 if isinstance(x, np.ndarray) else len(x.shape) <= 2 for x in op.arguments)
        and all(x.dtype == op.dtype for x in op.arguments)
    )
