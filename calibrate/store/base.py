"""What was measured before: how a run records it and finds it again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Content = Mapping[str, Any]
"""A record: JSON values, and numpy arrays anywhere among them."""

Facts = Mapping[str, str]
"""What a record depends on: a digest or a version by the name of the thing."""


class Journal(Protocol):
    """Keeps measurements durably, under everything that they depend on."""

    def recall(self, kind: str, depends: Facts) -> Sequence[Content]:
        """Every record of a kind that depends on exactly these facts, in the order of recording."""
        ...

    def record(self, kind: str, depends: Facts, content: Content) -> None:
        """Add a record; it is durable when this returns.

        Raises:
            CalibrateError: it cannot be written; what was recorded before is unharmed.
        """
        ...

    def recorded(self) -> Sequence[Facts]:
        """What each record depends on, of every record that is there."""
        ...


class NullJournal:
    """Keeps nothing."""

    def recall(self, kind: str, depends: Facts) -> Sequence[Content]:  # noqa: ARG002  # Protocol
        """Nothing."""
        return ()

    def record(self, kind: str, depends: Facts, content: Content) -> None:
        """Nothing."""

    def recorded(self) -> Sequence[Facts]:
        """Nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class ScopedJournal:
    """A journal of which some facts are always the same.

    Attributes:
        journal: where records are kept.
        facts: joined to the facts of every record.
    """

    journal: Journal = field(default_factory=NullJournal)
    facts: Facts = field(default_factory=dict)

    def recall(self, kind: str, depends: Facts) -> Sequence[Content]:
        """See `Journal.recall`."""
        return self.journal.recall(kind, {**self.facts, **depends})

    def record(self, kind: str, depends: Facts, content: Content) -> None:
        """See `Journal.record`."""
        self.journal.record(kind, {**self.facts, **depends}, content)

    def recorded(self) -> Sequence[Facts]:
        """See `Journal.recorded`."""
        return self.journal.recorded()

    def within(self, facts: Facts) -> "ScopedJournal":
        """The same journal with further facts."""
        return ScopedJournal(self.journal, {**self.facts, **facts})


def key_of(kind: str, depends: Facts) -> str:
    """Sha256 of a kind and the facts, whatever their order."""
    canonical = json.dumps([kind, dict(depends)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
