"""Adapter of tables of files, text, numbers, classes and token ids: CSV, TSV, JSON lines."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray
from pydantic import Field, model_validator

from calibrate.core.annotation import Annotation, ClassLabel, SeveralTargets, ValueTarget
from calibrate.core.component import AnchoredPath
from calibrate.core.sample import IMAGE, Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.alphabets import Case, read_alphabet
from calibrate.datasets.formats.cells import Dtype
from calibrate.datasets.formats.class_ids import ClassIds
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.head_targets import HeadTarget, Names
from calibrate.datasets.formats.images import ImageComponent, read_image_item
from calibrate.datasets.formats.label_lists import (
    LabelList,
    names_of_map,
    read_label_map,
    read_label_names,
)
from calibrate.datasets.formats.paths import Stamp, inside
from calibrate.datasets.formats.row_inputs import input_numbers, input_rows, input_text
from calibrate.datasets.formats.row_targets import (
    Blank,
    TargetKind,
    TargetSpec,
    cell,
    is_blank,
    parse_target,
)
from calibrate.datasets.formats.tables import ENDINGS, Format, TableRow, parse_table
from calibrate.datasets.formats.text import read_text
from calibrate.errors import CalibrateError

LOGGER = logging.getLogger(__name__)


class Table(ImageComponent):
    """Rows of a CSV, TSV, JSON or CoNLL table: images, text, numbers or token ids with labels.

    Example, ages to regress from images:

        type: csv
        annotation: ages.csv
        file_column: file
        target: values
        target_columns: age
    """

    annotation: AnchoredPath
    """The table: `.csv` (commas; or semicolons or tabs, if the heading has no comma) and `.tsv`
    with a heading, `.jsonl` with an object on each line, `.json` with a list of objects or such
    lines, or `.conll` with a word and its tags on each line, whose columns are `words` and, of the
    last tag, `tags`."""
    format: Literal["auto"] | Format = "auto"
    """Format of the table; `auto` derives it from the file extension."""
    data_source: AnchoredPath | None = None
    """The folder that file names are relative to; the table's own folder by default."""
    file_column: str | None = None
    """The column of image files."""
    extension: str = ""
    """Ending of the image files where the column has their names without it: `.jpg`."""
    text_columns: dict[str, str] = Field(default_factory=dict)
    """Columns of raw text, or of lists of words, by their key in the data; for the step
    `tokenize`."""
    data_columns: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    """Columns of numbers that feed the model, by their key in the data. A list of columns makes
    one input, with a number per column: the features of a table."""
    data_type: Dtype = "int64"
    """Type of the numbers in `data_columns`."""
    target: TargetKind | Literal["text"] | None = None
    """Kind of ground truth: a class, numbers, several classes, token ids, or a text whose
    characters `alphabet` numbers."""
    target_columns: Names = ()
    """The column of the ground truth; several for `values`, or one for each label, with 1 where it
    is present, 0 where it is not, and -1 where it is uncertain, which is ignored."""
    targets: dict[str, HeadTarget] = Field(default_factory=dict)
    """Ground truth of each decoder of a config that lists several, by the decoder's name; instead
    of `target`: `{age: {target: values, target_columns: age}, gender: {target: class,
    target_columns: gender, label_map: {f: 0, m: 1}}}`."""
    blank_labels: Blank = "ignored"
    """Meaning of an empty cell in such a column: unknown and `ignored`, label not present
    (`negative`), or an `error`."""
    alphabet: str | tuple[str, ...] = ()
    """For `text`: the characters in the order of the model's classes."""
    alphabet_file: AnchoredPath | None = None
    """The same as a file with one character on each line."""
    alphabet_offset: int = Field(default=0, ge=0)
    """Class of the first character: 1 where class 0 is the blank of a CTC model."""
    case: Case = "keep"
    """Conversion of a text's case before it is compared."""
    ignore: int | None = -100
    """The token id of positions that do not count."""
    labels: AnchoredPath | None = None
    """File of class names: one per line, or JSON."""
    label_map: dict[str, int] | AnchoredPath | None = None
    """Class ids (0-based) by the word or number in the table, or a file of such pairs."""
    label_offset: int = Field(default=0, ge=0)
    """The number of the first class in the table: 1 where classes count from 1."""
    allow_outside: bool = False
    """Whether the table may name files outside `data_source`."""

    @model_validator(mode="after")
    def _whole(self) -> "Table":
        keys = [*self.text_columns, *self.data_columns]
        if self.file_column is None and not keys:
            raise ValueError(
                "give file_column, text_columns or data_columns: the model needs an input"
            )
        if self.file_column is not None and IMAGE in keys:
            raise ValueError(f"no column's key can be '{IMAGE}' beside file_column")
        if len(set(keys)) < len(keys):
            raise ValueError("a key is in text_columns and in data_columns")
        if self.targets and self.target is not None:
            raise ValueError("give either target or targets")
        if (self.target is None) != (not self.target_columns):
            raise ValueError("target and target_columns go together")
        if self.target == "text" and bool(self.alphabet) == bool(self.alphabet_file):
            raise ValueError("target 'text' needs alphabet or alphabet_file")
        if self.target in {"class", "tokens", "text"} and len(self.target_columns) > 1:
            raise ValueError(f"target '{self.target}' is in one column")
        if self.format == "auto" and self.annotation.suffix.lower() not in ENDINGS:
            raise ValueError(f"the ending of {self.annotation.name} implies no format: give format")
        return self

    @property
    def folder(self) -> Path:
        """The folder that file names are relative to."""
        return self.data_source or self.annotation.parent

    def items(self) -> Sequence[Item]:
        """Return the rows in their order."""
        findings = Findings(shown(self.annotation))
        ids = ClassIds(
            read_label_names(self.labels), read_label_map(self.label_map), self.label_offset
        )
        items: list[Item] = []
        lines: dict[str, int] = {}
        blank = 0
        for row in self._rows(findings):
            try:
                item = self._item(row, len(items), ids)
            except CalibrateError as error:
                findings.add(error.message, row.line, error.hint)
                continue
            first = lines.setdefault(str(item.source) if self.file_column else item.id, row.line)
            if first != row.line:
                findings.add(f"'{item.id}' is on line {first} too", row.line)
            items.append(item)
            blank += self._blank_labels(row)
        if blank:
            effect = "count as 0" if self.blank_labels == "negative" else "are ignored"
            LOGGER.warning(
                "%s: %d empty cells of labels %s (blank_labels)", findings.where, blank, effect
            )
        if not items and not findings.count:
            findings.add("the table has no rows")
        _check_lengths(items, findings)
        findings.raise_any()
        return items

    def _rows(self, findings: Findings) -> Iterator[TableRow]:
        return parse_table(read_text(self.annotation), self._form(), findings)

    def _form(self) -> Format:
        if self.format == "auto":
            return ENDINGS[self.annotation.suffix.lower()]
        return self.format

    def _item(self, row: TableRow, index: int, ids: ClassIds) -> Item:
        annotation = self._annotation(row, ids)
        for columns in self.data_columns.values():
            input_numbers(row, columns, self.data_type)
        for column in self.text_columns.values():
            input_text(row, column)
        stratum = annotation.label if isinstance(annotation, ClassLabel) else None
        if self.file_column is None:
            name = f"{shown(self.annotation.name)}#{index}"
            return Item(name, self.annotation, annotation, stratum, index)
        file = cell(row, self.file_column)
        if not isinstance(file, str):
            raise CalibrateError(f"column '{self.file_column}' holds no file name")
        name = f"{file}{self.extension}"
        path = inside(name, self.folder, allow_outside=self.allow_outside)
        return Item(shown(file), path, annotation, stratum, index)

    def _annotation(self, row: TableRow, ids: ClassIds) -> Annotation | None:
        spec = TargetSpec(
            self.target,
            self.target_columns,
            self.ignore,
            self.blank_labels,
            self._alphabet,
            self.case,
        )
        if not self.targets:
            return parse_target(row, spec, ids)
        targets = {}
        for head, target in self.targets.items():
            head_spec = replace(spec, kind=target.target, columns=target.target_columns)
            head_ids = ClassIds(LabelList(), target.label_map, target.label_offset)
            annotation = parse_target(row, head_spec, head_ids)
            if annotation is not None:
                targets[head] = annotation
        return SeveralTargets(targets)

    @cached_property
    def _alphabet(self) -> Mapping[str, int]:
        if self.target != "text":
            return {}
        return read_alphabet(self.alphabet_file or tuple(self.alphabet), self.alphabet_offset)

    def _blank_labels(self, row: TableRow) -> int:
        several = self.target == "labels" and len(self.target_columns) > 1
        return sum(is_blank(row.cells[name]) for name in self.target_columns) if several else 0

    def read(self, item: Item) -> Sample:
        """Return the sample with its image, text and numbers."""
        data = self._inputs(item)
        if self.file_column is None:
            place = f"{shown(self.annotation)} row {item.index}"
            return Sample(item.id, data, item.annotation, source=place)
        sample = read_image_item(item, None if self.allow_outside else self.folder, bits=self.bits)
        return replace(sample, data={**data, **sample.data})

    def _inputs(self, item: Item) -> Mapping[str, NDArray[Any]]:
        if not self.data_columns and not self.text_columns:
            return {}
        columns = tuple(self.data_columns.values())
        texts = tuple(self.text_columns.values())
        stamp = Stamp.of(self.annotation)
        rows = input_rows(stamp, self._form(), (columns, texts), self.data_type)
        if item.index >= len(rows):
            raise CalibrateError(f"there is no row {item.index} any more", shown(self.annotation))
        keys = (*self.data_columns, *self.text_columns)
        return {key: array.copy() for key, array in zip(keys, rows[item.index], strict=True)}

    def sources(self) -> Sequence[Path]:
        """Return the table, the folder of its files, and the files of names and map."""
        label_map = self.label_map if isinstance(self.label_map, Path) else None
        folder = self.folder if self.file_column else None
        given = (self.annotation, folder, self.labels, label_map, self.alphabet_file)
        return [path for path in given if path]

    def label_names(self) -> Sequence[str]:
        """Return the names of the labels file, else of the map, else the label columns."""
        if self.labels:
            return read_label_names(self.labels).names
        if self.target == "labels" and len(self.target_columns) > 1:
            return [shown(name) for name in self.target_columns]
        return names_of_map(read_label_map(self.label_map))


def _check_lengths(items: Sequence[Item], findings: Findings) -> None:
    """Report rows that differ in the number of target values."""
    lengths = [len(i.annotation.values) for i in items if isinstance(i.annotation, ValueTarget)]
    if len(set(lengths)) > 1:
        findings.add(f"some rows have {min(lengths)} target values, others {max(lengths)}")
