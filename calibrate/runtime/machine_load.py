"""Load of the machine by other processes during a timing, and drift of its speed."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

BUSY = 0.1
"""Share of the processors used by other processes above which a timing counts as disturbed."""

DRIFT = 0.1
"""Relative change of the same model's time from first to last that counts as disturbed."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a timing.

    Attributes:
        others: share of the machine's processors used by other processes, 0-1.
        drift: relative change of the same model's time from the first third of the rounds to the
            last, caused for instance by heat or changing load.
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
    """Measures, from its creation on, the processor time of other processes."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._busy = _busy()
        self._process_seconds = _process_time()

    def read(self, times: Sequence[float]) -> Conditions:
        """Return the conditions up to now.

        Args:
            times: of one model, in the order of measurement, in any unit.
        """
        elapsed = max(time.monotonic() - self._begun, 1e-9) * (psutil.cpu_count() or 1)
        others = (_busy() - self._busy) - (_process_time() - self._process_seconds)
        third = max(1, len(times) // 3)
        first, last = statistics.median(times[:third]), statistics.median(times[-third:])
        return Conditions(
            others=min(1.0, max(0.0, others / elapsed)),
            drift=last / first - 1,
            date=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def _busy() -> float:
    """Return the total busy seconds of the machine's processors."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))


def _process_time() -> float:
    """Return the processor seconds of this process, including its threads."""
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)
