"""`search.memory_limit`: compared with what a run needs before heavy work, and held during it.

Memory is the proportional set size (PSS) of this process and of all that it started: resident
memory, of which each process counts its part of what several share. Control groups, and so
containers and batch systems, count shared memory once as well.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import openvino as ov
import psutil

from calibrate.core.container_limits import container_limits
from calibrate.errors import CalibrateError

LEAST = 260 << 20
"""Bytes that the run of a tiny model takes at least, with its helper processes."""

_EVERY = 0.5
"""Seconds between two looks at the processes, which take a few milliseconds each."""


@dataclass(frozen=True, slots=True)
class NeededMemory:
    """The memory of a run and its helper processes, in bytes, without samples.

    Attributes:
        least: no run of such a model has taken less; below it a run is refused.
        likely: a typical need; samples are kept in what is left of the limit above it.
    """

    least: int
    likely: int


def tree_memory() -> int:
    """Return the bytes of memory of this process and all its descendants."""
    this = psutil.Process()
    return sum(map(_process_memory, (this, *this.children(recursive=True))))


def needed_memory(model: ov.Model) -> NeededMemory:
    """Estimate the memory of a run from the sizes of its model.

    Quantization reads all activations of a sample together, and copies of the weights are in the
    source, the prepared model, its variants, compiled models and a helper process.

    Args:
        model: with the shapes of a sample; open dimensions count as 1.
    """
    weights = activations = 0
    for op in model.get_ops():
        sizes = [_bytes(port) for port in op.outputs()]
        if op.get_type_name() == "Constant":
            weights += sum(sizes)
        else:
            activations += sum(sizes)
    return NeededMemory(
        least=LEAST + 2 * weights + activations // 2,
        likely=LEAST + (60 << 20) + 6 * weights + 2 * activations,
    )


def require_memory(needed: NeededMemory, limit: int | None) -> int | None:
    """Refuse a run that cannot keep within its limits.

    Args:
        needed: by this run.
        limit: `search.memory_limit` in MiB, None without one.

    Returns:
        Bytes within the limits that are left for samples, 0 at least; None without limits.

    Raises:
        CalibrateError: it needs more than that, or than its container has left.
    """
    if limit is not None and needed.least > limit << 20:
        raise CalibrateError(
            f"this run needs at least {_mib(needed.least)} MiB with its helper processes, more "
            f"than the limit of {limit} MiB",
            where="search.memory_limit",
            hint=f"allow {_mib(needed.likely)} MiB; sample data beyond the limit goes to disk",
        )
    left = container_limits().memory_left
    taken = tree_memory()
    if left is not None and needed.least - taken > left:
        raise CalibrateError(
            f"this run needs at least {_mib(needed.least)} MiB, and {_mib(left)} MiB are left in "
            f"its container or batch job besides the {_mib(taken)} MiB that it has",
            hint="give it more memory; `calibrate doctor` shows its limits",
        )
    bounds = [] if limit is None else [limit << 20]
    bounds += [] if left is None else [taken + left]
    return max(0, min(bounds) - needed.likely) if bounds else None


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


def _process_memory(process: psutil.Process) -> int:
    """Return the PSS of a process, resident memory where the system has no PSS, 0 at its end."""
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", full.rss))
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _bytes(port: ov.Output) -> int:
    shape = port.get_partial_shape()
    if shape.rank.is_dynamic:
        return 0
    sizes = [1 if size.is_dynamic else size.get_length() for size in shape]
    return int(prod(sizes) * port.get_element_type().bitwidth // 8)


def _mib(size: int) -> int:
    return -(-size >> 20)
