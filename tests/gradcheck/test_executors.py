"""f evaluated elsewhere: threads, processes, a Dask cluster; what comes back is the same, and what is lost is said."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from tinygrad_bp.gradcheck import gradcheck

from .one_layer import W, cost, slope, wrong_slope


def fatal(W: Any) -> Any:
    """The end of any process but the first."""
    if multiprocessing.parent_process() is not None:
        os._exit(3)
    return cost(W)


#: what is asked of each executor
ASKED: dict[str, dict[str, Any]] = {
    "wrong": {"gradient": wrong_slope},
    "right": {"gradient": slope},
    "the engine's, every entry": {"exhaustive": True},
    "within bounds, every entry": {"gradient": slope, "exhaustive": True, "bounds": (W.min(), W.max() + 1)},
}


def reports(executor: Executor | None) -> dict[str, str]:
    return {name: str(gradcheck(cost, W, seed=7, executor=executor, **asked)) for name, asked in ASKED.items()}


@pytest.fixture(scope="module")
def alone() -> dict[str, str]:
    return reports(None)


def spawned() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


def test_verdicts(alone: dict[str, str]) -> None:
    assert [("PASS" in text, "FAIL" in text) for text in alone.values()] == [(False, True)] + 3 * [(True, False)]


def test_threads(alone: dict[str, str]) -> None:
    with ThreadPoolExecutor(2) as threads:
        assert reports(threads) == alone


def test_processes(alone: dict[str, str]) -> None:
    with spawned() as processes:
        assert reports(processes) == alone
        with pytest.raises(TypeError, match=r"cannot be sent to the workers of ProcessPoolExecutor.*top level"):
            gradcheck(lambda W: np.sum(W), W, gradient=np.ones_like, executor=processes)


def test_a_dask_cluster(alone: dict[str, str]) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:  # noqa: SIM117
        with distributed.Client(cluster) as client:
            executor = client.get_executor()
            assert reports(executor) == alone
            with pytest.raises(TypeError, match=r"cannot be sent to the workers of ClientExecutor.*top level"):
                gradcheck(locked(), W, gradient=slope, executor=executor)


def locked() -> Callable[[Any], Any]:
    """A function that nothing can ship."""
    lock = threading.Lock()

    def f(W: Any) -> Any:
        with lock:
            return cost(W)

    return f


def test_a_worker_that_dies() -> None:
    with spawned() as processes, pytest.raises(RuntimeError, match=r"has lost a call of f.*nothing is judged"):
        gradcheck(fatal, W, gradient=slope, executor=processes)


class Forgetful(Executor):
    """Cancels every third task."""

    def __init__(self) -> None:
        self.count = 0

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Any:
        future: Future[Any] = Future()
        self.count += 1
        if self.count % 3 == 0:
            future.cancel()
        else:
            future.set_result(function(*arguments, **options))
        return future


def test_a_task_that_is_lost() -> None:
    with pytest.raises(RuntimeError, match="Forgetful has lost a call of f"):
        gradcheck(cost, W, gradient=slope, executor=Forgetful())


class Deaf(Executor):
    """Takes nothing."""

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Any:
        raise TypeError("cannot pickle 'lambda'")


def test_an_executor_that_cannot_ship() -> None:
    with pytest.raises(TypeError, match=r"cannot be sent to the workers of Deaf.*top level"):
        gradcheck(cost, W, gradient=slope, executor=Deaf())
