"""The network of the notes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_bp.network import literal as notes
from tinygrad_bp.network import storage
from tinygrad_bp.network.architecture import Architecture, Array, Parameters, as_sizes
from tinygrad_bp.network.delta import NOTES, Steps, recurrence
from tinygrad_bp.network.descent import all_finite, batches, check_settings, step
from tinygrad_bp.network.examples import inputs, targets
from tinygrad_bp.network.forward import Name, cost, forward, unnamed


class Network:
    """A network of L layers of S_1, …, S_L neurons: z^(l+1) = W^(l) a^(l) + b^(l), a^(l) = f(z^(l)), a^(1) = x.

    sizes
        S_1, …, S_L, input layer first: ``[64, 32, 10]``.
    activation
        f of the hidden layers: ``sigmoid tanh relu leaky_relu softplus identity``.
    output
        f of the output layer: one of these, or ``softmax``.
    cost
        ``cross-entropy``, which goes with sigmoid (each unit a class of its own, yes or no) and softmax; or
        ``squared-error``, ½ ‖a^(L) - y‖², which goes with every output.
    decay
        λ of the weight decay, λ/2 of the sum of all squared weights; biases do not decay.
    seed
        An integer makes the initial parameters reproducible.

    ``.parameters`` is a dict ``W1 b1 W2 b2 …`` of float64 arrays, W^(l) of shape (S_{l+1}, S_l), b^(l) of shape
    (S_{l+1},); it may be replaced by one of other numbers, float32 too. ``.architecture`` is all the rest, and fixed.

    Where a method takes examples, X has one row for each, shape (m, S_1), and Y is integer labels, shape (m,), or rows
    of targets, shape (m, S_L), such as one-hot rows; with one output unit it may also be numbers, shape (m,).

    Raises ``ValueError`` for arguments that make no network; so do its methods for parameters or examples that do not
    fit it.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        activation: str = "sigmoid",
        output: str = "softmax",
        cost: str = "cross-entropy",
        decay: float = 0.0,
        seed: int | None = None,
    ) -> None:
        self.architecture = Architecture(as_sizes(sizes), activation, output, cost, decay)
        self.parameters: dict[str, Array] = self.architecture.initial_parameters(seed)

    def __repr__(self) -> str:
        of = self.architecture
        return (
            f"Network({list(of.sizes)}, activation={of.activation!r}, output={of.output!r}, "
            f"cost={of.cost!r}, decay={of.decay!r})"
        )

    def cost(self, parameters: Parameters, X: npt.ArrayLike, Y: npt.ArrayLike, name: Name = unnamed) -> Any:
        """J(W, b) at the given parameters (N4): the mean cost of an example, and the weight decay.

        This is plain NumPy in the parameters, X and Y: an automatic differentiation of it, or a complex step in the
        parameters, gives the gradient that ``delta_gradient`` derives by hand, and a trace of it is a program of all
        three. ``name(value, "z2")`` is called on each z^(l) and a^(l) as it is made, and what it returns is used in its
        place. (With cross-entropy J comes from z^(L) alone, so that it is stable.)
        """
        X, Y = self._examples(parameters, X, Y, plain=False)
        return cost(self.architecture, parameters, X, Y, name)

    def delta_gradient(
        self,
        X: npt.ArrayLike,
        Y: npt.ArrayLike,
        literal: bool = False,
        parameters: Parameters | None = None,
        steps: Steps = NOTES,
    ) -> dict[str, Array]:
        """The gradient of J by the δ recurrence, at the given parameters or the network's own.

        A dict in backward order, ``deltaL, W(L-1), b(L-1), …, delta2, W1, b1``: δ^(l) is that of one example's cost,
        shape (m, S_l), a row for each example, without 1/m; W and b are the gradients of J, with 1/m and λ (N7, N8).

        ``literal=True`` computes it as the notes do, one example and one neuron at a time. ``steps`` replaces steps of
        the vectorised recurrence by other versions of them.
        """
        if parameters is None:
            parameters = self.parameters
        X, Y = self._examples(parameters, X, Y)
        if literal:
            if steps != NOTES:
                raise ValueError("steps belong to the vectorised recurrence; leave them out with literal=True")
            return notes.gradient(self.architecture, parameters, X, Y)
        return recurrence(self.architecture, parameters, forward(self.architecture, parameters, X), Y, steps)

    def fit(
        self,
        X: npt.ArrayLike,
        Y: npt.ArrayLike,
        *,
        epochs: int,
        learning_rate: float,
        batch_size: int | None = None,
        seed: int | None = None,
        callback: Callable[[int, float], object] | None = None,
    ) -> list[float]:
        """Gradient descent (N6) from the present parameters; returns J on all examples after each epoch.

        Without ``batch_size`` an epoch is one step on all examples; with it, one step on each batch of the examples,
        shuffled anew in each epoch by the ``seed``, the last batch perhaps smaller. ``callback(epoch, J)`` is called
        after each epoch, the first being 1. The arrays in ``.parameters`` are replaced, never written into.

        Raises ``FloatingPointError`` when the cost or a parameter is no longer finite, and leaves the parameters as
        they were before the step that did it.
        """
        check_settings(epochs, learning_rate, batch_size, seed)
        X, Y = self._examples(self.parameters, X, Y)
        random = np.random.default_rng(seed)
        before = self.parameters

        def diverged() -> FloatingPointError:
            self.parameters = before
            return FloatingPointError(
                f"fit diverged in epoch {epoch}: the cost or a parameter is no longer finite; "
                "the parameters are those of before that step (try a smaller learning_rate)"
            )

        history: list[float] = []
        for epoch in range(1, epochs + 1):
            with np.errstate(over="ignore", invalid="ignore"):  # overflow has its own error here
                for batch in batches(len(X), batch_size, random):
                    layers = forward(self.architecture, self.parameters, X[batch])
                    if not np.isfinite(self.architecture.example_costs(layers, Y[batch])).all():
                        raise diverged()
                    gradient = recurrence(self.architecture, self.parameters, layers, Y[batch])
                    before, self.parameters = self.parameters, step(self.parameters, gradient, float(learning_rate))
                    if not all_finite(self.parameters):
                        raise diverged()
                J = float(cost(self.architecture, self.parameters, X, Y))
            if not np.isfinite(J):
                raise diverged()
            history.append(J)
            if callback is not None:
                callback(epoch, J)
        return history

    def predict_proba(self, X: npt.ArrayLike) -> Array:
        """a^(L), shape (m, S_L): the probability of each class, or with one sigmoid unit that of label 1.

        Raises ``ValueError`` where the output is neither sigmoid nor softmax.
        """
        if self.architecture.output not in ("sigmoid", "softmax"):
            raise ValueError(f"output {self.architecture.output!r} gives no probabilities; use outputs(X)")
        return self.outputs(X)

    def predict(self, X: npt.ArrayLike) -> Array:
        """Labels, shape (m,): the unit with the largest a^(L); with one unit, 1 where a^(L) >= 1/2, else 0."""
        a = self.outputs(X)
        return np.argmax(a, axis=1) if a.shape[1] > 1 else (a[:, 0] >= 0.5).astype(int)

    def outputs(self, X: npt.ArrayLike) -> Array:
        """h(x) = a^(L) for each example, shape (m, S_L)."""
        self.architecture.check(self.parameters)
        X = inputs(self.architecture, X, self.architecture.real_dtype(self.parameters))
        a: Array = forward(self.architecture, self.parameters, X)[f"a{self.architecture.depth}"]
        return a

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to exactly this path, as an npz without pickle, whole or not at all.

        Raises ``ValueError`` for parameters that do not fit or are not finite; ``OSError`` where it cannot be written.
        """
        storage.save(path, self.architecture, self.parameters)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """The network in a file that ``save`` wrote.

        Raises ``ValueError`` for a file that is not one, or is damaged; ``OSError`` where it cannot be read.
        """
        network = cls.__new__(cls)
        network.architecture, network.parameters = storage.load(path)
        return network

    def _examples(
        self, parameters: Parameters, X: npt.ArrayLike, Y: npt.ArrayLike, plain: bool = True
    ) -> tuple[Array, Array]:
        """X and Y as the parameters and the architecture need them, all checked. Unless ``plain``, the parameters may
        be complex, and X and Y arrays of another kind.
        """
        self.architecture.check(parameters, "f" if plain else "fc")
        dtype = self.architecture.real_dtype(parameters)
        X = inputs(self.architecture, X, dtype, plain)
        return X, targets(self.architecture, Y, len(X), dtype, plain)
