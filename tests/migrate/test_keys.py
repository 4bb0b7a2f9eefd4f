import pytest

from calibrate.migrate.keys import Keys
from calibrate.migrate.notes import Note, Notes


def keys(**values: object) -> Keys:
    return Keys(values, "at", Notes())


def test_what_nothing_takes_is_lost():
    found = keys(a=1, b=2)
    assert found.get("a") == 1
    found.finish("no such thing")
    assert found.notes.entries == [Note("lost", "at.b", "2", "no such thing")]
    assert not found.notes.full


def test_what_has_no_meaning_does_not_make_it_partial():
    found = keys(batch=4)
    found.no_meaning("there is one way", "batch", "not_there")
    found.finish()
    assert found.notes.entries == [Note("no_meaning", "at.batch", "4", "there is one way")]
    assert found.notes.full


@pytest.mark.parametrize(("value", "count"), [(False, 0), (None, 0), (True, 1)])
def test_lost_unless_it_is_the_default(value, count):
    found = keys() if value is None else keys(flag=value)
    found.lost_unless("flag", "not here")
    found.finish()
    assert len(found.notes.entries) == count


def test_entries_are_numbered_and_words_are_types():
    found = keys(steps=["auto_resize", {"type": "crop", "size": 3}])
    first, second = found.entries("steps")
    assert (first.where, first.get("type")) == ("at.steps[0]", "auto_resize")
    assert (second.where, second.get("size")) == ("at.steps[1]", 3)


@pytest.mark.parametrize("value", [5, "words", [5]])
def test_values_of_another_kind_are_reported(value):
    found = keys(list=value, section=5)
    entries = found.entries("list")
    found.section("section")
    for entry in entries:
        entry.finish()
    found.finish()
    lost = [note.where for note in found.notes.of("lost")]
    assert "at.section" in lost
    assert any(where.startswith("at.list") for where in lost)


def test_a_note_is_kept_once_and_short():
    notes = Notes()
    for _ in range(2):
        notes.add("lost", "key", "why", "x\n" * 100)
    (note,) = notes.entries
    assert len(note.what) == 60
    assert "\n" not in note.what
