"""One workload over time, with pytest-benchmark: what became of a figure since an older commit?

    export OPENBLAS_NUM_THREADS=1
    python -m pytest benchmarks/watch.py -k "mlp and by_hand" --benchmark-autosave
    python -m pytest benchmarks/watch.py -k "mlp and by_hand" --benchmark-compare --benchmark-compare-fail=median:20%

The rows of `python -m benchmarks` that need NumPy and tinygrad_bp alone, in this process, by processor time. What is
kept between commits is in `.benchmarks/`. Ratios are what `python -m benchmarks` is for: here the machine must not have
changed.
"""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from benchmarks import environment
from benchmarks.workloads import WORKLOADS

OURS = (None, "tinygrad_bp", "tinygrad_bp jit")
ROWS = [(name, entry.label) for name, w in WORKLOADS.items() for entry in w.entries if entry.peer in OURS]


@pytest.mark.parametrize(("workload", "label"), ROWS, ids=[f"{name}: {label}" for name, label in ROWS])
@pytest.mark.benchmark(timer=time.process_time, warmup=True, warmup_iterations=2)
def test_watch(benchmark, workload, label):
    assert os.environ.get("OPENBLAS_NUM_THREADS") == "1", "set OPENBLAS_NUM_THREADS=1: NumPy has been imported already"
    entry = WORKLOADS[workload].entry(label)
    if not environment.installed(entry.peer or "tinygrad_bp"):
        pytest.skip("not in this version")
    environment.warm_allocator()
    with np.errstate():
        run = entry.build().run
        if run is None:
            pytest.skip("nothing is timed")
        benchmark(run)
    benchmark.extra_info["operations"] = entry.per
