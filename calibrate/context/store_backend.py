"""The places where a run keeps its measurements and models, and its timer."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from calibrate.errors import CalibrateError
from calibrate.models.model_files import digest_files
from calibrate.runtime.timer import ThisMachine, Timer
from calibrate.store.base import Facts, Journal, NullJournal


@dataclass(frozen=True, slots=True)
class StoreBackend:
    """The places where a run keeps its measurements and models, and its timer.

    Attributes:
        folder: folder for models, None to keep none.
        journal: journal of this output folder.
        machine: journal of times measured on this machine by any run.
        alone: entered during timing, so that nothing else runs meanwhile.
        forget: drops the records whose facts satisfy a predicate.
        retime: measure times again, also recorded ones.
        timer: measures times, here or on another machine.
    """

    folder: Path | None = None
    journal: Journal = field(default_factory=NullJournal)
    machine: Journal = field(default_factory=NullJournal)
    alone: Callable[[], AbstractContextManager[None]] = nullcontext
    forget: Callable[[Callable[[Facts], bool]], None] = lambda _: None
    retime: bool = False
    timer: Timer = field(default_factory=ThisMachine)


def files_digest(path: Path) -> str | None:
    """Return the digest of a model's files; None if they are missing.

    Raises:
        CalibrateError: they cannot be read.
    """
    try:
        return digest_files(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CalibrateError(
            f"it cannot be read: {error.strerror}", where=str(path), hint="check the disk"
        ) from error
