"""The line of a file that an error is about, with a caret below the key or the place."""

import re
from pathlib import Path

from calibrate.core.regular_file import read_regular
from calibrate.report.formats.escape import printable

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d{1,9})(?: (?P<key>.*))?", re.DOTALL)
_LAST_KEY = re.compile(r'(?:^|\.)([^.\[\]"]+)(?:\[\d+\])*$|\["([^"]*)"\](?:\[\d+\])*$')
_LARGEST = 4 << 20
_WIDTH = 88


def excerpt(where: str) -> list[str]:
    """Two lines: the line that a place names, and carets; nothing where there is no such line.

    Args:
        where: as `CalibrateError.where` has it: `configs/a.yaml:14 metrics[0].type`.
    """
    match = _PLACE.fullmatch(where)
    if match is None:
        return []
    number = int(match["line"])
    try:
        text = read_regular(Path(match["file"]), _LARGEST).decode("utf-8-sig")
    except (OSError, ValueError):
        return []
    lines = text.splitlines()
    if not 1 <= number <= len(lines) or not lines[number - 1].strip():
        return []
    line = printable(lines[number - 1].replace("\t", " "))
    begin, end = _marked(line, match["key"] or "")
    first = max(0, begin - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = line[first : first + _WIDTH]
    carets = "^" * max(1, min(end, first + _WIDTH) - begin)
    margin = " " * len(str(number))
    return [f"  {number} | {shown}", f"  {margin} | {' ' * (begin - first)}{carets}"]


def _marked(line: str, key: str) -> tuple[int, int]:
    """Where the last key of a path stands in the line; else all of the line that is not blank."""
    last = _LAST_KEY.search(key)
    name = (last[1] or last[2] or "") if last else ""
    if name:
        standing = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", line)
        if standing is not None:
            return standing.span()
    return len(line) - len(line.lstrip()), len(line.rstrip())
