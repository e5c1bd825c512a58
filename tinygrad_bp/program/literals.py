"""Numbers, shapes, indices and small arrays as Python writes them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

_SMALL, _SHORT = 6, 48  # entries, characters


def parsed(text: str) -> ast.expr:
    """The expression that a text writes."""
    return ast.parse(text, mode="eval").body


def literal(x: Any) -> ast.expr | None:
    """What writes x, to the last bit; None for what only a name can stand for."""
    if x is None or x is Ellipsis or type(x) in (bool, str):
        return ast.Constant(x)
    if type(x) is int:
        return ast.Constant(x) if x >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-x))
    if type(x) is float:
        return _number(x)
    if type(x) is complex:
        return parsed(f"complex({ast.unparse(_number(x.real))}, {ast.unparse(_number(x.imag))})")
    if isinstance(x, np.generic):
        return _scalar(x)
    if isinstance(x, np.dtype) or (isinstance(x, type) and issubclass(x, np.generic)):
        return parsed(f"np.{np.dtype(x).name.replace('bool', 'bool_')}") if np.dtype(x).isbuiltin else None
    if x in (float, int, bool):
        return ast.Name(x.__name__)
    return None


def _number(x: float) -> ast.expr:
    """A Python float."""
    if x != x:
        return parsed("np.nan" if np.copysign(1.0, x) > 0 else "-np.nan")
    if np.isinf(x):
        return parsed("np.inf" if x > 0 else "-np.inf")
    sized = ast.Constant(abs(x))
    return sized if np.copysign(1.0, x) > 0 else ast.UnaryOp(ast.USub(), sized)


def _scalar(x: np.generic) -> ast.expr | None:
    """A NumPy number."""
    if isinstance(x, np.bool_):
        return parsed(f"np.bool_({bool(x)})")
    if isinstance(x, np.integer):
        return parsed(f"np.{x.dtype.name}({int(x)})")
    if isinstance(x, (np.float16, np.float32, np.float64)):
        return parsed(f"np.{x.dtype.name}({ast.unparse(_number(shortest(x)))})")
    return None


def shortest(x: Any) -> float:
    """The Python float of fewest digits that becomes x in x's dtype."""
    short = float(str(x))
    return short if type(x)(short).tobytes() == x.tobytes() else float(x)


def display(x: Any, write: Callable[[Any], ast.expr]) -> ast.expr | None:
    """A list, tuple, dict or slice of what `write` writes; None for anything else."""
    if type(x) is tuple:
        return ast.Tuple([write(part) for part in x], ast.Load())
    if type(x) is list:
        return ast.List([write(part) for part in x], ast.Load())
    if type(x) is dict:
        return ast.Dict([write(key) for key in x], [write(part) for part in x.values()])
    return None


def small_array(a: Any) -> ast.expr | None:
    """The call that makes an array of a few entries or of a simple kind, to the last bit; None for others."""
    if not a.flags.c_contiguous or a.dtype.char not in "?bhilqBHILQfd":
        return None
    dtype = f", dtype=np.{a.dtype.name.replace('bool', 'bool_')}"
    shape = str(a.shape[0]) if a.ndim == 1 else str(a.shape)
    calls = [f"np.zeros({shape})", f"np.ones({shape})"] if a.ndim else []
    if a.size > 1 and a.dtype.kind == "f":
        calls.append(f"np.full({shape}, {ast.unparse(_number(float(a.flat[0])))})")
    if a.ndim == 1 and a.dtype != np.bool_:
        calls.append(f"np.arange({a.size})")
    if a.ndim == 2 and a.shape[0] == a.shape[1]:
        calls.append(f"np.eye({len(a)})")
    if a.size <= _SMALL:
        entries = ast.unparse(_nested(a.tolist()))
        calls += [f"np.array({entries})"] if len(entries) <= _SHORT else []
    for call in [text for start in calls for text in (start, f"{start[:-1]}{dtype})")]:
        made = eval(call, {"np": np})
        if made.dtype == a.dtype and made.shape == a.shape and made.tobytes() == a.tobytes():
            return parsed(call)
    return None


def _nested(x: Any) -> ast.expr:
    """Lists of numbers."""
    if isinstance(x, list):
        return ast.List([_nested(part) for part in x], ast.Load())
    written = literal(x)
    assert written is not None
    return written
