"""Escape names from data (files, labels, layers) for each format of the report."""

import re

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKDOWN = re.compile(r"([\\`*_\[\]|~$])")
_REFERENCE = re.compile(r"((?<!\w)[@#](?=\w)|:(?=//))")


def utf8(text: str) -> str:
    r"""Escape what UTF-8 cannot encode; the byte 0xff of a file name becomes `\xff`."""
    if text.isascii():
        return text
    return "".join(_as_utf8(letter) for letter in text)


def printable(text: str, *, lines: bool = False) -> str:
    r"""Escape characters that control a terminal or change the direction of writing.

    Args:
        text: any.
        lines: whether line breaks and tabs may stay; else they become `\n` and `\t` too.
    """
    if text.isprintable():
        return text
    return "".join(
        letter
        if letter.isprintable() or (lines and letter in "\n\t")
        else letter.encode("unicode_escape", "surrogatepass").decode("ascii")
        for letter in text
    )


def xml(text: str) -> str:
    """Replace every character that XML 1.0 does not allow, even escaped, by U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)


def markdown(text: str) -> str:
    """Escape text so that Markdown shows it verbatim, inside of a line or a table cell.

    The text makes no HTML, emphasis or link; on GitHub, `@name` notifies no one and `#1` refers to
    no issue.
    """
    escaped = _MARKDOWN.sub(r"\\\1", printable(text))
    harmless = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _REFERENCE.sub(r"\1<!-- -->", harmless)


def code(text: str) -> str:
    """Return a name as a Markdown code span for a table cell.

    A span takes everything literally but its own fence, which is made longer than any run of
    backticks inside, and the bar, which would end the cell.
    """
    text = printable(text)
    if not text.strip():
        return "` `"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def _as_utf8(letter: str) -> str:
    # Python reads a byte of a name that is not UTF-8 as U+DC00 plus the byte.
    if "\udc80" <= letter <= "\udcff":
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("utf-8", "backslashreplace").decode()
