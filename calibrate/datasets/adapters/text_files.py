"""Raw text in files: a folder of text files for each class, or a file with a text on each line."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from calibrate.core.annotation import ClassLabel
from calibrate.core.component import AnchoredPath, Component
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.label_lists import read_label_names
from calibrate.datasets.formats.paths import list_files, list_folders
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.errors import CalibrateError


class TextFiles(Component):
    """Raw text for the step `tokenize`: `.txt` files in a folder for each class, or lines of one.

    Folders sorted by name give the class ids; files of one folder alone, and the lines of a file,
    are unlabelled. Tables with a column of text are read by `csv` and `jsonl` (`text_columns`).

    Example:
        type: text_files
        data_source: aclImdb/test
        classes: [neg, pos]
    """

    data_source: AnchoredPath
    """A folder, or a file with a text on each line."""
    classes: tuple[str, ...] = ()
    """Folders that count, in the order of their class ids; all, sorted by name, by default."""
    labels: AnchoredPath | None = None
    """Names of the classes in the order of their ids, for reports."""

    def items(self) -> Sequence[Item]:
        """The files sorted by path, or the lines in their order; blank lines are left out."""
        if self.data_source.is_file():
            items = [
                Item(f"{shown(self.data_source.name)}:{i + 1}", self.data_source, index=i)
                for i, line in enumerate(self._lines)
                if line.strip()
            ]
        else:
            items = self._files()
        if not items:
            raise CalibrateError("there is no text", shown(self.data_source))
        return items

    def _files(self) -> list[Item]:
        folders = self._folders
        if not folders:
            return [
                Item(shown(name), self.data_source / name)
                for name in list_files(self.data_source, (".txt",))
            ]
        return [
            Item(f"{shown(folder)}/{shown(name)}", path, ClassLabel(label), label)
            for label, folder in enumerate(folders)
            for name in list_files(self.data_source / folder, (".txt",))
            for path in (self.data_source / folder / name,)
        ]

    def read(self, item: Item) -> Sample:
        """The text under the key `text`."""
        if self.data_source.is_file():
            text = self._lines[item.index]
        else:
            text = read_text(item.source or self.data_source)
        where = shown(str(item.source or item.id))
        return Sample(item.id, {"text": np.array(text)}, item.annotation, source=where)

    def sources(self) -> Sequence[Path]:
        """The file or folder, and the file of names."""
        return [path for path in (self.data_source, self.labels) if path]

    def label_names(self) -> Sequence[str]:
        """Of the labels file, else the folders."""
        if self.labels:
            return read_label_names(self.labels).names
        return [] if self.data_source.is_file() else [shown(name) for name in self._folders]

    @cached_property
    def _lines(self) -> Sequence[str]:
        return split_lines(read_text(self.data_source))

    @cached_property
    def _folders(self) -> Sequence[str]:
        there = list_folders(self.data_source)
        absent = [name for name in self.classes if name not in there]
        if absent:
            raise CalibrateError(
                f"there is no folder '{absent[0]}'",
                shown(self.data_source),
                f"there are: {', '.join(map(shown, there)) or 'none'}",
            )
        return self.classes or there
