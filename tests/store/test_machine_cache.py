import sqlite3
import time
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from calibrate.store.base import NullJournal
from calibrate.store.machine_cache import MachineCache, TieredJournal, cache_folder
from calibrate.store.record_file import RecordFile, open_records
from calibrate.store.run_journal import FileJournal

FACTS = {"model": "a", "cpu": "b"}


@pytest.fixture
def notes():
    return []


@pytest.fixture
def cache(tmp_path, notes):
    return MachineCache(tmp_path / "cache" / "calibrate", notes.append)


def test_another_run_recalls_what_was_recorded(cache, notes):
    cache.record("profile", FACTS, {"times": [1.5]})
    other = MachineCache(cache.folder, notes.append)
    assert [content["times"] for content in other.recall("profile", FACTS)] == [[1.5]]
    assert notes == ["The profile of these models on this machine is known from an earlier run."]
    assert list(cache.folder.iterdir()) == [cache.path]


def test_nothing_is_known_of_other_facts(cache, notes):
    cache.record("profile", FACTS, {"times": [1.5]})
    assert cache.recall("profile", {**FACTS, "cpu": "c"}) == ()
    assert cache.recall("timing", FACTS) == ()
    assert notes == []


def test_the_latest_record_replaces_an_earlier_one(cache):
    cache.record("profile", FACTS, {"times": [1.5]})
    cache.record("profile", FACTS, {"times": [2.5]})
    assert [content["times"] for content in cache.recall("profile", FACTS)] == [[2.5]]


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-5000], lambda data: b"x" * 99, lambda data: b"\0" * len(data)]
)
def test_a_damaged_file_is_removed(cache, notes, damage):
    cache.record("profile", FACTS, {"times": [1.5] * 999})
    cache.path.write_bytes(damage(cache.path.read_bytes()))
    assert cache.recall("profile", FACTS) == ()
    assert notes == [f"{cache.path} was damaged and is removed; its times are measured again"]
    cache.record("profile", FACTS, {"times": [1.5]})
    assert [content["times"] for content in cache.recall("profile", FACTS)] == [[1.5]]


def test_a_full_disk_costs_a_note_and_nothing_else(cache, notes, monkeypatch):
    def full(*_, **__):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(RecordFile, "add", full)
        cache.record("profile", FACTS, {})
    assert notes == [f"times cannot be kept in {cache.path}: database or disk is full"]
    assert cache.recall("profile", FACTS) == ()


def test_a_folder_that_cannot_be_made_costs_a_note(tmp_path, notes):
    (tmp_path / "file").write_text("")
    cache = MachineCache(tmp_path / "file" / "calibrate", notes.append)
    cache.record("profile", FACTS, {})
    assert cache.recall("profile", FACTS) == ()
    assert notes == [f"times cannot be kept in {cache.path}: Not a directory"]


def test_the_least_recently_used_records_are_removed_first(cache, notes, monkeypatch):
    def facts(number):
        return {**FACTS, "model": str(number)}

    def known():
        with closing(open_records(cache.path, shared=True)) as file:
            return [record.depends["model"] for record in file.records()]

    clock = count()
    monkeypatch.setattr(time, "time", lambda: next(clock))
    cache.record("profile", facts(0), {"number": 0})
    with closing(open_records(cache.path, shared=True)) as file:
        (first,) = file.records()
    small = MachineCache(cache.folder, notes.append, most=4 * first.size)
    for number in range(1, 4):
        small.record("profile", facts(number), {"number": number})
    assert known() == ["0", "1", "2", "3"]
    assert small.recall("profile", facts(1))  # used again
    assert small.recall("profile", facts(0))
    small.record("profile", facts(4), {"number": 4})
    # Three quarters are left: the two that were not used again are removed.
    assert known() == ["0", "1", "4"]


def test_a_journal_learns_what_only_the_cache_knew(cache, tmp_path, notes):
    cache.record("profile", FACTS, {"times": [1.5]})
    with FileJournal(tmp_path / "journal", notes.append) as journal:
        both = TieredJournal(journal, cache)
        assert both.recall("profile", FACTS)[0]["times"] == [1.5]
        assert journal.recall("profile", FACTS)[0]["times"] == [1.5]
        assert len(both.recall("profile", FACTS)) == 1


def test_a_record_goes_to_both(cache, tmp_path, notes):
    with FileJournal(tmp_path / "journal", notes.append) as journal:
        TieredJournal(journal, cache).record("profile", FACTS, {"times": [2.5]})
        assert journal.recall("profile", FACTS)[0]["times"] == [2.5]
    assert TieredJournal(NullJournal(), cache).recall("profile", FACTS)[0]["times"] == [2.5]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/c/calibrate"),
        ({"HOME": "/h"}, "/h/.cache/calibrate"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/calibrate"),
        ({"XDG_CACHE_HOME": "", "HOME": "/h"}, "/h/.cache/calibrate"),
    ],
)
def test_where_it_is(environment, expected):
    assert cache_folder(environment) == Path(expected)


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path, notes):
    (tmp_path / "everybody").mkdir()
    (tmp_path / "everybody").chmod(0o1777)
    folder = tmp_path / "everybody" / "calibrate-cache"
    cache = MachineCache(folder, notes.append)
    cache.record("profile", FACTS, {"times": [1.5]})
    assert cache.recall("profile", FACTS)
    notes.clear()
    folder.chmod(0o777)
    assert cache.recall("profile", FACTS) == ()
    assert notes == [
        f"times cannot be kept in {folder}/measurements.sqlite: other users can write to the folder"
    ]
    # Nor is one that a link leads to.
    folder.chmod(0o755)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert cache.recall("profile", FACTS) == ()


def test_a_crash_between_the_two_leaves_both_with_the_record(cache, tmp_path, notes):
    class Crashing(NullJournal):
        def record(self, kind, depends, content):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TieredJournal(Crashing(), cache).record("profile", FACTS, {"times": [1.5]})
    with FileJournal(tmp_path / "journal", notes.append) as journal:
        assert TieredJournal(journal, cache).recall("profile", FACTS)[0]["times"] == [1.5]
        assert journal.recall("profile", FACTS)[0]["times"] == [1.5]
