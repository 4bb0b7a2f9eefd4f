"""`search.memory_limit`: compared with what a run needs before heavy work, and held during it.

Memory is the resident memory of this process and of all that it started, summed as `ps` shows it
and as batch systems count it; memory that processes share counts in each.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import openvino as ov
import psutil

from calibrate.core.container_limits import container_limits
from calibrate.core.progress import Progress
from calibrate.errors import CalibrateError

LEAST = 420 << 20
"""Bytes that the run of a tiny model takes with its helper processes."""

_SEARCH = 130 << 20
"""Bytes that a run takes above Python, OpenVINO and NNCF, whatever the model."""
_CHILD = 110 << 20
"""Bytes of a helper process that runs a tiny model."""
_WEIGHTS = 6
"""Copies of the weights: source, prepared, variants, compiled models, and one in a helper."""
_ACTIVATIONS = 3
"""Copies of all activations of a sample, which calibration reads together."""
_EVERY = 0.5
"""Seconds between two looks at the processes, which take about a millisecond each."""


def tree_memory() -> int:
    """Return the resident bytes of this process and all its descendants."""
    this = psutil.Process()
    total = this.memory_info().rss
    for process in this.children(recursive=True):
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue  # it has just ended
    return total


def needed_memory(model: ov.Model) -> int:
    """Estimate the most bytes that a run takes from now on, samples in memory not included.

    Args:
        model: read; open dimensions count as 1.
    """
    weights = activations = 0
    for op in model.get_ops():
        sizes = [_bytes(port) for port in op.outputs()]
        if op.get_type_name() == "Constant":
            weights += sum(sizes)
        else:
            activations += sum(sizes)
    return tree_memory() + _SEARCH + _CHILD + _WEIGHTS * weights + _ACTIVATIONS * activations


def require_memory(needed: int, limit: int | None) -> int | None:
    """Refuse a run that cannot keep within its limits.

    Args:
        needed: bytes.
        limit: `search.memory_limit` in MiB, None without one.

    Returns:
        Bytes within the limits that are left for samples; None without limits.

    Raises:
        CalibrateError: it needs more than that, or than its container has left.
    """
    if limit is not None and needed > limit << 20:
        raise CalibrateError(
            f"this run needs about {_mib(needed)} MiB with its helper processes, more than the "
            f"limit of {limit} MiB",
            where="search.memory_limit",
            hint=f"allow {_mib(needed)} MiB or more; sample data beyond the limit goes to disk",
        )
    left = container_limits().memory_left
    # What this process has is used already.
    ahead = max(0, needed - tree_memory())
    if left is not None and ahead > left:
        raise CalibrateError(
            f"this run needs about {_mib(needed)} MiB, and {_mib(left)} MiB are left in its "
            "container or batch job",
            hint="give it more memory; `calibrate doctor` shows its limits",
        )
    rooms = [] if limit is None else [(limit << 20) - needed]
    rooms += [] if left is None else [left - ahead]
    return min(rooms, default=None)


@dataclass(slots=True)
class MemoryGuard:
    """Ends a run whose processes together take more than its limit.

    Attributes:
        limit: MiB, None without a limit.
        measure: bytes taken now.
        clock: seconds, monotonic.
    """

    limit: int | None
    measure: Callable[[], int] = tree_memory
    clock: Callable[[], float] = time.monotonic
    _next: float = 0.0

    def check(self) -> None:
        """Look at the processes unless that was done just now.

        Raises:
            CalibrateError: they take more than the limit.
        """
        if self.limit is None or self.clock() < self._next:
            return
        self._next = self.clock() + _EVERY
        taken = self.measure()
        if taken > self.limit << 20:
            raise CalibrateError(
                f"the run and its helper processes take {_mib(taken)} MiB, more than the limit of "
                f"{self.limit} MiB",
                where="search.memory_limit",
                hint="allow more and start it again: what was measured is kept",
            )


@dataclass(frozen=True, slots=True)
class GuardedProgress:
    """A progress that looks at the memory at each step.

    Attributes:
        progress: receives the calls.
        guard: of this run.
    """

    progress: Progress
    guard: MemoryGuard

    def stage(self, title: str, total: int | None = None) -> None:
        """See `Progress.stage`."""
        self.guard.check()
        self.progress.stage(title, total)

    def advance(self, count: int = 1) -> None:
        """See `Progress.advance`."""
        self.progress.advance(count)
        self.guard.check()

    def describe(self, title: str) -> None:
        """See `Progress.describe`."""
        self.progress.describe(title)

    def note(self, text: str) -> None:
        """See `Progress.note`."""
        self.progress.note(text)


def _bytes(port: ov.Output) -> int:
    shape = port.get_partial_shape()
    if shape.rank.is_dynamic:
        return 0
    sizes = [1 if size.is_dynamic else size.get_length() for size in shape]
    return int(prod(sizes) * port.get_element_type().bitwidth // 8)


def _mib(size: int) -> int:
    return -(-size >> 20)
