"""A list of image files with their classes: ImageNet's `val.txt` and its relatives."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field

from calibrate.core.annotation import ClassLabel
from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.class_ids import ClassIds
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.images import ImageComponent, read_image_item
from calibrate.datasets.formats.label_lists import (
    integer,
    names_of_map,
    read_label_map,
    read_label_names,
)
from calibrate.datasets.formats.paths import inside
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.errors import CalibrateError

Separator = Literal["space", "tab", "comma", "semicolon"]

_QUOTED: Mapping[Separator, str] = {"comma": ",", "semicolon": ";"}
"""Separators between which a field may stand in double quotes."""
_LABEL_HEADINGS = {"label", "labels", "class", "class_id", "classid", "category", "target", "y"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: its number (1-based), the file it names and the word for the class."""

    line: int
    file: str
    label: str


def separator_of(text: str, *, comma: bool) -> Separator:
    """What stands between file and label, found from the first line that is not blank.

    Args:
        text: of the list.
        comma: whether the list is named as comma-separated (`.csv`).

    Returns:
        For a `.csv`, `semicolon` where the line has one and no comma, else `comma`. For other
        files, `tab` where the line has one, `comma` or `semicolon` where one stands before the
        last word (`my file.jpg,3`), `space` otherwise.
    """
    first = next((line for line in split_lines(text) if line.strip()), "").rstrip()
    if comma:
        return "semicolon" if ";" in first and "," not in first else "comma"
    if "\t" in first:
        return "tab"
    if re.search(r",\s*[^,\s]+$", first):
        return "comma"
    return "semicolon" if re.search(r";\s*[^;\s]+$", first) else "space"


def parse_rows(text: str, separator: Separator, findings: Findings) -> Iterator[Row]:
    """Rows of a list; blank lines are left out.

    The label is the last field, so file names may hold spaces. Between commas or semicolons, a
    field may stand in double quotes (and hold these marks, doubled quotes and line ends), and
    there are two of them.

    Args:
        text: of the list.
        separator: what stands between file and label; several spaces count as one.
        findings: gets the lines that have no two fields.
    """
    quoted = _QUOTED.get(separator)
    fields = _quoted_fields(text, quoted, findings) if quoted else _fields(text, separator)
    for line, parts in fields:
        if len(parts) != 2 or not all(parts):
            findings.add(
                f"this is not a file and a label with a {separator} between them",
                line,
                "set separator if it is another one",
            )
        else:
            yield Row(line, *parts)


def _fields(text: str, separator: Separator) -> Iterator[tuple[int, Sequence[str]]]:
    mark = "\t" if separator == "tab" else " "
    for line, content in enumerate(split_lines(text), 1):
        if content.strip():
            file, _, label = content.rstrip().rpartition(mark)
            yield line, (file.rstrip(mark), label.strip())


def _quoted_fields(text: str, mark: str, findings: Findings) -> Iterator[tuple[int, Sequence[str]]]:
    # newline="" leaves line ends inside quotes as they are.
    reader = csv.reader(StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, (*row[:-1], row[-1].strip())
    except csv.Error as error:
        findings.add(f"the quoting is broken ({error})", reader.line_num)


def parse_list(
    rows: Iterator[Row], folder: Path, ids: ClassIds, findings: Findings, *, allow_outside: bool
) -> list[Item]:
    """Items of a list.

    Args:
        rows: of the list, without a heading.
        folder: the data source, which the files are relative to.
        ids: turns a label into a class id.
        findings: gets files that lead out of the folder or are listed twice, and labels that
            stand for no class.
        allow_outside: whether files may lead out of the folder.
    """
    items: list[Item] = []
    lines: dict[Path, int] = {}
    for row in rows:
        try:
            path = inside(row.file, folder, allow_outside=allow_outside)
            label = ids.of(row.label)
        except CalibrateError as error:
            findings.add(error.message, row.line, error.hint)
            continue
        if path in lines:
            findings.add(f"'{shown(row.file)}' is on line {lines[path]} too", row.line)
            continue
        lines[path] = row.line
        listed = f"{findings.where}:{row.line}"
        items.append(Item(shown(row.file), path, ClassLabel(label), label, listed=listed))
    if not items and not findings.count:
        findings.add("the list names no file")
    return items


class ImageList(ImageComponent):
    """Images named by a text or CSV list with a class each (ImageNet's `val.txt`).

    Example:
        type: imagenet
        annotation: ${IMAGENET_DIR}/val.txt
        data_source: ${IMAGENET_DIR}/ILSVRC2012_img_val
        labels: ${IMAGENET_DIR}/labels.txt
    """

    annotation: AnchoredPath
    """The list: a file name and a class on each line."""
    data_source: AnchoredPath | None = None
    """The folder that file names are relative to; the list's own folder by default."""
    separator: Literal["auto"] | Separator = "auto"
    """Separator of file and class; `auto` uses the file extension and the first line."""
    header: bool | None = None
    """Whether the first line is a heading; by default it is one if it ends in `label` or alike."""
    label_offset: int = Field(default=0, ge=0)
    """The number of the first class in the list: 1 for lists that count from 1."""
    labels: AnchoredPath | None = None
    """Names of the classes: a line each (`n01440764 tench` or `tench`), or JSON."""
    label_map: dict[str, int] | AnchoredPath | None = None
    """Class ids (0-based) by the word or number in the list, or a file of such pairs."""
    names_only: bool = False
    """Whether folders in the list are left out, as the Open Model Zoo's Accuracy Checker does."""
    allow_outside: bool = False
    """Whether the list may name files outside `data_source`."""

    @property
    def folder(self) -> Path:
        """The folder that file names are relative to."""
        return self.data_source or self.annotation.parent

    def items(self) -> Sequence[Item]:
        """The list's files in its order."""
        text = read_text(self.annotation)
        findings = Findings(shown(self.annotation))
        ids = ClassIds(
            read_label_names(self.labels), read_label_map(self.label_map), self.label_offset
        )
        rows = self._rows(text, ids.label_map, findings)
        if self.names_only:
            rows = (Row(row.line, PurePosixPath(row.file).name, row.label) for row in rows)
        items = parse_list(
            rows,
            self.folder,
            ids,
            findings,
            allow_outside=self.allow_outside,
        )
        findings.raise_any()
        return items

    def _rows(self, text: str, known: Mapping[str, int], findings: Findings) -> Iterator[Row]:
        comma = self.annotation.suffix.lower() == ".csv"
        separator = separator_of(text, comma=comma) if self.separator == "auto" else self.separator
        rows = parse_rows(text, separator, findings)
        first = next(rows, None)
        if first is None:
            return
        if not (self.header if self.header is not None else _is_heading(first, known)):
            yield first
        yield from rows

    def read(self, item: Item) -> Sample:
        """The decoded image."""
        folder = None if self.allow_outside else self.folder
        return read_image_item(item, folder, bits=self.bits)

    def sources(self) -> Sequence[Path]:
        """The list, the folder, and the files of names and map."""
        label_map = self.label_map if isinstance(self.label_map, Path) else None
        return [p for p in (self.annotation, self.folder, self.labels, label_map) if p]

    def label_names(self) -> Sequence[str]:
        """Of the labels file, else the words of the map."""
        return read_label_names(self.labels).names or names_of_map(read_label_map(self.label_map))


def _is_heading(row: Row, known: Mapping[str, int]) -> bool:
    word = row.label.strip('"')
    return integer(word) is None and word not in known and word.lower() in _LABEL_HEADINGS
