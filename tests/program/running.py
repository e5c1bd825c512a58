"""The text of a program, run with NumPy and `math` alone, and held against what was recorded."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_bp import Program, trace
from tinygrad_bp.rules.indexing import scattered
from tinygrad_bp.tracing import Step
from tinygrad_bp.tree import leaves


def alone(name: str, *rest: Any) -> Any:
    """`import`, of NumPy and math."""
    if name.partition(".")[0] not in ("numpy", "math"):
        raise ImportError(f"the text imports {name}")
    return builtins.__import__(name, *rest)


def compiled(program: Program) -> Callable[..., Any]:
    """The function that the text defines."""
    space: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": alone}}
    exec(compile(program.source, f"<{program.name}>", "exec"), space)
    function: Callable[..., Any] = space[program.written.names.function]
    return function


def same_bits(a: Any, b: Any) -> bool:
    """Whether two results are of one kind, shape and dtype, and the same to the last bit."""
    if isinstance(a, np.ndarray) and isinstance(b, np.generic) and a.shape == ():
        a = a[()]
    if isinstance(b, np.ndarray) and isinstance(a, np.generic) and b.shape == ():
        b = b[()]
    if isinstance(a, (np.ndarray, np.generic, float, int, bool)):
        same = type(a) is type(b) and np.shape(a) == np.shape(b) and np.asarray(a).dtype == np.asarray(b).dtype
        return same and np.asarray(a).tobytes() == np.asarray(b).tobytes()
    return type(a) is type(b) and a == b


def one_nan(x: Any) -> Any:
    """x with one and the same nan in place of each: their signs depend on which of two Python hands on."""
    if isinstance(x, (float, np.floating)) or (isinstance(x, np.ndarray) and x.dtype.kind == "f"):
        y = np.where(np.isnan(x), np.asarray(np.nan, np.asarray(x).dtype), x)
        return float(y) if type(x) is float else y if isinstance(x, np.ndarray) else y[()]
    return x


def assert_same(result: Any, expected: Any, what: str) -> None:
    """Two results are nested alike and have the same bits."""
    ours, theirs = list(leaves(result)), list(leaves(expected))
    assert [path for path, _ in ours] == [path for path, _ in theirs], what
    for (path, a), (_, b) in zip(ours, theirs, strict=True):
        assert same_bits(one_nan(a), one_nan(b)), f"{what}{path}: {a!r} is not {b!r}"


def assert_exact(f: Callable[..., Any], *arguments: Any, eager: bool = True, **options: Any) -> Program:
    """The program of f: its text and its call give what f gives, to the last bit."""
    with np.errstate(all="ignore"):
        program = trace(f, *arguments, **options)
        expected = f(*arguments, **options)
        recorded = [x.value if isinstance(x, Step) else x for _, x in leaves(program.outputs)]
        run = compiled(program)(*arguments, **options, **program.constants)
    for a, (path, b) in zip(recorded, leaves(run), strict=True):
        nans = type(a) is type(b) is float and a != a and b != b  # Python hands on either of two nans
        assert nans or same_bits(b, a), f"{path} of\n{program.source}\n{b!r} is not the recorded {a!r}"
    if eager and not any(step.function is scattered.function for step in program.steps):
        assert_same(run, expected, f"{program.source}\n")
    elif eager:  # which adds what was taken piece by piece in another order
        for (path, a), (_, b) in zip(leaves(run), leaves(expected), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5 if np.asarray(b).dtype == np.float32 else 1e-13, err_msg=path)
    assert_same(program(*arguments, **options), run, f"call of\n{program.source}\n")
    return program
