"""Records in one SQLite file: each under its key, with the facts it depends on and a checksum.

SQLite makes a record whole, keeps concurrent processes apart, and bounds and compacts the file. Its
pages have no checksums, so every record has one of its own: what cannot be verified is measured
again. A file of one process has a write-ahead log: a record costs one write, survives the death of
the process, and only a power failure can cost the latest ones. In exclusive mode the log needs no
memory that processes share, which network file systems do not have. A shared file has a rollback
journal.
"""

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from calibrate.store.base import Facts, key_of

_APPLICATION = int.from_bytes(b"calb")
_VERSION = 1
_SCHEMA = (
    """CREATE TABLE records (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL,
        kind TEXT NOT NULL,
        depends TEXT NOT NULL,
        used REAL NOT NULL,
        size INTEGER NOT NULL,
        checksum BLOB NOT NULL
    )""",
    "CREATE INDEX records_by_key ON records (key)",
    """CREATE TABLE pieces (
        record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
        place INTEGER NOT NULL,
        content BLOB NOT NULL,
        PRIMARY KEY (record, place)
    )""",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {_VERSION}",
)
_PIECE = 64 << 20
"""Most bytes of one stored value; SQLite refuses more than a gigabyte."""
_PATIENCE = 30.0
"""Seconds to wait for another process that writes."""


@dataclass(frozen=True, slots=True)
class Record:
    """A stored record without its content.

    Attributes:
        number: ascending in the order of recording.
        key: of `key_of`.
        kind: of measurement.
        depends: the facts that it depends on.
        used: when it was last written or read, in seconds since the epoch.
        size: of its content in bytes.
        checksum: of its key and content.
    """

    number: int
    key: str
    kind: str
    depends: Facts
    used: float
    size: int
    checksum: bytes


class RecordFile:
    """An open file of records; see `open_records`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        # A damaged text must not end the reading; its checksum fails.
        connection.text_factory = lambda text: text.decode(errors="replace")
        self._connection = connection

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def check(self) -> None:
        """Check the structure of the whole file.

        Raises:
            sqlite3.DatabaseError: it is damaged.
        """
        (answer,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if answer != "ok":
            raise sqlite3.DatabaseError(answer)

    @property
    def last(self) -> int:
        """The number of the latest record, 0 if there is none."""
        (number,) = self._connection.execute("SELECT max(number) FROM records").fetchone()
        return number or 0

    def records(self) -> list[Record]:
        """Return all intact records in the order of recording."""
        return self._select("SELECT * FROM records ORDER BY number", ())

    def of_key(self, key: str) -> list[Record]:
        """Return the intact records of a key in the order of recording."""
        return self._select("SELECT * FROM records WHERE key = ? ORDER BY number", (key,))

    def numbered(self, number: int) -> list[Record]:
        """Return the record of a number, if it is intact."""
        return self._select("SELECT * FROM records WHERE number = ?", (number,))

    def content(self, record: Record) -> bytes | None:
        """Return the content of a record; None if it is damaged."""
        rows = self._connection.execute(
            "SELECT content FROM pieces WHERE record = ? ORDER BY place", (record.number,)
        )
        packed = b"".join(piece for (piece,) in rows)
        return packed if _checksum(record.key, packed) == record.checksum else None

    def add(self, kind: str, depends: Facts, packed: bytes, *, replace: bool = False) -> None:
        """Add a record; it survives the end of the process when this returns.

        Args:
            kind: of measurement.
            depends: the facts that it depends on.
            packed: its content.
            replace: remove earlier records of the same key.
        """
        key = key_of(kind, depends)
        with self._transaction():
            if replace:
                self._connection.execute("DELETE FROM records WHERE key = ?", (key,))
            cursor = self._connection.execute(
                "INSERT INTO records (key, kind, depends, used, size, checksum)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    key,
                    kind,
                    json.dumps(dict(depends)),
                    time.time(),
                    len(packed),
                    _checksum(key, packed),
                ),
            )
            self._connection.executemany(
                "INSERT INTO pieces (record, place, content) VALUES (?, ?, ?)",
                (
                    (cursor.lastrowid, place, packed[start : start + _PIECE])
                    for place, start in enumerate(range(0, len(packed), _PIECE))
                ),
            )

    def touch(self, record: Record) -> None:
        """Mark a record as used now."""
        self._connection.execute(
            "UPDATE records SET used = ? WHERE number = ?", (time.time(), record.number)
        )

    def remove(self, records: list[Record]) -> None:
        """Remove records and give their space back."""
        with self._transaction():
            self._connection.executemany(
                "DELETE FROM records WHERE number = ?", ((record.number,) for record in records)
            )
        self._connection.execute("VACUUM")

    def prepare(self, *, shared: bool) -> None:
        """Set up the connection, and the tables of a new file."""
        execute = self._connection.execute
        if not shared:
            execute("PRAGMA locking_mode = EXCLUSIVE")
            execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = NORMAL")
        execute("PRAGMA foreign_keys = ON")
        with self._transaction():
            if execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
                for statement in _SCHEMA:
                    execute(statement)
        (application,) = execute("PRAGMA application_id").fetchone()
        (version,) = execute("PRAGMA user_version").fetchone()
        if (application, version) != (_APPLICATION, _VERSION):
            raise sqlite3.DatabaseError("it is no file of measurements of this version")

    def _select(self, query: str, values: tuple[str | int, ...]) -> list[Record]:
        rows = self._connection.execute(query, values)
        return [record for row in rows if (record := _record(row)) is not None]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        # The connection commits, or rolls back what a full disk has not rolled back already.
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the content of the file is at fault, not the disk, the permissions or a lock."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError
    )


def open_records(path: Path, *, shared: bool) -> RecordFile:
    """Open a file of records.

    Args:
        path: it is created, with the permissions that the umask leaves, if it does not exist.
        shared: whether other processes may use it at the same time.

    Raises:
        OSError: it cannot be created.
        sqlite3.Error: it cannot be opened; see `is_damage`.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666))
    connection = sqlite3.connect(
        path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
    )
    with ExitStack() as undo:
        undo.callback(connection.close)
        file = RecordFile(connection)
        file.prepare(shared=shared)
        undo.pop_all()
    return file


def salvage(damaged: Path, into: RecordFile) -> int:
    """Copy the intact records of a damaged file; return their number."""
    uri = f"{damaged.absolute().as_uri()}?mode=ro&immutable=1"
    kept = 0
    with suppress(sqlite3.Error), closing(sqlite3.connect(uri, uri=True)) as connection:
        # Otherwise SQLite refuses every page of a file that lost its end.
        connection.execute("PRAGMA writable_schema = ON")
        source = RecordFile(connection)
        for number in range(1, source.last + 1):
            with suppress(sqlite3.DatabaseError):
                for record in source.numbered(number):
                    packed = source.content(record)
                    if packed is not None:
                        into.add(record.kind, record.depends, packed)
                        kept += 1
    return kept


def _record(row: tuple[int, str, str, str, float, int, bytes]) -> Record | None:
    """Return a row as a record; None if its facts are not those of its key."""
    number, key, kind, depends, used, size, checksum = row
    try:
        facts = json.loads(depends)
        intact = key_of(kind, facts) == key
    except (TypeError, ValueError):
        return None
    return Record(number, key, kind, facts, used, size, checksum) if intact else None


def _checksum(key: str, packed: bytes) -> bytes:
    return hashlib.blake2b(packed, digest_size=16, key=key.encode()[:64]).digest()
