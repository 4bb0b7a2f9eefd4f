"""What else runs on the machine while something is timed, and whether the machine slows down."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

BUSY = 0.1
"""Share of the machine's processors that others may take before a timing counts as disturbed."""

DRIFT = 0.1
"""Relative change of the same model's time from first to last that counts as disturbed."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which something was timed.

    Attributes:
        others: share of the machine's processors that other processes took meanwhile, 0-1.
        drift: relative change of the same model's time from the first third of the rounds to the
            last: a machine that heats up, or whose load changes.
        date: ISO 8601, UTC.
    """

    others: float
    drift: float
    date: str

    @property
    def disturbed(self) -> bool:
        """Whether the times are worth measuring again on a quiet machine."""
        return self.others > BUSY or abs(self.drift) > DRIFT


class LoadMeter:
    """Measures from its making on what other processes take."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._busy = _busy()
        self._own = _own()

    def read(self, times: Sequence[float]) -> Conditions:
        """The conditions until now.

        Args:
            times: of the same model, in the order measured; any unit.
        """
        elapsed = max(time.monotonic() - self._begun, 1e-9) * (psutil.cpu_count() or 1)
        others = (_busy() - self._busy) - (_own() - self._own)
        third = max(1, len(times) // 3)
        first, last = statistics.median(times[:third]), statistics.median(times[-third:])
        return Conditions(
            others=min(1.0, max(0.0, others / elapsed)),
            drift=last / first - 1,
            date=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def _busy() -> float:
    """Seconds that the machine's processors have worked, all together."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))


def _own() -> float:
    """Seconds that they have worked for this process, its threads included."""
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)
