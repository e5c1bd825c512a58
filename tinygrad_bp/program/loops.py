"""The text of a loop over blocks (see `blocks`)."""

from __future__ import annotations

from .blocks import Group, base
from .op import Op
from .places import places
from .writer import Writer


def write_loop(writer: Writer, group: Group) -> None:
    """The loop that carries out a group; the last block may be shorter than the others."""
    rows, rest = group.rows, group.n % group.rows
    for op in group.members:
        if op in group.whole:
            writer.place(op)
        elif op in group.sums:
            writer.run.append(f"{writer.name(op)} = {writer.names.of(op.dtype.type(0))}")
    place = places(group)
    own: dict[int, str] = {}
    for op, where in place.items():
        if type(where) is int and where not in own:
            name = own[where] = f"b_{len(writer.setup)}"
            tail = "".join(f", {m}" for m in op.shape[1:])
            writer.setup.append(f"{name} = empty(({rows}{tail},), {writer.names.of(op.dtype)})")
            if rest:
                writer.setup.append(f"{name}r = {name}[:{rest}]")
    writer.run.append(f"for i in range(0, {group.n - rest}, {rows}):")
    writer.run += [f"    {line}" for line in (f"j = i + {rows}", *_Block(writer, group, place, own).lines())]
    if rest:
        own = {where: f"{name}r" for where, name in own.items()}
        writer.run += [f"i, j = {group.n - rest}, {group.n}", *_Block(writer, group, place, own).lines()]


class _Block:
    """What is done with one block."""

    def __init__(self, writer: Writer, group: Group, place: dict[Op, Op | int], own: dict[int, str]) -> None:
        self.writer, self.group = writer, group
        self.inside = set(group.members)
        self.place, self.own = place, own  # of each result, and what the block's own are called
        self.whole = dict(writer.called)  # what things are called outside
        self.cut: dict[Op, str] = {}  # and what their part in the block is
        self.kept: dict[Op, str] = {}  # the same of results that stay, from before they are there
        self.text: list[str] = []

    def lines(self) -> list[str]:
        """The text, in terms of the rows from i to j."""
        writer, group = self.writer, self.group
        for op in group.members:
            for x in op.parents():
                writer.called[x] = self._part(x, op)
            if op in group.sums:
                name = self.whole[op]
                self.text.append(f"{name} = {name} + {writer.computed(op)}")
            else:
                self.cut[op] = writer.called[op] = self._place(self.place[op])
                self.text.append(writer.writing(op))
            for x in op.parents():
                writer.called.pop(x, None)
                if x in self.whole:
                    writer.called[x] = self.whole[x]
        writer.called = self.whole
        return self.text

    def _place(self, where: Op | int) -> str:
        if isinstance(where, int):
            return self.own[where]
        if where not in self.kept:
            self.kept[where] = self._new(f"{self.whole[where]}[i:j]")
        return self.kept[where]

    def _new(self, expression: str) -> str:
        name = f"v_{len(self.text)}"
        self.text.append(f"{name} = {expression}")
        return name

    def _part(self, x: Op, user: Op) -> str:
        """What the block's part of an argument is called: of one without such a part, the whole."""
        if x in self.cut:
            return self.cut[x]
        flattened = x.how == "view" and x.function == "ravel" and user in self.group.sums
        if flattened or (x.how == "view" and base(x) in self.inside):
            of, *rest = x.arguments
            given = (of, (-1, *x.shape[1:])) if x.function == "reshape" else (of, *rest)
            self.writer.called[of] = self._part(of, user)
            view = Op("view", x.function, given, x.shape, x.dtype, x.kind)
            self.cut[x] = self._new(self.writer.viewed(view))
        elif x.is_array and x.shape[0] == self.group.n and (user.how != "ufunc" or len(x.shape) == len(user.shape)):
            self.cut[x] = self._new(f"{self.whole[x]}[i:j]")
        else:
            return self.whole[x]
        return self.cut[x]
