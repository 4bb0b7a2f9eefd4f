"""Names from data (files, labels, layers) made harmless in each form of the report."""

import re

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKDOWN = re.compile(r"([\\`*_\[\]|~$])")
_REFERENCE = re.compile(r"((?<!\w)[@#](?=\w)|:(?=//))")


def utf8(text: str) -> str:
    r"""The text without what UTF-8 cannot hold; the byte 0xff of a file name becomes `\xff`."""
    if text.isascii():
        return text
    return "".join(_as_utf8(letter) for letter in text)


def printable(text: str, *, lines: bool = False) -> str:
    r"""The text without what steers a terminal or turns the direction of writing.

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
    """The text with U+FFFD for every character that XML 1.0 does not allow, even escaped."""
    return _NOT_XML.sub("\ufffd", text)


def markdown(text: str) -> str:
    """Text that Markdown shows as it is, inside of a line, also in a cell of a table.

    No HTML, emphasis or link comes of it, and where GitHub shows it nobody is called by `@name`
    and no issue is referred to by `#1`.
    """
    escaped = _MARKDOWN.sub(r"\\\1", printable(text))
    harmless = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _REFERENCE.sub(r"\1<!-- -->", harmless)


def code(text: str) -> str:
    """A name as a Markdown code span for a cell of a table.

    A span takes everything literally but its own fence, which is made longer than any run of
    backticks inside, and the bar, which would end the cell.
    """
    told = printable(text)
    if not told.strip():
        return "` `"
    longest = max((len(run) for run in re.findall("`+", told)), default=0)
    fence = "`" * (longest + 1)
    space = " " if told[0] in "` " or told[-1] in "` " else ""
    return f"{fence}{space}{told}{space}{fence}".replace("|", "\\|")


def _as_utf8(letter: str) -> str:
    # Python reads a byte of a name that is not UTF-8 as U+DC00 plus the byte.
    if "\udc80" <= letter <= "\udcff":
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("utf-8", "backslashreplace").decode()
