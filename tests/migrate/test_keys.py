import pytest

from calibrate.migrate.keys import Keys
from calibrate.migrate.notes import Note, Notes


def keys(**values: object) -> Keys:
    return Keys(values, "at", Notes())


def test_what_nothing_takes_is_lost():
    result = keys(a=1, b=2)
    assert result.get("a") == 1
    result.finish("no such thing")
    assert result.notes.entries == [Note("lost", "at.b", "2", "no such thing")]
    assert not result.notes.full


def test_what_has_no_meaning_does_not_make_it_partial():
    result = keys(batch=4)
    result.no_meaning("there is one way", "batch", "not_there")
    result.finish()
    assert result.notes.entries == [Note("no_meaning", "at.batch", "4", "there is one way")]
    assert result.notes.full


@pytest.mark.parametrize(("value", "count"), [(False, 0), (None, 0), (True, 1)])
def test_lost_unless_it_is_the_default(value, count):
    result = keys() if value is None else keys(flag=value)
    result.lost_unless("flag", "not here")
    result.finish()
    assert len(result.notes.entries) == count


def test_entries_are_numbered_and_words_are_types():
    result = keys(steps=["auto_resize", {"type": "crop", "size": 3}])
    first, second = result.entries("steps")
    assert (first.where, first.get("type")) == ("at.steps[0]", "auto_resize")
    assert (second.where, second.get("size")) == ("at.steps[1]", 3)


@pytest.mark.parametrize("value", [5, "words", [5]])
def test_values_of_another_kind_are_reported(value):
    result = keys(list=value, section=5)
    entries = result.entries("list")
    result.section("section")
    for entry in entries:
        entry.finish()
    result.finish()
    lost = [note.where for note in result.notes.of("lost")]
    assert "at.section" in lost
    assert any(where.startswith("at.list") for where in lost)


def test_a_note_is_kept_once_and_short():
    notes = Notes()
    for _ in range(2):
        notes.add("lost", "key", "why", "x\n" * 100)
    (note,) = notes.entries
    assert len(note.what) == 60
    assert "\n" not in note.what
