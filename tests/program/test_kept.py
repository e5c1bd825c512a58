"""Wherever a function reads a number from, a replay sees it change."""

from __future__ import annotations

import argparse
import array
import collections
import dataclasses
import functools
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tinygrad_bp import Network, constant, grad, jit, primitive
from tinygrad_bp.program import guards
from tinygrad_bp.program.kept import KeptArray

x = np.array([1.0, 2.0, 3.0])


@dataclasses.dataclass
class Options:
    rate: float
    other: float = 1.0


@pytest.mark.parametrize(
    ("holder", "read", "write"),
    [
        (types.SimpleNamespace(rate=1.0), lambda h: h.rate, lambda h, x: setattr(h, "rate", x)),
        (argparse.Namespace(rate=1.0), lambda h: h.rate, lambda h, x: setattr(h, "rate", x)),
        (collections.deque([1.0]), lambda h: h[0], lambda h, x: h.appendleft(x)),
        (collections.defaultdict(float), lambda h: h["rate"], lambda h, x: h.update(rate=x)),
        (bytearray(1), lambda h: float(h[0]), lambda h, x: h.__setitem__(0, int(x))),
        (array.array("d", [1.0]), lambda h: h[0], lambda h, x: h.__setitem__(0, x)),
        (np.array([1.0, "a"], dtype=object), lambda h: h[0], lambda h, x: h.__setitem__(0, x)),
        (np.array(1), lambda h: h, lambda h, x: h.__setitem__((), x)),
        (np.array(1.0), lambda h: h, lambda h, x: h.__setitem__((), x)),
        (np.array([0], "M8[D]"), lambda h: h.astype(float), lambda h, x: h.__setitem__(0, np.datetime64(int(x), "D"))),
        (Options(1.0), lambda h: sum(dataclasses.astuple(h)), lambda h, x: setattr(h, "rate", x)),
        (Options(1.0), lambda h: sum(vars(h).values()), lambda h, x: setattr(h, "other", x)),
        (Options(1.0), lambda h: getattr(h, "ra" + "te"), lambda h, x: setattr(h, "rate", x)),
        (Options(1.0), lambda h: hasattr(h, "new"), lambda h, x: setattr(h, "new" if x > 1 else "old", x)),
        (memoryview(np.ones((1, 2))), lambda h: h[0, 1], lambda h, x: h.__setitem__((0, 1), x)),
        (collections.UserDict(rate=1.0), lambda h: h["rate"], lambda h, x: h.update(rate=x)),
        (collections.ChainMap({}, {"rate": 1.0}), lambda h: h["rate"], lambda h, x: h.update(rate=x)),
        (types.MappingProxyType(shown := {"rate": 1.0}), lambda h: h["rate"], lambda h, x: shown.update(rate=x)),
        (lambda: None, lambda h: h.rate, lambda h, x: setattr(h, "rate", x)),  # an attribute of a function
    ],
    ids=lambda x: "" if isinstance(x, types.LambdaType) else type(x).__name__,
)
def test_whatever_holds_a_number(holder: Any, read: Callable[[Any], Any], write: Callable[[Any, Any], Any]) -> None:
    def f(x: Any) -> Any:
        return x * read(holder)

    jitted = jit(f)
    for scale in (1.0, 2.0, 3.0, 3.0):
        write(holder, scale)
        assert jitted(x).tolist() == f(x).tolist()


class Special:
    """Whose numbers are read without its methods being named."""

    rate = 1.0

    def __getitem__(self, i: int) -> float:
        return self.rate

    def __iter__(self) -> Iterator[float]:
        yield self.rate

    def __len__(self) -> int:
        return int(self.rate)

    def __contains__(self, y: float) -> bool:
        return y == self.rate

    def __mul__(self, y: Any) -> Any:
        return self.rate * y

    def __neg__(self) -> float:
        return -self.rate

    def __float__(self) -> float:
        return self.rate

    def __str__(self) -> str:
        return str(self.rate)

    def __enter__(self) -> float:
        return self.rate

    def __exit__(self, *raised: Any) -> None:
        pass

    def __getattr__(self, name: str) -> float:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.rate

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array([self.rate])


def entered(x: Any, special: Special) -> Any:
    with special as rate:
        return x * rate


@pytest.mark.parametrize(
    "read",
    [
        lambda x, s: x * s[0],
        lambda x, s: x * sum(s),
        lambda x, s: x * len(s),
        lambda x, s: x * (1.0 in s),
        lambda x, s: s * x,
        lambda x, s: x * -s,
        lambda x, s: x * float(s),
        lambda x, s: x * len(str(s)),
        entered,
        lambda x, s: x * s.height,
        lambda x, s: x * np.asarray(s),
    ],
)
def test_special_methods(read: Callable[..., Any]) -> None:
    special = Special()

    def f(x: Any) -> Any:
        return read(x, special)

    jitted = jit(f)
    for special.rate in (1.0, 2.0, 10.0, 10.0):
        assert jitted(x).tolist() == f(x).tolist()


class Rate:
    """A descriptor."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def __get__(self, instance: Any, owner: Any) -> float:
        return self.rate


class Rated(type):
    @property
    def of_class(cls) -> float:
        return rates[0]


class Above:
    def scaled(self, x: Any) -> Any:
        return x * rates[0]


class Below(Above, metaclass=Rated):
    described = Rate(1.0)

    def __init__(self) -> None:
        self.rate = rates[0]

    def scaled(self, x: Any) -> Any:
        return super().scaled(x) + 1

    def _twice(self, x: Any) -> Any:
        return 2 * x * rates[0]

    def times(self, n: float, x: Any) -> Any:
        return n * x * rates[0]

    thrice = functools.partialmethod(times, 3.0)

    @functools.singledispatchmethod
    def once(self, x: Any) -> Any:
        return x * rates[0]


rates = [1.0]
below = Below()
vectorized = np.vectorize(lambda y: y * rates[0])


@functools.lru_cache
def cached(rate: float) -> float:
    return rate * len(rates)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * Below().rate,
        lambda x: x * Below.of_class,
        lambda x: below.scaled(x),
        lambda x: x * below.described,
        lambda x: getattr(below, "_" + "twice")(x),
        lambda x: below.thrice(x),
        lambda x: below.once(x),
        lambda x: x * vectorized(1.0),
        lambda x: x * cached(rates[0]),
    ],
)
def test_classes_and_what_calls_for_others(f: Callable[..., Any]) -> None:
    jitted = jit(f)
    for rates[0] in (1.0, 2.0, 3.0, 3.0):
        vars(Below)["described"].rate = rates[0]
        assert jitted(x).tolist() == f(x).tolist()


def test_a_module_imported_by_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("settings_of_a_test")
    module.rate = 1.0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def whole(x: Any) -> Any:
        import settings_of_a_test

        return x * settings_of_a_test.rate

    def part(x: Any) -> Any:
        from settings_of_a_test import rate

        return x * rate

    for f in (jit(whole), jit(part)):
        for rate in (2.0, 3.0):
            monkeypatch.setattr(module, "rate", rate)
            assert f(x).tolist() == (rate * x).tolist()


def test_what_a_jitted_function_or_a_rule_of_ones_own_reads() -> None:
    rate = [1.0]
    inner = jit(lambda x: np.sum(x * x * rate[0]))
    rule = primitive(lambda x: x * 1.5, lambda d, y, x: d * rate[0])
    functions = inner, grad(inner), grad(lambda x: np.sum(rule(x) * x))
    jitted = [jit(f) for f in functions]
    for rate[0] in (1.0, 2.0, 3.0):
        for f, g in zip(functions, jitted, strict=True):
            assert np.array_equal(g(x), f(x))


def test_what_nobody_can_change_is_not_compared() -> None:
    """Large data is gone through at each call, unless it is `constant`."""
    data = np.ones((3, 2))
    lasting = constant(data)
    jitted = jit(lambda y: lasting @ y)
    for bound in (lasting, lasting, constant(2 * data), constant(np.ones((4, 2))).T[:, :3].T):
        lasting = bound
        assert jitted(np.ones(2)).tolist() == (lasting @ np.ones(2)).tolist()
    assert KeptArray("data", lasting).kept is None
    assert KeptArray("data", np.asfortranarray(lasting)).kept is not None


def test_a_network() -> None:
    network = Network([3, 4, 2], seed=0)
    X, Y = np.eye(3), np.array([0, 1, 1])

    def f(parameters: Any) -> Any:
        return network.cost(parameters, X, Y)

    jitted = jit(f)
    for decay in (0.0, 0.1, 0.2):
        network.decay = decay
        assert jitted(network.parameters) == pytest.approx(f(network.parameters), rel=1e-14)


def test_more_objects_than_can_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "_MOST", 100)
    rows = [[float(i)] for i in range(200)]

    def f(x: Any) -> Any:
        return x * rows[150][0]

    with pytest.raises(TypeError, match="f reads what holds more than 100 objects, a list among them"):
        jit(f)(x)
