"""Tracer: an array or Python float that notes what is done to it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from ..rules import TABLE
from ..rules.shapes import cast, identity
from .evaluate import NUMBERS, OPERATORS, evaluate
from .functions import COUNTING, METHODS, PLAIN, WRITES
from .in_place import in_place
from .step import Argument, Step, map_steps, number_step
from .tape import Tape

_new = object.__new__

#: stands behind each number that a trace writes as text: there it is not seen, and it is no longer a number
MARK = "\N{WORD JOINER}"


def is_traced(x: Any) -> bool:
    """Whether x is a Tracer, or a Value that holds one."""
    return type(x) is Tracer or type(getattr(x, "_primal", None)) is Tracer


def called(function: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """function(*arguments, **options) of numbers, Tracers among them: the result as a Tracer, noted as a step.

    A function that gives several arrays gives as many Tracers. TypeError for an array of objects.
    """
    if not options:
        of_numbers = _of_numbers(function, arguments)
        if of_numbers is not None:
            return of_numbers
    tape = _tape((arguments, options))

    def of_numbers_alone(x: Any) -> Any:
        if type(x) is np.ndarray and x.dtype.hasobject:
            raise TypeError(f"{getattr(function, '__name__', function)} met an array of objects, which cannot be "
                            f"traced: pass arrays of numbers")  # fmt: skip
        return x

    def linked(x: Any) -> Any:
        if type(x) is Tracer:
            return x.step
        if type(x) is not np.ndarray:
            return x
        return tape.constant(of_numbers_alone(x)) if x.ndim else x[()]

    try:
        value = evaluate(function, map_steps(number, arguments), map_steps(number, options))
    except Exception as error:
        tape.raised.append(error)
        raise
    step = Step(function, map_steps(linked, arguments), map_steps(linked, options), of_numbers_alone(value))
    if _counts(function, arguments):
        counted = Step(operator.getitem, (step, 0), {}, value[0]) if isinstance(value, tuple) else step
        tape.guard(Step(np.shape, (counted,), {}, counted.shape), counted.shape)
    return _handed(step, tape)


def _counts(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bool:
    """Whether the shape of a result depends on numbers that are traced: where others give another, it is another
    program."""
    if function is operator.getitem:
        index = arguments[1] if type(arguments[1]) is tuple else (arguments[1],)
        return any(type(part) is Tracer and part.dtype == bool for part in index)
    return function in COUNTING or (function is np.where and len(arguments) == 1)


def _of_numbers(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Tracer | None:
    """The same of Python's numbers alone, in few steps; None where there is anything else."""
    tape = None
    numbers, links = [], []
    for x in arguments:
        if type(x) is Tracer:
            step = x.step
            if step.kind not in NUMBERS:
                return None
            numbers.append(step.value)
            links.append(step)
            tape = x.tape
        elif type(x) in NUMBERS:
            numbers.append(x)
            links.append(x)
        else:
            return None
    if tape is None:
        return None
    value = evaluate(function, tuple(numbers), {})
    if type(value) is not float and type(value) is not bool:
        return Tracer(Step(function, tuple(links), {}, value), tape)
    return _traced(number_step(function, tuple(links), value), tape)


def _traced(step: Step, tape: Tape) -> Tracer:
    """Tracer(step, tape), in fewer steps."""
    tracer = _new(Tracer)
    tracer.step = step
    tracer.tape = tape
    return tracer


def number(x: Any) -> Any:
    """The number that a Tracer or a Step stands for; anything else as it is."""
    if type(x) is Tracer:
        return x.step.value
    return x.value if isinstance(x, Step) else x


def _tape(x: Any) -> Tape:
    """The tape of the first Tracer in arguments and options; a new one where there is none."""
    tapes: list[Tape] = []
    map_steps(lambda leaf: tapes.append(leaf.tape) if type(leaf) is Tracer else None, x)
    return tapes[0] if tapes else Tape()


def _handed(step: Step, tape: Tape) -> Any:
    """A step's result as it is handed out."""
    several = step.value
    if not isinstance(several, (tuple, list)):
        return Tracer(step, tape)
    parts = [_handed(Step(operator.getitem, (step, i), {}, part), tape) for i, part in enumerate(several)]
    return several._make(parts) if hasattr(several, "_make") else type(several)(parts)


def _binary(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """An operator of two arguments, and its reflection; Python floats take a short way."""
    rule = TABLE.get(np.power if function is operator.pow else function)
    scalar = OPERATORS.get(function, None if rule is None else rule.scalar) or _no_scalar

    def method(self: Tracer, other: Any) -> Any:
        step = self.step
        if step.kind is float:
            given = other.step if type(other) is Tracer else other
            b = given.value if type(given) is Step or type(given) is Argument else given
            if type(b) is float or type(b) is int:
                try:
                    return _traced(number_step(function, (step, given), scalar(step.value, b)), self.tape)
                except (ArithmeticError, ValueError):
                    pass
        return called(function, (self, other), {}) if _mine(other) else NotImplemented

    def reflected(self: Tracer, other: Any) -> Any:
        return called(function, (other, self), {}) if _mine(other) else NotImplemented

    return method, reflected


def _mine(x: Any) -> bool:
    """Whether an operator here takes x; a Value's own does where one is given."""
    return type(x) is Tracer or isinstance(x, (int, float, complex, str, bytes, np.ndarray, np.generic, list, tuple))


def _comparison(function: Callable[..., Any], of_python: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """== or !=, where Python would go by the identity if nobody took the other: text, or None."""
    method, _ = _binary(function)

    def compared(self: Tracer, other: Any) -> Any:
        if other is None or (isinstance(other, (str, bytes)) and self.dtype.kind not in "SU"):
            return of_python(self.step.value, other)  # the same for all numbers
        return method(self, other)

    return compared


def _no_scalar(*numbers: float) -> float:
    raise ValueError("no faster way on Python floats")


def _unary(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self: called(function, (self,), {})


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *arguments, **options: called(function, (self, *arguments), options)


class Tracer:
    """An array or Python float in a trace: its numbers are `step.value`, how they came about is `step`.

    What NumPy's functions, Python's operators and an array's methods make of it is again a Tracer. Shapes and dtypes
    are plain. A branch on it is noted as a guard on the tape, and so is `int()` of it; TypeError where it would leave
    the trace unseen: `float()`, `.item()`, `np.asarray()`, writing into it.
    """

    __slots__ = ("step", "tape")
    __array_priority__ = 999.0
    __hash__ = object.__hash__

    def __init__(self, step: Step, tape: Tape) -> None:
        self.step = step
        self.tape = tape

    @property
    def _primal(self) -> Tracer:
        """Itself: to the rules, a Tracer is a number like any other."""
        return self

    @property
    def kind(self) -> type:
        """The type of the number: float, np.ndarray, …"""
        return self.step.kind

    @property
    def flags(self) -> Any:
        """As an array's: how it lies in memory."""
        return np.asarray(self.step.value).flags

    @property
    def shape(self) -> tuple[int, ...]:
        return self.step.shape

    @property
    def dtype(self) -> Any:
        return self.step.dtype

    @property
    def ndim(self) -> int:
        return len(self.step.shape)

    @property
    def size(self) -> int:
        return self.step.size

    def named(self, name: str) -> Tracer:
        """The same quantity under a name."""
        named = Step(identity.function, (self.step,), {}, self.step.value, name)
        self.tape.named.append(named)
        return Tracer(named, self.tape)

    def _refused(self, message: str) -> TypeError:
        """What is raised where a trace does not follow."""
        error = TypeError(message)
        self.tape.raised.append(error)
        return error

    # NumPy's protocols

    @staticmethod
    def __record__(rule: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        for x in arguments:
            if type(x) is not Tracer and hasattr(x, "__record__"):
                return x.__record__(rule, arguments, options)
        return called(rule.function, arguments, options)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if any(type(x) is not Tracer and hasattr(x, "__record__") for x in inputs):
            return NotImplemented
        if options.get("out") is not None or method == "at":
            raise self._refused(f"np.{ufunc.__name__} writes into an array, which a trace does not follow: write "
                            f"array = array + x, np.where, or np.concatenate of the parts")  # fmt: skip
        if method == "__call__":
            return called(ufunc, inputs, options)
        if (ufunc, method) in METHODS:
            options.setdefault("axis", 0)
            return called(METHODS[ufunc, method], inputs, {k: x for k, x in options.items() if x is not np._NoValue})
        return called(getattr(ufunc, method), inputs, options)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        if any(kind is not Tracer and hasattr(kind, "__record__") for kind in types):
            return NotImplemented
        if function in PLAIN:
            arguments, options = map_steps(number, arguments), map_steps(number, options)
            return function(*arguments, **options)
        if function in WRITES or options.get("out") is not None:
            raise self._refused(f"{function.__name__} writes into an array, which a trace does not follow: write "
                                f"np.where, or np.concatenate of the parts")  # fmt: skip
        return called(function, tuple(arguments), {k: x for k, x in options.items() if x is not np._NoValue})

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise self._refused("an array that is traced does not turn into a plain one, which would leave the trace "
                            "without a word: combine arrays with np.stack, and leave out np.asarray")  # fmt: skip

    # what Python asks for

    def __bool__(self) -> bool:
        outcome = bool(self.step.value)
        self.tape.guard(self.step, outcome)
        return outcome

    def __int__(self) -> int:
        if self.dtype.kind not in "biu":
            raise self._refused("int() of a traced float would leave the trace without a word: leave it an array")
        return self.__index__()

    def __index__(self) -> int:
        outcome = operator.index(self.step.value)
        self.tape.guard(self.step, outcome)
        return outcome

    def __float__(self) -> NoReturn:
        raise self._refused("float() of a traced number would leave the trace without a word: write np.exp(x) for "
                        "math.exp(x), np.stack for array[i] = x")  # fmt: skip

    __complex__ = __float__

    def item(self, *index: int) -> Any:
        """A whole number or a truth value, which is guarded. TypeError for a float, which would leave the trace."""
        entry = self[index] if index else self
        if entry.dtype.kind == "b":
            return bool(entry)
        if entry.dtype.kind in "iu":
            return int(entry)
        raise self._refused("item() of a traced float would leave the trace without a word: leave it an array")

    tolist = item

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a number")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        if self.step.kind is float:
            raise TypeError("a Python float cannot be indexed")
        return called(operator.getitem, (self, index), {})

    def __setitem__(self, index: Any, x: Any) -> NoReturn:
        raise self._refused("array[i] = x is not followed by a trace: write np.where(mask, x, array), or "
                            "np.concatenate of the parts")  # fmt: skip

    def __repr__(self) -> str:
        return f"Tracer({self.step.value!r}{MARK})"

    def __str__(self) -> str:
        return f"{self.step.value}{MARK}"

    def __format__(self, specification: str) -> str:
        return format(self.step.value, specification) + MARK

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"an array that is traced has no {name}: use a function of NumPy's that gives a new array")

    # operators

    __add__, __radd__ = _binary(np.add)
    __sub__, __rsub__ = _binary(np.subtract)
    __mul__, __rmul__ = _binary(np.multiply)
    __truediv__, __rtruediv__ = _binary(np.divide)
    __floordiv__, __rfloordiv__ = _binary(np.floor_divide)
    __mod__, __rmod__ = _binary(np.remainder)
    __pow__, __rpow__ = _binary(operator.pow)
    __matmul__, __rmatmul__ = _binary(np.matmul)
    __divmod__, __rdivmod__ = _binary(np.divmod)
    __lshift__, __rlshift__ = _binary(np.left_shift)
    __rshift__, __rrshift__ = _binary(np.right_shift)
    __and__, __rand__ = _binary(np.bitwise_and)
    __or__, __ror__ = _binary(np.bitwise_or)
    __xor__, __rxor__ = _binary(np.bitwise_xor)
    __eq__ = _comparison(np.equal, operator.eq)
    __ne__ = _comparison(np.not_equal, operator.ne)
    __lt__ = _binary(np.less)[0]
    __le__ = _binary(np.less_equal)[0]
    __gt__ = _binary(np.greater)[0]
    __ge__ = _binary(np.greater_equal)[0]
    __iadd__ = in_place(operator.add)
    __isub__ = in_place(operator.sub)
    __imul__ = in_place(operator.mul)
    __itruediv__ = in_place(operator.truediv)
    __ifloordiv__ = in_place(operator.floordiv)
    __imod__ = in_place(operator.mod)
    __ipow__ = in_place(operator.pow)
    __imatmul__ = in_place(operator.matmul)
    __ilshift__ = in_place(operator.lshift)
    __irshift__ = in_place(operator.rshift)
    __iand__ = in_place(operator.and_)
    __ior__ = in_place(operator.or_)
    __ixor__ = in_place(operator.xor)
    __neg__ = _unary(np.negative)
    __pos__ = _unary(np.positive)
    __abs__ = _unary(np.absolute)
    __invert__ = _unary(np.invert)

    # an array's methods

    T = property(_unary(np.transpose))
    mT = property(_unary(np.matrix_transpose))  # noqa: N815 (as NumPy calls it)
    real = property(_unary(np.real))
    imag = property(_unary(np.imag))
    sum = _method(np.sum)
    prod = _method(np.prod)
    mean = _method(np.mean)
    var = _method(np.var)
    std = _method(np.std)
    max = _method(np.max)
    min = _method(np.min)
    argmax = _method(np.argmax)
    argmin = _method(np.argmin)
    argsort = _method(np.argsort)
    cumsum = _method(np.cumsum)
    cumprod = _method(np.cumprod)
    any = _method(np.any)
    all = _method(np.all)
    clip = _method(np.clip)
    round = _method(np.round)
    dot = _method(np.dot)
    take = _method(np.take)
    repeat = _method(np.repeat)
    ravel = _method(np.ravel)
    flatten = _method(np.ravel)
    squeeze = _method(np.squeeze)
    swapaxes = _method(np.swapaxes)
    diagonal = _method(np.diagonal)
    trace = _method(np.trace)
    nonzero = _method(np.nonzero)
    conj = _method(np.conjugate)
    copy = _unary(np.copy)
    # of Values that a plain function may be given as well
    exp = _unary(np.exp)
    log = _unary(np.log)
    sqrt = _unary(np.sqrt)
    tanh = _unary(np.tanh)

    def reshape(self, *shape: Any, **options: Any) -> Any:
        """As `ndarray.reshape`."""
        return called(np.reshape, (self, shape[0] if len(shape) == 1 else shape), options)

    def transpose(self, *axes: Any) -> Any:
        """As `ndarray.transpose`."""
        return called(np.transpose, (self, axes[0] if len(axes) == 1 else axes) if axes else (self,), {})

    def astype(self, dtype: Any, **options: Any) -> Any:
        """As `ndarray.astype`."""
        return called(cast.function, (self, np.dtype(dtype)), {})


def named_cotangent(d: Any, y: Tracer, name: str | None = None) -> Any:
    """The cotangent d of y, named after it; a plain d as it is."""
    name = name or y.step.name
    if type(d) is not Tracer or name is None:
        return d
    cotangent = Step(identity.function, (d.step,), {}, d.step.value, f"d_{name}")
    d.tape.cotangents.append((y.step, cotangent))
    return Tracer(cotangent, d.tape)
