"""``tinygrad-bp check`` and ``tinygrad-bp derive``: derivations by hand judged, and the engine's own printed.

Exit code 0 right, 1 wrong, 2 cannot judge, with one line on stderr that says why.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from tinygrad_bp.audit.derivations import derivations
from tinygrad_bp.cli import findings
from tinygrad_bp.cli.judgement import (
    RIGHT,
    UNJUDGED,
    VERDICTS,
    WRONG,
    Judged,
    Settings,
    agreements,
    finite,
    is_the_files,
    judge,
    quiet,
    said_plainly,
)
from tinygrad_bp.cli.smallest import Smallest, smallest
from tinygrad_bp.cli.subjects import Subject, cost_and_arguments, subjects
from tinygrad_bp.cli.target import UnjudgeableError, loaded
from tinygrad_bp.cli.usage import INTERRUPT, fail, print_json, say, tolerance
from tinygrad_bp.derivation import derive
from tinygrad_bp.derivation.compare import Case
from tinygrad_bp.derivation.derive import chosen
from tinygrad_bp.program import trace
from tinygrad_bp.run import names_of, padded
from tinygrad_bp.transforms import value_and_grad

Where = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE.py[:NAME]",
        help="A file, or package.module:NAME. It has cost(…), by_hand(…) and arguments. "
        "Without it the notes' own derivations are judged.",
    ),
]


def check_command(
    target: Where = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON and nothing else.")] = False,
    tau: Annotated[
        float | None,
        typer.Option(
            metavar="τ",
            callback=tolerance,
            help="The relative error of an entry that is nobody's concern, beyond rounding. Default: 1e-9 for steps, "
            "1e-6 for a gradient that is checked by differences.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of the points, and of arguments(rng).")] = 0,
    points: Annotated[int, typer.Option(metavar="N", min=1, help="At how many points each step is judged.")] = 3,
    shrink: Annotated[bool, typer.Option("--shrink/--no-shrink", help="Seek the smallest case that is wrong.")] = True,
) -> None:
    """Judge a gradient derived by hand, step by step: which step is wrong, and what is wrong with it.

    FILE.py has three names. cost is a function written in NumPy that gives one number; name(value, "z2") names its
    intermediate quantities. by_hand is a function of the same arguments that gives a dict: by an argument's name
    ∂cost/∂argument, by a named quantity's name its δ. arguments are samples of what cost takes: a tuple, list or dict
    by name, or a function arguments(rng) that draws them.

    Functions marked @derivation(of=cost) are judged as by_hand is, all of them, and those of one cost held against each
    other. A by_hand or gradient that gives arrays without names is checked by differences of cost.

    Without FILE.py the notes' derivations N10 and N14 to N17 are judged, as written and as corrected.

    Exit code 0: right; 1: wrong, also where one of several is; 2: cannot be judged, and one line says why.
    """
    settings = Settings(tau, seed, points)
    code = _notes(settings, as_json) if target is None else _file(target, settings, as_json, shrink)
    if code:
        raise typer.Exit(code)


def derive_command(
    target: Annotated[
        str, typer.Argument(metavar="FILE.py[:NAME]", help="A file with cost(…) and arguments, or package.module:NAME.")
    ],
    latex: Annotated[bool, typer.Option("--latex", help="As LaTeX, aligned and numbered.")] = False,
    source: Annotated[bool, typer.Option("--source", help="As a function in NumPy that runs alone.")] = False,
    svg: Annotated[bool, typer.Option("--svg", help="As a drawing of the forward and the backward pass.")] = False,
    wrt: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="The arguments to differentiate in, as W1,b1. Default: those that by_hand gives, or all of floats.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of arguments(rng).")] = 0,
) -> None:
    """Print the engine's own derivation of the gradient of cost, one named step for each named quantity.

    FILE.py has cost, a function written in NumPy that gives one number and names its intermediate quantities by
    name(value, "z2"), and arguments, as for check. Its formulas hold for the shapes of the arguments.

    Exit code 0; 2 for what you can put right.
    """
    if latex + source + svg > 1:
        fail("choose one of --latex, --source and --svg")
    with _unjudged(), _prints_to_stderr(True), loaded(target) as found:
        cost, arguments, subject = cost_and_arguments(found, seed)
        try:
            argnums = _argnums(cost, arguments, subject, wrt)
            text = _drawing(cost, arguments, argnums) if svg else _derived(cost, arguments, argnums, latex, source)
        except UnjudgeableError:
            raise
        except Exception as error:
            if not is_the_files(error, found.fault):
                raise
            raise UnjudgeableError(f"{found.where}: {said_plainly(error, found.fault)}") from None
    print(text)


def _file(target: str, settings: Settings, as_json: bool, shrink: bool) -> int:
    """Judge the derivations of a file, show what is found; the exit code."""
    every: list[Judged] = []
    rows = []
    with _unjudged(), _prints_to_stderr(as_json), loaded(target) as found:
        for subject in subjects(found, settings.seed):
            judged = judge(subject, settings, found.fault)
            if not as_json and judged.result is not None:
                print("\n" * any(each.result is not None for each in every), end="")
                findings.show(judged, found.where)
            with findings.waiting("seeking the smallest case …"):
                case = smallest(judged, settings) if shrink else None
            if not as_json:
                findings.show_smallest(case)
            every.append(judged)
            rows.append({**judged.to_dict(), "smallest": case.to_dict() if isinstance(case, Smallest) else None})
    code = _code(every)
    of_costs = agreements(every, settings)
    if as_json:
        pairs = [{"cost": cost, **agreement.to_dict_of_pairs()} for cost, agreement in of_costs]
        print_json({"file": target, "verdict": VERDICTS[code], "derivations": finite(rows), "agreements": pairs})
    else:
        for cost, agreement in of_costs:
            findings.show_agreement(cost, agreement)
    for judged in every:
        if judged.unjudged is not None:
            say(f"{found.where}: {judged.unjudged}")
    return code


def _notes(settings: Settings, as_json: bool) -> int:
    """Judge the notes' derivations, show what is found; the exit code."""
    every = [
        (of, judge(Subject(str(of), of.cost, of.by_hand, of.arguments), settings, str))
        for of in derivations(settings.seed)
    ]
    if as_json:
        rows = [
            {"id": of.id, "as": "written" if of.written else "corrected", "formula": of.formula, **judged.to_dict()}
            for of, judged in every
        ]
        print_json(rows)
    else:
        findings.show_notes(every)
    return _code([judged for _, judged in every])


def _code(every: Sequence[Judged]) -> int:
    """Wrong where one is; else not judged where one is not."""
    codes = {judged.code for judged in every}
    return next((code for code in (WRONG, UNJUDGED) if code in codes), RIGHT)


def _argnums(cost: Any, arguments: tuple[Any, ...], subject: Subject | None, wrt: str | None) -> tuple[int, ...] | None:
    """The arguments to differentiate in; None for all of floats."""
    if wrt is not None:
        names = padded(names_of(cost), arguments)
        for name in wrt.split(","):
            if name not in names[: len(arguments)]:
                raise UnjudgeableError(f"--wrt {name}: cost has no such argument; it has {', '.join(names)}")
        return tuple(names.index(name) for name in wrt.split(","))
    if subject is not None:
        with contextlib.suppress(Exception), quiet():  # a derivation by hand that fails does not matter here
            return Case(cost, subject.by_hand, arguments, None, 0.0, 0, 1).argnums
    return None


def _derived(cost: Any, arguments: tuple[Any, ...], argnums: Any, latex: bool, source: bool) -> str:
    derivation = derive(cost, *arguments, argnums=argnums)
    return str(derivation.latex if latex else derivation.source.rstrip() if source else derivation)


def _drawing(cost: Any, arguments: tuple[Any, ...], argnums: tuple[int, ...] | None) -> str:
    """The program of the cost and its gradient, drawn."""
    program = trace(value_and_grad(cost, chosen(cost, arguments, argnums)), *arguments)
    try:
        return program.svg
    except ImportError as error:
        raise UnjudgeableError(f"--svg: {error}") from None


@contextlib.contextmanager
def _unjudged() -> Iterator[None]:
    """What cannot be judged is one line on stderr."""
    try:
        yield
    except UnjudgeableError as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("interrupted", INTERRUPT)


@contextlib.contextmanager
def _prints_to_stderr(wanted: bool) -> Iterator[None]:
    """What the file prints goes to stderr, where the output is for a program."""
    with contextlib.redirect_stdout(sys.stderr) if wanted else contextlib.nullcontext():
        yield
