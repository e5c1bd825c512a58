"""A long chain of scalar operations: is a deep graph as cheap, an operation, as a shallow one?"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from ..case import SECONDS, Case, Entry, Limit, Numbers, Wanted, Workload

X, W = 0.5, 0.999
SHORT, DEEP, LONG = 10_000, 100_000, 1_000_000
SOME = 500  # for JAX, which compiles every operation of an unrolled loop; SHORT for those that are slow
Derive = Callable[[int], tuple[float, float, float]]


def floats(operations: int) -> tuple[float, float, float]:
    """y = y·w + x again and again from y = x; and ∂y/∂x, ∂y/∂w, by hand on Python floats."""
    x, w = X, W
    y = x
    ys = []
    for _ in range(operations // 2):
        ys.append(y)
        y = y * w + x
    d, dx, dw = 1.0, 0.0, 0.0
    while ys:
        dx += d
        dw += d * ys.pop()
        d *= w
    return y, dx + d, dw


def on_values(
    make: Callable[[float], Any], number: Callable[[Any], float], operations: int
) -> tuple[float, float, float]:
    """The same on an engine's values with operators and `.backward()`."""
    x, w = make(X), make(W)
    y = x
    for _ in range(operations // 2):
        y = y * w + x
    y.backward()
    return number(y), number(x.grad), number(w.grad)


def ours() -> Derive:
    from tinygrad_bp import Value

    return partial(on_values, Value, lambda v: v if isinstance(v, float) else v.item())


def micrograd() -> Derive:
    from micrograd.engine import Value

    sys.setrecursionlimit(4 * DEEP)  # its backward pass recurses
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

    def chain(xw: tuple[Any, Any], operations: int) -> Any:
        x, w = xw
        y = x
        for _ in range(operations // 2):
            y = y * w + x
        return y

    derive = value_and_grad(chain)

    def run(operations: int) -> tuple[float, float, float]:
        y, (dx, dw) = derive((X, W), operations)
        return float(y), float(dx), float(dw)

    return run


def unrolled(operations: int, x: Any, w: Any) -> Any:
    y = x
    for _ in range(operations // 2):
        y = y * w + x
    return y


def ours_jit() -> Derive:
    from tinygrad_bp import jit, value_and_grad

    return _replayed(lambda f: jit(value_and_grad(f, argnums=(0, 1))))


def jax() -> Derive:
    import jax

    jax.config.update("jax_enable_x64", True)
    return _replayed(lambda f: jax.value_and_grad(f, argnums=(0, 1)))


def jax_jit() -> Derive:
    import jax

    jax.config.update("jax_enable_x64", True)
    return _replayed(lambda f: jax.jit(jax.value_and_grad(f, argnums=(0, 1))))


def _replayed(transform: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Derive:
    """A function of x and w for each length, transformed once."""

    @cache
    def of_length(operations: int) -> Callable[..., Any]:
        return transform(partial(unrolled, operations))

    def derive(operations: int) -> tuple[float, float, float]:
        y, (dx, dw) = of_length(operations)(X, W)
        return float(y), float(dx), float(dw)

    return derive


def timed(engine: Callable[[], Derive], operations: int) -> Case:
    """As `case`, without the count of bytes."""
    derive = engine()
    return Case(lambda: named(operations, derive(operations)), lambda: derive(operations))


def case(engine: Callable[[], Derive], operations: int) -> Case:
    derive = engine()

    def results() -> Numbers:
        return named(operations, derive(operations))

    return Case(results, lambda: derive(operations), {BYTES: lambda: peak(lambda: derive(operations)) / operations})


def peak(run: Callable[[], Any]) -> float:
    """Bytes allocated at most at once, beyond those from before."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most - before


def named(operations: int, numbers: tuple[float, float, float]) -> Numbers:
    return {f"{name} of {operations:,}": np.array(x) for name, x in zip(("y", "∂y/∂x", "∂y/∂w"), numbers, strict=True)}


def expected() -> Numbers:
    return named(SHORT, floats(SHORT)) | named(LONG, floats(LONG))


BYTES = "bytes an operation at the peak (tracemalloc)"
SHORT_LABEL, LONG_LABEL = f"tinygrad_bp, {SHORT:,}", f"tinygrad_bp, {LONG:,}"

WORKLOADS = (
    Workload(
        name="chain",
        title=f"y = y·w + x again and again, {SHORT:,} and {LONG:,} scalar operations, forward and backward",
        reference=SHORT_LABEL,
        expected=expected,
        entries=(
            Entry(SHORT_LABEL, "tinygrad_bp", partial(case, ours, SHORT), per=SHORT),
            Entry(LONG_LABEL, "tinygrad_bp", partial(case, ours, LONG), per=LONG, slow=True),
            Entry(f"Python floats by hand, {SHORT:,}", None, partial(case, lambda: floats, SHORT), per=SHORT),
            Entry(f"micrograd, {SHORT:,}", "micrograd", partial(case, micrograd, SHORT), per=SHORT),
            Entry(f"PyTorch, {SHORT:,}", "PyTorch", partial(case, pytorch, SHORT), per=SHORT),
            Entry(f"MyGrad, {SHORT:,}", "MyGrad", partial(case, mygrad, SHORT), per=SHORT),
            Entry(f"autograd, {SHORT:,}", "autograd", partial(case, autograd, SHORT), per=SHORT),
        ),
        roundings=2 * LONG,
        wanted=(Wanted(LONG_LABEL, SHORT_LABEL, 2.0), Limit(LONG_LABEL, BYTES, 600)),
        unit="operation",
    ),
    Workload(
        name="deep",
        title=f"the same chain, {DEEP:,} scalar operations",
        reference="tinygrad_bp",
        expected=lambda: {name: x for n in (SOME, SHORT, DEEP) for name, x in named(n, floats(n)).items()},
        entries=(
            Entry("tinygrad_bp", "tinygrad_bp", partial(timed, ours, DEEP), per=DEEP),
            Entry("tinygrad_bp jit", "tinygrad_bp jit", partial(timed, ours_jit, DEEP), per=DEEP),
            Entry("Python floats by hand", None, partial(timed, lambda: floats, DEEP), per=DEEP),
            Entry("micrograd", "micrograd", partial(timed, micrograd, DEEP), per=DEEP, slow=True),
            Entry(f"autograd, {SHORT:,}", "autograd", partial(timed, autograd, SHORT), per=SHORT),
            Entry(f"MyGrad, {SHORT:,}", "MyGrad", partial(timed, mygrad, SHORT), per=SHORT),
            Entry("PyTorch", "PyTorch", partial(timed, pytorch, DEEP), per=DEEP, slow=True),
            Entry(f"JAX, {SOME:,}", "JAX", partial(timed, jax, SOME), per=SOME, slow=True),
            Entry(f"JAX jit, {SOME:,}", "JAX jit", partial(timed, jax_jit, SOME), per=SOME),
        ),
        roundings=2 * DEEP,
        wanted=(
            Limit("tinygrad_bp", SECONDS, 1.3e-6),
            *(Wanted("tinygrad_bp", peer, 0.1) for peer in ("micrograd", "PyTorch")),
            *(Wanted("tinygrad_bp", f"{peer}, {SHORT:,}", 0.1) for peer in ("autograd", "MyGrad")),
            Limit("tinygrad_bp jit", SECONDS, 100e-9),
        ),
        unit="operation",
        absent={"tinygrad": "its passes over the graph grow too fast", "torch.compile": "it unrolls the loop"},
    ),
)
