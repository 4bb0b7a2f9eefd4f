"""The active runs of a batch: their stages, and the expected time left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from calibrate.commands.batch.child import Child
from calibrate.commands.batch.readiness import Ready
from calibrate.commands.batch.stages import expected_seconds, stage_of, stage_shares
from calibrate.commands.batch.time_left import time_left
from calibrate.report import numbers
from calibrate.runtime.executors.lease import last_line


@dataclass(slots=True)
class Running:
    """A run in progress.

    Attributes:
        ready: the run.
        child: its process, here or on a worker.
        begun: reading of the clock when it began, seconds.
        limit: seconds of the batch's time that it may take; None without a limit.
        stage: title of its current stage; empty before its first one.
        expected: seconds that it takes in all, by its stages; None if unknown.
    """

    ready: Ready
    child: Child
    begun: float
    limit: float | None
    stage: str = ""
    expected: float | None = None


@dataclass(slots=True)
class BatchClock:
    """Estimates the time that is left from the runs that have ended.

    Attributes:
        count: runs of the batch that are not finished at its start.
        jobs: runs side by side.
        took: seconds of each run that has ended.
    """

    count: int
    jobs: int
    took: list[float] = field(default_factory=list)
    _shares: list[Mapping[str, float]] = field(default_factory=list)

    def end(self, run: Running, seconds: float) -> None:
        """Note a run that has ended, and how it divided its time."""
        self.took.append(seconds)
        try:
            log = Path(run.ready.row.log or "").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return  # without a log only its time is known
        self._shares.append(stage_shares(log))

    def look(self, run: Running, now: float) -> None:
        """Read the stage of an active run from its log."""
        stage = stage_of(last_line(Path(run.ready.row.log or "")))
        if stage and stage != run.stage:
            run.stage = stage
            expected = expected_seconds(stage, now - run.begun, self._shares)
            run.expected = expected or run.expected

    def title(self, running: Sequence[Running], waiting: int, now: float) -> str:
        """Return a line: `2 of 8 ended, about 5 min left: running a (Calibrating), b`."""
        spent = [(now - run.begun, run.expected) for run in running]
        left = time_left(self.took, spent, waiting, self.jobs)
        rest = "" if left is None else f", about {numbers.seconds(left)} left"
        names = ", ".join(
            f"{run.ready.planned.name} ({run.stage})" if run.stage else run.ready.planned.name
            for run in running
        )
        return f"{len(self.took)} of {self.count} ended{rest}: running {names}"
