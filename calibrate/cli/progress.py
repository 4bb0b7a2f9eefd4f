"""Progress on a terminal as bars with time left; in a log as plain lines."""

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from calibrate.cli.options import Display
from calibrate.report.formats.console import SafeConsole
from calibrate.report.formats.escape import printable


class Bars:
    """The stages of a run, one line each, on stderr."""

    def __init__(self, display: Display, clock: Callable[[], datetime] = datetime.now) -> None:
        self._console = SafeConsole(stderr=True, quiet=display.quiet)
        self._drawn = display.progress and self._console.is_terminal
        self._plain = not self._drawn and not display.quiet
        self._verbose = display.verbose
        self._clock = clock
        self._title, self._begun, self._count = "", clock(), 0
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._drawn,
            transient=False,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self._finish()
        self._progress.stop()

    def stage(self, title: str, total: int | None = None) -> None:
        """See `Progress.stage`; in a log a line with the time and how much there is to do."""
        self._finish()
        self._title, self._begun, self._count = printable(title), self._clock(), 0
        if self._drawn:
            self._task = self._progress.add_task(self._title, total=total or None)
        elif self._plain and title:
            self._log(f"{self._title} ({total})" if total else self._title)

    def advance(self, count: int = 1) -> None:
        """See `Progress.advance`."""
        self._count += count
        if self._task is not None:
            self._progress.advance(self._task, count)

    def note(self, text: str) -> None:
        """See `Progress.note`."""
        text = printable(text, lines=True)
        if self._plain:
            self._log(text)
        else:
            self._console.print(text, style="yellow")

    def _log(self, text: str) -> None:
        self._console.print(f"{self._clock():%H:%M:%S} {text}", soft_wrap=True)

    def _finish(self) -> None:
        if self._verbose and self._title:
            seconds = (self._clock() - self._begun).total_seconds()
            done = f"{self._count} done, " if self._count else ""
            self._log(f"{self._title}: {done}{seconds:.1f} s")
        self._title = ""
        if self._task is None:
            return
        task = self._progress.tasks[self._task]
        # Nothing counted: all of it was known from an earlier run.
        total = task.completed or task.total or 1
        self._progress.update(self._task, total=total, completed=total)
        self._task = None
