"""Bytes of annotations become lines without losing a file name."""

import os

import pytest

from calibrate.datasets.formats.text import decode_text, read_text, split_lines
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a\nb\n", ["a", "b"]),
        (b"a\r\nb", ["a", "b"]),
        (b"a\n\nb", ["a", "", "b"]),
        (b"\xef\xbb\xbfa", ["a"]),
        (b"a\x0cb\n", ["a\x0cb"]),
        ("a\u2028b\n".encode(), ["a\u2028b"]),
    ],
)
def test_lines(data, lines):
    assert split_lines(decode_text(data, "x")) == lines


def test_bytes_of_a_name_survive():
    assert os.fsencode(decode_text(b"\xff\xe9.jpg", "x")) == b"\xff\xe9.jpg"


@pytest.mark.parametrize(
    ("data", "message"),
    [("a 1".encode("utf-16"), "val.txt: the file is UTF-16"), (b"\x89PNG\0", "binary")],
)
def test_no_text(data, message):
    with pytest.raises(CalibrateError, match=message):
        decode_text(data, "val.txt")


def test_read_text(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a\r\n")
    assert read_text(tmp_path / "a.txt") == "a\r\n"
    with pytest.raises(CalibrateError, match="no such file"):
        read_text(tmp_path / "b.txt")
