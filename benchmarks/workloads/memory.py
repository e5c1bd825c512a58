"""Is what a pass has recorded let go at once, or does it wait for the garbage collector? Here the collector is off."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from ..case import Case, Entry, Limit, Numbers, Workload
from . import chain, doublings, mlp

PASSES = 100
GROWTH = f"memory blocks kept by each of {PASSES} passes, collector off"


def growth(run: Callable[[], Any]) -> float:
    """Blocks that a pass leaves behind, on average, when nothing collects cycles."""
    gc.disable()
    try:
        for _ in range(PASSES):
            run()
        before = _blocks()
        for _ in range(PASSES):
            run()
        return (_blocks() - before) / PASSES
    finally:
        gc.unfreeze()
        gc.enable()


def _blocks() -> int:
    """Blocks of memory in use, by the interpreter's own count, without its lists of freed objects kept for reuse.

    A full collection empties those lists; everything that exists is frozen first, so that no cycle is collected.
    """
    gc.freeze()
    gc.collect()
    return sys.getallocatedblocks()


def case(part: str, build: Callable[[], Case]) -> Case:
    """Another workload's case, not timed; its numbers under the name of that part."""
    timed = build()
    run = timed.run
    assert run is not None
    return Case(lambda: _named(part, timed.results()), None, {GROWTH: lambda: growth(run)})


def _named(part: str, numbers: Numbers) -> Numbers:
    return {f"{part}: {name}": x for name, x in numbers.items()}


def expected() -> Numbers:
    return (
        _named("training step", mlp.expected(SMALL))
        | _named("scalars", chain.named(OPERATIONS, chain.floats(OPERATIONS)))
        | _named("doublings", doublings.expected())
    )


SMALL = mlp.Problem((16, 8, 4), 8)
OPERATIONS = 1_000
PARTS: dict[str, dict[str, Callable[[], Case]]] = {
    "training step": {
        "tinygrad_bp": partial(mlp.ours, SMALL),
        "autograd": partial(mlp.EAGER["autograd"], SMALL),
        "MyGrad": partial(mlp.EAGER["MyGrad"], SMALL),
    },
    "scalars": {
        "tinygrad_bp": partial(chain.case, chain.ours, OPERATIONS),
        "micrograd": partial(chain.case, chain.micrograd, OPERATIONS),
    },
    "doublings": {"tinygrad_bp": partial(doublings.case, doublings.ours)},
}
ENTRIES = tuple(
    Entry(f"{peer}, {part}", peer, partial(case, part, build))
    for part, builds in PARTS.items()
    for peer, build in builds.items()
)
WORKLOADS = (
    Workload(
        name="memory",
        title=f"{PASSES} passes (training step 16-8-4, {OPERATIONS:,} scalar operations, 40 doublings), collector off",
        reference=ENTRIES[0].label,
        expected=expected,
        entries=ENTRIES,
        roundings=2 * OPERATIONS,
        wanted=tuple(Limit(entry.label, GROWTH, 0.5) for entry in ENTRIES if entry.peer == "tinygrad_bp"),
    ),
)
