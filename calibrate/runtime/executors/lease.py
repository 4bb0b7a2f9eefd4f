"""Leases: work on a worker ends with its client, and tells it meanwhile what it does."""

import time
from contextlib import suppress
from pathlib import Path

LEASES, STAGES = "calibrate-leases", "calibrate-stages"
ENDED = "ended"
"""The value of a lease whose client no longer waits."""
PATIENCE = 60.0
"""Seconds without renewal after which the work of a client is stopped."""
_PUBLISH = 2.0
"""Seconds between two looks at the log of a run."""
_TAIL = 4096
"""Bytes at the end of a log that hold its last line."""


class Lease:
    """Checks whether the client still waits: it changes the value of its lease regularly."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._value: object = None
        self._changed = self._queried = time.monotonic()

    def is_over(self) -> bool:
        """Return whether the client has ended, or waits no more."""
        from distributed import get_client

        now = time.monotonic()
        if now - self._queried < PATIENCE / 20:
            return False
        self._queried = now
        try:
            value = get_client().get_metadata([LEASES, self._name], default=None)
        except (OSError, TimeoutError):
            value = self._value
        if value == ENDED:
            return True
        if value != self._value:
            self._value, self._changed = value, now
        return now - self._changed > PATIENCE


class Stages:
    """Publishes what a run does now, which is the last line of its log, to its client.

    Args:
        lease: of the client.
    """

    def __init__(self, lease: str) -> None:
        self._lease = lease
        self._line = ""
        self._published = -_PUBLISH

    def publish(self, log: Path) -> None:
        """Publish the last line of a log if it is another one; called often."""
        from distributed import get_client

        now = time.monotonic()
        if now - self._published < _PUBLISH:
            return
        self._published = now
        line = last_line(log)
        if line != self._line:
            self._line = line
            # Without a client it is of no use; that is for `Lease` to notice.
            with suppress(OSError, TimeoutError):
                get_client().set_metadata([STAGES, self._lease], line)


def last_line(log: Path) -> str:
    """Return the last complete line of a log; empty if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            lines = file.read().decode(errors="replace").split("\n")[:-1]
    except OSError:
        return ""
    return lines[-1].strip() if lines else ""
