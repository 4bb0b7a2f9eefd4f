import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from calibrate.errors import CalibrateError
from calibrate.store.record_file import RecordFile
from calibrate.store.run_journal import JOURNAL_NAME, FileJournal

FACTS = {"model": "a", "images": "b"}


@pytest.fixture
def notes():
    return []


@pytest.fixture
def path(tmp_path):
    return tmp_path / JOURNAL_NAME


@pytest.fixture
def journal(path, notes):
    return lambda: FileJournal(path, notes.append)


def fill(journal, count=3):
    with journal() as opened:
        for number in range(count):
            opened.record("kind", FACTS, {"number": number, "values": np.full(50, number)})


def numbers(journal):
    with journal() as opened:
        return [content["number"] for content in opened.recall("kind", FACTS)]


def test_there_is_no_file_before_the_first_record(journal, path):
    with journal() as opened:
        assert opened.recall("kind", FACTS) == []
        assert opened.recorded() == []
        opened.forget(lambda _: True)
        assert not path.exists()
        opened.record("kind", FACTS, {"number": 1})
        assert path.exists()


def test_records_come_back_in_order(journal, notes):
    fill(journal)
    assert numbers(journal) == [0, 1, 2]
    assert notes == []


def test_a_record_can_be_recalled_while_the_journal_is_open(journal):
    with journal() as opened:
        opened.record("kind", FACTS, {"number": 1})
        assert [content["number"] for content in opened.recall("kind", FACTS)] == [1]


def test_a_file_that_is_cut_off_keeps_no_wrong_record(journal, path, notes):
    fill(journal)
    whole = path.read_bytes()
    for length in range(0, len(whole), 1499):
        path.write_bytes(whole[:length])
        notes.clear()
        kept = numbers(journal)
        assert kept == sorted(set(kept)), length
        assert set(kept) <= {0, 1, 2}, length
        assert bool(notes) == (length > 0), length
        fill(journal, 1)
        assert numbers(journal) == [*kept, 0]
        for aside in path.parent.glob("*.damaged-*"):
            aside.unlink()


def test_a_garbled_byte_gives_no_wrong_record(journal, path, notes):
    fill(journal)
    whole = path.read_bytes()
    expected = [np.full(50, number).tolist() for number in range(3)]
    for position in range(0, len(whole), 997):
        garbled = bytearray(whole)
        garbled[position] ^= 0x5A
        path.write_bytes(garbled)
        with journal() as opened:
            for content in opened.recall("kind", FACTS):
                assert content["values"].tolist() == expected[content["number"]], position
        for aside in path.parent.glob("*.damaged-*"):
            aside.unlink()


def test_garbled_content_costs_its_record_only(journal, path, notes):
    fill(journal)
    position = path.read_bytes().index(np.full(50, 1).tobytes())
    with path.open("r+b") as file:
        file.seek(position)
        file.write(b"\xff")
    assert numbers(journal) == [0, 2]
    assert notes == [f"{JOURNAL_NAME}: a damaged record (kind) is measured again"]


def test_garbled_pages_cost_the_records_that_they_hold(journal, path, notes):
    with journal() as opened:
        for number in range(9):
            opened.record("kind", FACTS, {"number": number, "values": np.full(5000, number)})
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size // 2)
    kept = numbers(journal)
    assert 2 <= len(kept) < 9
    assert kept == list(range(len(kept)))
    assert f"{len(kept)} intact records of it are used" in notes[0]
    assert numbers(journal) == kept


@pytest.mark.parametrize("content", [b"something else altogether", b"\0" * 4096])
def test_another_file_is_set_aside(journal, path, notes, content):
    for number in (1, 2):
        path.write_bytes(content)
        assert numbers(journal) == []
        aside = path.with_name(f"{JOURNAL_NAME}.damaged-{number}")
        assert aside.read_bytes() == content
        assert notes[-1].endswith(
            f"it is kept as {aside.name}, and 0 intact records of it are used"
        )
        path.unlink()


def test_the_database_of_another_program_is_set_aside(journal, path, notes):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE records (number INTEGER)")
    connection.close()
    assert numbers(journal) == []
    assert "it is no file of measurements of this version" in notes[0]


@pytest.mark.parametrize("pages", [5, 8])
def test_a_full_disk_leaves_what_was_recorded(journal, path, notes, monkeypatch, pages):
    fill(journal, 1)
    prepare = RecordFile.prepare

    def bounded(self, *, shared):
        prepare(self, shared=shared)
        self._connection.execute(f"PRAGMA max_page_count = {pages}")

    with monkeypatch.context() as patched:
        patched.setattr(RecordFile, "prepare", bounded)
        with journal() as opened, pytest.raises(CalibrateError, match="database or disk is full"):
            opened.record("kind", FACTS, {"number": 1, "values": np.zeros(5000)})
    with journal() as opened:
        opened.record("kind", FACTS, {"number": 2})
    assert numbers(journal) == [0, 2]
    assert notes == []


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        FileJournal(tmp_path / "file" / "journal", print) as journal,
        pytest.raises(CalibrateError, match="measurements cannot be kept"),
    ):
        journal.record("kind", FACTS, {})


def test_the_umask_decides_who_may_read_it(journal, path):
    before = os.umask(0o007)
    try:
        fill(journal)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o660


def test_what_records_depend_on(journal):
    fill(journal, 2)
    with journal() as opened:
        assert opened.recorded() == [FACTS, FACTS]


def two_models(journal, large, small):
    """Records of two models, of so many values each, in turn."""
    with journal() as opened:
        for number in range(4):
            opened.record("kind", {**FACTS, "model": "old"}, {"values": np.zeros(large)})
            opened.record("kind", FACTS, {"number": number, "values": np.zeros(small)})


def is_old(facts):
    return facts["model"] == "old"


def test_obsolete_records_are_removed_if_they_are_more_than_half(journal, path, notes):
    two_models(journal, 30000, 1000)
    before = path.stat().st_size
    with journal() as opened:
        opened.forget(is_old)
        assert opened.recall("kind", {**FACTS, "model": "old"}) == []
        assert [content["number"] for content in opened.recall("kind", FACTS)] == [0, 1, 2, 3]
        opened.record("kind", FACTS, {"number": 4})
    assert path.stat().st_size < 0.2 * before
    assert numbers(journal) == [0, 1, 2, 3, 4]
    assert [entry.name for entry in path.parent.iterdir()] == [JOURNAL_NAME]
    assert notes == [f"{JOURNAL_NAME}: 4 records of no more use removed"]


def test_obsolete_records_of_less_than_half_stay(journal, path, notes):
    two_models(journal, 1000, 1100)
    with journal() as opened:
        opened.forget(is_old)
        opened.forget(lambda _: False)
        assert len(opened.recorded()) == 8
    assert notes == []


def test_a_full_disk_while_removing_leaves_every_record(journal, monkeypatch):
    two_models(journal, 3000, 1000)

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    with journal() as opened:
        with monkeypatch.context() as patched:
            patched.setattr(RecordFile, "remove", full)
            with pytest.raises(CalibrateError, match="disk is full"):
                opened.forget(is_old)
        assert [content["number"] for content in opened.recall("kind", FACTS)] == [0, 1, 2, 3]


def test_content_larger_than_a_piece_comes_back(journal, path: Path, monkeypatch):
    monkeypatch.setattr("calibrate.store.record_file._PIECE", 1000)
    values = np.arange(3000)
    with journal() as opened:
        opened.record("kind", FACTS, {"values": values})
    with journal() as opened:
        (content,) = opened.recall("kind", FACTS)
    assert content["values"].tolist() == values.tolist()
