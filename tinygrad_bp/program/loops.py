"""The text of a loop over blocks (see `blocks`)."""

from __future__ import annotations

from typing import Any

from .blocks import Group, base
from .op import Op
from .writer import Writer


def write_loop(writer: Writer, group: Group) -> None:
    """The loop that carries out a group; the last block may be shorter than the others."""
    rows, rest = group.rows, group.n % group.rows
    for op in group.members:
        if op in group.whole:
            writer.place(op)
        elif op in group.sums:
            writer.run.append(f"{writer.name(op)} = {writer.names.of(op.dtype.type(0))}")
    places = _places(group)
    buffers: dict[int, str] = {}
    for op, place in places.items():
        if place not in buffers:
            name = buffers[place] = f"b_{len(writer.setup)}"
            tail = "".join(f", {m}" for m in op.shape[1:])
            writer.setup.append(f"{name} = empty(({rows}{tail},), {writer.names.of(op.dtype)})")
            if rest:
                writer.setup.append(f"{name}r = {name}[:{rest}]")
    blocks = {op: buffers[place] for op, place in places.items()}
    writer.run.append(f"for i in range(0, {group.n - rest}, {rows}):")
    writer.run += [f"    {line}" for line in (f"j = i + {rows}", *_Block(writer, group, blocks).lines())]
    if rest:
        blocks = {op: f"{name}r" for op, name in blocks.items()}
        writer.run += [f"i, j = {group.n - rest}, {group.n}", *_Block(writer, group, blocks).lines()]


class _Block:
    """What is done with one block."""

    def __init__(self, writer: Writer, group: Group, blocks: dict[Op, str]) -> None:
        self.writer, self.group = writer, group
        self.inside = set(group.members)
        self.blocks = blocks  # where the results lie that only the block needs
        self.whole = dict(writer.called)  # what things are called outside
        self.cut: dict[Op, str] = {}  # and what their part in the block is
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
                self.cut[op] = self.blocks[op] if op in self.blocks else self._new(f"{self.whole[op]}[i:j]")
                writer.called[op] = self.cut[op]
                self.text.append(writer.writing(op))
            for x in op.parents():
                writer.called.pop(x, None)
                if x in self.whole:
                    writer.called[x] = self.whole[x]
        writer.called = self.whole
        return self.text

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


def _places(group: Group) -> dict[Op, int]:
    """Where the results that only a block needs lie: in place of an argument, or where another has been."""
    last: dict[Op, int] = {}
    for i, op in enumerate(group.members):
        for x in op.parents():
            last[base(x)] = i
            last[x.arguments[0] if x.how == "view" and x.function == "ravel" else x] = i
    place: dict[Op, int] = {}
    free: list[tuple[tuple[int, ...], Any, int]] = []
    for i, op in enumerate(group.members):
        done = [x for x in dict.fromkeys(map(base, op.parents())) if x in place and last[x] == i]
        if op not in group.sums and op not in group.whole:
            same = next((x for x in done if op.how == "ufunc" and (x.shape, x.dtype) == (op.shape, op.dtype)
                         and all(y is x or base(y) is not x for y in op.parents())), None)  # fmt: skip
            fit = next((entry for entry in free if entry[:2] == (op.shape, op.dtype)), None)
            if same is not None:
                place[op] = place[same]
                done.remove(same)
            elif fit is not None:
                free.remove(fit)
                place[op] = fit[2]
            else:
                place[op] = max(place.values(), default=-1) + 1
        free += [(x.shape, x.dtype, place[x]) for x in done]
    return place
