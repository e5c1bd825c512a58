"""Whether operations are recorded, and whether somebody watches the outcomes: for each thread and task its own."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

#: the no_grad blocks that are open here; a generator may close its own after others were opened, or in another task
paused: contextvars.ContextVar[tuple[object, ...]] = contextvars.ContextVar("paused", default=())
#: called with every plain outcome that a Value decides (comparisons, sign, argmax, …), where somebody watches
_watcher: contextvars.ContextVar[Callable[[Any], None] | None] = contextvars.ContextVar("watcher", default=None)


class _NoGrad(contextlib.ContextDecorator):
    """A block in which nothing is recorded."""

    def __enter__(self) -> None:
        paused.set((*paused.get(), self))

    def __exit__(self, *error: object) -> None:
        blocks = list(paused.get())
        if self in blocks:
            blocks.remove(self)
        paused.set(tuple(blocks))

    def __call__(self, function: Any) -> Any:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"no_grad() cannot decorate the generator {function.__name__}, which runs after it is "
                            f"called: write `with no_grad():` inside it")  # fmt: skip
        if not inspect.iscoroutinefunction(function):
            return super().__call__(function)

        @functools.wraps(function)
        async def coroutine(*arguments: Any, **options: Any) -> Any:
            with self:
                return await function(*arguments, **options)

        return coroutine


def no_grad() -> _NoGrad:
    """Record nothing inside, in this thread or task only: results are leaves. A context manager and a decorator."""
    return _NoGrad()


@contextlib.contextmanager
def enable_grad() -> Iterator[None]:
    """Record inside, whatever is said outside: what the transforms do for the function they are given."""
    token = paused.set(())
    try:
        yield
    finally:
        paused.reset(token)


@contextlib.contextmanager
def watching(watcher: Callable[[Any], None]) -> Iterator[None]:
    """Inside, in this thread or task only, hand every plain outcome that a Value decides to `watcher`."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def watched(outcome: Any) -> Any:
    """The outcome, shown to whoever watches."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(outcome)
    return outcome


def is_recording() -> bool:
    """Whether operations are recorded here."""
    return not paused.get()
