"""The operation of a step in a few words: what has a name goes by it, what has none is a dot."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Container
from typing import Any

from ..rules.activations import sigmoid
from ..tracing import Argument, Constant, Step
from .expression import Expressions, scalar
from .functions import inlined, is_ours
from .literals import small_array

_WIDE = 34
_DOT = "·"


def operation(step: Step, called: Callable[[Step], str], inside: Container[Step]) -> str:
    """How a step is computed: `exp(z2)`, `· @ W2.T`, `sum(·, axis=0)`.

    called  what a step is called, "" for none
    inside  the steps that are written where they are used
    """
    if step.function is None:
        return ""

    def refer(x: Step) -> ast.expr:
        if isinstance(x, Constant) and x.name is None and (small := small_array(x.value)) is not None:
            return small
        if x in inside and not isinstance(x, (Argument, Constant)):
            return written(x)
        return ast.Name(called(x) or _DOT)

    expressions = Expressions(refer, lambda f, of: _word(f), _word)

    def written(x: Step) -> ast.expr:
        assert x.function is not None
        if is_ours(x.function) and (inlined(x.function, [], {}) is None or x.function is sigmoid.function):
            given = [expressions.write(part) for part in x.arguments]
            options = [ast.keyword(option, expressions.write(part)) for option, part in x.options.items()]
            return ast.Call(ast.Name(_word(x.function)), given, options)
        if scalar(x):
            return expressions.infix(x.function, x.arguments) or expressions.call(x)
        return expressions.of(x)

    try:
        text = ast.unparse(written(step))
    except (TypeError, ValueError, LookupError, AttributeError, AssertionError):
        text = f"{_word(step.function)}({', '.join(called(x) or _DOT for x in step.parents())})"
    text = re.sub(r"\bnp\.(linalg\.|fft\.)?", "", text)
    return text if len(text) <= _WIDE else text[: _WIDE - 1] + "…"


def _word(x: Any) -> str:
    word = getattr(x, "__name__", type(x).__name__).strip("_<>")
    return word if word.isidentifier() else "function"
