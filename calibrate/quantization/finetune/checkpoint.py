"""Checkpoints, from which an interrupted tuning resumes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file that is written atomically.

    Attributes:
        path: of the file; None disables checkpoints.
        key: digest of what the tuning depends on; a file with another key is ignored.
    """

    path: Path | None
    key: str

    def save(self, state: dict[str, Any]) -> None:
        """Replace the saved state."""
        if self.path is None:
            return
        beside = self.path.with_suffix(".part")
        torch.save({"key": self.key, **state}, beside)
        beside.replace(self.path)

    def load(self) -> dict[str, Any] | None:
        """Return the saved state, or None if there is none with this key."""
        if self.path is None or not self.path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(self.path, weights_only=True)
        except (EOFError, OSError, RuntimeError):
            return None  # truncated by a full disk: tuning starts again
        return state if state.get("key") == self.key else None

    def remove(self) -> None:
        """Remove the file, once the tuned model is stored."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
