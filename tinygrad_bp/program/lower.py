"""From the steps of a program to the operations that a replay carries out: what is left to plan is where results go."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..rules.activations import log_softmax, sigmoid, softplus
from ..rules.indexing import scattered
from ..rules.shapes import identity
from ..tracing import Argument, Constant, Step
from ..tracing.step import map_steps, steps_in
from .kernels import scatter
from .op import Op, ops_in
from .program import Program, outputs_of

#: functions whose result is memory of its own, whatever they are given
FRESH = frozenset((np.where, np.concatenate, np.stack, np.take, np.cumsum, np.cumprod, np.sort, np.argsort, np.outer,
                   np.matmul, np.dot, np.sum, np.mean, np.max, np.min, np.prod, np.tensordot, scatter))  # fmt: skip
_REDUCTIONS: dict[Any, np.ufunc] = {
    np.sum: np.add,
    np.max: np.maximum,
    np.min: np.minimum,
    np.amax: np.maximum,
    np.amin: np.minimum,
    np.prod: np.multiply,
}
_INFIX = {np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/", np.negative: "-"}
_NEVER_RAISE = (np.add, np.subtract, np.multiply, np.negative)  # of Python floats
_MANY = 256  # entries from which on six vectorised functions take less time than np.logaddexp


def layout_of(value: Any) -> tuple[int, ...] | None:
    """The axes of an array in the order in which they lie in memory; None where it does not fill its memory."""
    order = tuple(sorted(range(value.ndim), key=lambda i: (-abs(value.strides[i]), i)))
    return order if value.transpose(order).flags.c_contiguous else None


def lowered(program: Program) -> dict[Step, Op]:
    """The operations for the steps of a program, in their order, and for the arguments and constants it is given."""
    ops: dict[Step, Op] = {}

    def op_of(x: Any) -> Any:
        if not isinstance(x, Step):
            return x
        if x not in ops:
            assert isinstance(x, (Argument, Constant))
            ops[x] = _given(x)
        return ops[x]

    for step in program.steps:
        for parent in steps_in((step.arguments, step.options)):
            op_of(parent)
        ops[step] = _lowered(step, map_steps(op_of, step.arguments), map_steps(op_of, step.options))
    for root in (*outputs_of(program.outputs), *(guard.step for guard in program.guards)):
        op_of(root)
    return ops


def _given(step: Step) -> Op:
    layout = layout_of(step.value) if isinstance(step, Constant) and isinstance(step.value, np.ndarray) else None
    return Op("given", None, (), step.shape, step.dtype, step.kind, layout, step=step)


def _lowered(step: Step, arguments: tuple[Any, ...], options: dict[str, Any]) -> Op:
    function = step.function
    array = step.kind is np.ndarray and step.ndim > 0 and 0 not in step.shape
    layout = layout_of(step.value) if array else None

    def made(how: str, function: Any, arguments: tuple[Any, ...], **given: Any) -> Op:
        return Op(how, function, arguments, step.shape, step.dtype, step.kind, layout, given, step)

    if function is scattered.function:
        return made("call", scatter, arguments, **options)
    if function is identity.function:
        return made("view", "same", arguments)
    if function is operator.pow:
        function = _power(arguments)
        arguments = arguments[:1] if function is np.square else arguments
    if array and layout is not None and not options:
        if function is sigmoid.function:
            return _sigmoid(made, *arguments)
        if function is softplus.function or (function is np.logaddexp and _as_softplus(*arguments)):
            return _softplus(made, arguments[-1])
        if isinstance(function, np.ufunc) and function.nout == 1 and function.nin == len(arguments):
            if function.signature is None:
                return made("ufunc", function, arguments)
            if function is np.matmul:
                return made("product", function, arguments)
    if array and layout is not None and function is log_softmax.function and arguments[0].dtype.kind == "f":
        return _log_softmax(made, *arguments, **options)
    if function in _REDUCTIONS and _plain_reduction(arguments, options):
        x, axis, keepdims = (*arguments, None)[0], options.get("axis"), bool(options.get("keepdims", False))
        axis = arguments[1] if len(arguments) == 2 else axis
        if isinstance(x, Op) and x.is_array and (layout is not None or step.shape == ()) and step.kind is not float:
            return made("reduce" if array else "call", _REDUCTIONS[function].reduce, (x, axis), keepdims=keepdims)
    if (
        function is np.mean
        and step.kind is np.float64
        and _plain_reduction(arguments, options)
        and not options.get("keepdims")
    ):
        x = arguments[0]
        if isinstance(x, Op) and x.is_array and x.dtype == np.float64:
            return made("infix", "/", (made("call", np.add.reduce, (x, None)), x.size))
    if function in _VIEWS and arguments and isinstance(arguments[0], Op) and step.kind is np.ndarray:
        view = _VIEWS[function](step, *arguments, **options)
        if view is not None:
            return made("view", *view)
    if function is operator.getitem and isinstance(arguments[0], Op) and step.kind is np.ndarray:
        if _basic(arguments[1]) and arguments[0].kind is np.ndarray:
            return made("view", "getitem", arguments)
        return made("call", function, arguments)
    if function is np.matmul and step.kind is np.float64 and not options and _vectors(arguments):
        return made("dot", "dot", arguments)
    if function in _NEVER_RAISE and step.kind is float and not options and _floats(arguments):
        return made("infix", _INFIX[function], arguments)
    if function in _INFIX and step.kind is np.float64 and not options and _float64s(arguments):
        return made("infix", _INFIX[function], arguments)
    return made("call", function, arguments, **options)


def _power(arguments: tuple[Any, ...]) -> Callable[..., Any]:
    """`array ** number` does as NumPy's own operator does: a square where the exponent is 2."""
    base, exponent = arguments
    simple = (
        isinstance(base, Op) and base.kind is np.ndarray and base.dtype.kind == "f" and type(exponent) in (int, float)
    )
    return np.square if simple and exponent == 2 else operator.pow


def _plain_reduction(arguments: tuple[Any, ...], options: dict[str, Any]) -> bool:
    axis = arguments[1] if len(arguments) == 2 else options.get("axis")
    return (
        len(arguments) in (1, 2)
        and set(options) <= {"axis", "keepdims"}
        and (axis is None or type(axis) is int or (type(axis) is tuple and all(type(a) is int for a in axis)))
    )


def _floats(arguments: tuple[Any, ...]) -> bool:
    return all((x.kind if isinstance(x, Op) else type(x)) is float for x in arguments)


def _float64s(arguments: tuple[Any, ...]) -> bool:
    kinds = [x.kind if isinstance(x, Op) else type(x) for x in arguments]
    return all(kind in (np.float64, float, int) for kind in kinds) and np.float64 in kinds


def _vectors(arguments: tuple[Any, ...]) -> bool:
    return all(isinstance(x, Op) and x.is_array and len(x.shape) == 1 and x.dtype == np.float64 for x in arguments)


def _basic(index: Any) -> bool:
    """Whether x[index] is a view, and the index fixed."""
    parts = index if type(index) is tuple else (index,)
    return not ops_in(index) and all(
        part is None or part is Ellipsis or type(part) in (int, slice) or isinstance(part, np.integer) for part in parts
    )


def _sigmoid(made: Callable[..., Op], x: Any) -> Op:
    """1 / (1 + exp(−x)), as the function has it."""
    if not isinstance(x, Op) or x.dtype.kind != "f":
        return made("call", sigmoid.function, (x,))
    power = made("ufunc", np.exp, (made("ufunc", np.negative, (x,)),))
    return made("ufunc", np.divide, (1.0, made("ufunc", np.add, (1.0, power))))


def _softplus(made: Callable[..., Op], x: Any) -> Op:
    """max(x, 0) + log(1 + exp(−|x|)), as the function has it."""
    if not isinstance(x, Op) or x.dtype.kind != "f":
        return made("call", softplus.function, (x,))
    power = made("ufunc", np.exp, (made("ufunc", np.multiply, (-1.0, made("ufunc", np.absolute, (x,)))),))
    return made("ufunc", np.add, (made("ufunc", np.maximum, (x, 0.0)), made("ufunc", np.log1p, (power,))))


def _as_softplus(a: Any, x: Any) -> bool:
    """Whether log(eᵃ + eˣ) takes less time as a softplus: a is 0, and x not short."""
    return type(a) in (int, float) and a == 0 and isinstance(x, Op) and x.dtype == np.float64 and x.size >= _MANY


def _log_softmax(made: Callable[..., Op], x: Op, axis: Any = None) -> Op:
    """x − max x − log Σ exp(…), as the function has it."""

    def reduced(ufunc: np.ufunc, of: Op) -> Op:
        axes = (
            range(len(x.shape))
            if axis is None
            else [a % len(x.shape) for a in (axis if type(axis) is tuple else (axis,))]
        )
        shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
        whole = made("reduce", ufunc.reduce, (of, axis), keepdims=True)
        whole.shape = shape
        whole.layout = tuple(range(len(shape)))
        return whole

    shifted = made("ufunc", np.subtract, (x, reduced(np.maximum, x)))
    total = reduced(np.add, made("ufunc", np.exp, (shifted,)))
    log = made("ufunc", np.log, (total,))
    log.shape, log.layout = total.shape, total.layout
    return made("ufunc", np.subtract, (shifted, log))


def _transpose(step: Step, x: Op, axes: Any = None) -> Any:
    if axes is None or len(x.shape) == 1:
        return "T", (x,)
    return "transpose", (x, tuple(axes))


def _reshape(step: Step, x: Op, *rest: Any, **options: Any) -> Any:
    return None if options or x.kind is not np.ndarray else ("reshape", (x, step.shape))


_VIEWS: dict[Any, Callable[..., Any]] = {
    np.transpose: _transpose,
    np.matrix_transpose: lambda step, x: ("swapaxes", (x, -1, -2)),
    np.swapaxes: lambda step, x, *axes: ("swapaxes", (x, *axes)) if len(axes) == 2 else None,
    np.reshape: lambda step, x, *rest, **options: _reshape(step, x, *rest, **options),
    np.ravel: lambda step, x, *rest, **options: None if rest else _reshape(step, x, **options),
    np.expand_dims: lambda step, x, *rest, **options: _reshape(step, x),
    np.squeeze: lambda step, x, *rest, **options: _reshape(step, x),
    np.broadcast_to: lambda step, x, *rest, **options: ("broadcast", (x, step.shape)),
}
