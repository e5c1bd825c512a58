"""Costs that nobody wrote down beforehand: random programs in NumPy with named quantities, as source text.

    def cost(x, W1, b1):
        u1 = name(np.tanh(x @ W1.T + b1), "u1")
        …
        return np.mean(u3 ** 2) + np.sum(u2 * c1)

Every quantity reaches the cost, all are of size 1 or so, and lengths are 2 to 4.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

import tinygrad_bp

from .blame import cotangents, differentiated

SCOPE = {
    "np": np, "name": tinygrad_bp.name, "softmax": tinygrad_bp.softmax, "logsumexp": tinygrad_bp.logsumexp,
    "sigmoid": tinygrad_bp.sigmoid, "softplus": tinygrad_bp.softplus,
}  # fmt: skip

Shape = tuple[int, ...]

FUNCTIONS = (
    "np.tanh({u})", "np.sin({u})", "np.cos({u})", "sigmoid({u})", "softplus({u})", "np.maximum({u}, 0)",
    "1 / (1 + np.exp(-{u}))", "np.exp(-{u} * {u})", "np.log1p({u} ** 2)", "np.sqrt(1 + {u} ** 2)",
    "{u} / (1 + {u} ** 2)", "{u} * np.tanh({u})", "{u} ** 3 / (1 + {u} ** 2)",
)  # fmt: skip


@dataclass(frozen=True)
class Program:
    """A cost as source text, and how to draw its arguments."""

    name: str
    source: str
    shapes: dict[str, Shape]

    @cached_property
    def cost(self) -> Callable[..., Any]:
        """The function: on arrays and on Values alike."""
        scope: dict[str, Any] = dict(SCOPE)
        exec(compile(self.source, f"<{self.name}>", "exec"), scope)
        made: Callable[..., Any] = scope["cost"]
        return made

    def arguments(self, rng: np.random.Generator) -> tuple[Any, ...]:
        """A point: each argument an array of its shape; lam, the decay, a number."""
        return tuple(
            rng.uniform(-1.5, 1.5, size=shape) if shape else float(rng.uniform(0.1, 0.5))
            for shape in self.shapes.values()
        )

    def __str__(self) -> str:
        return self.name


def program(seed: int, steps: int = 5) -> Program:
    """The program of a seed, of so many steps: the first whose quantities all count for something."""
    rng = np.random.default_rng([seed, steps])
    return next(filter(_alive, (_Writer(rng, steps).write(f"program {seed}") for _ in itertools.count())))


def _alive(program: Program) -> bool:
    """Whether every δ is of a reasonable size at a few points: no relu is off for all, no bias is subtracted again."""
    for point in range(3):
        arguments = program.arguments(np.random.default_rng(point))
        J, quantities = differentiated(program.cost, dict.fromkeys(program.shapes), arguments)
        sizes = [np.max(np.abs(cotangent)) for cotangent in cotangents(J, quantities).values()]
        if not 1e-4 < min(sizes) <= max(sizes) < 1e4:
            return False
    return True


class _Writer:
    """Writes one program: a line for each quantity, made of those before it."""

    def __init__(self, rng: np.random.Generator, steps: int) -> None:
        self.rng, self.steps = rng, steps
        self.arguments: dict[str, Shape] = {}
        self.quantities: dict[str, Shape] = {}
        self.unused: list[str] = []
        self.lines: list[str] = []

    def write(self, called: str) -> Program:
        self.argument("x", (self.size(), self.size()))
        moves = (
            self.affine, self.affine, self.function, self.function, self.product, self.difference, self.quotient,
            self.gram, self.centred, self.reduction, self.norm, self.softmax, self.slices, self.reversed, self.outer,
            self.scaled,
        )  # fmt: skip
        while len(self.lines) < self.steps:
            made = moves[self.rng.integers(len(moves))]()
            if made is not None:
                self.line(*made)
        terms = [self.end(quantity) for quantity in self.unused]
        weights = [argument for argument in self.arguments if argument.startswith("W")]
        if weights and self.rng.random() < 0.5:
            self.arguments["lam"] = ()
            terms.append("lam / 2 * (" + " + ".join(f"np.sum({W} ** 2)" for W in weights) + ")")
        body = "".join(f"    {line}\n" for line in [*self.lines, "return " + " + ".join(terms)])
        return Program(called, f"def cost({', '.join(self.arguments)}):\n{body}", dict(self.arguments))

    def line(self, formula: str, shape: Shape) -> None:
        quantity = f"u{len(self.lines) + 1}"
        named = len(self.lines) < 2 or self.rng.random() < 0.85
        self.lines.append(f'{quantity} = name({formula}, "{quantity}")' if named else f"{quantity} = {formula}")
        self.quantities[quantity] = shape
        self.unused.append(quantity)

    def size(self) -> int:
        return int(self.rng.integers(2, 5))

    def argument(self, letter: str, shape: Shape) -> str:
        """A new argument."""
        name = letter if letter == "x" else f"{letter}{sum(old.startswith(letter) for old in self.arguments) + 1}"
        self.arguments[name] = self.quantities[name] = shape
        return name

    def pick(self, fits: Callable[[Shape], bool] = lambda shape: True, besides: str = "") -> str | None:
        """A quantity that fits, by preference one that nothing is made of yet; x at first."""
        fitting = [
            name
            for name, shape in self.quantities.items()
            if fits(shape) and name != besides and (name == "x" or name.startswith("u"))
        ]
        fresh = [name for name in fitting if name in self.unused]
        if fresh and self.rng.random() < 0.7:
            fitting = fresh
        if not fitting:
            return None
        picked = fitting[self.rng.integers(len(fitting))]
        if picked in self.unused:
            self.unused.remove(picked)
        return picked

    def like(self, name: str) -> str:
        """Another quantity of the same shape, a new argument if need be."""
        shape = self.quantities[name]
        return self.pick(lambda other: other == shape, besides=name) or self.argument("c", shape)

    def matrix(self) -> tuple[str, Shape] | None:
        u = self.pick(lambda shape: len(shape) == 2)
        return None if u is None else (u, self.quantities[u])

    def one_of(self, *formulas: str) -> str:
        return formulas[self.rng.integers(len(formulas))]

    # what a quantity may be made as: its formula and its shape

    def affine(self) -> tuple[str, Shape] | None:
        u = self.pick()
        if u is None:
            return None
        *rows, n = self.quantities[u]
        k = self.size()
        W, b = self.argument("W", (k, n)), self.argument("b", (k,))
        formula = f"{u} @ {W}.T + {b}" if rows else f"{W} @ {u} + {b}"
        if self.rng.random() < 0.5:
            formula = self.one_of(*FUNCTIONS[:5]).format(u=formula)
        return formula, (*rows, k)

    def function(self) -> tuple[str, Shape] | None:
        u = self.pick()
        return None if u is None else (self.one_of(*FUNCTIONS).format(u=u), self.quantities[u])

    def product(self) -> tuple[str, Shape] | None:
        u = self.pick()
        return None if u is None else (f"{u} * {self.like(u)}", self.quantities[u])

    def difference(self) -> tuple[str, Shape] | None:
        u = self.pick()
        return None if u is None else (f"{u} - {self.like(u)} / 2", self.quantities[u])

    def quotient(self) -> tuple[str, Shape] | None:
        u = self.pick()
        return None if u is None else (f"{u} / (2 + np.cos({self.like(u)}))", self.quantities[u])

    def gram(self) -> tuple[str, Shape] | None:
        picked = self.matrix()
        if picked is None:
            return None
        u, (m, n) = picked
        v = self.like(u)
        if self.rng.random() < 0.5:
            return f"{u} @ {v}.T / {n}", (m, m)
        return f"{u}.T @ {v} / {m}", (n, n)

    def centred(self) -> tuple[str, Shape] | None:
        picked = self.matrix()
        if picked is None:
            return None
        u, shape = picked
        return self.one_of(f"{u} - np.mean({u}, axis=0)", f"{u} - np.mean({u}, axis=1, keepdims=True)"), shape

    def reduction(self) -> tuple[str, Shape] | None:
        picked = self.matrix()
        if picked is None:
            return None
        u, (m, n) = picked
        axis = int(self.rng.integers(2))
        formula = self.one_of(
            f"np.sum({u} * {u}, axis={axis})", f"np.mean({u}, axis={axis})", f"logsumexp({u}, axis={axis})"
        )
        return formula, ((n,), (m,))[axis]

    def norm(self) -> tuple[str, Shape] | None:
        picked = self.matrix()
        if picked is None:
            return None
        u, shape = picked
        return f"{u} / np.sqrt(1 + np.sum({u} ** 2, axis=1, keepdims=True))", shape

    def softmax(self) -> tuple[str, Shape] | None:
        u = self.pick()
        if u is None:
            return None
        shape = self.quantities[u]
        return f"softmax({u}, axis={int(self.rng.integers(len(shape)))})", shape

    def slices(self) -> tuple[str, Shape] | None:
        """Neighbours: the next times this, or their difference."""
        u = self.pick(lambda shape: shape[0] > 2)
        if u is None:
            return None
        m, *rest = self.quantities[u]
        return self.one_of(f"{u}[1:] * {u}[:-1]", f"{u}[1:] - {u}[:-1]", f"{u}[1:]"), (m - 1, *rest)

    def reversed(self) -> tuple[str, Shape] | None:
        picked = self.matrix()
        if picked is None:
            return None
        u, (m, n) = picked
        formula = f"{u} * {u}[:, ::-1]" if self.rng.random() < 0.5 else f"{u}[::-1] * {self.like(u)}"
        return formula, (m, n)

    def outer(self) -> tuple[str, Shape] | None:
        u = self.pick(lambda shape: len(shape) == 1)
        v = self.pick(lambda shape: len(shape) == 1) if u is not None else None
        if u is None or v is None:
            return None
        return f"{u}[:, None] * {v}", (*self.quantities[u], *self.quantities[v])

    def scaled(self) -> tuple[str, Shape] | None:
        picked = self.matrix()
        if picked is None:
            return None
        u, (m, n) = picked
        return f"{u} * {self.argument('c', (n,))}", (m, n)

    def end(self, quantity: str) -> str:
        """What a quantity adds to the cost."""
        ends = [f"np.mean({quantity} ** 2)", f"np.log(np.sum(np.exp({quantity})))", f"np.sum({quantity} ** 2) / 2"]
        if self.rng.random() < 0.4:
            return f"np.sum(({quantity} - {self.argument('c', self.quantities[quantity])}) ** 2) / 2"
        return self.one_of(*ends)
