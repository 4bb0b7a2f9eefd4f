"""Journals of earlier measurements: how a run records and recalls them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Content = Mapping[str, Any]
"""A record: JSON values, and numpy arrays anywhere among them."""

Facts = Mapping[str, str]
"""The facts a record depends on: digests and versions by name."""


class Journal(Protocol):
    """Keeps measurements durably, under everything that they depend on."""

    def recall(self, kind: str, depends: Facts) -> Sequence[Content]:
        """Return the records of a kind with exactly these facts, in the order of recording."""
        ...

    def record(self, kind: str, depends: Facts, content: Content) -> None:
        """Add a record; it survives the end of the process when this returns.

        Raises:
            CalibrateError: the record cannot be written; earlier records are unaffected.
        """
        ...

    def recorded(self) -> Sequence[Facts]:
        """Return the facts that each record depends on."""
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
    """A journal that adds fixed facts to every record.

    Attributes:
        journal: where records are kept.
        facts: added to the facts of every record.
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
        """Return the same journal with additional facts."""
        return ScopedJournal(self.journal, {**self.facts, **facts})


def key_of(kind: str, depends: Facts) -> str:
    """Return the SHA-256 of a kind and its facts, independent of their order."""
    canonical = json.dumps([kind, dict(depends)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
