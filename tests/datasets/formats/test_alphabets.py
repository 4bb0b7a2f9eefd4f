"""Classes of characters, from text or a dictionary file."""

import pytest

from calibrate.datasets.formats.alphabets import characters, read_alphabet
from calibrate.errors import CalibrateError


def test_characters():
    alphabet = read_alphabet("abc ", 1)
    assert alphabet == {"a": 1, "b": 2, "c": 3, " ": 4}
    assert characters("Cab a", alphabet, "lower").tolist() == [3, 1, 2, 4, 1]


def test_a_dictionary_with_a_space(tmp_path):
    (tmp_path / "keys.txt").write_text("a\nü\n \n中\n", encoding="utf-8")
    assert read_alphabet(tmp_path / "keys.txt", 0) == {"a": 0, "ü": 1, " ": 2, "中": 3}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (("a", "bc"), "entry 2 'bc' is no single character"),
        ("aba", "the character 'a' occurs twice"),
        ((), "the alphabet is empty"),
    ],
)
def test_no_alphabet(entries, message):
    with pytest.raises(CalibrateError, match=message):
        read_alphabet(entries, 0)


def test_unknown_characters_are_named():
    with pytest.raises(CalibrateError, match="'A1' holds '1', 'A', not in the alphabet"):
        characters("A1", {"a": 0}, "keep")
