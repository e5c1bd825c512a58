"""What a network is apart from the numbers in it: its layers, activations, cost and decay, and which parameters fit."""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_bp.network.activations import ACTIVATIONS, Activation
from tinygrad_bp.network.heads import HEADS, Head

Array = npt.NDArray[Any]
Parameters = Mapping[str, Any]
"""``W1 b1 W2 b2 …``: arrays, or whatever else computes as NumPy arrays do."""

OUTPUTS = (*ACTIVATIONS, "softmax")
COSTS = ("cross-entropy", "squared-error")


@dataclass(frozen=True)
class Architecture:
    """Layers 1..L of S_1, …, S_L neurons; the hidden and the output activation; the cost; the decay λ.

    Raises ``ValueError`` for sizes, names or a decay that make no network.
    """

    sizes: tuple[int, ...]
    activation: str = "sigmoid"
    output: str = "softmax"
    cost: str = "cross-entropy"
    decay: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", as_sizes(self.sizes))
        for argument, value, choices in (
            ("activation", self.activation, tuple(ACTIVATIONS)),
            ("output", self.output, OUTPUTS),
            ("cost", self.cost, COSTS),
        ):
            if value not in choices:
                raise ValueError(f"{argument} must be one of {', '.join(choices)}; it is {value!r}")
        if (self.output, self.cost) not in HEADS:
            raise ValueError(
                f"cost='cross-entropy' goes with output 'sigmoid' or 'softmax', not {self.output!r}; "
                "use cost='squared-error' or another output"
            )
        if self.output == "softmax" and self.sizes[-1] == 1:
            raise ValueError("output='softmax' needs two units or more (of one unit it is always 1); use 'sigmoid'")
        if not is_finite_number(self.decay) or self.decay < 0:
            raise ValueError(f"decay must be a finite number, 0 or more; it is {self.decay!r}")
        object.__setattr__(self, "decay", float(self.decay))

    @property
    def depth(self) -> int:
        """L, the number of layers, input and output included."""
        return len(self.sizes)

    @property
    def hidden(self) -> Activation:
        """f and f' of the hidden layers."""
        return ACTIVATIONS[self.activation]

    @property
    def head(self) -> Head:
        """f, cost and δ of the output layer."""
        return HEADS[self.output, self.cost]

    def example_costs(self, layers: Mapping[str, Any], Y: Any) -> Any:
        """J(W, b; x, y) of each example, shape (m,), where ``layers`` is what the forward pass gave."""
        return self.head.example_costs(layers[f"z{self.depth}"], layers[f"a{self.depth}"], Y)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter: W^(l) is (S_{l+1}, S_l), b^(l) is (S_{l+1},)."""
        shapes: dict[str, tuple[int, ...]] = {}
        for l in range(1, self.depth):
            shapes[f"W{l}"] = (self.sizes[l], self.sizes[l - 1])
            shapes[f"b{l}"] = (self.sizes[l],)
        return shapes

    def initial_parameters(self, seed: int | None) -> dict[str, Array]:
        """Gaussian weights of variance 2 / S_l before relu, leaky relu and softplus (He et al. 2015, eq. 10),
        otherwise 2 / (S_l + S_{l+1}) (Glorot & Bengio 2010, eq. 12); biases 0.
        """
        if seed is not None and not is_integer(seed, least=0):
            raise ValueError(f"seed must be None or an integer, 0 or more; it is {seed!r}")
        random = np.random.default_rng(seed)
        parameters: dict[str, Array] = {}
        for l in range(1, self.depth):
            inputs, outputs = self.sizes[l - 1], self.sizes[l]
            f = self.output if l + 1 == self.depth else self.activation
            variance = 2.0 / inputs if f in ("relu", "leaky_relu", "softplus") else 2.0 / (inputs + outputs)
            parameters[f"W{l}"] = random.normal(0.0, math.sqrt(variance), (outputs, inputs))
            parameters[f"b{l}"] = np.zeros(outputs)
        return parameters

    def check(self, parameters: Parameters, kinds: str = "f") -> None:
        """Raise ``ValueError`` unless the parameters have this network's names and shapes, and are of NumPy's ``kinds``
        of numbers: "f" is real floating-point, "c" complex.
        """
        shapes = self.shapes
        if parameters.keys() != shapes.keys():
            raise ValueError(f"parameters must be {', '.join(shapes)}; they are {', '.join(map(str, parameters))}")
        for name, shape in shapes.items():
            value = parameters[name]
            given = getattr(value, "shape", None)
            if given != shape:
                found = f"a {type(value).__name__}" if given is None else f"of shape {given}"
                raise ValueError(f"parameters[{name!r}] must be an array of shape {shape}; it is {found}")
            if value.dtype.kind not in kinds:
                raise ValueError(f"parameters[{name!r}] must be of floating-point numbers; it is {value.dtype}")

    def real_dtype(self, parameters: Parameters) -> np.dtype[Any]:
        """The real floating-point type in which a network with these parameters computes."""
        dtype: np.dtype[Any] = np.finfo(np.result_type(*(parameters[name].dtype for name in self.shapes))).dtype
        return dtype


def as_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """The sizes as a tuple of Python integers, or ``ValueError``."""
    message = f"sizes must be two positive integers or more, input layer first, such as [64, 32, 10]; it is {sizes!r}"
    try:
        layers = tuple(sizes)
    except TypeError:
        raise ValueError(message) from None
    if len(layers) < 2 or not all(is_integer(size, least=1) for size in layers):
        raise ValueError(message)
    return tuple(int(size) for size in layers)


def is_integer(value: object, *, least: int) -> bool:
    """Whether the value is an integer (bool is none) and not below ``least``."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and bool(value >= least)


def is_finite_number(value: object) -> bool:
    """Whether the value is a finite real number (bool is none)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return math.isfinite(value)
