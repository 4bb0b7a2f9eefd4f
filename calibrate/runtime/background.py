"""Processes beside a run, which are over before anything is timed."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

_Found = TypeVar("_Found")

_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class BackgroundTasks:
    """Work that needs nothing of the run's own process but a thread that waits for another one."""

    _pool: ThreadPoolExecutor
    _begun: list[Future[Any]] = field(default_factory=list)

    def begin(self, work: Callable[[], _Found]) -> "Future[_Found]":
        """Have it done by and by."""
        future = self._pool.submit(work)
        self._begun.append(future)
        return future

    def wait(self) -> None:
        """Until all that was begun is over; what it raised is told to whoever asks for it."""
        wait(self._begun)
        self._begun.clear()


@contextmanager
def background_tasks() -> Iterator[BackgroundTasks]:
    """Room for such work; at the end what was begun is waited for, and what was not is dropped."""
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="beside")
    try:
        yield BackgroundTasks(pool)
    finally:
        pool.shutdown(cancel_futures=True)
