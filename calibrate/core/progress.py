"""How a long run tells what it does."""

from typing import Protocol


class Progress(Protocol):
    """Shown on a terminal or written to a log by whoever runs the pipeline."""

    def stage(self, title: str, total: int | None = None) -> None:
        """A new stage begins; `total` counts its `advance` calls, None where it is unknown."""
        ...

    def advance(self, count: int = 1) -> None:
        """So much of the stage is done; may be called from several threads."""
        ...

    def note(self, text: str) -> None:
        """Something worth a line of its own."""
        ...


class NoProgress:
    """Tells nothing."""

    def stage(self, title: str, total: int | None = None) -> None:
        """Nothing."""

    def advance(self, count: int = 1) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""
