"""jit(f) gives what f gives: whatever f is, whatever it is given, and whatever happened before."""

from __future__ import annotations

import dataclasses
import gc
import itertools
import threading
import weakref
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.programs import Program, matrices, programs
from tests.tracing.test_tracer import CASES
from tinygrad_bp import Value, grad, hessian, hvp, jit, jvp, log_softmax, sigmoid, value_and_grad, vjp
from tinygrad_bp.program.agree import difference
from tinygrad_bp.tree import leaves

Point = namedtuple("Point", "x y")


@dataclasses.dataclass
class Layer:
    W: Any
    b: Any


class Pair(list):  # type: ignore[type-arg]
    """A list of one's own."""


def assert_replayed(f: Callable[..., Any], *arguments: Any, **options: Any) -> Callable[..., Any]:
    """Require that jit(f) gives what f gives, three times; and that what it gave before does not change."""
    jitted = jit(f)
    with np.errstate(all="ignore"):
        wanted = f(*arguments, **options)
    results = [jitted(*arguments, **options) for _ in range(3)]
    for result in results:
        assert difference(result, wanted) is None
    arrays = [[x for _, x in leaves(result) if isinstance(x, np.ndarray)] for result in results]
    inputs = [x for _, x in leaves((arguments, options)) if isinstance(x, np.ndarray)]
    flat = [x for array in arrays for x in array]
    for i, x in enumerate(flat):
        assert x.flags.writeable
        assert not any(np.may_share_memory(x, y) for y in flat[:i] + inputs)
    for x in flat:
        x[...] = 7 if x.dtype.kind in "iufc" else True
    assert difference(jitted(*arguments, **options), wanted) is None
    return jitted


def programs_of(jitted: Callable[..., Any]) -> int:
    """How many programs a jitted function keeps."""
    return sum(map(len, replays_of(jitted).programs.values()))


def replays_of(jitted: Any) -> Any:
    """Where a jitted function keeps them."""
    return next(x for cell in jitted.__closure__ if hasattr(x := cell.cell_contents, "programs"))


@pytest.mark.parametrize(("f", "arguments"), CASES)
def test_any_transform(f: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    assert programs_of(assert_replayed(f, *arguments)) == 1


@settings(deadline=None)
@given(programs(), st.integers(0, 9))
def test_random_programs(f: Program, seed: int) -> None:
    a, b = matrices(seed)
    assert_replayed(f, a, b)
    assert_replayed(value_and_grad(f, (0, 1)), a, b)
    assert_replayed(lambda a, b, v: hvp(f, (a, b), (v, b)), a, b, np.cos(a))


def test_it_replays(capsys: Any) -> None:
    def f(x: Any) -> Any:
        print("run")
        return x * 2

    jitted = jit(f)
    for i in range(5):
        assert jitted(np.arange(3.0) + i).tolist() == [2.0 * i, 2 + 2.0 * i, 4 + 2.0 * i]
    assert programs_of(jitted) == 1
    assert capsys.readouterr().out == "run\n" * 3  # traced twice, and run itself to compare


CONTAINERS: list[Any] = [
    {"a": np.arange(3.0), "b": [np.ones(2), 1.5]},
    OrderedDict(z=np.arange(3.0), a=np.ones(3)),
    (np.arange(3.0), (), [], {}),
    Point(np.arange(3.0), 2.0),
    Layer(np.arange(3.0), Point(1.0, np.float32(2))),
    Pair([np.arange(3.0), 0.5]),
    {1: np.arange(2.0), (2, "x"): np.ones(1)},
    [[[np.arange(2.0)]], None, True, "name", 3, b"x"],
]


@pytest.mark.parametrize("tree", CONTAINERS, ids=lambda tree: type(tree).__name__)
def test_containers_in_and_out(tree: Any) -> None:
    def scaled(tree: Any, by: float) -> Any:
        from tinygrad_bp.tree import map_leaves

        static = (type(None), bool, int, str, bytes)
        return map_leaves(lambda _, x: x if isinstance(x, static) else x * by, tree), tree

    assert_replayed(scaled, tree, 3.0)


def test_a_dict_in_another_order_is_another_structure() -> None:
    jitted = jit(lambda p: (list(p), {k: x + i for i, (k, x) in enumerate(p.items())}))
    a, b = np.zeros(2), np.ones(2)
    for p in ({"a": a, "b": b}, {"b": b, "a": a}, {"a": a, "c": b}, {"a": a}):
        wanted = (list(p), {k: x + i for i, (k, x) in enumerate(p.items())})
        assert difference(jitted(p), wanted) is None
        assert list(jitted(p)[1]) == list(wanted[1])


def test_shapes_dtypes_and_static_values_have_programs_of_their_own() -> None:
    def f(x: Any, n: Any = 2, mode: str = "a", flag: bool = False) -> Any:
        return x.sum() * n + (1 if mode == "a" else x[..., 0]) if not flag else -x

    jitted = jit(f)
    for _ in range(2):
        for x in (
            np.ones(3),
            np.ones(4),
            np.ones((2, 3)),
            np.ones(3, np.float32),
            np.arange(3),
            np.float64(2),
            np.ones(0),
        ):
            for options in (
                {},
                {"n": 3},
                {"n": 3.0},
                {"n": True},
                {"n": np.int64(3)},
                {"flag": True},
                {"mode": "a", "n": 2},
            ):
                if x.shape == () and isinstance(x, np.float64):
                    continue
                assert difference(jitted(x, **options), f(x, **options)) is None
    assert difference(jitted(np.ones((2, 3)), 2, "b"), f(np.ones((2, 3)), 2, "b")) is None


@pytest.mark.parametrize(
    "x",
    [np.arange(6.0).reshape(2, 3).T, np.arange(12.0)[::2].reshape(2, 3), np.asfortranarray(np.ones((3, 2))),
     np.broadcast_to(1.5, (3, 2)), np.arange(6, dtype=np.float32).reshape(2, 3), np.arange(6.0)[::-1].reshape(3, 2),
     np.ones((0, 2)), np.ones((1, 1)), np.array([[np.nan, np.inf], [-np.inf, -0.0]]), np.full((2, 2), 800.0),
     np.ones((3, 2), ">f8")],
)  # fmt: skip
def test_any_memory(x: np.ndarray) -> None:
    def f(x: Any) -> Any:
        y = sigmoid(x - 0.5) * 2
        z = log_softmax(y.T, axis=-1) if x.size else y.T
        return y, z, z @ y, x.T, x.ravel() * 2, np.sum(y * z.T, axis=0), x[:1] + 0, (x > 1).any(), x

    assert_replayed(f, x)
    jitted = jit(f)
    with np.errstate(all="ignore"):
        for other in (np.ascontiguousarray(x), np.asfortranarray(x), np.repeat(x, 2, 0)[::2]):
            assert difference(jitted(other), f(other)) is None


def test_numbers_of_python_and_of_numpy() -> None:
    def f(x: Any, n: int) -> Any:
        return x * n, -x, x**2, np.exp(x), x / 0.5, max(x, 0.25), x

    for x in (0.3, np.float64(0.3), np.float32(0.3), np.array(0.3)):
        assert_replayed(f, x, 3)
    jitted = jit(lambda x, y: (x / y, np.power(x, y), np.log(x)))
    with np.errstate(all="ignore"):
        for x, y in ((1.0, 2.0), (1.0, 0.0), (-1.0, 0.5), (0.0, 0.0), (float("nan"), 1.0)):
            a, b = np.float64(x), np.float64(y)
            assert difference([np.float64(z) for z in jitted(x, y)], [a / b, a**b, np.log(a)]) is None


def test_a_python_float_for_a_python_float() -> None:
    f = lambda a, b: np.maximum(b, 2.0 * a) ** (2.0 * a)  # noqa: E731
    for g in (grad(f), grad(grad(f)), hessian(f), value_and_grad(grad(f), (0, 1))):
        eager, replayed = g(1.8, 0.0), jit(g)(1.8, 0.0)
        for (_, x), (_, y) in zip(leaves(eager), leaves(replayed), strict=True):
            assert type(x) is type(y) is float
            assert x == y


def test_a_branch_is_traced_again() -> None:
    jitted = jit(value_and_grad(lambda x: np.sum(x * x) if np.sum(x) > 0 else -np.sum(x)))
    for _ in range(3):
        for x in (np.ones(3), -np.ones(3)):
            assert difference(jitted(x), (np.float64(3.0), 2 * x if x[0] > 0 else -np.ones(3))) is None
    assert programs_of(jitted) == 2
    counting = jit(lambda x, n: sum(x[i] for i in range(int(n))))
    for n in [*range(1, 30), *range(1, 30)]:
        assert counting(np.arange(100.0), np.int64(n)) == sum(range(n))
    assert programs_of(counting) == 8


def test_the_cache_is_bounded() -> None:
    jitted = jit(lambda x: x + 1)
    for n in range(1, 100):
        assert jitted(np.zeros(n)).sum() == n
    assert programs_of(jitted) == 64


def test_inside_another_trace_and_given_values_it_is_f() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * x)

    x, v = np.linspace(0, 1, 5), np.ones(5)
    jitted = jit(f)
    jitted(x)
    assert difference(grad(jitted)(x), grad(f)(x)) is None
    assert difference(jit(grad(jitted))(x), grad(f)(x)) is None
    assert (
        difference(grad(lambda x: np.sum(jit(grad(f))(x) ** 2))(x), grad(lambda x: np.sum(grad(f)(x) ** 2))(x)) is None
    )
    assert difference(jvp(jitted, (x,), (v,)), jvp(f, (x,), (v,))) is None
    assert difference(jit(lambda x, v: hvp(jitted, (x,), (v,)))(x, v), hvp(f, (x,), (v,))) is None
    assert difference(vjp(jitted, x)[1](1.0), vjp(f, x)[1](1.0)) is None
    leaf = Value(x)
    jitted(leaf).backward()
    assert difference(leaf.grad, grad(f)(x)) is None


def test_many_threads() -> None:
    def f(a: Any, b: Any) -> Any:
        c = np.tanh(a @ b)
        return c @ c.T, np.sum(c * c)

    jitted = jit(f)
    wrong: list[str] = []

    def work(seed: int) -> None:
        a, b = np.random.default_rng(seed).normal(size=(2, 40, 40))
        wanted = f(a, b)
        wrong.extend(d for _ in range(200) if (d := difference(jitted(a, b), wanted)))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_error_leaves_nothing_behind() -> None:
    jitted = jit(lambda A, b: np.linalg.solve(A, b) * 2)
    b = np.ones(2)
    assert jitted(2 * np.eye(2), b).tolist() == [1, 1]
    with pytest.raises(np.linalg.LinAlgError):
        jitted(np.zeros((2, 2)), b)
    assert jitted(2 * np.eye(2), b).tolist() == [1, 1]
    with pytest.raises(ValueError, match=r"mismatch|align"):
        jitted(np.eye(3), b)
    with pytest.raises(TypeError, match="argument"):
        jitted(np.eye(2))
    assert jitted(np.eye(2), b=b).tolist() == [2, 2]


def test_it_warns_of_nothing() -> None:
    jitted = jit(lambda x: np.log(x) / x)
    assert jitted(np.ones(2)).tolist() == [0, 0]
    assert np.isnan(jitted(np.array([-1.0, 1.0]))[0])
    before = np.geterr()
    assert jitted(np.zeros(2)).tolist() == [-np.inf] * 2
    assert np.geterr() == before


def test_what_it_is_called() -> None:
    def cost(x: Any) -> Any:
        """Half the square."""
        return x * x / 2

    assert jit(cost).__name__ == "cost"
    assert jit(cost).__doc__ == "Half the square."
    assert jit(cost).__wrapped__ is cost  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="jit is of a function"):
        jit(3)  # type: ignore[arg-type]
    for verify in (0, 1.5, True):
        with pytest.raises(ValueError, match="verify"):
            jit(cost, verify=verify)  # type: ignore[arg-type]


def test_results_that_a_replay_cannot_make() -> None:
    with pytest.raises(TypeError, match="returns a function"):
        jit(lambda x: vjp(np.sin, x))(np.ones(2))
    leaf = Value(np.ones(2))
    with pytest.raises(TypeError, match="returns a Value"):
        jit(lambda x: leaf * x)(np.ones(2))
    with pytest.raises(TypeError, match="returns a Value"):
        jit(grad(lambda x: np.sum(leaf * x)))(np.ones(2))


def test_verify_finds_what_jit_does_not_see(tmp_path: Any) -> None:
    file = tmp_path / "factor.txt"
    file.write_text("2.0")
    jitted = jit(lambda x: x * float(file.read_text()), verify=3)
    x = np.ones(2)
    for _ in range(3):
        assert jitted(x).tolist() == [2, 2]
    file.write_text("3.0")
    assert jitted(x).tolist() == [2, 2]
    assert jitted(x).tolist() == [2, 2]
    with pytest.raises(RuntimeError, match=r"differs from .* in the result, by 1"):
        jitted(x)


def test_many_python_floats() -> None:
    """Enough of them for the machine of levels, with a branch on the way."""

    def f(x: list[float], by: float) -> Any:
        s = 0.0
        for i in range(20):
            x = [a * by + b * x[i % 4] for a, b in itertools.pairwise([*x, x[0]])]
            s = s + sum(x)
        return np.tanh(s) if s > 0 else (-s, "negative", x)

    jitted, slope = jit(f), jit(grad(lambda x, by: np.tanh(f(x, by)), 0))
    for x, by in (([1.0, 2.0, 3.0, 0.5], 0.01), ([1.0, 2.0, 3.0, 0.5], -0.01), ([1.0, 2.5, 3.0, 0.5], 0.01)):
        for _ in range(2):
            assert difference(jitted(x, by), f(x, by)) is None
            if by > 0:
                assert difference(slope(x, by), grad(lambda x, by: np.tanh(f(x, by)))(x, by)) is None
    assert "s = k_" in replays_of(jitted).latest.source


def test_verify_knows_rounding() -> None:
    """What cancels is no difference."""
    x, y = np.linspace(0, 1, 11).reshape(11, 1) ** 2, np.linspace(1, 3, 11).reshape(1, 11)
    jitted = jit(lambda x, y: np.sum(x @ y, axis=0) - np.sum(x * y, axis=0), verify=1)
    assert np.abs(jitted(x, y)).max() < 1e-13


def test_what_it_was_traced_with_is_let_go() -> None:
    x = np.ones(1000)
    jitted = jit(lambda p: Point(p.x * 2 + p.x, 1.0))
    gone = weakref.ref(x)
    result = jitted(Point(x, 2.0))
    result = jitted(Point(np.zeros(1000), 2.0))
    del x
    gc.collect()
    assert gone() is None
    assert result.x.sum() == 0
