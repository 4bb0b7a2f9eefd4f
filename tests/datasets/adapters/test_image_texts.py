"""Lists of images with their texts."""

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from calibrate.datasets.adapters.image_texts import ImageTexts
from calibrate.errors import CalibrateError, Problems
from calibrate.testing.adapters import check_adapter


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "b.png", "c c.png"):
        Image.fromarray(np.full((4, 6, 3), len(name), np.uint8)).save(tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "parameters", "expected"),
    [
        ("a.png ab\nb.png b\n", {}, {"a.png": [1, 2], "b.png": [2]}),
        ("a.png\ta b\r\n\nc c.png\tb", {"separator": "tab"}, {"a.png": [1, 3, 2], "c c.png": [2]}),
        ("b.png, b, a\n", {"separator": "comma"}, {"b.png": [2, 4, 3, 1]}),
        ("a.png NA\nb.png AB\n", {"skip": ["NA"], "case": "lower"}, {"b.png": [1, 2]}),
        ("a.png aX\n", {"unknown_characters": "wrong"}, {"a.png": [1, -1 - ord("X")]}),
    ],
)  # fmt: skip
def test_lines(folder, text, parameters, expected):
    (folder / "gt.txt").write_text(text)
    adapter = ImageTexts(
        annotation=folder / "gt.txt", alphabet="ab ,", alphabet_offset=1, **parameters
    )
    items = check_adapter(adapter)
    assert {item.id: item.annotation.tokens.tolist() for item in items} == expected


def test_alphabet_of_a_file_and_case_of_predictions(folder):
    (folder / "gt.txt").write_text("a.png ab\n")
    (folder / "chars.txt").write_text("a\nA\nB\nb\nC\n")
    adapter = ImageTexts(
        annotation=folder / "gt.txt", alphabet_file=folder / "chars.txt", predicted_case="lower"
    )
    target = adapter.items()[0].annotation
    assert target.tokens.tolist() == [0, 3]
    assert target.predicted_as == {1: 0, 2: 3, 4: -1 - ord("c")}
    assert folder / "chars.txt" in adapter.sources()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.png\n", r"gt\.txt:1: this is not a file and a text with a space between them"),
        ("a.png a\na.png b\n", r"gt\.txt:2: 'a\.png' is on line 1 too"),
        ("a.png c\n", r"gt\.txt:1: 'c' holds 'c', not in the alphabet"),
        ("../a.png a\n", r"gt\.txt:1: "),
        ("\n", "the list names no file"),
    ],
)
def test_mistakes(folder, text, message):
    (folder / "gt.txt").write_text(text)
    with pytest.raises((CalibrateError, Problems), match=message):
        ImageTexts(annotation=folder / "gt.txt", alphabet="ab").items()


@pytest.mark.parametrize("alphabets", [{}, {"alphabet": "ab", "alphabet_file": "x"}])
def test_one_alphabet(alphabets):
    with pytest.raises(ValidationError, match="give either alphabet or alphabet_file"):
        ImageTexts(annotation="gt.txt", **alphabets)
