"""A competitor's process: it builds the case, and then does what it is asked through a pipe."""

from __future__ import annotations

import gc
import math
import multiprocessing
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any

from . import environment


class CompetitorError(Exception):
    """A competitor raised, or took too long; the message is its traceback, or says so."""


class Competitor:
    """The near end: calls are carried out in the competitor's own process, which starts at once.

    The first answer to be taken is `started()`. `results` says whether it computes its numbers to that end.
    """

    def __init__(self, workload: str, label: str, regime: str, *, results: bool = True, patience: float = 120) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, far = context.Pipe()
        self._process = context.Process(target=_serve, args=(far, workload, label, results), daemon=True)
        with environment.allocator(regime):
            self._process.start()
        self._patience = patience
        far.close()

    def started(self) -> Any:
        """Wait until the case is built: its numbers, if they were asked for. CompetitorError if that failed."""
        return self._answer()

    def ask(self, what: str, *arguments: Any) -> Any:
        """One of `_Runner`'s methods. CompetitorError if it raises, or if the process ends."""
        self._pipe.send((what, arguments))
        return self._answer()

    def _answer(self) -> Any:
        if not self._pipe.poll(self._patience):
            self._process.kill()
            raise CompetitorError(f"no answer within {self._patience:g} s")
        try:
            well, answer = self._pipe.recv()
        except EOFError:
            self._process.join()
            raise CompetitorError(f"the process ended with code {self._process.exitcode}") from None
        if not well:
            raise CompetitorError(answer)
        return answer

    def stop(self) -> None:
        """End the process. It ends by itself when it sees the pipe closed, unless it is in the middle of something."""
        self._pipe.close()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


class _Runner:
    """The far end."""

    def __init__(self, workload: str, label: str) -> None:
        from .workloads import WORKLOADS

        self.case = WORKLOADS[workload].entry(label).build()

    def results(self) -> Any:
        return self.case.results()

    def times(self) -> bool:
        return self.case.run is not None

    def calls(self, seconds: float) -> int:
        """How many calls take so long, after the first ones, which may compile."""
        self.case.run()
        if self.round(1) > seconds:
            return 1
        once = self.round(1) or 1e-9
        return max(1, math.ceil(seconds / self.round(max(1, min(1000, int(0.1 * seconds / once))))))

    def round(self, calls: int) -> float:
        """Seconds of processor time a call, over so many calls, after untimed ones where they are short."""
        assert gc.isenabled()
        run = self.case.run
        for _ in range(calls // 10):
            run()
        start = time.process_time()
        for _ in range(calls):
            run()
        return (time.process_time() - start) / calls

    def measures(self) -> dict[str, float]:
        return {name: measure() for name, measure in self.case.measures.items()}


def _serve(pipe: Connection, workload: str, label: str, results: bool) -> None:
    """Answer until the pipe is closed, or until something raises."""
    try:
        runner = _Runner(workload, label)
        pipe.send((True, runner.results() if results else None))
        while True:
            what, arguments = pipe.recv()
            pipe.send((True, getattr(runner, what)(*arguments)))
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        pass
    except Exception:
        pipe.send((False, traceback.format_exc()))
