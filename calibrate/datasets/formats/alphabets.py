"""Alphabets of text recognition: from text to the classes of its characters."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.text import shown
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.errors import CalibrateError

Case = Literal["keep", "lower", "upper"]


def read_alphabet(source: Sequence[str] | Path, first: int) -> Mapping[str, int]:
    """Return the class of each character.

    Args:
        source: the characters in the order of the model's classes, or a file with one on each line.
        first: class of the first one: 1 where class 0 is the blank.

    Raises:
        CalibrateError: the file cannot be read, an entry is no single character, or occurs twice.
    """
    where = shown(source) if isinstance(source, Path) else "alphabet"
    entries = split_lines(read_text(source)) if isinstance(source, Path) else list(source)
    while entries and not entries[-1]:
        entries = entries[:-1]
    ids: dict[str, int] = {}
    for place, entry in enumerate(entries):
        if len(entry) != 1:
            raise CalibrateError(
                f"entry {place + 1} '{shown(entry)}' is no single character", where
            )
        if entry in ids:
            raise CalibrateError(f"the character '{shown(entry)}' occurs twice", where)
        ids[entry] = first + place
    if not ids:
        raise CalibrateError("the alphabet is empty", where)
    return ids


def characters(
    text: str, alphabet: Mapping[str, int], case: Case, *, must_be_known: bool = True
) -> NDArray[np.int64]:
    """Return the classes of the characters of a text, [T].

    Args:
        text: as the dataset has it.
        alphabet: class by character.
        case: what the text is brought to first.
        must_be_known: whether a character that is not in the alphabet is an error; else its class
            is negative, another one for each character.

    Raises:
        CalibrateError: a character is not in the alphabet; the place is the caller's to add.
    """
    wanted = in_case(text, case)
    unknown = sorted({character for character in wanted if character not in alphabet})
    if unknown and must_be_known:
        raise CalibrateError(
            f"'{shown(text)}' holds {', '.join(map(repr, unknown))}, not in the alphabet",
            hint="add them to the alphabet, or set `case` to lower or upper",
        )
    return np.array([_class_of(character, alphabet) for character in wanted], np.int64)


def predicted_tokens(alphabet: Mapping[str, int], case: Case) -> Mapping[int, int]:
    """What predicted classes count as once their characters are brought to a case.

    Returns:
        The class by class, of those characters that the case changes.
    """
    changed = {
        token: _class_of(in_case(character, case), alphabet)
        for character, token in alphabet.items()
        if len(in_case(character, case)) == 1
    }
    return {token: counts_as for token, counts_as in changed.items() if token != counts_as}


def in_case(text: str, case: Case) -> str:
    """The text in small letters, in capitals, or as it is."""
    return {"keep": text, "lower": text.lower(), "upper": text.upper()}[case]


def _class_of(character: str, alphabet: Mapping[str, int]) -> int:
    """The class of a character; negative, by its code point, where it has none."""
    return alphabet.get(character, -1 - ord(character))
