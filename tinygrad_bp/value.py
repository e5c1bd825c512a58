"""Value: a number or an array that records what is done to it, by operators and NumPy's protocols (NEP 13, NEP 18)."""

from __future__ import annotations

import operator
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from .context import enable_grad, is_recording
from .dispatch import apply, given, one, two
from .flat import flatten, own
from .handing import full
from .leaf import admit
from .memory import ALONE, FLOATS, owned, references
from .methods import ArrayMethods
from .node import Node, become_leaf, index, new_leaf, new_node
from .operators import binary, comparison, unary
from .recording import record
from .rules import TABLE
from .rules.activations import relu, sigmoid
from .rules.indexing import getitem
from .rules.methods import METHODS
from .rules.shapes import cast, identity
from .sweep import pull, recorded
from .tracing import Tracer

#: held while gradients are added to leaves, which several threads may have in common
_accumulating = threading.RLock()
_ARRAY = np.ndarray
_ONE = np.float64(1)
_SUM, _TRANSPOSE = TABLE[np.sum], TABLE[np.transpose]


class Value(ArrayMethods, Node):
    """A scalar or tensor in a graph: a leaf made from data, or the result of an operation on other Values.

    data    an int or float (kept as a Python float), or float32/float64 data, which is copied
    name    what the quantity is called where a derivation is written down

    `.grad` is None until a backward pass reaches the Value; leaves accumulate, an intermediate that you hold carries
    the last pass's cotangent. TypeError for data that a Value does not hold.
    """

    __slots__ = ()
    __array_priority__ = 1000.0
    __hash__ = Node.__hash__

    def __init_subclass__(cls) -> None:
        raise TypeError(f"{cls.__name__} would be a kind of Value that no graph knows: give your class a Value instead")

    def __init__(self, data: Any, *, name: str | None = None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"name is of type {type(name).__name__}: pass a string")
        become_leaf(self, admit(data), name)

    @property
    def data(self) -> Any:
        """The numbers: a Python float or an array. A leaf's array may be written to; an intermediate's may not."""
        x = self._primal
        if type(x) is not _ARRAY:
            return x
        if self.rule is not None:
            view = x.view()
            view.flags.writeable = False
            return view
        if self._shared:
            del x
            if references(self._primal) > ALONE:
                self._primal = self._primal.copy(order="K")
            self._shared = False
        return self._primal

    @data.setter
    def data(self, new: Any) -> None:
        if self.rule is not None:
            raise AttributeError(f"{self!r} is the result of an operation: only a leaf's data can be set")
        if new is self._primal:
            return
        new = admit(new)
        if type(new) is Tracer is not type(self._primal):
            raise AttributeError(f"{self!r} is set to what depends on a traced function's arguments: return it instead")
        if np.shape(new) == ():
            number = type(self._primal) is float
            new = float(new) if number else np.asarray(new, self.dtype if type(new) is float else None)
        if np.shape(new) != self.shape:
            raise ValueError(f"data of shape {np.shape(new)} for a Value of shape {self.shape}: make a new Value")
        self._primal = new
        self._shared = False
        if type(new) in (float, Tracer):
            self.index = next(index)  # newer than what was recorded with the old number: see `sweep.recorded`

    @property
    def grad(self) -> Any:
        """∂root/∂self of the last backward pass, summed over passes for a leaf; None if no pass has reached it."""
        if self.rule is None:
            return self._pulled
        if self._shared:
            g, self._grad = self._grad, None
            with enable_grad():
                self._grad = np.positive(g) if type(g) is Value else owned(full(g, self._primal))
            self._shared = False
        return self._grad

    @grad.setter
    def grad(self, new: Any) -> None:
        self._grad = new
        if self.rule is not None:
            self._shared = False

    def item(self) -> float:
        """The one number as a Python float, which leaves the graph."""
        return float(self._primal) if type(self._primal) is float else self._primal.item()

    def detach(self) -> Value:
        """A leaf with a copy of these numbers and no history."""
        return new_leaf(Value, admit(self._primal), self.name)

    def zero_grad(self) -> None:
        """Forget the gradient: `.grad` is None again."""
        self._pulled = None
        if self.rule is not None:
            self._shared = False

    def backward(self, gradient: Any = None, *, retain_graph: bool = False, create_graph: bool = False) -> None:
        """Add ∂self/∂leaf to the `.grad` of every leaf that self depends on.

        gradient      the cotangent to start from, shaped as self; 1 for a single number
        retain_graph  keep the recording for another pass
        create_graph  record the pass itself, so that gradients are Values that can be differentiated; keeps the graph

        ValueError for a missing gradient or one of another shape, TypeError for one that is not of floats; RuntimeError
        if the recording has been let go of. Nothing is changed then.

        With create_graph a leaf and its `.grad` refer to each other: `zero_grad()` lets go of them both.
        """
        if create_graph and not is_recording():
            with enable_grad():
                return self.backward(gradient, create_graph=True)
        start = self._cotangent(gradient, create_graph)
        nodes = recorded([self])
        release = not (retain_graph or create_graph)
        leaves = pull(nodes, {self: start}, symbolic=create_graph, release=release, mark=True)
        del start
        with _accumulating:
            while leaves:
                leaf, g = leaves.popitem()
                if create_graph and type(g) is not Value:  # a rule gave what depends on nothing
                    g = Value(g)
                if leaf._pulled is not None:
                    leaf._pulled = leaf._pulled + g
                else:
                    leaf._pulled = np.positive(g) if type(g) is Value else owned(g)
        return None

    def _cotangent(self, gradient: Any, symbolic: bool) -> Any:
        """The cotangent of self that a backward pass starts from."""
        if gradient is None:
            if type(self._primal) is np.float64 and not symbolic:
                return _ONE
            if self.size != 1:
                raise ValueError(f"backward() of a Value of shape {self.shape} needs gradient=, an array of that shape")
            scalar = 1.0 if type(self._primal) is float else self.dtype.type(1)
            start = np.ones_like(self._primal) if self.shape else scalar
            return Value(start) if symbolic else start
        if isinstance(gradient, Value):
            if gradient.shape != self.shape:
                raise ValueError(f"gradient has shape {gradient.shape}, the Value has shape {self.shape}")
            if symbolic:
                return np.positive(gradient) if gradient.dtype == self.dtype else gradient.astype(self.dtype)
            gradient = gradient._primal
        g = np.asarray(admit(gradient, "gradient"))
        if g.shape != self.shape:
            raise ValueError(f"gradient has shape {g.shape}, the Value has shape {self.shape}")
        start = float(g) if type(self._primal) is float else g.astype(self.dtype, copy=False)
        return Value(start) if symbolic else start

    # recording

    __record__ = staticmethod(given)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if not options and len(inputs) == 2 and method == "__call__":
            rule = TABLE.get(ufunc)
            if rule is not None:
                return two(rule, *inputs)
        if "out" in options:
            raise TypeError(f"np.{ufunc.__name__} of a Value into out= (array += value) would leave the graph without "
                            f"a word: write array = array + value")  # fmt: skip
        if method == "__call__":
            return apply(ufunc, inputs, options)
        function = METHODS.get((ufunc, method))
        if function is None:
            raise TypeError(f"np.{ufunc.__name__}.{method} is not differentiated: write it with np.{ufunc.__name__}")
        return function(*inputs, **options)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        if not options and len(arguments) == 2:
            rule = TABLE.get(function)
            if rule is not None:
                return two(rule, *arguments)
        return apply(function, arguments, options)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise TypeError("a Value does not turn into an array, which would leave the graph without a word: combine "
                        "Values with np.stack, write array = array + value, or take value.data")  # fmt: skip

    def __float__(self) -> NoReturn:
        raise TypeError("float(value) would leave the graph without a word: write value.item(), np.exp(value) for "
                        "math.exp(value), np.stack for array[i] = value")  # fmt: skip

    def __int__(self) -> NoReturn:
        raise TypeError("int(value) would leave the graph without a word: write int(value.item())")

    def __index__(self) -> NoReturn:
        raise TypeError("a Value is not an index: write int(value.item())")

    def __complex__(self) -> NoReturn:
        raise TypeError("complex(value) would leave the graph without a word: write complex(value.item())")

    def __bool__(self) -> bool:
        return bool(self._primal)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a Value of shape () has no len()")
        return self.shape[0]

    def __iter__(self) -> Iterator[Value]:
        if not self.shape:
            raise TypeError("a Value of shape () cannot be iterated over")
        return (self[i] for i in range(len(self)))

    def __contains__(self, x: Any) -> bool:
        return bool(np.any(self == x))

    def __getitem__(self, index: Any) -> Any:
        if type(self._primal) is float:
            raise TypeError("a Value that holds a Python float cannot be indexed")
        if type(index) is int and is_recording() and -len(self) <= index < len(self):
            y = self._primal[index]
            if type(y) is np.float64:  # one entry: neither the node nor the rule needs the array's numbers
                return new_node(Value, y, getitem, self, index)
        return record(getitem, (self, _index(index)), {})

    def __setitem__(self, index: Any, x: Any) -> NoReturn:
        raise TypeError("value[i] = x would change what is recorded: write np.where(mask, x, value), or np.concatenate "
                        "of the parts; a leaf's numbers are set by value.data[i] = x")  # fmt: skip

    def __reduce__(self) -> tuple[Any, ...]:
        return flatten(self)

    def __setstate__(self, grad: Any) -> None:
        self._grad = own(grad)

    def __repr__(self) -> str:
        data = self._primal
        parts = [repr(data)] if type(data) is float else [f"shape={data.shape}", f"dtype={data.dtype}"]
        if type(data) is not float and data.size == 1:
            parts.insert(0, repr(data.item() if isinstance(data, (np.ndarray, np.generic)) else data))
        if self.name is not None:
            parts.append(f"name={self.name!r}")
        if self.rule is not None:
            named = self.left.rule if self.rule is identity and self.left is not None else None
            parts.append(f"from {(named or self.rule).name}")
        return f"Value({', '.join(parts)})"

    def _repr_svg_(self) -> str | None:
        """For a notebook: a drawing of a small graph, with numbers and gradients; None, so that the text is shown, for
        a large one, or where nothing is installed that could draw (`tinygrad_bp.program.draw`)."""
        from .program.drawing import small

        return small(self)

    def __format__(self, specification: str) -> str:
        return format(
            self._primal if specification or type(self._primal) is float else str(self._primal), specification
        )

    # operators, and the methods that arrays have too

    __add__, __radd__ = binary(np.add)
    __sub__, __rsub__ = binary(np.subtract)
    __mul__, __rmul__ = binary(np.multiply)
    __truediv__, __rtruediv__ = binary(np.divide)
    __pow__, __rpow__ = binary(np.power)
    __mod__, __rmod__ = binary(np.remainder)
    __matmul__, __rmatmul__ = binary(np.matmul)
    __neg__ = unary(np.negative)
    __pos__ = unary(np.positive)
    __abs__ = unary(np.absolute)
    __eq__ = comparison(operator.eq)
    __ne__ = comparison(operator.ne)
    __lt__ = comparison(operator.lt)
    __le__ = comparison(operator.le)
    __gt__ = comparison(operator.gt)
    __ge__ = comparison(operator.ge)
    exp = unary(np.exp)
    log = unary(np.log)
    sqrt = unary(np.sqrt)
    tanh = unary(np.tanh)
    relu = unary(relu.function)
    sigmoid = unary(sigmoid.function)

    def __floordiv__(self, other: Any) -> Any:
        return apply(np.floor_divide, (self, other), {})

    def __rfloordiv__(self, other: Any) -> Any:
        return apply(np.floor_divide, (other, self), {})

    def sum(self, axis: Any = None, *, keepdims: bool = False) -> Any:
        """As `ndarray.sum`."""
        return one(_SUM, self) if axis is None and not keepdims else np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, *, keepdims: bool = False) -> Any:
        """As `ndarray.mean`."""
        return np.mean(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, *, keepdims: bool = False) -> Any:
        """As `ndarray.max`; ties share the cotangent equally."""
        return np.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, *, keepdims: bool = False) -> Any:
        """As `ndarray.min`; ties share the cotangent equally."""
        return np.min(self, axis=axis, keepdims=keepdims)

    @property
    def T(self) -> Any:
        """The transpose: all axes reversed."""
        return one(_TRANSPOSE, self)

    @property
    def mT(self) -> Any:
        """The transpose of the last two axes."""
        return np.matrix_transpose(self)

    def reshape(self, *shape: Any) -> Any:
        """As `ndarray.reshape`."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        """As `ndarray.transpose`."""
        return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def astype(self, dtype: Any) -> Any:
        """The same numbers in float32 or float64. TypeError for any other dtype."""
        if np.dtype(dtype).char not in FLOATS:
            raise TypeError(f"astype({np.dtype(dtype)}) would leave the graph: a Value is float32 or float64")
        return record(cast, (self, np.dtype(dtype)), {})


def _index(index: Any) -> Any:
    """An index with arrays in place of lists; TypeError for a Value in it."""
    if type(index) is tuple:
        return tuple(map(_index, index))
    if type(index) is Value:
        raise TypeError("a Value is not an index: write int(value.item()), or value.data for a mask")
    return np.array(index) if type(index) is list else index
