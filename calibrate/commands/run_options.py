"""Options, clocks and session of a run."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from calibrate.config.resolved import Resolved
from calibrate.context.store_backend import StoreBackend
from calibrate.core.progress import Progress, TimeLeft
from calibrate.evaluation.remote_evaluations import EvaluationWorkers
from calibrate.runtime.background import BackgroundTasks


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks of a run."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a run that do not change its measurements.

    Attributes:
        force: replace the result of another config or model, and a better one.
        wait: wait for another run in the same folder instead of raising an error.
        timing_lock: a lock file shared by parallel runs, so that only one times at once.
        sign: file of the private key that signs the certificate.
        retime: measure times again, ignoring recorded ones.
        cluster: cluster whose workers evaluate candidates: `local`, `local:N` or a scheduler's
            address; models are timed in this process.
        workers: names or hosts of the workers that evaluate; empty for all.
        helpers: a scheduler whose workers only time and evaluate for targets; for a run that is on
            a worker itself.
    """

    force: bool = False
    wait: bool = False
    timing_lock: Path | None = None
    sign: Path | None = None
    retime: bool = False
    cluster: str | None = None
    workers: tuple[str, ...] = ()
    helpers: str | None = None


@dataclass(frozen=True, slots=True)
class RunSession:
    """A run with its options, store, background tasks and workers."""

    resolved: Resolved
    progress: Progress
    clock: Clock
    conduct: RunOptions
    backend: StoreBackend
    beside: BackgroundTasks
    workers: EvaluationWorkers | None
    expect: Callable[[Callable[[], TimeLeft]], None]
