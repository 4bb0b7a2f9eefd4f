"""Text files of annotations: bytes to lines, with file names kept exactly."""

from pathlib import Path

from calibrate.core.text import shown
from calibrate.datasets.formats.paths import regular_file
from calibrate.errors import CalibrateError

LARGEST = 1 << 30
"""Bytes; a list of a million images takes a twentieth of it."""


def decode_text(data: bytes, where: str) -> str:
    """Text of UTF-8 bytes; a byte order mark is left out, other bytes survive as surrogates.

    File names are bytes on Linux: read like this, each opens the file that was meant.

    Raises:
        CalibrateError: the text is UTF-16 (as PowerShell's `>` writes it) or no text at all.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CalibrateError("the file is UTF-16 text", where, "save it as UTF-8")
    if b"\0" in data:
        raise CalibrateError("the file is binary, not text", where)
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def split_lines(text: str) -> list[str]:
    """Lines without their ends; only LF and CRLF end one, unlike `str.splitlines`.

    Form feeds and Unicode's line separators may stand in file names.
    """
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def read_text(path: Path) -> str:
    """The text of an annotation file that the config names.

    Raises:
        CalibrateError: the file is missing, unreadable, too large or no text.
    """
    where = shown(path)
    real = regular_file(path)
    try:
        if real.stat().st_size > LARGEST:
            raise CalibrateError(f"the file is over {LARGEST >> 20} MiB, too large a list", where)
        data = real.read_bytes()
    except OSError as error:
        raise CalibrateError(f"the file cannot be read ({error.strerror})", where) from error
    return decode_text(data, where)
