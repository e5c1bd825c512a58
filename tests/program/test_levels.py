"""Programs of single numbers as array operations: the numbers of the program, step by step, to a few ulps."""

from __future__ import annotations

import gc
import importlib
import itertools
import math
import operator
import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from tinygrad_bp import grad, leaky_relu, relu, sigmoid, softplus, value_and_grad
from tinygrad_bp.program import Program, trace
from tinygrad_bp.program.levels import compiled
from tinygrad_bp.program.program import outputs_of
from tinygrad_bp.rules.scalars import SCALAR
from tinygrad_bp.tracing import Step
from tinygrad_bp.tracing.evaluate import evaluate
from tinygrad_bp.tracing.step import map_steps

segments = importlib.import_module("tinygrad_bp.program.levels.segments")
blocks = importlib.import_module("tinygrad_bp.program.levels.blocks")
products = importlib.import_module("tinygrad_bp.program.levels.products")

WAYS = {"chosen": None, "wide": 0.0, "thin": 1.0}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """NumPy for every level, or Python, or what is chosen."""
    if WAYS[request.param] is not None:
        monkeypatch.setattr(segments, "_CALL", WAYS[request.param])
        monkeypatch.setattr(segments, "_ENTRY", WAYS[request.param])
        monkeypatch.setattr(segments, "_SWITCH", 0.0)
    return str(request.param)


def one_by_one(program: Program, inputs: Sequence[Any]) -> list[Any]:
    """The outputs and guards of a program, step by step, each as an eager run computes it."""
    value: dict[Step, Any] = dict(zip(program.inputs, inputs, strict=True))
    value |= {constant: constant.value for constant in program.captured}

    def number(x: Any) -> Any:
        return value[x] if isinstance(x, Step) else x

    with np.errstate(all="ignore"):
        for step in program.steps:
            arguments = map_steps(number, step.arguments)
            y = evaluate(step.function, arguments, map_steps(number, step.options))
            value[step] = math.nan if isinstance(y, complex) else y
    return [value[step] for step in [*outputs_of(program.outputs), *(guard.step for guard in program.guards)]]


def ulps(a: Any, b: Any) -> float:
    """How many ulps lie between two numbers; infinitely many between what is of another type or no number."""
    if type(a) is not type(b) or np.shape(a) != np.shape(b):
        return math.inf
    a, b = np.asarray(a), np.asarray(b)
    same = (a == b) | ((a != a) & (b != b))
    with np.errstate(all="ignore"):
        apart = np.abs(np.subtract(a, b, dtype=float)) / np.spacing(np.abs(np.asarray(b, dtype=float)))
    return float(np.max(np.where(same, 0.0, np.where(np.isnan(apart), math.inf, apart)), initial=0.0))


def furthest(program: Program, inputs: Sequence[Any]) -> float:
    run = compiled(program, worth=0)
    assert run is not None
    return max(map(ulps, run(inputs), one_by_one(program, inputs)), default=0.0)


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, 1e-300]
SPECIAL += [710.0, -746.0]
BINARY = (np.add, np.subtract, np.multiply, np.divide, np.power, np.arctan2, np.maximum, np.minimum, np.remainder,
          np.hypot, np.copysign, np.logaddexp, operator.pow)  # fmt: skip
UNARY = [f for f in SCALAR if f not in BINARY] + [leaky_relu.function, softplus.function, np.sign, np.arcsinh, np.cbrt]


@pytest.mark.parametrize("function", UNARY, ids=lambda f: f.__name__)
def test_every_function_at_ordinary_and_special_numbers(function: Any, way: str) -> None:
    numbers = [*SPECIAL, *np.random.default_rng(0).normal(scale=3.0, size=100).tolist()]
    program = trace(lambda xs: [function(x) for x in xs], [0.5] * len(numbers))
    assert furthest(program, numbers) <= (0 if way == "thin" else 4)


@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
def test_every_function_of_two_numbers(function: Any, way: str) -> None:
    pairs = [(a, b) for a in SPECIAL for b in SPECIAL] + np.random.default_rng(1).normal(size=(50, 2)).tolist()
    program = trace(lambda ps: [function(a, b) for a, b in ps], [[0.5, 0.75] for _ in pairs])
    if function is operator.pow:  # Python raises, or goes complex
        pairs = [(abs(a), b) for a, b in pairs[-50:] * len(pairs)][: len(pairs)]
    assert furthest(program, [x for pair in pairs for x in pair]) <= (0 if way == "thin" else 4)


def test_comparisons_branches_and_choices(way: str) -> None:
    def f(xs: list[Any]) -> Any:
        chosen = [np.where((x > 0.0) & (y != x), x * y, x - y) for x, y in itertools.pairwise(xs)]
        guarded = xs[0] if xs[0] < xs[1] else xs[1]
        truths = [~(x <= 1) for x in xs], [x >= y for x in xs for y in xs]
        return chosen, truths, [(x > 0.5) * x for x in xs], max(guarded, 0.0)

    numbers = np.random.default_rng(2).normal(size=30).tolist()
    program = trace(f, numbers)
    assert program.guards
    for given in (numbers, numbers[::-1], [*SPECIAL, *numbers][:30]):
        assert furthest(program, given) == 0


def scrambled(depth: int, width: int, functions: Sequence[Callable[..., Any]], seed: int) -> Callable[..., Any]:
    """A function of some numbers: random operations on what there is, near and far, some of it used often."""

    def f(xs: list[Any]) -> Any:
        rng = random.Random(seed)
        known = list(xs)
        for _ in range(depth):
            recent = known[-2 * width :] + rng.sample(known, min(len(known), 3)) + [rng.uniform(-2, 2), 2.0, -1.0]
            for _ in range(width):
                pick = rng.choice(functions)
                known.append(pick(*(rng.choice(recent) for _ in range(pick.__code__.co_argcount))))  # type: ignore[attr-defined]
        return [x for x in known[-3 * width :] if rng.random() < 0.5 or x is known[-1]]

    return f


EXACT: list[Callable[..., Any]] = [
    lambda a, b: -(a + b),
    lambda a, b: a - b,
    lambda a, b: a * b * 0.5,
    lambda a, b, c: (a * b + c) * 0.75,
    lambda a, b, c: relu(a + b * 0.25 + c * b + a + a * c),
    lambda a, b: -((a + 0.5) + (b + 1)),
    lambda a: -a,
    lambda a: relu(a),
    lambda a, b, c: np.where(a < b, b, c),
    lambda a, b: np.maximum(a, b) / 2,
    lambda a: np.sqrt(np.absolute(a)),
    lambda a, b: a / (np.square(b) + 1),
]
SMOOTH: list[Callable[..., Any]] = [
    *EXACT[:4],
    lambda a: np.tanh(a),
    lambda a, b: sigmoid(a - b),
    lambda a, b: np.sin(a) * np.cos(b),
    lambda a: np.exp(-np.square(np.tanh(a))),
    lambda a: np.log1p(np.absolute(a)),
    lambda a, b: np.arctan2(a, np.absolute(b) + 1),
    lambda a: np.power(np.tanh(a), 3),
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("depth", "width"), [(40, 3), (8, 60), (3, 300), (300, 1), (25, 25)])
def test_random_graphs_of_exact_operations_keep_every_bit(depth: int, width: int, seed: int, way: str) -> None:
    """Sums of fewer than eight terms keep their order."""
    numbers = np.random.default_rng(seed).normal(size=5).tolist()
    program = trace(scrambled(depth, width, EXACT, seed), numbers)
    assert furthest(program, numbers) == 0
    assert furthest(program, [*SPECIAL[7:11], 0.25]) == 0


@pytest.mark.parametrize("seed", range(6))
def test_gradients_of_random_graphs(seed: int, way: str) -> None:
    f = scrambled(12, 20, SMOOTH, seed)
    program = trace(value_and_grad(lambda xs: sum(f(xs)) / 10), [0.3, -0.4, 0.5])
    run = compiled(program, worth=0)
    assert run is not None
    for _ in range(3):
        numbers = np.random.default_rng(seed).normal(size=3).tolist()
        np.testing.assert_allclose(run(numbers), one_by_one(program, numbers), rtol=1e-10, atol=1e-12)


def network(layers: list[Any], points: list[Any], labels: list[float]) -> Any:
    """Mean of relu(1 - y·score), and the sum of all squared parameters."""
    total: Any = 0.0
    for point, label in zip(points, labels, strict=True):
        x = point
        for i, layer in enumerate(layers):
            z = [sum((w * x_j for w, x_j in zip(row, x, strict=False)), row[-1]) for row in layer]
            x = [relu(z_j) for z_j in z] if i < len(layers) - 1 else z
        total = total + relu(1 - label * x[0])
    return total / len(labels) + 1e-3 * sum(p * p for layer in layers for row in layer for p in row)


def problem(seed: int, sizes: tuple[int, ...] = (3, 7, 5, 1), points: int = 11) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    layers = [rng.normal(size=(n, m + 1)).tolist() for m, n in itertools.pairwise(sizes)]
    return layers, rng.normal(size=(points, sizes[0])).tolist(), rng.choice([-1.0, 1.0], size=points).tolist()


def flat(*trees: Any) -> list[Any]:
    return [x for tree in trees for x in (flat(*tree) if isinstance(tree, (list, tuple)) else [tree])]


@pytest.mark.parametrize("seed", range(4))
def test_a_network_is_as_eager(seed: int, way: str) -> None:
    derive = value_and_grad(network)
    run = compiled(trace(derive, *problem(seed)))
    assert run is not None
    for other in (seed, seed + 10, seed + 20):
        given = problem(other)
        eager = flat(derive(*given))
        result = run(flat(given))
        assert all(type(x) is float for x in result)
        np.testing.assert_allclose(result, eager, rtol=1e-13, atol=1e-14)


def test_a_network_becomes_matrix_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forward and backward: every sum over units and over points, whatever their numbers, is found to be one."""
    found: list[Any] = []
    grids = blocks.grids
    monkeypatch.setattr(blocks, "grids", lambda *given: found.extend(new := grids(*given)) or new)
    program = trace(value_and_grad(network), *problem(0, (2, 16, 16, 1), 20))
    assert furthest(program, flat(problem(1, (2, 16, 16, 1), 20))) < 1e5
    shapes = {(len(grid.left), len(grid.right), len(grid.terms)) for grid in found}
    for rows, columns, terms in [(20, 16, 2), (20, 16, 16), (16, 16, 20), (16, 2, 20)]:
        assert {(rows, columns, terms), (columns, rows, terms)} & shapes, (rows, columns, terms)


def test_a_grid_with_gaps_and_several_on_one_level(way: str) -> None:
    def f(A: Any, B: Any, C: Any) -> Any:
        dot = lambda a, b: sum(x * y for x, y in zip(a, b, strict=True))  # noqa: E731
        some = [dot(a, b) for i, a in enumerate(A) for j, b in enumerate(B) if (i + j) % 5]
        return some, [dot(c, d) + c[0] for c in C for d in C], [dot(a, a) for a in A]

    rng = np.random.default_rng(5)
    given = [rng.normal(size=(n, 6)).tolist() for n in (8, 9, 4)]
    program = trace(f, *given)
    numbers = flat(given)
    run = compiled(program)
    assert run is not None
    np.testing.assert_allclose(run(numbers), one_by_one(program, numbers), rtol=1e-13, atol=1e-14)


def test_long_sums_are_within_their_terms_ulps(way: str) -> None:
    def f(xs: list[Any]) -> Any:
        return sum(xs), sum(x * y for x, y in itertools.pairwise(xs)), sum((x * 2.0 for x in xs), xs[3])

    numbers = np.random.default_rng(3).normal(size=3000).tolist()
    run = compiled(trace(f, numbers))
    assert run is not None
    x = np.array(numbers)
    terms = [x, x[1:] * x[:-1], np.array([*x * 2, x[3]])]
    for got, t in zip(run(numbers), terms, strict=True):
        assert abs(got - math.fsum(t)) <= len(t) * np.finfo(float).eps * np.abs(t).sum() / 2


def test_a_chain_of_100_000_operations() -> None:
    def chain(x: Any, w: Any) -> Any:
        y = x
        for _ in range(50_000):
            y = y * w + x
        return y

    run = compiled(trace(value_and_grad(chain, (0, 1)), 0.5, 0.999))
    assert run is not None
    for x, w in [(0.5, 0.999), (-2.0, 0.9), (1.0, 1.5)]:
        y, (dx, dw) = value_and_grad(chain, (0, 1))(x, w)
        assert run([x, w])[0] == y
        np.testing.assert_allclose(run([x, w])[1:], [dx, dw], rtol=1e-12)


def test_a_chain_where_python_raises() -> None:
    def chain(x: Any) -> Any:
        y = x
        for _ in range(200):
            y = np.exp(y) - 1 / (y - 1)
        return y, 1 / x, np.log(x) + np.sqrt(x)

    program = trace(chain, -1.5)
    for x in (-1.5, 1.0, 0.0, 2.0, 800.0, math.inf, math.nan):
        assert furthest(program, [x]) == 0


def test_what_comes_from_arrays_and_goes_into_them(way: str) -> None:
    def f(x: Any, W: Any, s: float) -> Any:
        rows = [sum(w[j] * x[j] for j in range(4)) * s for w in W]
        return np.stack(rows), x[1:3], W.T[2], np.stack([np.stack(rows[:2]), x[-2:]]), x[2] * 2, s

    x, W = np.arange(4.0), np.cos(np.arange(24.0)).reshape(6, 4)
    run = compiled(trace(f, x, W, 0.5), worth=0)
    assert run is not None
    for given in [(x, W, 0.5), (np.array([1.0, math.inf, 0.0, 2.0]), -W, 3.0), (x, np.asfortranarray(W), 1.0)]:
        expected = flat(f(*given))
        for got, wanted in zip(run(given), expected, strict=True):
            assert type(got) is type(wanted)
            assert np.shape(got) == np.shape(wanted)
            np.testing.assert_allclose(got, wanted, rtol=1e-14)
            assert not any(isinstance(got, np.ndarray) and np.may_share_memory(got, part) for part in given[:2])


def test_the_gradient_of_a_loop_over_entries() -> None:
    def f(x: Any, w: float) -> Any:
        y = 0.0
        for i in range(len(x)):
            y = y * w + np.tanh(x[i]) * x[0]
        return y

    x = np.linspace(-1, 1, 50)
    derive = value_and_grad(f, (0, 1))
    run = compiled(trace(derive, x, 0.9))
    assert run is not None
    y, (dx, dw) = derive(-x, 0.8)
    got = run([-x, 0.8])
    assert got[0] == pytest.approx(float(y), rel=1e-14)
    np.testing.assert_allclose(got[1], dx, rtol=1e-13)
    assert got[2] == pytest.approx(float(dw), rel=1e-13)


def test_outputs_that_are_arguments_or_nothing() -> None:
    program = trace(lambda x, y: (x, x, y * 1.0, (), 3), 0.5, 0.25)
    run = compiled(program, worth=0)
    assert run is not None
    assert run([2.0, 3.0]) == [2.0, 2.0, 3.0]
    nothing = compiled(trace(lambda x: None, 0.5), worth=0)
    assert nothing is not None
    assert nothing([1.0]) == []
    with pytest.raises(ValueError, match="2 inputs"):
        run([1.0])


@pytest.mark.parametrize(
    "f",
    [
        lambda x, v: np.sum(v) * x,
        lambda x, v: v * x,
        lambda x, v: v[np.argmax(v)] * x,
        lambda x, v: x * np.float32(2.0),
        lambda x, v: x * 2**60,
        lambda x, v: np.linalg.norm(v) + x,
        lambda x, v: np.ravel(np.stack([np.stack([v[0] * x, v[1]]), np.stack([x, v[0]])]), order="F"),
        lambda x, v: np.add(x, x * x, where=True),
        lambda x, v: np.add(x, 1.0, dtype=np.float32) * x,
    ],
)
def test_other_programs_are_left_to_others(f: Any) -> None:
    assert compiled(trace(f, 0.5, np.ones(3)), worth=0) is None


def test_few_steps_are_not_worth_it() -> None:
    program = trace(lambda x: x * x + 1, 0.5)
    assert compiled(program) is None
    assert compiled(program, worth=1) is not None


def wrong_start(index: Any, truth: bool = False, right: Any = blocks.operand) -> Any:
    found = right(index, truth)
    return found._replace(start=found.start - 1) if hasattr(found, "start") and found.start else found


def wrong_entry(index: Any, truth: bool = False, right: Any = blocks.operand) -> Any:
    found = right(index, truth)
    return found._replace(addresses=np.roll(found.addresses, 1)) if hasattr(found, "addresses") else found


@pytest.mark.parametrize(("wrong", "where"), [(wrong_start, blocks), (wrong_start, products), (wrong_entry, blocks)])
def test_a_wrong_address_is_caught(wrong: Any, where: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests would see it: in sums and single operations, and in matrix products."""
    numbers = flat(problem(1, (2, 16, 16, 1), 20))
    program = trace(grad(network), *problem(0, (2, 16, 16, 1), 20))
    if (wrong, where) == (wrong_entry, blocks):  # there is nothing to gather in a network
        program, numbers = trace(scrambled(3, 300, EXACT, 0), [0.5, 0.25]), [0.75, 1.5]
        monkeypatch.setattr(segments, "_CALL", 0.0)
    assert furthest(program, numbers) < 1e4
    monkeypatch.setattr(where, "operand", wrong)
    try:
        assert furthest(program, numbers) > 1e6
    except ValueError as error:  # it would have been read from beyond the memory
        assert "buffer" in str(error)  # noqa: PT017


def test_memory_is_not_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operand that would reach beyond the memory is an error when it is laid out, no number."""
    right = blocks.operand
    monkeypatch.setattr(blocks, "operand", lambda *given: right(*given)._replace(start=10**6))
    run = compiled(trace(lambda xs: [x * 2.0 for x in xs], [0.5] * 200))
    assert run is not None
    with pytest.raises(ValueError, match="buffer"):
        run([0.5] * 200)


def test_several_threads_at_once() -> None:
    run = compiled(trace(value_and_grad(network), *problem(0)))
    assert run is not None
    given = [flat(problem(i)) for i in range(4)]
    expected = [run(numbers) for numbers in given]
    wrong: list[int] = []

    def work(i: int) -> None:
        wrong.extend(i for _ in range(200) if run(given[i]) != expected[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert [run(numbers) for numbers in given] == expected


def test_garbage_is_collected_again_after_a_trace() -> None:
    assert gc.isenabled()
    trace(lambda x: x * x, 0.5)
    assert gc.isenabled()
    with pytest.raises(TypeError, match="leave the trace"):
        trace(lambda x: x * (1.0 if gc.isenabled() else float(x)), 0.5)
    assert gc.isenabled()
    gc.disable()
    try:
        trace(lambda x: x * x, 0.5)
        assert not gc.isenabled()
    finally:
        gc.enable()
