"""From what the caller gives to what is judged: f as a scalar function, its candidate, its noise, its domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..transforms import hvp, jvp, value_and_grad, vjp
from ..tree import leaves, map_leaves, same_structure
from .arguments import Arguments, Array
from .beside import values_beside
from .candidate import Candidate, ask
from .directions import gaussian
from .evaluate import ROUNDING_LEVEL, Evaluator, Functional, Outcome
from .noise import noise_level
from .trials import Subject

Function = Callable[..., Any]


@dataclass
class Problem:
    """What the caller asked: see `gradcheck`."""

    f: Function
    arguments: Arguments
    gradient: Function | None
    pullback: Function | None
    tau: float
    seed: int
    bounds: tuple[Any, Any] | None
    executor: Executor | None
    limit: int | None
    progress: Callable[[int], object] | None

    @property
    def own(self) -> bool:
        """Whether it is the engine's gradient that is judged."""
        return self.gradient is None and self.pullback is None

    def selected(self, values: Sequence[Any]) -> Any:
        """Of one value for each argument those that are checked, as a gradient returns them."""
        chosen = tuple(values[i] for i in self.arguments.argnums)
        return chosen[0] if len(chosen) == 1 else chosen


def cotangents(problem: Problem, result: Any) -> list[tuple[Array, ...]]:
    """The seeded random cotangents that an f which is no scalar is checked with."""
    shapes = [np.shape(y) for _, y in leaves(result)]
    found = []
    for k in range(2):
        random = np.random.default_rng([problem.seed, 7, k])
        found.append(tuple(gaussian(random, int(np.prod(s, dtype=int))).reshape(s) for s in shapes))
    return found


def candidate_function(problem: Problem, cotangent: Any) -> tuple[str, Function]:
    """The candidate's name, and the function that gives its gradient."""
    if problem.gradient is not None:
        return "gradient", problem.gradient
    if problem.pullback is not None:
        pullback = problem.pullback
        return "pullback", lambda *arguments: pullback(map_leaves(lambda _, w: np.array(w), cotangent), *arguments)
    if cotangent is None:
        chosen = problem.arguments.argnums
        both = value_and_grad(problem.f, chosen if len(chosen) > 1 else chosen[0])
        return "the engine's gradient", lambda *arguments: both(*arguments)[1]
    return "the engine's pullback", lambda *arguments: problem.selected(_partial_vjp(problem, arguments)(cotangent))


def _partial_vjp(problem: Problem, arguments: tuple[Any, ...]) -> Function:
    """The pullback to the arguments that are checked; the others are constants."""
    chosen = problem.arguments.argnums

    def of_chosen(*some: Any) -> Any:
        every = list(arguments)
        for i, x in zip(chosen, some, strict=True):
            every[i] = x
        return problem.f(*every)

    pull = vjp(of_chosen, *(arguments[i] for i in chosen))[1]

    def pullback(cotangent: Any) -> Any:
        found = dict(zip(chosen, pull(cotangent), strict=True))
        return [found.get(i) for i in range(len(arguments))]

    return pullback


def hessian_times(problem: Problem, vectors: list[Any]) -> Function:
    """The engine's Hessian of f times `vectors` (one for each argument checked), as a function."""
    chosen = problem.arguments.argnums

    def product(*arguments: Any) -> Any:
        def of_chosen(*some: Any) -> Any:
            every = list(arguments)
            for i, x in zip(chosen, some, strict=True):
                every[i] = x
            return problem.f(*every)

        products = hvp(of_chosen, tuple(arguments[i] for i in chosen), tuple(vectors))
        return products[0] if len(products) == 1 else products

    return product


def evaluator_of(problem: Problem, functional: Functional, spent: int) -> tuple[Evaluator, Outcome]:
    """How f is evaluated, and its outcome at the point: on Values where it runs on them, else on arrays."""
    on_values = replace(functional, argnums=problem.arguments.argnums)

    def made(of: Functional, executor: Executor | None, spent: int) -> Evaluator:
        return Evaluator(problem.arguments, of, executor, problem.limit, problem.progress, spent)

    if problem.own:
        evaluator = made(on_values, problem.executor, spent)
        return evaluator, evaluator.here()
    evaluator = made(functional, problem.executor, spent)
    here = evaluator.here()
    try:
        trial = made(on_values, None, evaluator.evaluations)
        seen = trial.here()
    except Exception:  # f does not run on Values: then it is a black box
        evaluator.evaluations += 1
        return evaluator, here
    evaluator.evaluations = trial.evaluations
    if seen.corners and abs(seen.value - here.value) <= ROUNDING_LEVEL * here.roundoff * here.magnitude:
        evaluator.functional = on_values
        return evaluator, seen
    return evaluator, here


def subject_of(
    problem: Problem, evaluator: Evaluator, centre: Outcome, candidate: Candidate, name: str, gradient: Function
) -> Subject:
    """The subject, with the noise of f measured on a line through all arguments. `gradient`, by `name`, is what the
    candidate was got from."""
    subject = Subject(problem.arguments, evaluator, candidate, centre, 0.0, problem.tau)

    def elsewhere(point: dict[int, Array]) -> Subject | None:
        there = replace(problem, arguments=problem.arguments.moved(point))
        evaluator_there = Evaluator(there.arguments, evaluator.functional, problem.executor, problem.limit,
                                    problem.progress, evaluator.evaluations)  # fmt: skip
        here = evaluator_there([{}])[0]
        evaluator.evaluations = evaluator_there.evaluations
        try:
            found = ask(name, gradient, there.arguments, np.random.default_rng([problem.seed, 6]), bounds_of(there))
        except (ArithmeticError, ValueError):  # it is not defined there
            return None
        if not here.finite or found.random:
            return None
        other = subject_of(there, evaluator_there, here, found, name, gradient)
        other.noise, other.elsewhere = max(other.noise, subject.noise), None
        return other

    subject.elsewhere = elsewhere
    subject.lower, subject.upper = bounds_of(problem) or ({}, {})
    random = np.random.default_rng([problem.seed, 0])
    both = evaluator.affords(14 + 14 * len(problem.arguments.blocks))
    tables = values_beside(evaluator, subject.scales, random, both, subject.lower, subject.upper)
    subject.noise = noise_level(tables if problem.bounds is None else [], 2 * centre.roundoff * centre.magnitude)
    return subject


def bounds_of(problem: Problem) -> tuple[dict[int, Array], dict[int, Array]] | None:
    """Lower and upper bounds by block, None where there are none. ValueError where they do not fit the arguments, or
    leave the point outside."""
    if problem.bounds is None:
        return None
    arguments = problem.arguments
    sides: list[dict[int, Array]] = []
    for which, bound in zip(("lower", "upper"), problem.bounds, strict=True):
        default = -np.inf if which == "lower" else np.inf
        flat: list[Array] = []
        if bound is None or (np.ndim(bound) == 0 and not isinstance(bound, (dict, list, tuple))):
            flat = [np.full(np.size(leaf), default if bound is None else float(bound)) for _, leaf in arguments.leaves]
        else:
            parts = (bound,) if len(arguments.argnums) == 1 else bound
            if len(parts) != len(arguments.argnums):
                raise ValueError(
                    f"bounds: the {which} ones have {len(parts)} parts for {len(arguments.argnums)} arguments"
                )
            for i, part in zip(arguments.argnums, parts, strict=True):
                if np.ndim(part) == 0 and not isinstance(part, (dict, list, tuple)):
                    value = default if part is None else float(part)
                    flat += [np.full(np.size(leaf), value) for _, leaf in leaves(arguments.values[i])]
                    continue
                for path, leaf, b in same_structure(
                    arguments.values[i], part, arguments.names[i], f"bounds ({which}) of "
                ):
                    if np.shape(b) not in ((), np.shape(leaf)):
                        raise ValueError(
                            f"bounds ({which}) of {path} have shape {np.shape(b)}, and it has {np.shape(leaf)}"
                        )
                    flat.append(np.broadcast_to(np.asarray(b, dtype=np.float64), np.shape(leaf)).ravel())
        sides.append({k: np.concatenate([flat[j] for j in block.leaves]) for k, block in enumerate(arguments.blocks)})
    lower, upper = sides
    for k, block in enumerate(arguments.blocks):
        if not np.all((lower[k] <= block.x) & (block.x <= upper[k]) & (lower[k] < upper[k])):
            raise ValueError(f"bounds: {block.path} is not within them")
    return lower, upper


def forward_slope(problem: Problem, cotangent: Any, v: dict[int, Array]) -> float | None:
    """⟨cotangent, J v⟩ by the engine's forward mode; None where a rule has no pushforward."""
    arguments, chosen = problem.arguments, problem.arguments.argnums
    primals = arguments.at({})
    still = {b: np.zeros_like(block.x) for b, block in enumerate(arguments.blocks)}
    tangents = arguments.at({**still, **{b: np.asarray(d, still[b].dtype) for b, d in v.items()}})

    def of_chosen(*some: Any) -> Any:
        every = list(primals)
        for i, x in zip(chosen, some, strict=True):
            every[i] = x
        return problem.f(*every)

    try:
        with np.errstate(all="ignore"):
            tangent = jvp(of_chosen, [primals[i] for i in chosen], [tangents[i] for i in chosen])[1]
    except TypeError:
        return None
    parts = [np.asarray(t, dtype=np.float64) for _, t in leaves(tangent)]
    weights = [np.ones(()) for _ in parts] if cotangent is None else [w for _, w in leaves(cotangent)]
    return float(sum(np.sum(w * t) for w, t in zip(weights, parts, strict=True)))


__all__ = [
    "Problem",
    "ask",
    "candidate_function",
    "cotangents",
    "evaluator_of",
    "forward_slope",
    "hessian_times",
    "subject_of",
]
