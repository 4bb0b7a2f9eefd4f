"""The interface through which a long run reports its progress."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """What is left of a run, in seconds, as far as it can be foreseen.

    Attributes:
        least: if the next candidate is accepted.
        most: if layers have to fall back to floating point; None where that is not known yet.
    """

    least: float
    most: float | None


class Progress(Protocol):
    """Receives progress, for instance to show it on a terminal or write it to a log."""

    def stage(self, title: str, total: int | None = None) -> None:
        """Begin a new stage; `total` is the number of its `advance` calls, None if unknown."""
        ...

    def advance(self, count: int = 1) -> None:
        """Count finished parts of the stage; several threads may call it."""
        ...

    def describe(self, title: str) -> None:
        """Replace the title of the stage, where it is drawn; nothing is written to a log."""
        ...

    def note(self, text: str) -> None:
        """Show a message on a line of its own."""
        ...


@runtime_checkable
class ShowsTimeLeft(Protocol):
    """A progress that also shows how much time a run still needs."""

    def expect(self, estimate: Callable[[], TimeLeft | None]) -> None:
        """Show from now on what `estimate` returns; None where nothing is known yet.

        It is called in the thread of the run, at each stage and while parts are counted.
        """
        ...


@dataclass(frozen=True, slots=True)
class CheckedProgress:
    """A progress that makes a check at each step of a run.

    Attributes:
        progress: receives the calls.
        check: called before a stage begins and after a part is counted; what it raises ends the
            run.
    """

    progress: Progress
    check: Callable[[], None]

    def stage(self, title: str, total: int | None = None) -> None:
        """See `Progress.stage`."""
        self.check()
        self.progress.stage(title, total)

    def advance(self, count: int = 1) -> None:
        """See `Progress.advance`."""
        self.progress.advance(count)
        self.check()

    def describe(self, title: str) -> None:
        """See `Progress.describe`."""
        self.progress.describe(title)

    def note(self, text: str) -> None:
        """See `Progress.note`."""
        self.progress.note(text)


class NoProgress:
    """Shows nothing."""

    def stage(self, title: str, total: int | None = None) -> None:
        """Do nothing."""

    def advance(self, count: int = 1) -> None:
        """Do nothing."""

    def describe(self, title: str) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""
