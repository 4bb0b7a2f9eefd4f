"""The process of one run of a batch, here or on a worker."""

from typing import Protocol


class Child(Protocol):
    """The part of `subprocess.Popen` that a batch uses."""

    def poll(self) -> int | None:
        """Return the exit code; None while the process runs."""
        ...

    def terminate(self) -> None:
        """Ask the process to end."""
        ...

    def kill(self) -> None:
        """End the process."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the process to end and return its exit code."""
        ...
