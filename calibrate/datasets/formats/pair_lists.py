"""Lists of pairs to verify: LFW's `pairs.txt`, and two files with a label on each line."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.text import split_lines

_SAME = {"1": True, "true": True, "0": False, "-1": False, "false": False}
"""Labels of pairs, in small letters."""
_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of a list.

    Attributes:
        first: file name.
        second: file name.
        same: whether both show one identity.
    """

    first: str
    second: str
    same: bool


def parse_lfw(text: str, file_of: Callable[[str, int], str], findings: Findings) -> Iterator[Pair]:
    """Pairs of LFW's `pairs.txt`: `name 1 4` of one person, `name 1 other 2` of two.

    Args:
        text: of the list; its first line holds counts and is left out.
        file_of: the file of a person's image by name and number.
        findings: gets lines of another form.
    """
    for number, line in enumerate(split_lines(text), 1):
        fields = line.split()
        match fields:
            case [name, a, b] if a.isdigit() and b.isdigit():
                yield Pair(file_of(name, int(a)), file_of(name, int(b)), same=True)
            case [name, a, other, b] if a.isdigit() and b.isdigit():
                yield Pair(file_of(name, int(a)), file_of(other, int(b)), same=False)
            case _ if fields and not (number == 1 and all(word.isdigit() for word in fields)):
                findings.add(
                    "this is neither `name 1 4` nor `name 1 other 2`",
                    number,
                    "set format: files for lines of two files and a label",
                )


def parse_files(text: str, findings: Findings, *, comma: bool) -> Iterator[Pair]:
    """Pairs of lines with two files and a label, in the order `a b 1` or `1 a b`.

    Args:
        text: of the list; a first line without a label is a heading.
        findings: gets lines of another form.
        comma: whether commas separate the fields, else spaces or tabs.
    """
    for number, fields in _rows(text, comma=comma):
        label = next((at for at in (2, 0) if len(fields) == _FIELDS and _same(fields[at])), None)
        if label is not None:
            first, second = (fields[at] for at in range(_FIELDS) if at != label)
            yield Pair(first, second, _SAME[fields[label].lower()])
        elif number > 1 or len(fields) != _FIELDS:
            findings.add(
                f"this is not two files and a label ({', '.join(_SAME)})",
                number,
                "write `a.jpg,b.jpg,1` for one identity and `a.jpg,c.jpg,0` for two",
            )


def is_lfw(text: str) -> bool:
    """Whether the first line holds counts alone, or the first lines have LFW's form."""
    lines = [line.split() for line in split_lines(text) if line.strip()][:2]
    if not lines:
        return False
    if all(word.isdigit() for word in lines[0]):
        return True
    return all(
        len(fields) in (3, 4) and fields[1].isdigit() and fields[-1].isdigit() for fields in lines
    )


def _rows(text: str, *, comma: bool) -> Iterator[tuple[int, Sequence[str]]]:
    if comma:
        reader = csv.reader(StringIO(text, newline=""))
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, [cell.strip() for cell in row]
        return
    for number, line in enumerate(split_lines(text), 1):
        if line.strip():
            yield number, line.split()


def _same(word: str) -> bool:
    return word.lower() in _SAME
