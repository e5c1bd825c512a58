"""A derivation as a function of NumPy that runs alone."""

from __future__ import annotations

import inspect
import keyword
import re
from typing import TYPE_CHECKING, Any

from ..tree import children
from . import writing
from .expression import Expression

if TYPE_CHECKING:
    from .derive import Derivation


def identifier(name: str, taken: set[str]) -> str:
    """A Python name for a quantity: d_parameters["W1"] is d_W1, or d_parameters_W1 where that is taken."""
    key = re.fullmatch(r'(d_)?.*\["(\w+)"\]', name)
    short = f"{key[1] or ''}{key[2]}" if key else ""
    if short.isidentifier() and short not in taken and short.removeprefix("d_") not in taken:
        taken.add(short)
        return short
    text = re.sub(r"\W+", "_", name).strip("_") or "x"
    if text[0].isdigit() or keyword.iskeyword(text):
        text = f"_{text}"
    while text in taken:
        text += "_"
    taken.add(text)
    return text


def program_text(derivation: Derivation) -> str:
    """The derivation as a function: by name every δ, and the gradients, nested as the arguments are."""
    recorded = derivation.recorded
    taken = {"np", *recorded.names}
    written: dict[str, str] = {path: path for path in recorded.leaves}
    written |= {name: identifier(name, taken) for name in derivation.forward}
    written |= {f"d_{step.quantity}": identifier(f"d_{step.quantity}", taken) for step in derivation.steps}

    def names(name: str) -> str:
        return written.get(name, name)

    formulas = [*derivation.forward.values(), *(step.formula for step in derivation.steps)]
    lines = [f"{written[name]} = {writing.source(formula, names)}" for name, formula in derivation.forward.items()]
    lines += [f"{written['d_' + s.quantity]} = {writing.source(s.formula, names)}" for s in derivation.steps]
    returned = [f"{name!r}: {written['d_' + name]}" for name in derivation.forward if f"d_{name}" in written]
    for i in recorded.argnums:
        name = recorded.names[i]
        returned.append(f"{name!r}: {_nested(recorded.arguments[i], name, written)}")
    body = "\n".join(f"    {line}" for line in [*lines, "return {" + ", ".join(returned) + "}"])
    head = f"def gradient({', '.join(recorded.names)}):"
    return "\n".join([*_preamble(formulas), "", "", head, body, ""])


def _preamble(formulas: list[Expression]) -> list[str]:
    """Imports, functions that NumPy lacks, and arrays that are nobody's arguments."""
    lines = ["import numpy as np"]
    functions: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    for formula in formulas:
        functions |= writing.functions_in(formula)
        arrays |= writing.arrays_in(formula)
    for name, value in arrays.items():
        lines.append(f"{name} = np.array({value.tolist()!r}, dtype={str(value.dtype)!r})")
    for name, function in sorted(functions.items()):
        lines += ["", "", *_definition(name, function)]
    return lines


#: what NumPy lacks, in NumPy
_DEFINITIONS = {
    "sigmoid": "def sigmoid(x):\n    return np.where(x >= 0, 1, np.exp(-abs(x))) / (1 + np.exp(-abs(x)))",
    "relu": "def relu(x):\n    return np.maximum(x, 0)",
    "leaky_relu": "def leaky_relu(x, slope=0.01):\n    return np.where(x <= 0, slope * x, x)",
    "softplus": "def softplus(x):\n    return np.logaddexp(0, x)",
    "softmax": "def softmax(x, axis=None):\n    e = np.exp(x - np.max(x, axis=axis, keepdims=True))\n"
    "    return e / np.sum(e, axis=axis, keepdims=True)",
    "log_softmax": "def log_softmax(x, axis=None):\n    x = x - np.max(x, axis=axis, keepdims=True)\n"
    "    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))",
    "logsumexp": "def logsumexp(x, axis=None, keepdims=False):\n    top = np.max(x, axis=axis, keepdims=True)\n"
    "    y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top\n"
    "    return y if keepdims else np.squeeze(y, axis=axis)",
    "scatter": "def scatter(shape, indices, *parts):\n    total = np.zeros(shape)\n"
    "    for index, part in zip(indices, parts):\n        np.add.at(total, index, part)\n    return total",
}


def _definition(name: str, function: Any) -> list[str]:
    """The lines that define a function under this name."""
    if name in _DEFINITIONS:
        return _DEFINITIONS[name].split("\n")
    of = getattr(function, "function", function)
    module, qualified = getattr(of, "__module__", ""), getattr(of, "__qualname__", "<>")
    if inspect.isfunction(of) and "<" not in qualified:
        return [f"from {module} import {qualified} as {name}" if qualified != name else f"from {module} import {name}"]
    return [f"{name} = ...  # {of!r}, which has no source of its own"]


def _nested(x: Any, path: str, written: dict[str, str]) -> str:
    """The gradient of an argument, nested as it is."""
    parts = children(x)
    if parts is None:
        return written[f"d_{path}"]
    inner = [(suffix, _nested(part, path + suffix, written)) for suffix, part in parts]
    if isinstance(x, dict):
        return "{" + ", ".join(f"{suffix[1:-1]}: {text}" for suffix, text in inner) + "}"
    if isinstance(x, list):
        return "[" + ", ".join(text for _, text in inner) + "]"
    if type(x) is tuple:
        return "(" + ", ".join(text for _, text in inner) + ("," if len(inner) == 1 else "") + ")"
    return "{" + ", ".join(f"{suffix[1:]!r}: {text}" for suffix, text in inner) + "}"
