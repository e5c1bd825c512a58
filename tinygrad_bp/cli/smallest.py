"""The smallest case in which a derivation is wrong, with what a person needs to redo it with a pencil."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_bp.cli.judgement import WRONG, Judged, Settings, quiet
from tinygrad_bp.cli.subjects import Subject
from tinygrad_bp.derivation import Comparison, compare, smallest_counterexample
from tinygrad_bp.derivation.compare import Case
from tinygrad_bp.derivation.hand import collected
from tinygrad_bp.network import Network
from tinygrad_bp.tree import children


@dataclass(frozen=True)
class Smallest:
    """The smallest case in which a derivation is wrong.

    comparison  of the derivation at the case alone
    arguments   the case, by name
    seen        what the first wrong step is made of there, by name: named quantities, and the derivation's own δ
    """

    comparison: Comparison
    arguments: dict[str, Any]
    seen: list[tuple[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**self.comparison.to_dict(), "arguments": as_lists(self.arguments)}


def as_lists(x: Any) -> Any:
    """Arrays as lists; what JSON has no word for as Python writes it."""
    parts = children(x)
    if parts is not None:
        values = [as_lists(part) for _, part in parts]
        return dict(zip(map(str, x), values, strict=True)) if isinstance(x, dict) else values
    if isinstance(x, (np.ndarray, np.generic)):
        return x.tolist()
    return x if x is None or isinstance(x, (bool, int, float, str)) else repr(x)


def smallest(judged: Judged, settings: Settings) -> Smallest | str | None:
    """The smallest case in which a wrong derivation is wrong; or why it was not sought; None where none was found."""
    if judged.code != WRONG or not isinstance(judged.result, Comparison):
        return None
    subject = judged.subject
    what: dict[str, Any] = {} if subject.steps else {"arguments": subject.arguments}
    try:
        with quiet(), np.errstate(all="ignore"):
            cost, by_hand = subject.steps or (
                refusing(subject.cost),
                refusing(_up_to_the_first(subject, judged.result)),
            )
            found = smallest_counterexample(cost, by_hand, **what, seed=settings.seed)
            return None if found.first_wrong is None else _at_the_case(cost, by_hand, found)
    except ImportError:
        return 'The smallest case is sought by Hypothesis, which is not installed: pip install "tinygrad_bp[test]"'
    except (TypeError, ValueError) as error:
        return f"No smaller case was found: {error}."


def refusing(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whatever it fails with a ValueError: arguments of other shapes, for which it is not made."""

    @functools.wraps(f)
    def called(*arguments: Any) -> Any:
        try:
            return f(*arguments)
        except Exception as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error

    return called


def _up_to_the_first(subject: Subject, found: Comparison) -> Callable[..., Any]:
    """The derivation with one wrong step alone, the first, so that the case is one of that; all of it under a
    convention, which a part does not show.
    """
    wrong = [finding.quantity for finding in found.findings if finding.verdict == "wrong"]
    if len(wrong) == 1 or found.convention:
        return subject.by_hand
    kept = {finding.quantity for finding in found.findings if finding.verdict == "right"} | {wrong[0]}
    recorded = Case(subject.cost, subject.by_hand, subject.arguments, None, 0.0, found.seed, 1).derivation.recorded

    def part(*arguments: Any) -> dict[str, Any]:
        return {name: x for name, x in collected(subject.by_hand(*arguments), recorded).items() if name in kept}

    return part


def _at_the_case(cost: Any, by_hand: Any, found: Comparison) -> Smallest | None:
    """The case itself, without the points near it at which it was judged too."""
    given = tuple((found.case or {}).values())
    if isinstance(cost, Network):
        cost = _of_the_size(cost, given[0])
    here = compare(cost, by_hand, *given, seed=found.seed, points=1)
    if here.first_wrong is None:
        return None
    if here.convention or isinstance(cost, Network):
        return Smallest(here, found.case or {}, [])
    case = Case(cost, by_hand, given, None, 0.0, found.seed, 1)
    point, formula = case.point(given), here.first_wrong.formula
    known = {name: point.truth[name] for name in case.derivation.forward}
    known |= {f"d_{name}": value for name, value in point.hand.items()}
    return Smallest(
        here, found.case or {}, [(name, np.asarray(x)) for name, x in known.items() if _is_in(name, formula)]
    )


def _of_the_size(network: Network, parameters: dict[str, Any]) -> Network:
    """A network like it, of the size of these parameters."""
    of, layers = network.architecture, range(1, len(parameters) // 2 + 1)
    sizes = [parameters["W1"].shape[1], *(len(parameters[f"b{layer}"]) for layer in layers)]
    return Network(sizes, activation=of.activation, output=of.output, cost=of.cost, decay=of.decay)


def _is_in(name: str, formula: str) -> bool:
    return re.search(rf"(?<![\w\"]){re.escape(name)}(?![\w\"])", formula) is not None
