"""Progress on a terminal as one bar with the time left; in a log as plain lines."""

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
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
    """The stages of a run on stderr.

    On a terminal the current stage is a bar with its own time left and, in runs with a time limit,
    what is left of that; finished stages and notes become lines in the order in which they happen.

    Args:
        display: what the user asked for.
        clock: for times.
        limit: seconds that the whole run may take, None without a limit.
    """

    def __init__(
        self,
        display: Display,
        clock: Callable[[], datetime] = datetime.now,
        limit: float | None = None,
    ) -> None:
        self._console = SafeConsole(stderr=True, quiet=display.quiet)
        self._drawn = display.progress and self._console.is_terminal
        self._plain = not self._drawn and not display.quiet
        self._verbose = display.verbose
        self._clock, self._started, self._limit = clock, clock(), limit
        self._title, self._begun, self._count = "", clock(), 0
        self._total: int | None = None
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[counted]}", markup=False),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[whole]}", markup=False, style="dim"),
            console=self._console,
            disable=not self._drawn,
            transient=True,
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
        self._finish(done=kind is None)
        self._progress.stop()

    def stage(self, title: str, total: int | None = None) -> None:
        """See `Progress.stage`; in a log a line with the time and how much there is to do."""
        self._finish(done=True)
        self._title, self._begun, self._count = printable(title), self._clock(), 0
        self._total = total or None
        if self._drawn:
            self._task = self._progress.add_task(
                self._title, total=self._total, counted=self._counted(), whole=self._whole()
            )
        elif self._plain and title:
            self._log(f"{self._title} ({total})" if total else self._title)

    def advance(self, count: int = 1) -> None:
        """See `Progress.advance`."""
        self._count += count
        if self._task is not None:
            self._progress.update(
                self._task, advance=count, counted=self._counted(), whole=self._whole()
            )

    def describe(self, title: str) -> None:
        """See `Progress.describe`."""
        if self._task is not None:
            self._title = printable(title)
            self._progress.update(self._task, description=self._title, whole=self._whole())

    def note(self, text: str) -> None:
        """See `Progress.note`."""
        text = printable(text, lines=True)
        if self._plain:
            self._log(text)
        else:
            self._console.print(text, style="yellow")

    def _log(self, text: str) -> None:
        self._console.print(f"{self._clock():%H:%M:%S} {text}", soft_wrap=True)

    def _counted(self) -> str:
        """`24/500`; empty for stages that count nothing."""
        return f"{self._count}/{self._total}" if self._total else ""

    def _whole(self) -> str:
        """`in all 0:42`, and what is left of the time limit."""
        spent = (self._clock() - self._started).total_seconds()
        left = "" if self._limit is None else f", at most {_clock_text(self._limit - spent)} left"
        return f"in all {_clock_text(spent)}{left}"

    def _finish(self, *, done: bool) -> None:
        """End the stage; a finished one becomes a line."""
        title, self._title = self._title, ""
        seconds = (self._clock() - self._begun).total_seconds()
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
            if done:
                # Nothing counted: all of it was known from an earlier run.
                counted = f"  {self._count or self._total}" if self._total else ""
                self._console.print(f"✓ {title}{counted}  {seconds:.1f} s")
        elif self._verbose and title:
            counted = f"{self._count} done, " if self._count else ""
            self._log(f"{title}: {counted}{seconds:.1f} s")


def _clock_text(seconds: float) -> str:
    """`1:02:03`, `2:03`; 0:00 for negative ones."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
