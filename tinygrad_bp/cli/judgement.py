"""The judgement on one derivation: of named steps by `compare`, of a gradient alone by `gradcheck`."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_bp.cli.subjects import Subject
from tinygrad_bp.cli.target import UnjudgeableError
from tinygrad_bp.derivation import Agreement, Comparison, compare
from tinygrad_bp.derivation.recorded import BranchError, differentiable
from tinygrad_bp.gradcheck import Report, gradcheck
from tinygrad_bp.run import names_of, padded
from tinygrad_bp.tree import leaves

RIGHT, WRONG, UNJUDGED = 0, 1, 2
VERDICTS = ("right", "wrong", "cannot judge")

Fault = Callable[[BaseException], str]


@dataclass(frozen=True)
class Settings:
    """How it is judged; tau None: as `compare` and `gradcheck` have it by default."""

    tau: float | None = None
    seed: int = 0
    points: int = 3

    @property
    def of_both(self) -> dict[str, Any]:
        """What both take."""
        return {"seed": self.seed, **({} if self.tau is None else {"tau": self.tau})}


@dataclass(frozen=True)
class Judged:
    """A derivation and what was found.

    result    of `compare` or `gradcheck`; None where neither could be called
    unjudged  why there is no judgement, or none on all of it
    said      what else is to be said
    """

    subject: Subject
    result: Comparison | Report | None
    unjudged: str | None = None
    said: str | None = None

    @property
    def named(self) -> bool:
        """Whether the cost names any of its quantities, so that there are steps."""
        arguments = names_of(self.subject.cost)
        found = self.result.findings if isinstance(self.result, Comparison) else ()
        return any(re.split(r"[\[.]", finding.quantity)[0] not in arguments for finding in found)

    @property
    def code(self) -> int:
        """0 right, 1 wrong, 2 cannot judge; what is found wrong is wrong, whatever else could not be judged."""
        if isinstance(self.result, Comparison) and self.result.first_wrong is not None:
            return WRONG
        if isinstance(self.result, Report) and self.result.verdict == "fail":
            return WRONG
        return RIGHT if self.unjudged is None else UNJUDGED

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        by = {Comparison: "compare", Report: "gradcheck"}
        return {
            "name": self.subject.name,
            "cost": self.subject.cost_name,
            "verdict": VERDICTS[self.code],
            "reason": self.unjudged,
            "judged_by": by[type(self.result)] if self.result is not None else None,
            "result": finite(self.result.to_dict()) if self.result is not None else None,
        }


def finite(x: Any) -> Any:
    """The same with None for numbers that JSON has not."""
    if isinstance(x, Mapping):
        return {key: finite(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [finite(value) for value in x]
    return None if isinstance(x, float) and not np.isfinite(x) else x


def judge(subject: Subject, settings: Settings, fault: Fault) -> Judged:
    """Judge one derivation; what it prints is shown once. `fault` says in words what an error of its file is."""
    try:
        _scalar(_called(subject.cost_name, subject.cost, subject.arguments, fault))
        derived = _called(subject.name, subject.by_hand, subject.arguments, fault)
        with quiet():
            _numbers(subject, derived, subject.by_hand(*subject.arguments))
            if isinstance(derived, Mapping):
                return _compared(subject, settings)
            return _checked(subject, derived, settings)
    except UnjudgeableError as error:
        return Judged(subject, None, str(error))
    except Exception as error:
        if not is_the_files(error, fault):
            raise
        return Judged(subject, None, said_plainly(error, fault))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What is called again and again prints nothing."""
    with contextlib.redirect_stdout(_Nowhere()):
        yield


class _Nowhere(io.StringIO):
    def write(self, text: str) -> int:
        return len(text)


def said_plainly(error: Exception, fault: Fault) -> str:
    """An error of the engine's own in its words, one of the file's with its line."""
    return str(error) if isinstance(error, (TypeError, ValueError)) and "line " not in fault(error) else fault(error)


def is_the_files(error: Exception, fault: Fault) -> bool:
    """Whether an error is about what was given, and not our own."""
    expected = (TypeError, ValueError, ArithmeticError, BranchError, RecursionError, MemoryError)
    return isinstance(error, expected) or fault(error).startswith("line ")


def _called(name: str, f: Callable[..., Any], arguments: tuple[Any, ...], fault: Fault) -> Any:
    """f(*arguments); UnjudgeableError where it fails."""
    try:
        return f(*arguments)
    except Exception as error:
        raise UnjudgeableError(f"{name} cannot be computed: {fault(error)}") from None


def _scalar(value: Any) -> None:
    """UnjudgeableError for a cost that is no number."""
    try:
        cost = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise UnjudgeableError(f"cost gives a {type(value).__name__}, and it is to give one number") from None
    if cost.shape != ():
        raise UnjudgeableError(
            f"cost gives an array of shape {cost.shape}, and it is to give one number: sum or average it"
        )
    if not np.isfinite(cost):
        raise UnjudgeableError(f"cost is {cost} at the arguments: choose arguments where it is finite")


def _numbers(subject: Subject, derived: Any, again: Any) -> None:
    """UnjudgeableError for a derivation that gives no numbers, or others when it is called again."""
    parts = [part for _, part in leaves(derived)]
    for part in parts:
        if np.asarray(part).dtype.kind not in "fiub":
            raise UnjudgeableError(
                f"{subject.name} gives {type(part).__name__} where arrays are expected: return a dict by name, "
                '{"W1": …, "z2": …}'
            )
    for one, other in zip(parts, (part for _, part in leaves(again)), strict=False):
        if np.shape(one) == np.shape(other) and not np.allclose(one, other, rtol=1e-6, atol=0, equal_nan=True):
            raise UnjudgeableError(f"{subject.name} gives other numbers when it is called again: draw none in it")


def _compared(subject: Subject, settings: Settings) -> Judged:
    found = compare(subject.cost, subject.by_hand, *subject.arguments, points=settings.points, **settings.of_both)
    if all(finding.verdict == "missing" for finding in found.findings):
        return Judged(subject, None, f"{subject.name} gives nothing that can be judged")
    apart = [f for f in found.findings if f.verdict == "not comparable"]
    unjudged = "; ".join(f"d_{f.quantity} is not comparable: {f.reason}" for f in apart) or None
    return Judged(subject, found, unjudged)


def agreements(every: Sequence[Judged], settings: Settings) -> list[tuple[str, Agreement]]:
    """With the name of the cost, where it has several derivations in named steps, these held against each other."""
    of_a_cost: dict[int, list[Subject]] = {}
    for judged in every:
        if isinstance(judged.result, Comparison):
            cost = judged.subject.cost
            of_a_cost.setdefault(id(getattr(cost, "network", cost)), []).append(judged.subject)
    found: list[tuple[str, Agreement]] = []
    for several in of_a_cost.values():
        if len(several) > 1:
            first = several[0]
            derivations = {subject.name: subject.by_hand for subject in several}
            with quiet():
                agreement = compare(
                    first.cost, derivations, *first.arguments, points=settings.points, explain=False, **settings.of_both
                )
            found.append((first.cost_name, agreement))
    return found


def _checked(subject: Subject, derived: Any, settings: Settings) -> Judged:
    """A gradient without named steps."""
    argnums, said = of_arguments(subject, derived)
    report = gradcheck(
        subject.cost,
        *subject.arguments,
        gradient=subject.by_hand,
        argnums=argnums[0] if len(argnums) == 1 and not _is_tuple_of_one(derived) else argnums,
        **settings.of_both,
    )
    reason = f"{subject.name}: {report.reason}: {report.remedy}" if report.verdict == "inconclusive" else None
    return Judged(subject, report, reason, said)


def _is_tuple_of_one(derived: Any) -> bool:
    return isinstance(derived, (tuple, list)) and len(derived) == 1


def of_arguments(subject: Subject, derived: Any) -> tuple[tuple[int, ...], str]:
    """The arguments that a gradient without names is in: all, or the first that have its shapes; and that in words."""
    names = padded(names_of(subject.cost), subject.arguments)
    floats = [i for i, x in enumerate(subject.arguments) if differentiable(x)]
    parts = list(derived) if isinstance(derived, (tuple, list)) else [derived]
    wanted = [_shapes(part) for part in parts]
    for chosen in itertools.combinations(floats, len(parts)):
        if [_shapes(subject.arguments[i]) for i in chosen] == wanted:
            in_words = ", ".join(names[i] for i in chosen)
            return chosen, f"{subject.name} gives no names: it is taken for the gradient in {in_words}"
    have = ", ".join(f"{names[i]} {_shapes(subject.arguments[i])}" for i in floats)
    raise UnjudgeableError(
        f"{subject.name} gives {', '.join(map(str, wanted))}, and no arguments of these shapes in this order; the "
        f"arguments of floats are {have or 'none'}: return a dict by name"
    )


def _shapes(x: Any) -> Any:
    """The shape of an array; of a container those of its parts."""
    if isinstance(x, Mapping):
        return {key: _shapes(x[key]) for key in sorted(x, key=str)}
    return [_shapes(part) for part in x] if isinstance(x, (tuple, list)) else np.shape(x)
