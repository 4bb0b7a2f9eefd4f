"""What a conversion tells: what was lost, differs, has to be filled in or has no meaning here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["lost", "differs", "fill_in", "check", "added", "no_meaning"]

HEADINGS: dict[Kind, str] = {
    "lost": "Not carried over",
    "differs": "Carried over, but not the same",
    "fill_in": "To fill in (the other tool takes it from its command line)",
    "check": "To check",
    "added": "Written without being asked for",
    "no_meaning": "Left out, without meaning here",
}


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to tell.

    Attributes:
        kind: `lost` and `differs` make a conversion a partial one.
        where: the key of the source: `models[0].datasets[0].preprocessing[1].size`.
        what: what it says there, or nothing.
        why: the reason, or what to do.
    """

    kind: Kind
    where: str
    what: str
    why: str

    def __str__(self) -> str:
        what = f" ({self.what})" if self.what else ""
        return f"{self.where}{what}: {self.why}"


@dataclass
class Notes:
    """The notes of one conversion, in the order in which they came up, each once."""

    entries: list[Note] = field(default_factory=list)

    def add(self, kind: Kind, where: str, why: str, what: object = None) -> None:
        """Note something; `what` is the source's value."""
        note = Note(kind, where, _short(what), why)
        if note not in self.entries:
            self.entries.append(note)

    def of(self, kind: Kind) -> Sequence[Note]:
        """The notes of one kind."""
        return [note for note in self.entries if note.kind == kind]

    @property
    def full(self) -> bool:
        """Whether everything that has a meaning was carried over as it was meant."""
        return not self.of("lost") and not self.of("differs")


def _short(value: object) -> str:
    if value is None:
        return ""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
