"""A lock between concurrent runs: they work in parallel, but a run that times is alone.

It consists of two file locks (`flock`), which any crash releases. A working run holds the first in
shared mode. A run that wants to time takes the second, the gate, in exclusive mode; the others then
release the first at their next report of progress, and the timing run takes it exclusively.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from calibrate.errors import CalibrateError

_EVERY = 0.05
"""Seconds between two checks of the gate."""


@dataclass(slots=True)
class TimingLock:
    """The timing lock as held by one run.

    Attributes:
        path: the file that all runs of the batch share; None for a single run, which is always
            alone.
        wait_for_tasks: waits until the background tasks of this run have finished.
        clock: seconds, monotonic.
        waited: seconds that this run has waited for others, to exclude from its time.
    """

    path: Path | None
    wait_for_tasks: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.monotonic
    waited: float = 0.0
    _machine: int = -1
    _gate: int = -1
    _parent: int = field(default_factory=os.getppid)
    _checked: float = 0.0
    _thread_lock: threading.RLock = field(default_factory=threading.RLock)
    _timing: bool = False

    def __enter__(self) -> Self:
        """Begin to work as soon as no other run is timing.

        Raises:
            CalibrateError: the file cannot be created.
        """
        if self.path is None:
            return self
        try:
            self._machine = _open(self.path)
            self._gate = _open(self.path.with_name(f"{self.path.name}.gate"))
        except OSError as error:
            self._close()
            raise CalibrateError(f"cannot be used: {error.strerror}", str(self.path)) from error
        self._queue()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def pause(self) -> None:
        """Wait if another run wants to time; called often, from any thread.

        Raises:
            CalibrateError: the process that started the batch has ended.
        """
        if self.path is None:
            return
        with self._thread_lock:
            if self._timing or self.clock() - self._checked < _EVERY:
                return
            self._checked = self.clock()
            if os.getppid() != self._parent:
                raise CalibrateError(
                    "the batch that this run is a part of has ended",
                    hint="what was measured is kept: start the batch again",
                )
            try:
                fcntl.flock(self._gate, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                self.wait_for_tasks()
                fcntl.flock(self._machine, fcntl.LOCK_UN)
                self._queue()
            else:
                fcntl.flock(self._gate, fcntl.LOCK_UN)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until all others have paused, and keep them waiting."""
        self.wait_for_tasks()
        if self.path is None:
            yield
            return
        with self._thread_lock:
            with self._waiting():
                # Released first: two runs that want to time must not wait for each other.
                fcntl.flock(self._machine, fcntl.LOCK_UN)
                fcntl.flock(self._gate, fcntl.LOCK_EX)
                fcntl.flock(self._machine, fcntl.LOCK_EX)
            self._timing = True
            try:
                yield
            finally:
                self._timing = False
                fcntl.flock(self._machine, fcntl.LOCK_SH)
                fcntl.flock(self._gate, fcntl.LOCK_UN)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Pause while another process times for this run, perhaps on this machine."""
        self.wait_for_tasks()
        if self.path is None:
            yield
            return
        with self._thread_lock:
            fcntl.flock(self._machine, fcntl.LOCK_UN)
            try:
                yield
            finally:
                self._queue()

    def _queue(self) -> None:
        """Take the machine lock in shared mode once the gate is free."""
        with self._waiting():
            fcntl.flock(self._gate, fcntl.LOCK_SH)
            fcntl.flock(self._machine, fcntl.LOCK_SH)
            fcntl.flock(self._gate, fcntl.LOCK_UN)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        begun = self.clock()
        try:
            yield
        finally:
            self.waited += self.clock() - begun

    def _close(self) -> None:
        for descriptor in (self._machine, self._gate):
            if descriptor >= 0:
                os.close(descriptor)
        self._machine = self._gate = -1


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
