"""Background processes of a run, which finish before anything is timed."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

_Result = TypeVar("_Result")

_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class BackgroundTasks:
    """Work in other processes; this process only provides threads that wait for it."""

    _pool: ThreadPoolExecutor
    _begun: list[Future[Any]] = field(default_factory=list)

    def begin(self, work: Callable[[], _Result]) -> "Future[_Result]":
        """Start the work in the background and return its future."""
        future = self._pool.submit(work)
        self._begun.append(future)
        return future

    def wait(self) -> None:
        """Wait until all work has finished; exceptions stay in its futures."""
        wait(self._begun)
        self._begun.clear()


@contextmanager
def background_tasks() -> Iterator[BackgroundTasks]:
    """Provide background tasks; at the end, wait for running ones and cancel the others."""
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="beside")
    try:
        yield BackgroundTasks(pool)
    finally:
        pool.shutdown(cancel_futures=True)
