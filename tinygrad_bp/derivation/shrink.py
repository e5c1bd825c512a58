"""The smallest case in which a derivation is wrong, searched and shrunk by Hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..network import Network, Steps
from ..run import names_of, padded
from ..tree import map_leaves
from .compare import Case, as_functions
from .finding import Comparison

#: arrays are of whole numbers from -LARGEST to LARGEST, lengths from 1 to LONGEST
LARGEST, LONGEST = 3, 4
#: a cost, a derivation, arguments
Drawn = tuple[Any, Any, tuple[Any, ...]]


def smallest_counterexample(
    cost: Any,
    by_hand: Any,
    strategy: Any = None,
    *,
    arguments: tuple[Any, ...] | None = None,
    max_examples: int = 200,
    seed: int = 0,
) -> Comparison:
    """The smallest case in which the derivation is wrong, its arguments in `.case`; one that is `.ok` if none is found.

    cost       as `compare` takes it; for a Network, networks of its activation, output, cost and decay are drawn
    by_hand    as `compare` takes it; for a Network, the `Steps` of its recurrence, or a function of (network, X, Y)
    strategy   Hypothesis' strategy of tuples of arguments
    arguments  in its place: sample arguments, whose shapes and kinds are varied; equal lengths stay equal

    Lengths are shrunk first, then the numbers, which are small and whole. ImportError without Hypothesis, which is the
    extra `test`; TypeError where there is nothing to draw from.
    """
    hypothesis = _hypothesis()
    if strategy is not None:
        drawn = strategy.map(lambda given: (cost, by_hand, tuple(given)))
    elif isinstance(cost, Network):
        drawn = _networks(hypothesis, cost, by_hand)
    elif arguments is not None:
        drawn = _arguments(hypothesis, cost, by_hand, tuple(arguments))
    else:
        raise TypeError("there is nothing to draw from: give strategy=, or arguments=, or a Network for the cost")
    settings = hypothesis.settings(
        max_examples=max_examples, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    tried: list[Any] = []

    def is_wrong(given: Any) -> bool:
        tried[:] = [given]
        return _wrong_here(given, seed)

    try:
        found = hypothesis.find(drawn, is_wrong, settings=settings, random=_random(seed))
    except hypothesis.errors.NoSuchExample:
        return _comparison(tried[0], seed)
    return _comparison(found, seed)


def _hypothesis() -> Any:
    try:
        import hypothesis
        import hypothesis.errors
        import hypothesis.strategies
    except ImportError as error:
        raise ImportError("smallest_counterexample needs Hypothesis: pip install 'tinygrad_bp[test]'") from error
    return hypothesis


def _random(seed: int) -> Any:
    import random

    return random.Random(seed)


def _case(given: Drawn, points: int, seed: int) -> Case:
    cost, by_hand, arguments = as_functions(*given)
    return Case(cost, by_hand, arguments, None, 1e-9, seed, points)


def _wrong_here(given: Drawn, seed: int) -> bool:
    """Whether a step is wrong at these arguments, and near them: not at a kink alone."""
    try:
        with np.errstate(all="ignore"):
            case = _case(given, 2, seed)
            here = {judged.quantity for judged in case.judged(1) if judged.verdict == "wrong"}
            return bool(here) and bool(here & {j.quantity for j in case.judged(2) if j.verdict == "wrong"})
    except (ValueError, TypeError, IndexError, ArithmeticError, np.linalg.LinAlgError):
        return False  # shapes that the derivation does not take


def _comparison(given: Drawn, seed: int) -> Comparison:
    """The whole comparison, with the numbers of the case."""
    case = _case(given, 3, seed)
    names = padded(names_of(case.cost), case.arguments)
    found = case.comparison(explain=True)
    return Comparison(
        found.findings, found.convention, found.witness, found.tau, found.seed, found.points,
        dict(zip(names, case.arguments, strict=False)),
    )  # fmt: skip


def _array(st: Any, shape: tuple[int, ...]) -> Any:
    """Arrays of small whole numbers."""
    size = int(np.prod(shape, dtype=int))
    numbers = st.lists(st.integers(-LARGEST, LARGEST), min_size=size, max_size=size)
    return numbers.map(lambda given: np.array(given, dtype=float).reshape(shape))


def _networks(hypothesis: Any, template: Network, by_hand: Any) -> Any:
    """Networks like the template, of any sizes, with examples."""
    st = hypothesis.strategies
    of = template.architecture

    @st.composite  # type: ignore[untyped-decorator, unused-ignore]
    def drawn(draw: Any) -> Drawn:
        layers = draw(st.integers(2, max(3, min(4, of.depth))))
        sizes = [draw(st.integers(1, LONGEST)) for _ in range(layers)]
        if of.output == "softmax":
            sizes[-1] = max(2, sizes[-1])
        m = draw(st.integers(1, LONGEST))
        network = Network(sizes, activation=of.activation, output=of.output, cost=of.cost, decay=of.decay)
        network.parameters = {name: draw(_array(st, p.shape)) for name, p in network.parameters.items()}
        X = draw(_array(st, (m, sizes[0])))
        labels = draw(st.lists(st.integers(0, max(1, sizes[-1] - 1)), min_size=m, max_size=m))
        Y = np.eye(max(2, sizes[-1]))[labels][:, : sizes[-1]] if sizes[-1] > 1 else np.array(labels, float)[:, None]
        hand = by_hand
        if by_hand is not None and not isinstance(by_hand, Steps):
            hand = lambda parameters, X, Y: by_hand(_with(network, parameters), X, Y)  # noqa: E731
        return network, hand, (network.parameters, X, Y)

    return drawn()


def _with(network: Network, parameters: Any) -> Network:
    of = network.architecture
    other = Network(of.sizes, activation=of.activation, output=of.output, cost=of.cost, decay=of.decay)
    other.parameters = parameters
    return other


def _arguments(hypothesis: Any, cost: Any, by_hand: Any, sample: tuple[Any, ...]) -> Any:
    """Arguments shaped like the sample but for its lengths: equal ones stay equal."""
    st = hypothesis.strategies
    lengths: dict[int, None] = {}
    for x in sample:
        map_leaves(lambda _, leaf: lengths.update(dict.fromkeys(np.shape(leaf))), x)

    @st.composite  # type: ignore[untyped-decorator, unused-ignore]
    def drawn(draw: Any) -> Drawn:
        new = {n: draw(st.integers(1, max(2, min(n, LONGEST)))) if n > 1 else n for n in sorted(lengths)}

        def leaf(_: str, x: Any) -> Any:
            if type(x) is float:
                return draw(st.integers(-LARGEST, LARGEST).map(float)) if x < 0 or x > 1 else x
            if not isinstance(x, np.ndarray):
                return x
            shape = tuple(new[n] for n in x.shape)
            if x.dtype.kind == "f" and np.isin(x, (0.0, 1.0)).all():
                return _zeros_and_ones(draw, st, x, shape)
            if x.dtype.kind != "f":
                size = int(np.prod(shape, dtype=int))
                return np.resize(np.minimum(x, max(new.values()) - 1), size).reshape(shape)
            values = draw(_array(st, shape))
            return (np.abs(values) + 1 if (x > 0).all() else values).astype(x.dtype)

        return cost, by_hand, tuple(map_leaves(leaf, x) for x in sample)

    return drawn()


def _zeros_and_ones(draw: Any, st: Any, x: Any, shape: tuple[int, ...]) -> Any:
    """An array of 0 and 1; one in each row where the sample has one in each."""
    if x.ndim == 2 and (x.sum(axis=1) == 1).all():
        return np.eye(shape[1])[draw(st.lists(st.integers(0, shape[1] - 1), min_size=shape[0], max_size=shape[0]))]
    size = int(np.prod(shape, dtype=int))
    return np.array(draw(st.lists(st.integers(0, 1), min_size=size, max_size=size)), float).reshape(shape)
