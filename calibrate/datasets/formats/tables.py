"""Tables: CSV and TSV with a heading, JSON, JSON lines and CoNLL, to rows with their places."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Literal

from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.text import split_lines

Format = Literal["csv", "tsv", "jsonl", "json", "conll"]

ENDINGS: Mapping[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".conll": "conll",
}
"""Formats of tables by the file extension, in lower case."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the line it ends on (1-based; its place in a JSON list), and its cells by column."""

    line: int
    cells: Mapping[str, object]


def parse_table(text: str, form: Format, findings: Findings) -> Iterator[TableRow]:
    """Rows of a table; blank lines are left out.

    Args:
        text: of the file.
        form: `csv` (commas, or the semicolons or tabs of a heading without commas; cells in double
            quotes may hold them and line ends), `tsv` (tabs), both with a heading; `jsonl` (a JSON
            object on each line); `json` (a list of objects, or lines as `jsonl`); or `conll` (a
            word on each line with its tags behind it, blank lines between sentences: columns
            `words`, `tags` of the last, `1`, `2` ... of others).
        findings: gets rows that are broken; they are left out.
    """
    if form == "conll":
        return _sentences(text, findings)
    if form == "json" and text.lstrip().startswith("["):
        return _json_list(text, findings)
    if form in ("json", "jsonl"):
        return _json_rows(text, findings)
    return _separated_rows(text, delimiter_of(text) if form == "csv" else "\t", findings)


def delimiter_of(text: str) -> str:
    """Return the delimiter of a CSV file by its first line that is not blank.

    Spreadsheets write semicolons where the comma is the decimal sign.

    Returns:
        A semicolon or a tab if the line has it and no comma outside quotes; else a comma.
    """
    line = next((line for line in split_lines(text) if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", line)
    return next((mark for mark in (",", ";", "\t") if mark in bare), ",")


def _separated_rows(text: str, delimiter: str, findings: Findings) -> Iterator[TableRow]:
    # newline="" leaves line ends inside quotes as they are.
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    heading: list[str] = []
    try:
        for cells in reader:
            if not cells:
                continue
            if not heading:
                heading = [cell.strip() for cell in cells]
                twice = [shown(name) for name, count in Counter(heading).items() if count > 1]
                if twice:
                    findings.add(f"the column '{twice[0]}' occurs twice", reader.line_num)
                    return
            elif len(cells) != len(heading):
                findings.add(
                    f"the row has {len(cells)} cells, the heading {len(heading)}", reader.line_num
                )
            else:
                yield TableRow(reader.line_num, dict(zip(heading, cells, strict=True)))
    except csv.Error as error:
        findings.add(f"the quoting is broken ({error})", reader.line_num)


def _sentences(text: str, findings: Findings) -> Iterator[TableRow]:
    lines: list[list[str]] = []
    for number, line in enumerate([*split_lines(text), ""], 1):
        fields = line.split()
        if not fields or fields[0].startswith("-DOCSTART-"):
            if lines:
                yield TableRow(number - 1, _columns(lines))
            lines = []
        elif lines and len(fields) != len(lines[0]):
            findings.add(
                f"the line has {len(fields)} fields, the one before {len(lines[0])}", number
            )
        else:
            lines.append(fields)


def _columns(lines: Sequence[Sequence[str]]) -> dict[str, object]:
    """Return the words of a sentence and its tags; lines of one field have a word and no tag."""
    width = len(lines[0])
    names = ["words", *map(str, range(1, width - 1)), "tags"][:width]
    return {name: [line[place] for line in lines] for place, name in enumerate(names)}


def _json_list(text: str, findings: Findings) -> Iterator[TableRow]:
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        findings.add(f"the file is not JSON ({error})", 1)
        return
    for number, cells in enumerate(entries, 1):
        if isinstance(cells, dict):
            yield TableRow(number, cells)
        else:
            findings.add("the entry of the list is not a JSON object {...}", number)


def _json_rows(text: str, findings: Findings) -> Iterator[TableRow]:
    for number, line in enumerate(split_lines(text), 1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError) as error:
            findings.add(f"the line is not JSON ({error})", number)
            continue
        if isinstance(cells, dict):
            yield TableRow(number, cells)
        else:
            findings.add("the line is not a JSON object {...}", number)
