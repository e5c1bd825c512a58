"""How well `compare` names what is wrong: on the planted slips, on mechanical ones, and on random programs.

    python -m tests.derivation.score [--mutants N] [--programs N] [--slips N] [--verbose]

found      the derivation is called wrong
named      exactly the steps that were changed are called wrong
accused    steps that were not changed, and are called wrong all the same
right, wrong, unknown
           the cause. It is right if it is one of these, which are counted apart:
           word      the first explanation has a word that is acceptable for the slip
           formula   its word is another, and its suspected formula is the very one that was planted, written otherwise:
                     they give the same for free quantities too, each drawn by itself, d_a2 no longer what z2 makes it
           listed    another of the (at most three) explanations has an acceptable word, and its suspect, as every
                     other's, gives the derivation's numbers at arguments drawn afresh: δ = 2 a makes a for δ a factor 2
suspects   suspected formulas, of all explanations, that give the derivation's numbers at arguments drawn afresh
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import tinygrad_bp
from tinygrad_bp.derivation import Comparison, compare, derive
from tinygrad_bp.derivation.writing import functions_in
from tinygrad_bp.rules import TABLE

from .corpus import CORPUS, Steps
from .corpus.blame import error
from .corpus.mutants import mutants
from .corpus.random_programs import program


@dataclass(frozen=True)
class Trial:
    """A derivation with slips: by quantity the words that are acceptable for what was done to its step."""

    name: str
    cost: Callable[..., Any]
    right: Steps
    hand: Steps
    arguments: tuple[Any, ...]
    fresh: tuple[Any, ...]
    changed: dict[str, frozenset[str]]
    argnums: tuple[int, ...] | None = None


@dataclass
class Score:
    """Counts of what came out."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def rate(self, of: str, among: str) -> float:
        return self.counts[of] / max(1, self.counts[among])

    def __str__(self) -> str:
        lines = [
            f"{self.counts['trials']} derivations with {self.counts['steps']} slips",
            f"found {self.rate('found', 'trials'):.4f}  named {self.rate('named', 'trials'):.4f}  "
            f"accused {self.counts['accused']}",
            f"cause: right {self.rate('right', 'steps'):.4f}  wrong {self.rate('wrong', 'steps'):.4f}  "
            f"unknown {self.rate('unknown', 'steps'):.4f}  (right by word {self.counts['word']}, "
            f"formula {self.counts['formula']}, listed {self.counts['listed']})",
            f"suspects that hold at fresh points {self.rate('holds', 'suspects'):.4f} of {self.counts['suspects']}",
        ]
        if self.seconds:
            at = np.quantile(self.seconds, [0.5, 0.9, 1])
            lines.append("milliseconds of processor time, median, 90 %, largest: "
                         + ", ".join(f"{1e3 * t:.0f}" for t in at))  # fmt: skip
        return "\n".join(lines)


def judged(trial: Trial, score: Score, verbose: bool = False) -> Comparison:
    """The comparison of one derivation, counted."""
    begin = time.process_time()
    comparison = compare(trial.cost, trial.hand.function(), *trial.arguments, argnums=trial.argnums)
    score.seconds.append(time.process_time() - begin)
    wrong = {finding.quantity for finding in comparison.findings if finding.verdict == "wrong"}
    score.counts["trials"] += 1
    score.counts["found"] += not comparison.ok
    score.counts["named"] += wrong == set(trial.changed)
    score.counts["accused"] += len(wrong - set(trial.changed))
    if verbose and wrong != set(trial.changed):
        print(f"{trial.name}: called wrong {sorted(wrong)}, changed {sorted(trial.changed)}")
    for quantity, words in trial.changed.items():
        score.counts["steps"] += 1
        finding = comparison[quantity]
        if not finding.explanations:
            score.counts["wrong"] += 1
            continue
        said = finding.explanations[0]
        holds = {
            each.suspect: suspect_error(trial, quantity, each.suspect, comparison) < 1e-8
            for each in finding.explanations
            if each.suspect is not None
        }
        by = (
            "word" if said.kind in words
            else "formula" if said.suspect is not None and same_formula(trial, quantity, said.suspect)
            else "listed" if any(other.kind in words and holds[other.suspect] for other in finding.explanations[1:])
            else None
        )  # fmt: skip
        outcome = "unknown" if said.kind == "unknown" else "right" if by else "wrong"
        score.counts[outcome] += 1
        if by:
            score.counts[by] += 1
        score.counts[f"{outcome}: {sorted(words)[0]}"] += 1
        if verbose and outcome != "right":
            print(f"{outcome.upper()} {trial.name}\n    acceptable {sorted(words)}, said {said.kind}: {said.text}\n"
                  f"    {finding.formula}\n    {said.suspect}")  # fmt: skip
        score.counts["suspects"] += len(holds)
        score.counts["holds"] += sum(holds.values())
        if verbose and not all(holds.values()):
            print(f"SUSPECT {trial.name} {holds}")
    return comparison


def same_formula(trial: Trial, quantity: str, suspect: str) -> bool:
    """Whether a suspected formula is the derivation's own for free quantities: each moved by itself."""
    step_of = {of: step for step, of in trial.hand.quantities.items()}
    derivation = derive(trial.cost, *trial.fresh, argnums=argnums_of(trial))
    formulas = [*derivation.forward.values(), *(step.formula for step in derivation.steps)]
    functions = {name: f for formula in formulas for name, f in functions_in(formula).items()}
    for seed in range(2):
        rng = np.random.default_rng(seed)
        made = trial.hand.run(*trial.fresh)
        free = {name: x * np.exp(rng.uniform(-0.3, 0.3, np.shape(x))) for name, x in made.items() if is_float(x)}
        scope: dict[str, Any] = {"np": np, **functions, **made, **free}
        try:
            with np.errstate(all="ignore"):
                planted, found = trial.hand.step(step_of[quantity], made | free), eval(suspect, scope)
                if not error(np.broadcast_to(found, np.shape(planted)), planted) < 1e-8:
                    return False
        except (NameError, ValueError, TypeError):  # it has a quantity that the derivation calls by no name
            return False
    return True


def is_float(x: Any) -> bool:
    return isinstance(x, (float, np.ndarray)) and np.asarray(x).dtype.kind == "f"


def suspect_error(trial: Trial, quantity: str, suspect: str, comparison: Comparison) -> float:
    """By how much a suspected formula, evaluated at fresh arguments, misses what the derivation has there."""
    derivation = derive(trial.cost, *trial.fresh, argnums=argnums_of(trial))
    hand = trial.hand.function()(*trial.fresh)
    names = trial.cost.__code__.co_varnames[: trial.cost.__code__.co_argcount]
    scope: dict[str, Any] = {"np": np, **{f.name: f for f in TABLE.values() if f.name.isidentifier()}}
    scope.update(dict(zip(names, trial.fresh, strict=True)))
    for name, formula in derivation.forward.items():
        scope.update(functions_in(formula))
        scope[name] = formula.evaluate(_flat(scope))
    scope.update({f"d_{name}": value for name, value in hand.items()})
    with np.errstate(all="ignore"):
        found = eval(suspect, scope)
    value: Any = hand
    for part in _parts(quantity):
        value = value[part]
    return error(np.broadcast_to(found, np.shape(value)), value)


def _flat(scope: dict[str, Any]) -> dict[str, Any]:
    from tinygrad_bp.tree import leaves

    flat = dict(scope)
    for name, x in scope.items():
        if isinstance(x, dict):
            flat.update(leaves(x, name))
    return flat


def _parts(quantity: str) -> list[str]:
    return [part.strip('"]') for part in quantity.split("[")]


def argnums_of(trial: Trial) -> tuple[int, ...]:
    names = trial.cost.__code__.co_varnames[: trial.cost.__code__.co_argcount]
    roots = {_parts(quantity)[0] for quantity in trial.right.quantities.values()}
    return tuple(i for i, name in enumerate(names) if name in roots)


def planted() -> Iterator[Trial]:
    """The slips that were planted by hand."""
    for case in CORPUS:
        for slip in case.slips:
            words: dict[str, frozenset[str]] = {}
            for edit in slip.edits:
                quantity = case.steps.quantities[edit.step]
                words[quantity] = words.get(quantity, frozenset()) | edit.acceptable
            yield Trial(
                f"{case}: {slip}", case.cost, case.steps, slip.apply(case.steps),
                case.arguments(np.random.default_rng(0)), case.arguments(np.random.default_rng(99)), words,
            )  # fmt: skip


def mechanical(count: int, seed: int = 0) -> Iterator[Trial]:
    """So many of the mechanical slips of each case."""
    for case in CORPUS:
        points = [case.arguments(np.random.default_rng(seed)) for seed in range(2)]
        found = mutants(case.steps, points, case.known)
        chosen = np.random.default_rng(seed).permutation(len(found))[:count]
        for i in chosen:
            mutant = found[i]
            words = {case.steps.quantities[mutant.step]: mutant.acceptable}
            fresh = case.arguments(np.random.default_rng(99))
            yield Trial(f"{case}: {mutant}", case.cost, case.steps, mutant.steps, points[0], fresh, words)


def of_programs(programs: int, slips: int, first: int = 0) -> Iterator[Trial]:
    """Random programs, their derivations as `derive` prints them, and so many mechanical slips in each."""
    for seed in range(first, first + programs):
        made = program(seed)
        points = [made.arguments(np.random.default_rng(point)) for point in range(2)]
        derivation = derive(made.cost, *points[0])
        scope: dict[str, Any] = {}
        exec(derivation.source, scope)
        text = derivation.source[derivation.source.index("def gradient(") :]
        steps = Steps(text, scope)
        known = [*made.shapes, *derivation.forward]
        found = mutants(steps, points, known)
        chosen = np.random.default_rng(seed).permutation(len(found))[:slips]
        argnums = derivation.recorded.argnums
        for i in chosen:
            mutant = found[i]
            words = {steps.quantities[mutant.step]: mutant.acceptable}
            fresh = made.arguments(np.random.default_rng(99))
            yield Trial(f"{made}: {mutant}", made.cost, steps, mutant.steps, points[0], fresh, words, argnums)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=40, help="mechanical slips of each case")
    parser.add_argument("--programs", type=int, default=20, help="random programs")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--slips", type=int, default=20, help="mechanical slips of each program")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    for what, trials in (
        ("planted by hand", planted()),
        ("mechanical", mechanical(given.mutants)),
        ("random programs", of_programs(given.programs, given.slips, given.first)),
    ):
        score = Score()
        for trial in trials:
            judged(trial, score, given.verbose)
        print(f"{what}: {score}\n", flush=True)


if __name__ == "__main__":
    main()


__all__ = ["Score", "Trial", "judged", "mechanical", "of_programs", "planted", "tinygrad_bp"]
