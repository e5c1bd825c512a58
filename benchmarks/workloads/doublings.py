"""Forty doublings y = y + y: 40 nodes, but 2⁴⁰ paths. Instant, unless paths are walked one by one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..case import Case, Entry, Numbers, Workload

DOUBLINGS = 40
Derive = Callable[[], tuple[float, float]]


def double(x: Any) -> Any:
    for _ in range(DOUBLINGS):
        x = x + x
    return x


def on_values(make: Callable[[float], Any], number: Callable[[Any], float]) -> tuple[float, float]:
    x = make(1.0)
    y = double(x)
    y.backward()
    return number(y), number(x.grad)


def ours() -> Derive:
    from tinygrad_bp import Value

    return partial(on_values, Value, lambda v: v if isinstance(v, float) else v.item())


def micrograd() -> Derive:
    from micrograd.engine import Value

    return partial(on_values, Value, lambda v: getattr(v, "data", v))


def mygrad() -> Derive:
    import mygrad as mg

    return partial(on_values, mg.tensor, float)


def pytorch() -> Derive:
    import torch

    torch.set_num_threads(1)
    return partial(on_values, partial(torch.tensor, dtype=torch.float64, requires_grad=True), lambda v: v.item())


def autograd() -> Derive:
    from autograd import value_and_grad

    return partial(value_and_grad(double), 1.0)


def case(engine: Callable[[], Derive]) -> Case:
    derive = engine()

    def results() -> Numbers:
        return dict(zip(("y", "dy/dx"), map(np.array, derive()), strict=True))

    return Case(results, derive)


def expected() -> Numbers:
    return {"y": np.array(2.0**DOUBLINGS), "dy/dx": np.array(2.0**DOUBLINGS)}


ENGINES = {"tinygrad_bp": ours, "micrograd": micrograd, "PyTorch": pytorch, "MyGrad": mygrad, "autograd": autograd}

WORKLOADS = (
    Workload(
        name="doublings",
        title=f"y = y + y, {DOUBLINGS} times, forward and backward",
        reference="tinygrad_bp",
        expected=expected,
        entries=tuple(Entry(peer, peer, partial(case, engine)) for peer, engine in ENGINES.items()),
        roundings=1,  # powers of two: there is none
        unit="pass",
    ),
)
