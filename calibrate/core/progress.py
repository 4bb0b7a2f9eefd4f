"""The interface through which a long run reports its progress."""

from typing import Protocol


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
