"""Run a batch, each run in a separate process; a failed run becomes a row."""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from calibrate.child_process import start_module
from calibrate.commands.batch.baseline import BatchBaseline
from calibrate.commands.batch.child import Child
from calibrate.commands.batch.failure_log import reason
from calibrate.commands.batch.plan import Limits, Planned
from calibrate.commands.batch.readiness import Ready, command, earlier_rows, kept, prepare
from calibrate.commands.batch.running import BatchClock, Running
from calibrate.context.folder_lock import lock_folder
from calibrate.core.progress import Progress
from calibrate.core.variables import without_values
from calibrate.errors import CalibrateError
from calibrate.models.write import write_text
from calibrate.report.commands.batch import BatchReport, Row, finished
from calibrate.report.commands.batch_html import batch_html
from calibrate.report.commands.batch_junit import render_batch_junit
from calibrate.report.commands.batch_markdown import batch_markdown
from calibrate.report.load import load_report

_DONE = (0, 4)
"""Exit codes of a run that has written its report: within budget and over budget."""
_LOOK = 1.0
"""Seconds between two reads of the logs of active runs."""
_PATIENCE = 60.0
"""Seconds that a run has to end after it is terminated."""


def start_process(arguments: Sequence[str], log: Path) -> Child:
    """Start a run whose output goes to a file; Ctrl-C reaches only the batch, which ends it."""
    with log.open("wb") as stream:
        return start_module(
            "calibrate",
            arguments,
            streams={"stdin": subprocess.DEVNULL, "stdout": stream, "stderr": subprocess.STDOUT},
            new_session=True,
        )


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """Options of all runs of a batch.

    Attributes:
        force: repeat finished runs, replacing existing results.
        allow_plugins: False refuses components of Python files.
        html: write HTML pages, of the batch and of its runs.
        baseline: an earlier batch to compare with.
    """

    force: bool = False
    allow_plugins: bool = True
    html: bool = True
    baseline: BatchBaseline = field(default_factory=BatchBaseline)

    @property
    def arguments(self) -> list[str]:
        """The options as arguments of `calibrate run`."""
        return [
            *(["--force"] if self.force else []),
            *([] if self.allow_plugins else ["--no-plugins"]),
            *([] if self.html else ["--no-html"]),
        ]


@dataclass(frozen=True, slots=True)
class Host:
    """Processes and clocks, replaceable in tests."""

    start: Callable[[Sequence[str], Path], Child] = start_process
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class _BatchSession:
    """One execution of a batch; rows are added as runs end."""

    folder: Path
    order: tuple[str, ...]
    host: Host
    begun: float
    created: str
    html: bool = True
    baseline: BatchBaseline = field(default_factory=BatchBaseline)
    rows: dict[str, Row] = field(default_factory=dict)

    def report(self) -> BatchReport:
        rows = tuple(self.rows[name] for name in self.order if name in self.rows)
        spent = self.host.monotonic() - self.begun
        return BatchReport(created=self.created, seconds=spent, rows=rows)

    def put(self, *rows: Row) -> None:
        """Add rows and write all rows, so that a killed batch can resume."""
        self.rows.update((row.name, self.baseline.compared(row)) for row in rows)
        report = self.report()
        write_text(report.model_dump_json(indent=2) + "\n", self.folder / "batch.json")
        write_text(render_batch_junit(report), self.folder / "batch.xml")
        write_text(batch_markdown(report), self.folder / "batch.md")
        if self.html:
            write_text(batch_html(report, self.folder), self.folder / "batch.html")
        else:
            (self.folder / "batch.html").unlink(missing_ok=True)


def run_batch(
    planned: Sequence[Planned],
    folder: Path,
    limits: Limits,
    progress: Progress,
    *,
    options: BatchOptions = BatchOptions(),
    host: Host = Host(),
) -> BatchReport:
    """Execute every run that is not finished yet, and write the summary in every format.

    Args:
        planned: the runs, in the order in which they begin.
        folder: folder for the summary and the logs of the runs' processes.
        limits: limits of time and memory for the whole batch, and the number of parallel runs.
        progress: reports each run.
        options: options of all runs.
        host: processes and clocks.

    Returns:
        A row for each run, failed ones included.

    Raises:
        CalibrateError: the folder cannot be used, or another batch is using it.
    """
    created = host.now().isoformat(timespec="seconds")
    names = tuple(run.name for run in planned)
    begun = host.monotonic()
    session = _BatchSession(
        folder, names, host, begun, created, html=options.html, baseline=options.baseline
    )
    with lock_folder(folder / ".batch", progress, wait=False):
        earlier = {} if options.force else earlier_rows(folder / "batch.json", progress)
        rows, ready = [], []
        for run in prepare(planned, folder, allow_plugins=options.allow_plugins):
            row = run if isinstance(run, Row) else kept(run, earlier)
            if row is not None:
                rows.append(row)
                progress.note(f"{row.name}: {_row_text(row)}")
            elif isinstance(run, Ready):
                ready.append(run)
        # Until they end, runs count as not run: a killed batch reports no success for them.
        session.put(*rows, *map(_pending, ready))
        _run_all(session, ready, limits, progress, options.arguments)
    return session.report()


def _run_all(
    session: _BatchSession,
    ready: Sequence[Ready],
    limits: Limits,
    progress: Progress,
    further: Sequence[str],
) -> None:
    """Start runs as slots become free, until all have ended."""
    host, waiting = session.host, list(ready)
    clock = BatchClock(len(ready), limits.jobs)
    running: dict[str, Running] = {}
    looked = host.monotonic()
    timing_lock = session.folder.absolute() / ".batch" / "timing-lock"
    try:
        while waiting or running:
            while waiting and len(running) < limits.jobs:
                share = limits.time(host.monotonic() - session.begun, len(waiting))
                run = waiting.pop(0)
                if share == 0:
                    session.put(_not_run(run))
                    continue
                arguments = command(
                    run, timing_lock, timeout=share, memory=limits.memory(), further=further
                )
                child = host.start(arguments, Path(run.row.log or ""))
                binds = share is not None and (run.timeout is None or share < run.timeout)
                given = share if binds else None
                running[run.planned.name] = Running(run, child, host.monotonic(), given)
                active = list(running.values())
                progress.stage(clock.title(active, len(waiting), host.monotonic()))
            ended = [name for name, active in running.items() if active.child.poll() is not None]
            for name in ended:
                run_ended = running.pop(name)
                row = _row(run_ended, host.monotonic())
                clock.end(run_ended, row.seconds)
                session.put(row)
                progress.note(f"{name}: {_row_text(session.rows[name])}")
            if running and not ended:
                host.sleep(0.1)
            if host.monotonic() - looked >= _LOOK:
                looked = host.monotonic()
                for run_active in running.values():
                    clock.look(run_active, looked)
                if running:
                    progress.describe(clock.title(list(running.values()), len(waiting), looked))
    finally:
        _end([active.child for active in running.values()])


def _end(children: Sequence[Child]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _row(run: Running, now: float) -> Row:
    """Return the row of a run that has just ended."""
    code, seconds = run.child.wait(), now - run.begun
    row = run.ready.row.model_copy(
        update={"seconds": seconds, "exit_code": code, "limit": run.limit}
    )
    if code not in _DONE:
        message = reason(code, Path(row.log or ""))
        return row.model_copy(update={"outcome": "failed", "message": message})
    try:
        return finished(
            load_report(run.ready.output / "report.json"), row, seconds=seconds, exit_code=code
        )
    except CalibrateError as error:
        return row.model_copy(update={"outcome": "failed", "message": without_values(str(error))})


def _row_text(row: Row) -> str:
    return f"{row.message} (finished before)" if row.kept else row.message


def _pending(ready: Ready) -> Row:
    message = "has not ended yet, or the batch was killed"
    return ready.row.model_copy(update={"outcome": "not run", "message": message, "log": None})


def _not_run(ready: Ready) -> Row:
    message = "the time limit of the batch was reached; start the batch again to continue"
    return ready.row.model_copy(update={"outcome": "not run", "message": message, "log": None})
