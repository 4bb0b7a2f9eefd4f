"""Processes beside a run, which are over before anything is timed."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Self, TypeVar

_Found = TypeVar("_Found")

_AT_ONCE = 2


class Beside:
    """Work that needs nothing of the run's own process but a thread that waits for another one.

    Leaving it waits for what was begun, and drops what was not.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="beside")
        self._begun: list[Future[Any]] = []

    def __enter__(self) -> Self:
        """Begin nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def begin(self, work: Callable[[], _Found]) -> "Future[_Found]":
        """Have it done by and by."""
        future = self._pool.submit(work)
        self._begun.append(future)
        return future

    def wait(self) -> None:
        """Until all that was begun is over; what it raised is told to whoever asks for it."""
        wait(self._begun)
        self._begun.clear()
