"""What is asked beyond the differences of f: the engine's forward mode, and the second order."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from .collected import Collected
from .directions import gaussian
from .evaluate import Functional
from .examine import Examination, Judged
from .subjects import ask, candidate_function, evaluator_of, forward_slope, hessian_times, subject_of
from .trials import Subject, smallest_part
from .verdict import SAFETY, judge


def hear_forward_mode(collected: Collected, subject: Subject, judged: list[Judged], cotangent: Any) -> None:
    """The engine's forward mode along one direction, where the differences have passed its reverse mode."""
    passed = [b for b, j in enumerate(judged) if j.verdict == "pass" and subject.sizes[b].any() and not j.trial.note]
    collected.witnesses["ladder"] = "central differences, extrapolated, with their bound"
    if not passed or not collected.problem.own:
        return
    problem, random = collected.problem, np.random.default_rng([collected.problem.seed, 8])
    v = {b: subject.whitened(b, random) for b in passed}
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
