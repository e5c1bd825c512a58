"""How functions are evaluated where there is a faster way than to call them.

On Python floats `math` is many times faster than NumPy; where it raises and NumPy has inf or nan, the engine asks
NumPy. On arrays the operators and `ufunc.reduce` lead to the same loops with less ado.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from . import arithmetic, exponential, trigonometric  # noqa: F401  (they state the rules)
from .activations import relu, sigmoid, softplus
from .rule import TABLE
from .shapes import identity

SCALAR: dict[Any, Callable[..., float]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.power: math.pow,
    np.negative: operator.neg,
    np.positive: operator.pos,
    np.absolute: abs,
    np.square: lambda x: x * x,
    np.sqrt: math.sqrt,
    np.exp: math.exp,
    np.expm1: math.expm1,
    np.log: math.log,
    np.log2: math.log2,
    np.log10: math.log10,
    np.log1p: math.log1p,
    np.sinh: math.sinh,
    np.cosh: math.cosh,
    np.tanh: math.tanh,
    np.sin: math.sin,
    np.cos: math.cos,
    np.tan: math.tan,
    np.arctan: math.atan,
    np.arctan2: math.atan2,
    sigmoid.function: lambda x: 1.0 / (1.0 + math.exp(-x)),
    relu.function: lambda x: 0.0 if x <= 0.0 else x,
    softplus.function: lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
    identity.function: lambda x: x,
}

_total: Any = np.add.reduce


def _mean(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    y = _total(x, axis=axis, keepdims=keepdims)
    return y / (x.size // max(y.size, 1)) if x.size else np.mean(x, axis=axis, keepdims=keepdims)


EVALUATE: dict[Any, Callable[..., Any]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.negative: operator.neg,
    np.matmul: operator.matmul,
    np.transpose: lambda x, axes=None: x.transpose(axes),
    np.sum: lambda x, axis=None, *, keepdims=False: _total(x, axis=axis, keepdims=keepdims),
    np.mean: _mean,
    np.max: lambda x, axis=None, *, keepdims=False: np.maximum.reduce(x, axis=axis, keepdims=keepdims),
    np.min: lambda x, axis=None, *, keepdims=False: np.minimum.reduce(x, axis=axis, keepdims=keepdims),
}

for _function, _evaluate in EVALUATE.items():
    TABLE[_function].evaluate = _evaluate
for _function, _scalar in SCALAR.items():
    TABLE[_function].scalar = _scalar
