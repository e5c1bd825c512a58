"""gradcheck: is this gradient right? With the bound it rests on, or the reason why it cannot be said."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np

from ..tree import leaves, map_leaves
from .arguments import Arguments
from .candidate import ROUNDING_LEVEL
from .directions import gaussian
from .evaluate import Functional, Outcome
from .examine import Examination, Judged
from .report import Finding, Report, Resolution
from .subjects import (
    Problem,
    ask,
    candidate_function,
    cotangents,
    evaluator_of,
    forward_slope,
    hessian_times,
    subject_of,
)
from .trials import Subject, smallest_part
from .verdict import REMEDIES, SAFETY, judge

#: which verdict outweighs which
WEIGHT = {"pass": 0, "inconclusive": 1, "fail": 2}
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
    pullback   pullback(cotangent, *args), the same for an f that gives an array; without either the engine's own is judged
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
        _second_order(collected)
    return collected.report()


def _nested(template: Any, parts: Sequence[Any]) -> Any:
    """The parts, nested as the result of f."""
    position = iter(parts)
    return map_leaves(lambda path, leaf: next(position), template)


class Collected:
    """What several examinations have found."""

    def __init__(self, problem: Problem, replay: str) -> None:
        self.problem = problem
        self.replay = replay
        self.spent = 0
        self.judged: dict[str, Judged] = {}
        self.witnesses: dict[str, str] = {}
        self.overall: str | None = None  # a reason that holds for all
        self.conflict: str | None = None

    def add(self, judged: list[Judged], prefix: str = "") -> None:
        """Per argument, keep the gravest."""
        for one in judged:
            path = prefix + one.path
            before = self.judged.get(path)
            if before is None or WEIGHT[one.verdict] > WEIGHT[before.verdict]:
                self.judged[path] = replace(one, path=path)
            elif before.verdict == one.verdict == "pass":
                before.resolution = max(before.resolution, one.resolution)
                before.missed *= one.missed

    def report(self) -> Report:
        """The verdict on all: fail outweighs inconclusive outweighs pass; no-power counts where nothing has power."""
        judged = list(self.judged.values())
        notes: list[str] = []
        powered = [j for j in judged if j.trial.reason != "no-power"]
        if powered and not self.overall:
            for j in judged:
                if j.trial.reason == "no-power":
                    said = "pass: zero on both sides, since f does not depend on it here (no-power)"
                    j.trial = replace(j.trial, verdict="pass", reason=None, note=said)
        verdict, reason = "pass", None
        for j in judged:
            if WEIGHT[j.verdict] > WEIGHT[verdict]:
                verdict, reason = j.verdict, j.trial.reason
        if self.overall is not None and verdict != "fail":
            verdict, reason = "inconclusive", self.overall
        if self.conflict is not None:
            notes.append(self.conflict)
            if verdict == "pass":
                verdict, reason = "inconclusive", "conflict"
        findings: list[Finding] = []
        for j in judged:
            findings += [j.finding(), *j.entries]
        resolution = {j.path: Resolution(j.resolution, j.missed) for j in judged if math.isfinite(j.resolution)}
        remedy = REMEDIES[reason] if reason is not None else None
        return Report(verdict, tuple(findings), reason, remedy, resolution, self.spent, self.witnesses, self.replay,
                      self.problem.tau, self.problem.seed, tuple(notes))  # fmt: skip


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
    candidate = ask(name, gradient, problem.arguments, np.random.default_rng([problem.seed, 6]))
    reason = _unfit(centre, again, problem)
    if reason is None and candidate.random:
        reason = "nondeterministic"
    if reason is not None:
        collected.overall, collected.spent = reason, evaluator.evaluations
        return
    subject = subject_of(problem, evaluator, centre, candidate)
    subject.noise = max(subject.noise, 2 * abs(again.value - centre.value))
    judged = Examination(subject, problem.seed, exhaustive).run()
    collected.add(judged)
    _hear_witnesses(collected, subject, judged, cotangent)
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


def _hear_witnesses(collected: Collected, subject: Subject, judged: list[Judged], cotangent: Any) -> None:
    """The engine's forward mode along one direction, where the differences have passed its reverse mode."""
    passed = [b for b, j in enumerate(judged) if j.verdict == "pass" and subject.sizes[b].any() and not j.trial.note]
    collected.witnesses["ladder"] = "central differences, extrapolated, with their bound"
    if not passed or not collected.problem.own:
        return
    problem, random = collected.problem, np.random.default_rng([collected.problem.seed, 8])
    v = {b: gaussian(random, subject.sizes[b].size) / subject.sizes[b] for b in passed}
    d = subject.candidate.slope(v)
    terms = math.sqrt(sum(float(np.sum(np.square(subject.candidate.values[b] * v[b]))) for b in v))
    rounding = SAFETY * (subject.candidate.budget(v) + 16 * subject.centre.roundoff * terms)
    slack = rounding + subject.tau * smallest_part(v, {b: subject.sizes[b] for b in v})
    forward = forward_slope(problem, cotangent, v)
    if forward is None:
        collected.witnesses["forward mode"] = "not heard: a rule states no pushforward"
        return
    if abs(forward - d) <= slack:
        collected.witnesses["forward mode"] = "agrees (dot test ⟨J v, w⟩ = ⟨v, Jᵀ w⟩)"
        return
    sizes = {b: subject.sizes[b] for b in v}
    trial, found = subject.trial(v, sizes, True)
    forward = forward_slope(problem, cotangent, found.v)
    tolerance = subject.tau * trial.size
    if forward is None or trial.verdict != "pass" or judge(trial.numeric, trial.bound, forward, tolerance) != "fail":
        collected.witnesses["forward mode"] = "not settled against reverse mode"
    else:
        d = trial.yours
        collected.witnesses["forward mode"] = f"contradicts: {forward:.9g} along v, reverse mode {d:.9g}"
        collected.conflict = (f"conflict: the engine's forward mode gives {forward:.9g} along a direction where reverse mode, "
                              f"which agrees with the differences, gives {d:.9g}")  # fmt: skip


def _second_order(collected: Collected) -> None:
    """H w, the engine's or by symmetry alone, against differences of ⟨w, gradient⟩."""
    problem = collected.problem
    name, gradient = candidate_function(problem, None)
    arguments = problem.arguments
    random = np.random.default_rng([problem.seed, 9])
    blocks = {b: gaussian(random, block.x.size).astype(block.x.dtype) for b, block in enumerate(arguments.blocks)}
    vectors = [arguments.at(blocks)[i] for i in arguments.argnums]
    weights = [blocks[b].astype(np.float64) for b in range(len(arguments.blocks))]

    def along(*given: Any) -> Any:
        parts = arguments.flatten(gradient(*given), name)
        return float(sum(np.dot(w, g) for w, g in zip(weights, parts, strict=True)))

    product = hessian_times(problem, vectors)
    try:
        candidate = ask("the Hessian", product, arguments, random)
    except Exception as error:
        if problem.own:
            raise
        collected.witnesses["second order"] = f"not heard: f does not run on Values ({type(error).__name__})"
        collected.overall = collected.overall or None
        return
    # ⟨w, gradient⟩ as a function of its own, with H w as the candidate for its gradient
    inner = replace(problem, f=along, gradient=product, pullback=None, executor=None)
    evaluator, centre = evaluator_of(inner, Functional(along), collected.spent)
    if not centre.finite or candidate.random:
        collected.overall = "nondeterministic" if candidate.random else "non-finite"
        return
    subject = subject_of(inner, evaluator, centre, candidate)
    floor = max(candidate.roundoff * float(sum(np.sum(np.abs(w * g)) for w, g in zip(
        weights, arguments.flatten(gradient(*arguments.at({})), name), strict=True))), subject.noise)  # fmt: skip
    subject.noise = max(subject.noise, 2 * floor)
    collected.add(Examination(subject, problem.seed + 1, False).run(), "second order: ")
    collected.spent = evaluator.evaluations


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
