"""Turns of runs side by side: they work together, but whoever times is alone on the machine.

Two locks of the system (`flock`), which a crash of any kind releases. Whoever works shares the
first. Whoever wants to time takes the second, the gate, which makes the others give the first
back the next time they tell their progress, and then takes the first for itself alone.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from calibrate.core.progress import Progress
from calibrate.errors import CalibrateError

_EVERY = 0.05
"""Seconds between two looks at the gate."""


@dataclass(slots=True)
class TimingLock:
    """One run's part in it.

    Attributes:
        path: the file that all runs of the batch share; None for a run by itself, which always
            is alone.
        settled: waits until what this run has begun beside itself is over.
        clock: seconds, monotonic.
        waited: seconds that this run has waited for others; they are no time of its own.
    """

    path: Path | None
    settled: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.monotonic
    waited: float = 0.0
    _room: int = -1
    _gate: int = -1
    _parent: int = field(default_factory=os.getppid)
    _looked: float = 0.0
    _own: threading.RLock = field(default_factory=threading.RLock)
    _timing: bool = False

    def __enter__(self) -> Self:
        """Begin to work, as soon as nobody times.

        Raises:
            CalibrateError: the file cannot be made.
        """
        if self.path is None:
            return self
        try:
            self._room = _open(self.path)
            self._gate = _open(self.path.with_name(f"{self.path.name}.gate"))
        except OSError as error:
            self._close()
            raise CalibrateError(f"cannot be used: {error.strerror}", str(self.path)) from error
        self._queue()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def pause(self) -> None:
        """Wait if somebody wants to time; called often, from any thread.

        Raises:
            CalibrateError: whoever started the batch has died, so nobody waits for this run.
        """
        if self.path is None:
            return
        with self._own:
            if self._timing or self.clock() - self._looked < _EVERY:
                return
            self._looked = self.clock()
            if os.getppid() != self._parent:
                raise CalibrateError(
                    "the batch that this run is a part of has ended",
                    hint="what was measured is kept: start the batch again",
                )
            try:
                fcntl.flock(self._gate, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                self.settled()
                fcntl.flock(self._room, fcntl.LOCK_UN)
                self._queue()
            else:
                fcntl.flock(self._gate, fcntl.LOCK_UN)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until all others have paused, and keep them waiting."""
        self.settled()
        if self.path is None:
            yield
            return
        with self._own:
            with self._waiting():
                # Given back first: two that want to time must not wait for each other.
                fcntl.flock(self._room, fcntl.LOCK_UN)
                fcntl.flock(self._gate, fcntl.LOCK_EX)
                fcntl.flock(self._room, fcntl.LOCK_EX)
            self._timing = True
            try:
                yield
            finally:
                self._timing = False
                fcntl.flock(self._room, fcntl.LOCK_SH)
                fcntl.flock(self._gate, fcntl.LOCK_UN)

    def _queue(self) -> None:
        """Share the room once the gate is free."""
        with self._waiting():
            fcntl.flock(self._gate, fcntl.LOCK_SH)
            fcntl.flock(self._room, fcntl.LOCK_SH)
            fcntl.flock(self._gate, fcntl.LOCK_UN)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        begun = self.clock()
        try:
            yield
        finally:
            self.waited += self.clock() - begun

    def _close(self) -> None:
        for descriptor in (self._room, self._gate):
            if descriptor >= 0:
                os.close(descriptor)
        self._room = self._gate = -1


@dataclass(frozen=True, slots=True)
class PausingProgress:
    """A progress that pauses the run at each of its steps where others want to time.

    Attributes:
        progress: is told.
        timing_lock: of this run.
    """

    progress: Progress
    timing_lock: TimingLock

    def stage(self, title: str, total: int | None = None) -> None:
        """See `Progress.stage`."""
        self.timing_lock.pause()
        self.progress.stage(title, total)

    def advance(self, count: int = 1) -> None:
        """See `Progress.advance`."""
        self.progress.advance(count)
        self.timing_lock.pause()

    def note(self, text: str) -> None:
        """See `Progress.note`."""
        self.progress.note(text)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
