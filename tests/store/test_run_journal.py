import errno
import os

import numpy as np
import pytest

from calibrate.errors import CalibrateError
from calibrate.store.run_journal import MAGIC, FileJournal

FACTS = {"model": "a", "images": "b"}


@pytest.fixture
def notes():
    return []


@pytest.fixture
def journal(tmp_path, notes):
    return lambda: FileJournal(tmp_path / "journal", notes.append)


def fill(journal, count=3):
    with journal() as opened:
        for number in range(count):
            opened.record("kind", FACTS, {"number": number, "values": np.full(50, number)})


def numbers(journal):
    with journal() as opened:
        return [content["number"] for content in opened.recall("kind", FACTS)]


def test_records_come_back_in_order(journal, notes):
    fill(journal)
    assert numbers(journal) == [0, 1, 2]
    assert notes == []


def test_records_are_found_where_they_are_made(journal):
    with journal() as opened:
        opened.record("kind", FACTS, {"number": 1})
        assert [one["number"] for one in opened.recall("kind", FACTS)] == [1]


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("other", FACTS),
        ("kind", {**FACTS, "model": "c"}),
        ("kind", {"model": "a"}),
        ("kind", {**FACTS, "more": ""}),
    ],
)
def test_other_facts_are_other_records(journal, kind, facts):
    fill(journal)
    with journal() as opened:
        assert opened.recall(kind, facts) == []


def test_the_order_of_the_facts_does_not_count(journal):
    fill(journal, 1)
    with journal() as opened:
        assert len(opened.recall("kind", dict(reversed(FACTS.items())))) == 1


def test_every_end_that_is_cut_off_keeps_the_records_before_it(journal, tmp_path, notes):
    fill(journal)
    whole = (tmp_path / "journal").read_bytes()
    ends = [len(MAGIC)]
    for number in range(1, 4):
        (tmp_path / "journal").unlink()
        fill(journal, number)
        ends.append((tmp_path / "journal").stat().st_size)
    for length in range(0, len(whole), 37):
        (tmp_path / "journal").write_bytes(whole[:length])
        notes.clear()
        kept = max(0, sum(end <= length for end in ends) - 1)
        assert numbers(journal) == list(range(kept))
        assert bool(notes) == (length > len(MAGIC) and length not in ends)
        fill(journal, 1)
        assert numbers(journal) == [*range(kept), 0]


def test_a_garbled_byte_costs_one_record(journal, tmp_path, notes):
    fill(journal)
    whole = (tmp_path / "journal").read_bytes()
    for position in range(len(MAGIC), len(whole), 41):
        garbled = bytearray(whole)
        garbled[position] ^= 0x5A
        (tmp_path / "journal").write_bytes(garbled)
        notes.clear()
        found = numbers(journal)
        assert len(found) == 2, position
        assert set(found) < {0, 1, 2}
        assert len(notes) == 1


def test_a_record_that_contains_a_record_is_one_record(journal, tmp_path):
    fill(journal, 2)
    inner = np.frombuffer((tmp_path / "journal").read_bytes(), np.uint8)
    with journal() as opened:
        opened.record("outer", {}, {"inner": inner})
    assert numbers(journal) == [0, 1]
    with journal() as opened:
        assert opened.recall("outer", {})[0]["inner"].tobytes() == inner.tobytes()


def test_another_file_is_set_aside(journal, tmp_path, notes):
    for number in (1, 2):
        (tmp_path / "journal").write_bytes(b"something else altogether")
        assert numbers(journal) == []
        aside = tmp_path / f"journal.damaged-{number}"
        assert aside.read_bytes() == b"something else altogether"
        assert notes[-1] == (
            f"journal cannot be read; it is kept as {aside.name}, a new one begins"
        )
        fill(journal, 1)
        assert numbers(journal) == [0]


def test_damage_after_opening_is_found(journal, tmp_path, notes):
    fill(journal, 1)
    with journal() as opened:
        with (tmp_path / "journal").open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"\xff")
        assert opened.recall("kind", FACTS) == []
    assert notes == ["journal: a damaged record (kind) is measured again"]


@pytest.mark.parametrize("written", [0, 1, 100])
def test_a_full_disk_leaves_what_was_recorded(journal, notes, monkeypatch, written):
    fill(journal, 1)
    write, room = os.pwrite, [written]

    def until_full(file, data, offset):
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = write(file, data[: room[0]], offset)
        room[0] -= count
        return count

    with journal() as opened:
        monkeypatch.setattr(os, "pwrite", until_full)
        with pytest.raises(CalibrateError, match="cannot be written: No space left on device"):
            opened.record("kind", FACTS, {"number": 1})
        monkeypatch.undo()
        opened.record("kind", FACTS, {"number": 2})
    assert numbers(journal) == [0, 2]
    assert notes == []


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CalibrateError, match="the journal cannot be written"):
        FileJournal(tmp_path / "file" / "journal", print).__enter__()


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


def test_what_is_of_no_use_goes_if_it_takes_more_than_half(journal, tmp_path, notes):
    two_models(journal, 3000, 1000)
    before = (tmp_path / "journal").stat().st_size
    with journal() as opened:
        opened.forget(is_old)
        assert opened.recall("kind", {**FACTS, "model": "old"}) == []
        assert [one["number"] for one in opened.recall("kind", FACTS)] == [0, 1, 2, 3]
        opened.record("kind", FACTS, {"number": 4})
    assert (tmp_path / "journal").stat().st_size < 0.4 * before
    assert numbers(journal) == [0, 1, 2, 3, 4]
    assert [path.name for path in tmp_path.iterdir()] == ["journal"]
    assert notes == ["journal: 4 records of no more use dropped"]


def test_what_takes_less_than_half_stays(journal, tmp_path, notes):
    two_models(journal, 1000, 1100)
    before = (tmp_path / "journal").read_bytes()
    with journal() as opened:
        opened.forget(is_old)
        opened.forget(lambda _: False)
    assert (tmp_path / "journal").read_bytes() == before
    assert notes == []


def test_nothing_of_use_leaves_a_journal_without_records(journal, tmp_path):
    fill(journal)
    with journal() as opened:
        opened.forget(lambda _: True)
    assert (tmp_path / "journal").read_bytes() == MAGIC


def test_a_full_disk_while_forgetting_leaves_what_was_there(journal, tmp_path, monkeypatch):
    two_models(journal, 3000, 1000)
    before = (tmp_path / "journal").read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with journal() as opened:
        with monkeypatch.context() as patched:
            patched.setattr(os, "pwrite", full)
            with pytest.raises(CalibrateError, match="No space left"):
                opened.forget(is_old)
        assert [one["number"] for one in opened.recall("kind", FACTS)] == [0, 1, 2, 3]
    assert (tmp_path / "journal").read_bytes() == before
