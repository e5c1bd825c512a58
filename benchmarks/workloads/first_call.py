"""The first call of a replayed function, its tracing included, in units of eager steps: how soon is it worth it?"""

from __future__ import annotations

from functools import partial

from ..case import Entry, Wanted, Workload
from . import mlp, mlp_replayed

PROBLEM = mlp.Problem((784, 128, 10), 64)
EAGER, FIRST = "tinygrad_bp, eager step", "tinygrad_bp jit, first call"

WORKLOADS = (
    Workload(
        name="first-call",
        title="trace and first call of value_and_grad of the 784-128-10 network's cost, batch 64",
        reference=EAGER,
        expected=partial(mlp.expected, PROBLEM),
        entries=(
            Entry(EAGER, "tinygrad_bp", partial(mlp.ours, PROBLEM)),
            Entry(FIRST, "tinygrad_bp jit", partial(mlp_replayed.ours_first_call, PROBLEM)),
            Entry("JAX jit, first call", "JAX jit", partial(mlp_replayed.jax_first_call, PROBLEM)),
        ),
        roundings=PROBLEM.roundings(),
        wanted=(Wanted(FIRST, EAGER, 50.0),),
        absent={"torch.compile": "its first call takes seconds, in processes of its own"},
    ),
)
