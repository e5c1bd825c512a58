"""gradcheck: is this gradient right? With the bound it rests on, or the reason why it cannot be said."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np

from ..tree import leaves, map_leaves
from .arguments import Arguments
from .collected import Collected
from .evaluate import ROUNDING_LEVEL, Functional, Outcome
from .examine import Examination
from .further import hear_forward_mode, second_order
from .report import Report
from .subjects import (
    Problem,
    ask,
    bounds_of,
    candidate_function,
    cotangents,
    evaluator_of,
    subject_of,
)

#: calls of f that every check makes, beside those for each argument
FIXED, EACH = 10, 8


def gradcheck(
    f: Callable[..., Any],
    *args: Any,
    gradient: Callable[..., Any] | None = None,
    pullback: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] | None = None,
    order: int = 1,
    tau: float = 1e-6,
    seed: int | None = None,
    exhaustive: bool = False,
    bounds: tuple[Any, Any] | None = None,
    executor: Executor | None = None,
    max_evaluations: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Report:
    """Judge a gradient of f at args against f itself: pass, fail, or inconclusive with the reason.

    f          any callable; a scalar result is differentiated itself, an array ⟨cotangent, f⟩ for random cotangents
    gradient   gradient(*args): arrays nested and shaped as the arguments checked, in a tuple if they are several
    pullback   pullback(cotangent, *args), for an f that gives an array; without either the engine's own is judged
    argnums    the arguments to check, all by default
    order      2 checks the Hessian as well: its products with random vectors against differences of the gradient
    tau        the relative error of an entry that matters; entries below 1/32 of their array's largest count as that
    seed       of the directions; drawn, and told in `.replay`, if not given
    exhaustive also checks every entry by itself
    bounds     (lower, upper), the domain of f: numbers, or nested as the arguments
    executor   any concurrent.futures.Executor to evaluate f with; the report does not depend on it
    max_evaluations, progress
               a limit to the calls of f; a function told after each round how many there have been

    Arrays of float32 and float64, and Python floats, in dicts, lists, tuples and dataclasses.

    TypeError for arguments or gradients that are not floats, ValueError for a gradient of another shape or nesting, one
    that changes its argument or overwrites what it gave out before, an empty argument, and a limit too low to judge.
    """
    if gradient is not None and pullback is not None:
        raise TypeError("give gradient= or pullback=, not both")
    if order not in (1, 2):
        raise ValueError(f"order={order!r}: choose 1 or 2")
    if not (isinstance(tau, (int, float)) and 0 < tau < 1):
        raise ValueError(f"tau={tau!r}: the relative error that matters, between 0 and 1")
    if bounds is not None and not (isinstance(bounds, (tuple, list)) and len(bounds) == 2):
        raise TypeError("bounds is a pair (lower, upper)")
    drawn = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
    arguments = Arguments(f, args, argnums)
    needed = FIXED + EACH * len(arguments.blocks)
    if max_evaluations is not None and max_evaluations < needed:
        raise ValueError(
            f"max_evaluations={max_evaluations} is too few: {len(arguments.blocks)} arguments need {needed}"
        )
    problem = Problem(f, arguments, gradient, pullback, float(tau), drawn, bounds, executor, max_evaluations, progress)
    collected = Collected(problem, _replay(problem, order, exhaustive))
    result = _first_result(problem)
    collected.spent += 1
    scalar = (
        pullback is None and all(np.shape(y) == () for _, y in leaves(result)) and sum(1 for _ in leaves(result)) == 1
    )
    if scalar or gradient is not None:
        _examine(collected, Functional(f), None, exhaustive)
    else:
        template = map_leaves(lambda _, y: None, result)
        for cotangent in cotangents(problem, result):
            nested = _nested(template, cotangent)
            _examine(collected, Functional(f, cotangent), nested, exhaustive)
    if order == 2:
        if not scalar:
            raise ValueError("order=2 needs an f that gives a single number")
        second_order(collected)
    return collected.report()


def _nested(template: Any, parts: Sequence[Any]) -> Any:
    """The parts, nested as the result of f."""
    position = iter(parts)
    return map_leaves(lambda path, leaf: next(position), template)


def _first_result(problem: Problem) -> Any:
    """f at the point, as it is: tells a scalar from an array."""
    if problem.own:
        from ..value import Value

        lifted = list(problem.arguments.at({}))
        for i in problem.arguments.argnums:
            lifted[i] = map_leaves(lambda _, x: Value(x), lifted[i])
        with np.errstate(all="ignore"):
            return problem.f(*lifted)
    with np.errstate(all="ignore"):
        return problem.f(*problem.arguments.at({}))


def _examine(collected: Collected, functional: Functional, cotangent: Any, exhaustive: bool) -> None:
    problem = collected.problem
    evaluator, centre = evaluator_of(problem, functional, collected.spent)
    again = evaluator.here()
    name, gradient = candidate_function(problem, cotangent)
    candidate = ask(name, gradient, problem.arguments, np.random.default_rng([problem.seed, 6]), bounds_of(problem))
    reason = _unfit(centre, again, problem)
    if reason is None and candidate.random:
        reason = "nondeterministic"
    if reason is not None:
        collected.overall, collected.spent = reason, evaluator.evaluations
        return
    subject = subject_of(problem, evaluator, centre, candidate, name, gradient)
    subject.noise = max(subject.noise, 2 * abs(again.value - centre.value))
    judged = Examination(subject, problem.seed, exhaustive).run()
    collected.add(judged)
    hear_forward_mode(collected, subject, judged, cotangent)
    if evaluator.affords(1) and _spread(evaluator.here(), centre) > ROUNDING_LEVEL:
        collected.overall = "nondeterministic"
    collected.witnesses.update(subject.witnesses)
    collected.spent = evaluator.evaluations


def _unfit(centre: Outcome, again: Outcome, problem: Problem) -> str | None:
    if not all(np.isfinite(block.x).all() for block in problem.arguments.blocks) or not (
        centre.finite and again.finite
    ):
        return "non-finite"
    return "nondeterministic" if _spread(again, centre) > ROUNDING_LEVEL else None


def _spread(one: Outcome, other: Outcome) -> float:
    """The difference of two calls at one point, in roundoffs of what was summed."""
    if one.value == other.value:
        return 0.0
    size = other.roundoff * max(one.magnitude, other.magnitude)
    return abs(one.value - other.value) / size if size > 0 else math.inf


def _replay(problem: Problem, order: int, exhaustive: bool) -> str:
    """The call that repeats this one."""
    parts = [getattr(problem.f, "__name__", "f"), *(problem.arguments.names)]
    if problem.gradient is not None:
        parts.append("gradient=" + getattr(problem.gradient, "__name__", "gradient"))
    if problem.pullback is not None:
        parts.append("pullback=" + getattr(problem.pullback, "__name__", "pullback"))
    if len(problem.arguments.argnums) < len(problem.arguments.values):
        chosen = problem.arguments.argnums
        parts.append(f"argnums={chosen[0] if problem.arguments.single else chosen}")
    if order != 1:
        parts.append("order=2")
    parts += [f"tau={problem.tau!r}", f"seed={problem.seed}"]
    if exhaustive:
        parts.append("exhaustive=True")
    if problem.bounds is not None:
        parts.append("bounds=bounds")
    if problem.limit is not None:
        parts.append(f"max_evaluations={problem.limit}")
    return f"gradcheck({', '.join(parts)})"
