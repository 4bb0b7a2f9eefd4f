import errno
import os
from pathlib import Path

import pytest

from calibrate.store.base import NullJournal, key_of
from calibrate.store.machine_cache import MachineCache, TieredJournal, cache_folder
from calibrate.store.run_journal import FileJournal

FACTS = {"model": "a", "cpu": "b"}


@pytest.fixture
def notes():
    return []


@pytest.fixture
def cache(tmp_path, notes):
    return MachineCache(tmp_path / "cache" / "calibrate", notes.append)


def test_what_was_recorded_is_known_to_another(cache, notes):
    cache.record("profile", FACTS, {"times": [1.5]})
    other = MachineCache(cache.folder, notes.append)
    assert [one["times"] for one in other.recall("profile", FACTS)] == [[1.5]]
    assert notes == ["The profile of these models on this machine is known from an earlier run."]
    assert [file.name.startswith(".") for file in cache.folder.iterdir()] == [False]


def test_nothing_is_known_of_other_facts(cache, notes):
    cache.record("profile", FACTS, {"times": [1.5]})
    assert cache.recall("profile", {**FACTS, "cpu": "c"}) == ()
    assert cache.recall("timing", FACTS) == ()
    assert notes == []


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: b"", lambda data: b"x" * 99]
)
def test_a_damaged_file_is_not_believed(cache, notes, damage):
    cache.record("profile", FACTS, {"times": [1.5]})
    (file,) = cache.folder.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert cache.recall("profile", FACTS) == ()
    assert notes == [f"{file} is damaged; it is measured again"]


def test_a_full_disk_is_told_and_nothing_else(cache, notes, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    cache.record("profile", FACTS, {})
    assert notes == [f"the times cannot be kept in {cache.folder}: No space left on device"]
    assert list(cache.folder.iterdir()) == []


def test_what_was_used_least_lately_goes_first(cache, notes):
    def facts(number):
        return {**FACTS, "model": str(number)}

    def known():
        return [number for number in range(9) if small.recall("profile", facts(number))]

    cache.record("profile", facts(0), {"number": 0})
    (first,) = cache.folder.iterdir()
    small = MachineCache(cache.folder, notes.append, most=4 * first.stat().st_size)
    for number in range(1, 4):
        small.record("profile", facts(number), {"number": number})
    assert known() == [0, 1, 2, 3]
    for age, number in enumerate((1, 0, 3, 2)):
        path = cache.folder / key_of("profile", facts(number))
        os.utime(path, ns=(age, age))
    assert small.recall("profile", facts(1))  # used again
    small.record("profile", facts(4), {"number": 4})
    # Three quarters are left: two go, and the one that was used lately stays.
    assert known() == [1, 2, 4]


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


def test_a_crash_between_the_two_leaves_both_with_the_record(cache, tmp_path, notes):
    class Crashing(NullJournal):
        def record(self, kind, depends, content):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TieredJournal(Crashing(), cache).record("profile", FACTS, {"times": [1.5]})
    with FileJournal(tmp_path / "journal", notes.append) as journal:
        assert TieredJournal(journal, cache).recall("profile", FACTS)[0]["times"] == [1.5]
        assert journal.recall("profile", FACTS)[0]["times"] == [1.5]
