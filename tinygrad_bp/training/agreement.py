"""Three derivations of one gradient, compared array by array.

delta         the δ recurrence of the notes, written by hand (`network/`)
engine        reverse mode through the network's own cost, as it stands
differences   slopes of that cost by central differences, at a sample of each array's entries

The disagreement of two of them in an array is the largest difference between their entries, relative to the largest
entry of the array by any of the three.
"""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_bp.network import Network, Steps
from tinygrad_bp.training.differences import Slope, noise, slope
from tinygrad_bp.transforms import grad

Array = npt.NDArray[Any]

Pair = tuple[str, str]
ENGINE_DELTA, DIFFERENCES_DELTA, DIFFERENCES_ENGINE = PAIRS = (
    ("engine", "delta"),
    ("differences", "delta"),
    ("differences", "engine"),
)
EXACT = 1e-12
"""The engine and the δ recurrence, relative to an array's largest entry; more only where rounding explains it."""
NUMERICAL = 1e-6
"""The differences and either of the others; more only where rounding explains that these lose more digits than that.
A difference that does not know itself ten times better is left out."""
ENTRIES = 24
"""How many entries of each array are differenced (all, where there are no more)."""
KINKED = ("relu", "leaky_relu")
UNIT_ROUNDOFF = 2.0**-53


@dataclass(frozen=True)
class Agreement:
    """How far the three derivations of one parameter array's gradient agree.

    array        its name, such as ``W1``; ``shape`` its shape
    largest      its largest entry, by any of the three
    apart        for each of PAIRS the largest difference relative to that; None where no entry could be compared
    exact        the most that counts as agreement between engine and δ recurrence: EXACT, or what rounding explains
    compared     how many of the ``sampled`` entries the differences could tell; they left out those whose every step
                 straddles a kink of the activation, or drowns in rounding
    """

    array: str
    shape: tuple[int, ...]
    largest: float
    apart: dict[Pair, float | None]
    exact: float
    compared: int
    sampled: int

    def agrees(self, pair: Pair) -> bool:
        """Whether two of the derivations agree, or could not be compared; NaN does not agree."""
        apart = self.apart[pair]
        return apart is None or apart <= (self.exact if pair == ENGINE_DELTA else max(self.exact, NUMERICAL))

    @property
    def odd_one(self) -> str | None:
        """The derivation with which the two others, which agree, do not; None where it is not clear which."""
        apart = [pair for pair in PAIRS if not self.agrees(pair)]
        return next(iter({*apart[0]} & {*apart[1]})) if len(apart) == 2 else None

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: a pair is named ``engine-delta``, and None stands for what is no finite number."""
        return {
            "array": self.array,
            "shape": list(self.shape),
            "largest": finite(self.largest),
            "apart": {"-".join(pair): finite(apart) for pair, apart in self.apart.items()},
            "agrees": {"-".join(pair): self.agrees(pair) for pair in PAIRS},
            "compared": self.compared,
            "sampled": self.sampled,
        }


def finite(number: float | None) -> float | None:
    """The number, or None if it is none or not finite."""
    return number if number is not None and math.isfinite(number) else None


def agreement(network: Network, X: Array, Y: Array, entries: int = ENTRIES, seed: int = 0) -> list[Agreement]:
    """The gradient at the network's parameters on these examples, derived three ways and compared: one row an array.

    The seed chooses the entries that are differenced.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        by_delta = network.delta_gradient(X, Y)
        by_engine = grad(lambda parameters: network.cost(parameters, X, Y))(network.parameters)
        rounding = rounding_errors(network, X, Y)
        scatter = noise(lambda t: network.cost({name: (1 + t) * p for name, p in network.parameters.items()}, X, Y))
        random = np.random.default_rng(seed)
        rows = []
        for array in network.parameters:
            delta, engine = by_delta[array], by_engine[array]
            sample = np.sort(random.permutation(delta.size)[:entries])
            enough = 1e-3 * NUMERICAL * max(magnitude(delta), magnitude(engine))
            found = list(slopes(network, X, Y, array, sample, scatter, enough))
            rows.append(compared(array, delta, engine, rounding[array], sample, found))
    return rows


def compared(
    array: str, delta: Array, engine: Array, rounding: float, sample: Array, found: Sequence[Slope]
) -> Agreement:
    """One array's row: the two whole gradients against each other, and at the sample against the slopes found there.

    ``rounding`` is how far it may set the first two apart.
    """
    differences, errors = (np.array(numbers) for numbers in zip(*found, strict=True))
    largest = max(magnitude(delta), magnitude(engine), magnitude(differences[np.abs(differences) > errors]))
    told = errors <= 0.1 * NUMERICAL * largest
    differences, at = differences[told], sample[told]
    return Agreement(
        array,
        delta.shape,
        largest,
        {
            ENGINE_DELTA: relative(engine - delta, largest),
            DIFFERENCES_DELTA: relative(differences - delta.flat[at], largest),
            DIFFERENCES_ENGINE: relative(differences - engine.flat[at], largest),
        },
        max(EXACT, rounding / largest) if largest else EXACT,
        len(at),
        len(sample),
    )


def magnitude(values: Array) -> float:
    """The largest finite |entry|; 0 if there is none."""
    return float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))


def relative(difference: Array, largest: float) -> float | None:
    """The largest |entry| relative to `largest`, where 0 is 0 of anything; NaN if one is NaN; None of no entries."""
    if difference.size == 0:
        return None
    worst = float(np.max(np.abs(difference)))
    return worst / largest if largest else worst if worst == 0.0 else math.inf


def slopes(
    network: Network, X: Array, Y: Array, array: str, sample: Array, scatter: float, enough: float
) -> Iterator[Slope]:
    """∂J/∂(entry) by differences, for each entry of the sample; the signs of z are the branch where f has a kink.

    ``scatter`` is the standard deviation of the rounding errors of J.
    """
    of = network.architecture
    kinked = {f"z{l}" for l in range(2, of.depth) if of.activation in KINKED}
    kinked |= {f"z{of.depth}" for f in KINKED if of.output == f}
    values = network.parameters[array].copy()
    parameters = {**network.parameters, array: values}

    def cost(i: int, x: float) -> tuple[float, list[bytes]]:
        branch: list[bytes] = []

        def note(value: Array, name: str) -> Array:
            if name in kinked:
                branch.append((value > 0).tobytes())
            return value

        values.flat[i] = x
        return float(network.cost(parameters, X, Y, name=note)), branch

    for i in sample:
        x = float(values.flat[i])
        yield slope(partial(cost, i), x, cost(i, x)[1], scatter, enough)
        values.flat[i] = x


def rounding_errors(network: Network, X: Array, Y: Array) -> dict[str, float]:
    """What rounding explains between two ways to compute each array's gradient: 8 units of roundoff of the largest
    entry that the same recurrence gives on absolute values, |f'| <= 1. It counts where the gradient is small only
    because much cancels in it, as a - y does in a network that fits its examples.
    """
    magnitudes = Steps(
        activation_derivative=lambda z, a: np.ones_like(z),
        output_delta=lambda z, a, y: np.abs(a) + np.abs(y),
        hidden_delta=lambda delta, W, slope: delta @ np.abs(W),
        weight_gradient=lambda delta, a: delta.T @ np.abs(a) / len(a),
        decay=lambda W, decay: decay * np.abs(W),
    )
    swept = network.delta_gradient(X, Y, steps=magnitudes)
    return {array: 8 * UNIT_ROUNDOFF * magnitude(swept[array]) for array in network.parameters}
