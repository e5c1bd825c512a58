"""What the quantities of a program are called, in words and in Python.

A quantity that was named `z2` is called so; the second z2 is the quantity `z2[1]` and the identifier `z2_1`, and its
cotangent `d_z2[1]` and `d_z2_1`. The gradient of `params["W2"]` is the quantity `d_params["W2"]` and the identifier
`d_W2`. Entries of containers go by their
last key, arrays that were captured by what the function calls them; whatever else needs a name gets one that says what
it is: `exp_z2`, `difference`, `t1`.
"""

from __future__ import annotations

import builtins
import keyword
import operator
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tracing import Argument, Step
from ..tree import children
from .program import Program

_RESERVED = frozenset((*keyword.kwlist, *dir(builtins), "np", "math"))
#: what the text of a program may refer to, and no parameter is called
_REFERRED = frozenset(("np", "math", "abs", *(name for name, x in vars(builtins).items() if isinstance(x, type))))
_WORDS: dict[Any, str] = {
    np.subtract: "difference",
    np.multiply: "product",
    np.matmul: "product",
    np.divide: "ratio",
    np.add: "total",
    np.where: "choice",
    np.broadcast_to: "wide",
    operator.getitem: "part",
    operator.pow: "power",
    np.power: "power",
    **dict.fromkeys((np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal), "mask"),
}
#: functions of one quantity that is named, after which their result is called
_UNARY = re.compile(r"exp|log|sin|cos|tan|tanh|sqrt|sigmoid|softmax|log_softmax|logsumexp|abs|sign|inv|det|sum|max|min")


def identifier(text: str) -> str:
    """A Python identifier that reads like text."""
    word = re.sub("_+", "_", "".join(c if f"t{c}".isidentifier() else "_" for c in text)).strip("_") or "t"
    return word if word.isidentifier() else f"t_{word}"


class Names:
    """The names of a program: `names[step]` is the identifier of a step, `names.quantity(step)` what it is called.

    Every step has one; that of a step nobody named is chosen when it is first asked for.
    """

    def __init__(self, program: Program) -> None:
        self._names: dict[Step, str] = {}
        self._quantities: dict[Step, str] = {}
        self._taken: set[str] = set(_RESERVED)
        #: what the function is called
        self.function = self.reserve(identifier("f" if program.name == "<lambda>" else program.name))
        #: what its parameters are called, as f calls them
        self.parameters = {name: self._parameter(name) for name in program.arguments}
        self._arguments(program)
        uses = Counter(dict.fromkeys((*program.arguments, *(x.path for x in program.inputs)), 1))
        for step in program.steps:
            if step.name is None:
                continue
            of = program.deltas.get(step)
            quantity, word = step.name, identifier(step.name)
            if of is not None and of in self._names:
                quantity, word = f"d_{self.quantity(of)}", f"d_{self._names[of]}"
            n = uses[quantity]
            uses[quantity] += 1
            self._quantities[step] = f"{quantity}[{n}]" if n else quantity
            self._names[step] = self.reserve(f"{word}_{n}" if n else word)
        for i, constant in enumerate(program.captured, 1):
            if constant.name is not None:
                last = re.findall(r"\w+", constant.name)[-1]
                word = last if not last.isdigit() else constant.name
                self._names[constant] = self.reserve(identifier(word))
            else:
                self._names[constant] = self.reserve(f"constant{i}")

    def __getitem__(self, step: Step) -> str:
        name = self._names.get(step)
        if name is None:
            word = self._word(step)
            name = self._names[step] = self.reserve(word, numbered=word == "t")
        return name

    def quantity(self, step: Step) -> str:
        """What a step's quantity is called: as it was named, or its identifier."""
        if isinstance(step, Argument):
            return step.path
        return self._quantities.get(step) or self[step]

    def reserve(self, word: str, numbered: bool = False) -> str:
        """The word, or with a number what nobody has taken yet; it is taken now."""
        if word in _RESERVED:
            word += "_"
        name, n = (f"{word}1" if numbered else word), 1
        while name in self._taken:
            n += 1
            name = f"{word}{n}" if numbered or not word[-1].isdigit() else f"{word}_{n - 1}"
        self._taken.add(name)
        return name

    def _parameter(self, name: str) -> str:
        """What f calls a parameter, but for what cannot be called so."""
        if not name.isidentifier() or keyword.iskeyword(name) or name in _REFERRED:
            return self.reserve(identifier(name))
        self._taken.add(name)
        return name

    def _arguments(self, program: Program) -> None:
        """Arguments by the name of the parameter, those in containers by their last key, or their path where two share
        it."""
        inside: list[tuple[Argument, str, str]] = []

        def visit(tree: Any, path: str, last: str) -> None:
            parts = children(tree)
            if isinstance(tree, Argument):
                inside.append((tree, last, path))
            for suffix, part in parts or ():
                key = suffix.strip("[].'\"")
                visit(part, path + suffix, f"{last}{key}" if key.isdigit() else key)

        for parameter, tree in program.arguments.items():
            if isinstance(tree, Argument):
                self._names[tree] = self.parameters[parameter]
            else:
                visit(tree, parameter, parameter)
        often = Counter(identifier(last) for _, last, _ in inside)
        for argument, last, path in inside:
            word = identifier(last)
            whole = re.sub(r"\[(\d+)\]", r"\1", path)
            self._names[argument] = self.reserve(word if often[word] == 1 else identifier(whole))

    def _word(self, step: Step) -> str:
        """What a step that nobody named is called."""
        function: Callable[..., Any] | None = step.function
        of = getattr(function, "__name__", "").lstrip("_")
        if _UNARY.fullmatch(of) and step.arguments and isinstance(step.arguments[0], Step):
            x = step.arguments[0]
            if x in self._names and len(self._names[x]) < 12:
                return f"{of}_{self._names[x]}"
        return _WORDS.get(function, "t")
