"""Tables with a heading: CSV, TSV and JSON lines, to rows with their places."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Literal

from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.text import split_lines

Format = Literal["csv", "tsv", "jsonl"]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the line it ends on (1-based), and its cells by column."""

    line: int
    cells: Mapping[str, object]


def parse_table(text: str, form: Format, findings: Findings) -> Iterator[TableRow]:
    """Rows of a table; blank lines are left out.

    Args:
        text: of the file.
        form: `csv` (commas; cells in double quotes may hold commas and line ends), `tsv` (tabs),
            both with a heading; or `jsonl` (a JSON object on each line).
        findings: gets rows that are broken; they are left out.
    """
    if form == "jsonl":
        return _json_rows(text, findings)
    return _separated_rows(text, "," if form == "csv" else "\t", findings)


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
