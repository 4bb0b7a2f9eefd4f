"""Names from files and data, made printable on one line."""

from pathlib import Path


def shown(name: str | Path) -> str:
    r"""A name for ids and messages: printable on one line and valid UTF-8.

    Bytes that are not UTF-8 (surrogates, as Python reads them) and control characters become
    escapes, `\xff` and `\n`; all else stays as it is.
    """
    text = str(name)
    if text.isprintable():
        return text
    return "".join(_escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    if letter.isprintable():
        return letter
    if "\udc80" <= letter <= "\udcff":
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")
