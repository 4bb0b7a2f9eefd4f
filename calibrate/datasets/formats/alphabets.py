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
        CalibrateError: the file cannot be read, an entry is no single character, or stands twice.
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
            raise CalibrateError(f"the character '{shown(entry)}' stands twice", where)
        ids[entry] = first + place
    if not ids:
        raise CalibrateError("the alphabet is empty", where)
    return ids


def characters(text: str, alphabet: Mapping[str, int], case: Case) -> NDArray[np.int64]:
    """Return the classes of the characters of a text, [T].

    Args:
        text: as the dataset has it.
        alphabet: class by character.
        case: what the text is brought to first.

    Raises:
        CalibrateError: a character is not in the alphabet; the place is the caller's to add.
    """
    wanted = {"keep": text, "lower": text.lower(), "upper": text.upper()}[case]
    unknown = sorted({character for character in wanted if character not in alphabet})
    if unknown:
        raise CalibrateError(
            f"'{shown(text)}' holds {', '.join(map(repr, unknown))}, not in the alphabet",
            hint="add them to the alphabet, or set `case` to lower or upper",
        )
    return np.array([alphabet[character] for character in wanted], np.int64)
