"""Progress on a terminal as one bar with the time left; in a log as plain lines."""

from collections.abc import Callable
from datetime import datetime
from typing import Self

from rich.console import RenderableType
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.text import Text

from calibrate.cli.options import Display
from calibrate.cli.time_text import clock_text, left_text, rough_text
from calibrate.core.progress import TimeLeft
from calibrate.core.variables import without_values
from calibrate.report.formats.console import SafeConsole
from calibrate.report.formats.escape import printable

_NARROW = 100
"""Columns below which bars are short."""


class Bars:
    """The stages of a run on stderr.

    On a terminal the current stage is a bar, with the time so far and what is left of the run as
    far as that is known; finished stages and notes become lines in the order in which they happen.

    Args:
        display: what the user asked for.
        clock: for times.
        limit: seconds that the search may take, None without a limit.
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
        self._estimate: Callable[[], TimeLeft | None] = lambda: None
        self._left: TimeLeft | None = None
        self._estimated = clock()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            _Bar(10 if self._console.width < _NARROW else 24),
            TextColumn("{task.fields[counted]}", markup=False),
            _Clock(self._times),
            console=self._console,
            disable=not self._drawn,
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._finish(done=kind is None)
        self._progress.stop()

    def expect(self, estimate: Callable[[], TimeLeft | None]) -> None:
        """See `ShowsTimeLeft.expect`."""
        self._estimate = estimate

    def stage(self, title: str, total: int | None = None) -> None:
        """See `Progress.stage`; in a log a line with the time and how much there is to do."""
        self._finish(done=True)
        self._title, self._begun, self._count = _text(title), self._clock(), 0
        self._total = total or None
        self._foresee()
        if self._drawn:
            self._task = self._progress.add_task(
                self._title, total=self._total, counted=self._counted()
            )
        elif self._plain and title:
            left = f"; {left_text(self._left)}" if self._left is not None else ""
            self._log(f"{self._title} ({total}){left}" if total else f"{self._title}{left}")

    def advance(self, count: int = 1) -> None:
        """See `Progress.advance`."""
        self._count += count
        if self._task is not None:
            if (self._clock() - self._estimated).total_seconds() >= 1:
                self._foresee()
            self._progress.update(self._task, advance=count, counted=self._counted())

    def describe(self, title: str) -> None:
        """See `Progress.describe`."""
        if self._task is not None:
            self._title = _text(title)
            self._progress.update(self._task, description=self._title)

    def note(self, text: str) -> None:
        """See `Progress.note`."""
        text = _text(text, lines=True)
        if self._plain:
            self._log(text)
        else:
            self._console.print(text, style="yellow")

    def _log(self, text: str) -> None:
        self._console.print(f"{self._clock():%H:%M:%S} {text}", soft_wrap=True)

    def _foresee(self) -> None:
        """Estimate what is left; between estimates the clock is subtracted."""
        self._left, self._estimated = self._estimate(), self._clock()

    def _counted(self) -> str:
        """`24/500`; empty for stages that count nothing."""
        return f"{self._count}/{self._total}" if self._total else ""

    def _times(self) -> str:
        """`0:42, 2 min to 5 min left`: the time so far, and what is left of run or stage."""
        now = self._clock()
        spent = (now - self._started).total_seconds()
        parts = [clock_text(spent)]
        if self._left is not None:
            passed = (now - self._estimated).total_seconds()
            most = self._left.most
            rest = TimeLeft(self._left.least - passed, None if most is None else most - passed)
            parts.append(left_text(rest))
        elif self._total and self._count:
            stage = (now - self._begun).total_seconds()
            rest_of_stage = stage / self._count * max(0, self._total - self._count)
            parts.append(f"{rough_text(rest_of_stage)} for this step")
        if self._limit is not None:
            parts.append(f"limit in {clock_text(self._limit - spent)}")
        return ", ".join(parts)

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
                at = f"{self._clock():%H:%M:%S} " if self._verbose else ""
                self._console.print(f"{at}✓ {title}{counted}  {seconds:.1f} s")
        elif self._verbose and title:
            counted = f"{self._count} done, " if self._count else ""
            self._log(f"{title}: {counted}{seconds:.1f} s")


def _text(text: str, *, lines: bool = False) -> str:
    return printable(without_values(text), lines=lines)


class _Bar(BarColumn):
    """A bar for stages that count, nothing for the others."""

    def __init__(self, width: int) -> None:
        super().__init__(bar_width=width)

    def __call__(self, task: Task) -> RenderableType:
        """Return the bar, or nothing."""
        return super().__call__(task) if task.total else Text()


class _Clock(ProgressColumn):
    """A text that changes by itself, as time passes."""

    def __init__(self, text: Callable[[], str]) -> None:
        super().__init__()
        self._text = text

    def render(self, task: Task) -> Text:  # noqa: ARG002  # the same for every stage
        """Return the text as of now."""
        return Text(self._text(), style="dim")
