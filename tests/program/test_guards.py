"""A replay is never silently wrong within what jit can see: what f reads besides its arguments is compared."""

from __future__ import annotations

import functools
import random
import time
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.program.test_jit import programs_of
from tinygrad_bp import Value, grad, jit, value_and_grad
from tinygrad_bp.program import emit
from tinygrad_bp.program.agree import difference
from tinygrad_bp.program.guards import Captured

x = np.array([1.0, 2.0, 3.0])
RATE = 2.0
TABLE = {"W": np.ones(3), "layers": [np.zeros(3), 1]}


def by_rate(x: Any) -> Any:
    return x * RATE


def outer(x: Any) -> Any:
    return by_rate(x) + 1


def with_default(x: Any, by: Any = np.array([1.0, 1.0, 1.0]), *, plus: Any = 1.0) -> Any:  # noqa: B008
    return x * by + plus


class Model:
    scale = 2.0

    def __init__(self) -> None:
        self.W = np.ones(3)
        self.layers = [np.ones(3), np.ones(3)]
        self.unread = 0

    def forward(self, x: Any) -> Any:
        return x * self.W * self.scale + sum(self.layers)

    def __call__(self, x: Any) -> Any:
        return self.forward(x) - 1


class Layer:
    """Its forward pass is jitted as a method."""

    bias = 0.5

    def __init__(self) -> None:
        self.W = np.ones(3)
        self._rate = 1.0

    @property
    def rate(self) -> float:
        return self._rate * 2

    @classmethod
    def shifted(cls, x: Any) -> Any:
        return x + cls.bias

    @staticmethod
    def doubled(x: Any) -> Any:
        return x * 2 * RATE

    @jit
    def forward(self, x: Any) -> Any:
        return self.shifted(self.doubled(x * self.W)) * self.rate


class Slotted:
    __slots__ = ("W",)

    def __init__(self) -> None:
        self.W = np.ones(3)

    def __call__(self, x: Any) -> Any:
        return x * self.W


def closure() -> tuple[Callable[..., Any], Callable[[Any], None]]:
    """A function, and what sets a variable that it captures."""
    by: Any = 2.0

    def f(x: Any) -> Any:
        return x * by

    def set_by(new: Any) -> None:
        nonlocal by
        by = new

    return f, set_by


def assert_follows(f: Callable[..., Any], *changes: Callable[[], Any]) -> Callable[..., Any]:
    """Require that jit(f) gives what f gives before and after each change, twice."""
    jitted = jit(f)
    assert difference(jitted(x), f(x)) is None
    for change in changes:
        before = f(x)
        change()
        assert difference(before, f(x)) is not None, "the change makes no difference"
        for _ in range(2):
            assert difference(jitted(x), f(x)) is None
    return jitted


def test_a_captured_array_changed_in_place() -> None:
    W = np.ones(3)
    assert_follows(lambda x: x * W, lambda: W.__setitem__(0, 5.0), lambda: W.fill(np.nan), lambda: W.fill(-0.0))
    F = np.asfortranarray(np.ones((3, 3)))
    assert_follows(lambda x: x @ F, lambda: F.__setitem__((0, 1), 5.0))
    S = np.ones(6)[::2]
    assert_follows(lambda x: x @ S, lambda: S.__setitem__(1, 5.0))
    assert_follows(lambda x: x * np.sum(W * 2), lambda: W.fill(1.0), lambda: W.fill(3.0))  # read by plain NumPy only
    view = W[:]
    assert_follows(lambda x: x * view, lambda: W.fill(1.5))
    whole = np.ones((2, 3))
    assert_follows(lambda x: x * whole[1], lambda: whole.fill(4.0))


def test_a_closure_variable_bound_again() -> None:
    f, set_by = closure()
    assert_follows(
        f, *(functools.partial(set_by, new) for new in (3.0, np.float32(1.5), x, np.ones((2, 3)), 2, 2.0 + 1e-9))
    )
    jitted = jit(f)
    set_by(2)
    jitted(np.arange(3))
    set_by(2.0)
    assert jitted(np.arange(3)).dtype == np.float64
    set_by(float("nan"))
    jitted(x)
    programs = programs_of(jitted)
    set_by(-float("nan"))
    assert np.isnan(jitted(x)).all()
    assert programs_of(jitted) == programs


def test_a_global(monkeypatch: pytest.MonkeyPatch) -> None:
    for f in (by_rate, outer, grad(lambda x: np.sum(outer(x) ** 2)), lambda x: [outer(x) for _ in range(2)],
              functools.partial(outer), value_and_grad(lambda x: np.sum((lambda y: y * RATE)(x)))):  # fmt: skip
        monkeypatch.undo()
        assert_follows(
            f, lambda: monkeypatch.setitem(globals(), "RATE", 3.0), lambda: monkeypatch.setitem(globals(), "RATE", 4)
        )
    monkeypatch.undo()
    assert_follows(outer, lambda: monkeypatch.setitem(globals(), "by_rate", lambda x: x - 1))
    monkeypatch.undo()
    assert_follows(lambda x: sum(x), lambda: monkeypatch.setitem(globals(), "sum", lambda x: x[0]))


def test_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_follows(
        lambda x: x * TABLE["W"] + TABLE["layers"][0] * TABLE["layers"][1] + len(TABLE),
        lambda: TABLE["W"].__setitem__(1, 3.0),  # type: ignore[attr-defined]
        lambda: TABLE.__setitem__("W", np.full(3, 7.0)),
        lambda: TABLE["layers"].__setitem__(0, np.ones(3)),  # type: ignore[attr-defined]
        lambda: TABLE["layers"].__setitem__(1, 4),  # type: ignore[attr-defined]
        lambda: TABLE.__setitem__("more", 1.0),
    )


def test_defaults() -> None:
    def set_plus() -> None:
        with_default.__kwdefaults__["plus"] = 3.0

    def set_by() -> None:
        with_default.__defaults__ = (np.full(3, 5.0),)

    assert_follows(with_default, lambda: with_default.__defaults__[0].fill(2.0), set_plus, set_by)  # type: ignore[index]


def test_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    for make in (lambda model: model, lambda model: model.forward, lambda model: lambda x: model(x) * 2,
                 lambda model: grad(lambda x: np.sum(model(x) ** 2))):  # fmt: skip
        monkeypatch.undo()
        model = Model()
        jitted = assert_follows(
            make(model),
            lambda model=model: model.W.fill(2.0),
            lambda model=model: setattr(model, "W", np.full(3, 3.0)),
            lambda model=model: model.layers.append(np.ones(3)),
            lambda model=model: model.layers[0].fill(4.0),
            lambda: monkeypatch.setattr(Model, "scale", 5.0),
            lambda model=model: setattr(model, "scale", 6.0),
        )
        programs = programs_of(jitted)
        model.unread += 1
        jitted(x)
        assert programs_of(jitted) == programs
    monkeypatch.undo()
    model = Model()
    assert_follows(
        model,
        lambda: monkeypatch.setattr(Model, "forward", lambda self, x: x * self.W),
        lambda: setattr(model, "forward", lambda x: x * 9),
        lambda: monkeypatch.setattr(Model, "__call__", lambda self, x: x * 8),
    )
    slotted = Slotted()
    assert_follows(slotted, lambda: slotted.W.fill(2.0), lambda: setattr(slotted, "W", np.zeros(3)))


def test_a_jitted_method_and_objects_as_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Layer()

    def eager(x: Any) -> Any:
        return (x * layer.W * 2 * RATE + Layer.bias) * layer.rate

    changes: list[Callable[[], Any]] = [
        lambda: layer.W.fill(2.0),
        lambda: setattr(layer, "W", np.full(3, 3.0)),
        lambda: setattr(layer, "_rate", 3.0),
        lambda: monkeypatch.setattr(Layer, "bias", 7.0),
        lambda: monkeypatch.setitem(globals(), "RATE", 5.0),
    ]
    for change in changes:
        for _ in range(2):
            assert difference(layer.forward(x), eager(x)) is None
        change()
    assert difference(layer.forward(x), eager(x)) is None
    other = Layer()
    assert difference(other.forward(x), (x * 10 + 7) * 2) is None
    assert difference(layer.forward(x), eager(x)) is None
    applied = jit(lambda f, x: f(x))
    f, set_by = closure()
    assert applied(f, x).tolist() == (2 * x).tolist()
    set_by(3.0)
    assert applied(f, x).tolist() == (3 * x).tolist()
    monkeypatch.setattr(Layer, "doubled", staticmethod(lambda x: x))
    assert difference(layer.forward(x), (x * 3 + 7) * 6) is None
    monkeypatch.setattr(Layer, "shifted", classmethod(lambda cls, x: x))
    monkeypatch.setattr(Layer, "rate", property(lambda self: 1.0))
    assert difference(layer.forward(x), x * 3) is None


def test_a_module() -> None:
    config = types.ModuleType("my_config")
    config.rate = 2.0  # type: ignore[attr-defined]
    assert_follows(lambda x: x * config.rate, lambda: setattr(config, "rate", 3.0))


def test_a_captured_value() -> None:
    leaf, number = Value(np.ones(3)), Value(2.0)
    assert_follows(
        lambda x: (leaf * x * number).data,
        lambda: leaf.data.fill(2.0),
        lambda: setattr(leaf, "data", np.zeros(3) + 4),
        lambda: setattr(number, "data", 3.0),
    )


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (lambda x: x * np.random.default_rng().normal(size=3), "differ in what multiply"),
        (lambda x: x * random.random(), "differ in what multiply"),
        (lambda x: x * time.perf_counter_ns(), "differ in what multiply"),
        (lambda x: (x, time.perf_counter_ns()), "what is returned"),
        (lambda x: x[: int(time.perf_counter_ns()) % 2 + 1] if next(COUNTER) % 2 else x + 1, "differ in"),
        (lambda x: x[np.random.default_rng().integers(0, 3, 20)], "differ in what getitem"),
    ],
)
def test_two_runs_that_differ(f: Callable[..., Any], says: str) -> None:
    with pytest.raises(RuntimeError, match=says):
        jit(f)(x)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * (np.random.random() > -1),
        lambda x: x + x if random.random() > -1 else x,
        lambda x: x * (GENERATOR.random() > -1),
        lambda x: x * (COIN.random() > -1),
    ],
)
def test_a_draw_of_the_same_outcome_twice(f: Callable[..., Any]) -> None:
    with pytest.raises(RuntimeError, match="draws random numbers"):
        jit(f)(x)


GENERATOR = np.random.default_rng(0)
COIN = random.Random(0)
COUNTER = iter(range(1000))
HISTORY: list[Any] = []
CALLS = 0


def counted(x: Any) -> Any:
    global CALLS
    CALLS += 1
    return x * 2


def test_side_effects_are_refused_and_put_back() -> None:
    W, total, state, model = np.ones(3), 0, {"n": 0}, Model()
    leaf = Value(np.ones(3))

    def writes(x: Any) -> Any:
        W[0] = 5.0
        return x * W

    def rebinds(x: Any) -> Any:
        nonlocal total
        total += 1
        return x * 2

    def keeps(x: Any) -> Any:
        HISTORY.append(x)
        return x * 2

    def counts(x: Any) -> Any:
        state["n"] += 1
        return x * 2

    def trains(x: Any) -> Any:
        np.sum(leaf * x).backward()
        return x

    def sets(x: Any) -> Any:
        model.W = x
        return x * 2

    for f, what in ((writes, "W"), (rebinds, "total"), (keeps, "HISTORY"), (counts, "state"), (counted, "CALLS"),
                    (trains, "leaf"), (sets, "model.W")):  # fmt: skip
        with pytest.raises(TypeError, match=f"changes .*{what}.*return it instead"):
            jit(f)(x)
    assert W.tolist() == [1, 1, 1]
    assert (total, HISTORY, state, CALLS) == (0, [], {"n": 0}, 0)
    assert leaf.grad is None
    assert model.W.tolist() == [1, 1, 1]


def test_what_escapes_is_refused() -> None:
    for f in (lambda x: x * float(x[0]), lambda x: x * x[0].item(), lambda x: np.asarray(x)):
        with pytest.raises(TypeError, match="leave"):
            jit(f)(x)
        with pytest.raises(TypeError, match="leave"):
            jit(grad(lambda x, f=f: np.sum(f(x))))(x)

    def detached(x: Any) -> Any:
        leaf = Value(x)
        y = leaf * 2
        return (y.detach() * y).data + y.data

    assert_follows(detached)
    f = grad(lambda x: np.sum(x * x.detach()))
    jitted = jit(f)
    for scale in (1.0, 2.0):
        assert jitted(scale * x).tolist() == (scale * x).tolist() == f(scale * x).tolist()


def test_too_many_changes_are_left_to_f() -> None:
    f, set_by = closure()
    jitted = jit(f)
    for i in range(100):
        set_by(float(i))
        assert jitted(x).tolist() == (x * i).tolist()
    assert programs_of(jitted) == 8


def test_what_is_captured_says_what_changed() -> None:
    W = np.ones(3)
    captured = Captured(lambda x: x * W)
    assert captured.changed() is None
    W[0] = 2.0
    assert captured.changed() is not None
    assert "W" in str(captured.changed())
    captured.restore()
    assert W.tolist() == [1, 1, 1]


def test_a_guard_that_is_dropped_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults put into the guards are seen by the tests above."""
    with monkeypatch.context() as planted:
        planted.setattr(Captured, "conditions", lambda self, names: [])
        for test in (
            test_a_captured_array_changed_in_place,
            test_a_closure_variable_bound_again,
            test_a_captured_value,
        ):
            with pytest.raises(AssertionError):
                test()
    with monkeypatch.context() as planted:
        planted.setattr(emit, "_refusal", lambda name, expected: "pass")
        jitted = jit(lambda x: x if np.sum(x) > 0 else -x)
        assert jitted(x).tolist() == [1, 2, 3]
        assert jitted(-x).tolist() != [1, 2, 3]
