"""Many runs, each in a process of its own: a failure is a row, not the end."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from calibrate.child_process import start_module
from calibrate.commands.batch.failure_log import reason
from calibrate.commands.batch.plan import Limits, Planned
from calibrate.commands.batch.readiness import Ready, command, earlier_rows, kept, prepare
from calibrate.context.folder_lock import lock_folder
from calibrate.core.progress import Progress
from calibrate.errors import CalibrateError
from calibrate.models.write import write_text
from calibrate.report.commands.batch import BatchReport, Row, finished
from calibrate.report.commands.batch_html import batch_html
from calibrate.report.commands.batch_junit import render_batch_junit
from calibrate.report.commands.batch_markdown import batch_markdown
from calibrate.report.load import load_report

_DONE = (0, 4)
"""Exit codes of a run that has written its report: within budget, over budget."""
_PATIENCE = 60.0
"""Seconds that a run has to end when it is told to."""


class Child(Protocol):
    """A process, as `subprocess.Popen` is one."""

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """End it."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, as soon as there is one."""
        ...


def start_process(arguments: Sequence[str], log: Path) -> Child:
    """Start a run whose output goes to a file; Ctrl-C reaches the batch alone, which ends it."""
    with log.open("wb") as stream:
        return start_module(
            "calibrate",
            arguments,
            streams={"stdin": subprocess.DEVNULL, "stdout": stream, "stderr": subprocess.STDOUT},
            new_session=True,
        )


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What all runs of a batch are told.

    Attributes:
        force: make finished runs again, replacing whatever results there are.
        allow_plugins: False refuses components of Python files.
    """

    force: bool = False
    allow_plugins: bool = True

    @property
    def arguments(self) -> list[str]:
        """The options of `calibrate run` that say so."""
        return [
            *(["--force"] if self.force else []),
            *([] if self.allow_plugins else ["--no-plugins"]),
        ]


@dataclass(frozen=True, slots=True)
class Host:
    """What a batch asks of the world."""

    start: Callable[[Sequence[str], Path], Child] = start_process
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


class _Running(NamedTuple):
    """A run under way, since when, and with how much of the batch's time."""

    ready: Ready
    child: Child
    begun: float
    limit: float | None


@dataclass(slots=True)
class _Sitting:
    """One sitting of a batch; rows come as runs end."""

    folder: Path
    order: tuple[str, ...]
    host: Host
    begun: float
    created: str
    rows: dict[str, Row] = field(default_factory=dict)

    def report(self) -> BatchReport:
        rows = tuple(self.rows[name] for name in self.order if name in self.rows)
        spent = self.host.monotonic() - self.begun
        return BatchReport(created=self.created, seconds=spent, rows=rows)

    def put(self, *rows: Row) -> None:
        """Add rows and write all that there are: a killed batch goes on from there."""
        self.rows.update((row.name, row) for row in rows)
        report = self.report()
        write_text(report.model_dump_json(indent=2) + "\n", self.folder / "batch.json")
        write_text(render_batch_junit(report), self.folder / "batch.xml")
        write_text(batch_markdown(report), self.folder / "batch.md")
        write_text(batch_html(report, self.folder), self.folder / "batch.html")


def run_batch(
    planned: Sequence[Planned],
    folder: Path,
    limits: Limits,
    progress: Progress,
    *,
    options: BatchOptions = BatchOptions(),
    host: Host = Host(),
) -> BatchReport:
    """Make every run that is not finished yet, and write the summary in every format.

    Args:
        planned: the runs, in the order in which they begin.
        folder: for the summary and what the runs' processes say.
        limits: of time and memory for all of them together, and how many run side by side.
        progress: told of each run.
        options: what all runs are told.
        host: processes and clocks.

    Returns:
        A row a run, also for those that failed.

    Raises:
        CalibrateError: the folder cannot be used, or another batch works in it.
    """
    created = host.now().isoformat(timespec="seconds")
    names = tuple(one.name for one in planned)
    sitting = _Sitting(folder, names, host, host.monotonic(), created)
    with lock_folder(folder / ".batch", progress, wait=False):
        earlier = {} if options.force else earlier_rows(folder / "batch.json", progress)
        settled, ready = [], []
        for one in prepare(planned, folder, allow_plugins=options.allow_plugins):
            row = one if isinstance(one, Row) else kept(one, earlier)
            if row is not None:
                settled.append(row)
                progress.note(f"{row.name}: {_told(row)}")
            elif isinstance(one, Ready):
                ready.append(one)
        # Until they have ended they count as not run: a killed batch leaves nothing green of them.
        sitting.put(*settled, *map(_pending, ready))
        _run_all(sitting, ready, limits, progress, options.arguments)
    return sitting.report()


def _run_all(
    sitting: _Sitting,
    ready: Sequence[Ready],
    limits: Limits,
    progress: Progress,
    further: Sequence[str],
) -> None:
    """Start runs as places become free, until all have ended."""
    host, waiting = sitting.host, list(ready)
    running: dict[str, _Running] = {}
    timing_lock = sitting.folder.absolute() / ".batch" / "timing-lock"
    try:
        while waiting or running:
            while waiting and len(running) < limits.jobs:
                share = limits.time(host.monotonic() - sitting.begun, len(waiting))
                one = waiting.pop(0)
                if share == 0:
                    sitting.put(_not_run(one))
                    continue
                words = command(
                    one, timing_lock, timeout=share, memory=limits.memory(), further=further
                )
                child = host.start(words, Path(one.row.log or ""))
                binds = share is not None and (one.timeout is None or share < one.timeout)
                given = share if binds else None
                running[one.planned.name] = _Running(one, child, host.monotonic(), given)
                progress.stage(f"Running {', '.join(running)}")
            ended = [name for name, run in running.items() if run.child.poll() is not None]
            for name in ended:
                sitting.put(_row(running.pop(name), host.monotonic()))
                progress.note(f"{name}: {_told(sitting.rows[name])}")
            if running and not ended:
                host.sleep(0.1)
    finally:
        _end([run.child for run in running.values()])


def _end(children: Sequence[Child]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _row(run: _Running, now: float) -> Row:
    """The row of a run that has just ended."""
    code, seconds = run.child.wait(), now - run.begun
    row = run.ready.row.model_copy(
        update={"seconds": seconds, "exit_code": code, "limit": run.limit}
    )
    if code not in _DONE:
        told = reason(code, Path(row.log or ""))
        return row.model_copy(update={"outcome": "failed", "message": told})
    try:
        return finished(
            load_report(run.ready.output / "report.json"), row, seconds=seconds, exit_code=code
        )
    except CalibrateError as error:
        return row.model_copy(update={"outcome": "failed", "message": str(error)})


def _told(row: Row) -> str:
    return f"{row.message} (finished before)" if row.kept else row.message


def _pending(ready: Ready) -> Row:
    message = "has not ended yet, or the batch was killed"
    return ready.row.model_copy(update={"outcome": "not run", "message": message, "log": None})


def _not_run(ready: Ready) -> Row:
    told = "the batch's time was over; start it again to go on"
    return ready.row.model_copy(update={"outcome": "not run", "message": told, "log": None})
