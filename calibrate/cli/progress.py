"""Progress on a terminal as bars with time left; in a log as plain lines."""

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

    def __init__(self, display: Display) -> None:
        self._console = SafeConsole(stderr=True, quiet=display.quiet)
        self._drawn = display.progress and self._console.is_terminal
        self._plain = not self._drawn and not display.quiet
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
        """See `Progress.stage`."""
        self._finish()
        title = printable(title)
        if self._drawn:
            self._task = self._progress.add_task(title, total=total)
        elif self._plain and title:
            self._console.print(title, markup=False, highlight=False)

    def advance(self, count: int = 1) -> None:
        """See `Progress.advance`."""
        if self._task is not None:
            self._progress.advance(self._task, count)

    def note(self, text: str) -> None:
        """See `Progress.note`."""
        self._console.print(
            printable(text, lines=True), markup=False, highlight=False, style="yellow"
        )

    def _finish(self) -> None:
        if self._task is None:
            return
        task = self._progress.tasks[self._task]
        if task.total is None:
            self._progress.update(self._task, total=1, completed=1)
        else:
            self._progress.update(self._task, total=task.completed, completed=task.completed)
        self._task = None
