"""What is asked beyond the differences of f: the engine's forward mode, and the second order."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from .arguments import Arguments, Array
from .collected import Collected
from .directions import gaussian, scale
from .evaluate import Functional
from .examine import Examination
from .judged import Judged
from .slope import Slope, slope
from .subjects import ask, bounds_of, candidate_function, evaluator_of, forward_slope, hessian_times, subject_of
from .trials import Subject, smallest_part
from .verdict import SAFETY, Trial, judge


def hear_forward_mode(collected: Collected, subject: Subject, judged: list[Judged], cotangent: Any) -> None:
    """The engine's forward mode along one direction, where the differences have passed its reverse mode."""
    passed = [b for b, j in enumerate(judged) if j.verdict == "pass" and subject.sizes[b].any() and not j.trial.note]
    collected.witnesses["ladder"] = "central differences, extrapolated, with their bound"
    if not passed or not collected.problem.own:
        return
    problem, random = collected.problem, np.random.default_rng([collected.problem.seed, 8])
    v = {b: subject.whitened(b, random) for b in passed}
    d = subject.candidate.slope(v)
    rounding = SAFETY * (subject.candidate.budget(v) + 16 * subject.centre.roundoff * subject.candidate.terms(v))
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
        collected.conflict = (
            f"conflict: along one direction the engine's forward mode gives {forward:.9g}, and reverse mode, which "
            f"agrees with the differences, {d:.9g}"
        )


def second_order(collected: Collected) -> None:
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
        candidate = ask("the Hessian", product, arguments, random, bounds_of(problem))
    except Exception:
        if problem.own:
            raise
        symmetry(collected)  # f does not run on Values: then there is no Hessian, but what the gradient says of it
        return
    # ⟨w, gradient⟩ as a function of its own, with H w as the candidate for its gradient
    inner = replace(problem, f=along, gradient=product, pullback=None, executor=None)
    evaluator, centre = evaluator_of(inner, Functional(along), collected.spent)
    if not centre.finite or candidate.random:
        collected.overall = "nondeterministic" if candidate.random else "non-finite"
        return
    subject = subject_of(inner, evaluator, centre, candidate, "the Hessian", product)
    floor = max(candidate.roundoff * float(sum(np.sum(np.abs(w * g)) for w, g in zip(
        weights, arguments.flatten(gradient(*arguments.at({})), name), strict=True))), subject.noise)  # fmt: skip
    subject.noise = max(subject.noise, 2 * floor)
    collected.add(Examination(subject, problem.seed + 1, False).run(), "second order: ")
    collected.spent = evaluator.evaluations


def symmetry(collected: Collected) -> None:
    """⟨w, D_v g⟩ = ⟨v, D_w g⟩ for a gradient g that is a black box: differences of it along two random directions.

    No field that is a gradient in a neighbourhood of x lacks that symmetry (Schwarz); a derivative that is right at x
    alone, or wrong beside it, mostly does. The two directions are through all arguments.
    """
    problem, arguments = collected.problem, collected.problem.arguments
    name, gradient = candidate_function(problem, None)
    random = np.random.default_rng([problem.seed, 10])
    size = [scale(block.x, 1.0) for block in arguments.blocks]
    directions = [{b: s * gaussian(random, arguments.blocks[b].x.size) for b, s in enumerate(size)} for _ in range(2)]

    def measured(along: dict[int, Array], w: dict[int, Array]) -> tuple[Slope, dict[int, Array]]:
        """⟨w, D g⟩ along a direction, and that direction with its points made exact."""
        function = partial(_along, gradient=gradient, arguments=arguments, name=name, w=w)
        found = slope(Functional(function), arguments, along, problem.tau / 8, collected.spent, problem.seed)
        collected.spent = found.evaluations
        return found, dict(enumerate(arguments.flatten(_selected(found.direction, arguments), name)))

    v, w = directions
    one, exact_v = measured(v, w)
    for _ in range(3):  # until each is weighted with just the direction that the other was differentiated along
        other, exact_w = measured(w, exact_v)
        before = exact_v
        one, exact_v = measured(v, exact_w)
        if all(np.array_equal(exact_v[b], before[b]) for b in before):
            break
    else:
        one = replace(one, bound=math.inf)
    gap, bound = abs(one.value - other.value), one.bound + other.bound
    tolerance = problem.tau * max(abs(one.value), abs(other.value))
    verdict = "pass" if gap + bound <= tolerance else "fail" if gap - bound > tolerance else "inconclusive"
    reason = None if verdict != "inconclusive" else one.reason or other.reason or "noise"
    if one.value == other.value == 0.0:
        verdict, reason = "inconclusive", "no-power"
    said = "two directions v, w: yours is ⟨w, D_v g⟩, numeric ⟨v, D_w g⟩; they agree for every gradient"
    trial = Trial(verdict, reason, other.value, one.value, bound, abs(other.value), False, said)
    resolution = trial.resolution if verdict == "pass" else math.inf
    collected.add([Judged("symmetry", trial, resolution=resolution, missed=1.0)], "second order: ")
    collected.witnesses["second order"] = "the symmetry of the Hessian alone: f does not run on Values"


def _selected(nested: tuple[Any, ...], arguments: Arguments) -> Any:
    chosen = tuple(nested[i] for i in arguments.argnums)
    return chosen[0] if len(chosen) == 1 else chosen


def _along(*given: Any, gradient: Any, arguments: Arguments, name: str, w: dict[int, Array]) -> float:
    """⟨w, gradient⟩."""
    return float(sum(np.dot(w[b], g) for b, g in enumerate(arguments.flatten(gradient(*given), name))))
