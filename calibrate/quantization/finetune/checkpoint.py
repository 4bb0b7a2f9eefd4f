"""A tuning that was stopped goes on where it stopped."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file that appears whole or not at all.

    Attributes:
        path: of the file; None keeps nothing.
        key: what the tuning depends on; a file of another key is not used.
    """

    path: Path | None
    key: str

    def save(self, state: dict[str, Any]) -> None:
        """Replace what was there."""
        if self.path is None:
            return
        beside = self.path.with_suffix(".part")
        torch.save({"key": self.key, **state}, beside)
        beside.replace(self.path)

    def load(self) -> dict[str, Any] | None:
        """What was saved; None if there is nothing of this key."""
        if self.path is None or not self.path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(self.path, weights_only=True)
        except (EOFError, OSError, RuntimeError):
            return None  # cut off by a full disk: tuning begins anew
        return state if state.get("key") == self.key else None

    def remove(self) -> None:
        """Once the tuned model is stored."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
