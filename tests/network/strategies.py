"""Random networks with their examples, for property tests."""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from tinygrad_bp.network import ACTIVATIONS, Network
from tinygrad_bp.network.heads import HEADS

KINKED = ("relu", "leaky_relu")
"""The activations with a kink at z = 0."""


class Case(NamedTuple):
    """A network, its examples, and the neurons (l, i) whose z_i^(l) is exactly 0 for every example."""

    network: Network
    X: npt.NDArray[np.float64]
    Y: npt.NDArray[Any]
    at_zero: tuple[tuple[int, int], ...] = ()


@st.composite
def networks(
    draw: st.DrawFn,
    *,
    activations: tuple[str, ...] = tuple(ACTIVATIONS),
    heads: tuple[tuple[str, str], ...] = tuple(HEADS),
    depths: tuple[int, int] = (1, 5),
    widths: tuple[int, int] = (1, 9),
    examples: tuple[int, int] = (1, 6),
    decays: st.SearchStrategy[float] | None = None,
    zeros: int = 3,
) -> Case:
    """A network of ``depths`` layers of weights, ``widths`` neurons a layer, of every activation, output and cost,
    with or without decay, with biases, and with up to ``zeros`` neurons whose z is exactly 0.
    """
    output, cost = draw(st.sampled_from(heads))
    activation = draw(st.sampled_from(activations))
    layers = draw(st.integers(*depths)) + 1
    sizes = draw(st.lists(st.integers(*widths), min_size=layers, max_size=layers))
    if output == "softmax":
        sizes[-1] = max(2, sizes[-1])
    decay = draw(decays if decays is not None else st.sampled_from([0.0, 0.01, 0.7, 3.0]))
    network = Network(sizes, activation=activation, output=output, cost=cost, decay=decay)

    m = draw(st.integers(*examples))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.sampled_from([1.0, 0.1, 2.0]))
    for l in range(1, layers):
        network.parameters[f"W{l}"] = random.normal(0.0, scale / np.sqrt(sizes[l - 1]), (sizes[l], sizes[l - 1]))
        network.parameters[f"b{l}"] = random.normal(0.0, scale, sizes[l])
    neurons = [(l, i) for l in range(2, layers + 1) for i in range(sizes[l - 1])]
    at_zero = draw(st.lists(st.sampled_from(neurons), max_size=zeros, unique=True))
    for l, i in at_zero:
        network.parameters[f"W{l - 1}"][i] = 0.0
        network.parameters[f"b{l - 1}"][i] = 0.0
    Y = draw(targets(output, cost, m, sizes[-1], random))
    return Case(network, random.normal(0.0, 1.0, (m, sizes[0])), Y, tuple(at_zero))


@st.composite
def targets(draw: st.DrawFn, output: str, cost: str, m: int, units: int, random: np.random.Generator) -> Any:
    """Y in each of the forms that the head takes: labels, one-hot rows, probabilities, or any numbers."""
    labels = random.integers(0, max(2, units), m)
    one_hot = labels[:, np.newaxis] if units == 1 else np.eye(units)[labels]
    forms = [labels, one_hot]
    if cost == "squared-error":
        forms.append(random.normal(0.0, 1.0, (m, units)))
    elif output == "softmax":
        forms.append(random.dirichlet(np.ones(units), m))
    else:
        forms.append(random.uniform(0.0, 1.0, (m, units)))
    return draw(st.sampled_from(forms))
