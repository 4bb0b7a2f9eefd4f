"""Build sections of a report so that a failing one does not lose the result."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from calibrate.core.progress import Progress

_Made = TypeVar("_Made")
_Default = TypeVar("_Default")


@dataclass(frozen=True, slots=True)
class Sections:
    """Builds the sections of one report.

    Attributes:
        folder: folder for the tracebacks of failed sections.
        progress: notes failed sections.
        notes: notes on failed sections, for the report; `make` appends to them.
    """

    folder: Path
    progress: Progress
    notes: list[str] = field(default_factory=list)

    def make(self, name: str, make: Callable[[], _Made], default: _Default) -> _Made | _Default:
        """Return a section; if building it fails, its default, with a note and a log.

        Args:
            name: of the section, for the note and the log's file name.
            make: builds the section.
            default: returned if `make` fails.
        """
        try:
            return make()
        except Exception as error:  # noqa: BLE001  # a shorter report beats losing the result
            path = self.folder / f"section-{name}.log"
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
            note = (
                f"The section `{name}` of this report is missing: {type(error).__name__}: {error} "
                f"(traceback: {path})"
            )
            self.notes.append(note)
            self.progress.note(note)
            return default
