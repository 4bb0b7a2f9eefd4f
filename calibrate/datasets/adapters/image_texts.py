"""A list of image files with the text in each: ICDAR's `gt.txt` and its relatives."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.images import read_image_item
from calibrate.datasets.formats.paths import inside
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.datasets.formats.text_recognition import TextRecognition
from calibrate.errors import CalibrateError

_MARKS = {"space": " ", "tab": "\t", "comma": ","}


class ImageTexts(TextRecognition):
    """Images named by a list, with the text to recognize after each name (`word_1.png hello`).

    Example:
        type: image_texts
        annotation: gt.txt
        data_source: images
        alphabet: 0123456789abcdefghijklmnopqrstuvwxyz
        alphabet_offset: 1
    """

    annotation: AnchoredPath
    """The list: a file name and its text on each line; blank lines are left out."""
    data_source: AnchoredPath | None = None
    """The folder that file names are relative to; the list's own folder by default."""
    separator: Literal["space", "tab", "comma"] = "space"
    """Separator of file and text; the first one on a line counts, so texts may contain it."""
    skip: tuple[str, ...] = ()
    """Texts whose images are left out: `NA` or `###` where nothing can be read."""
    allow_outside: bool = False
    """Whether the list may name files outside `data_source`."""

    @property
    def folder(self) -> Path:
        """The folder that file names are relative to."""
        return self.data_source or self.annotation.parent

    def items(self) -> Sequence[Item]:
        """The list's files in its order."""
        findings = Findings(shown(self.annotation))
        items: list[Item] = []
        lines: dict[Path, int] = {}
        for number, line in enumerate(split_lines(read_text(self.annotation)), 1):
            if not line.strip():
                continue
            try:
                item = self._item(line.strip(), number)
            except CalibrateError as error:
                findings.add(error.message, number, error.hint)
                continue
            if item is None or item.source is None:
                continue
            if item.source in lines:
                findings.add(f"'{item.id}' is on line {lines[item.source]} too", number)
                continue
            lines[item.source] = number
            items.append(item)
        if not items and not findings.count:
            findings.add("the list names no file")
        findings.raise_any()
        return items

    def read(self, item: Item) -> Sample:
        """The decoded image."""
        folder = None if self.allow_outside else self.folder
        return read_image_item(item, folder, bits=self.bits)

    def sources(self) -> Sequence[Path]:
        """The list, the folder, and the file of the alphabet."""
        return [self.annotation, self.folder, *self.files()]

    def label_names(self) -> Sequence[str]:
        """None: the classes are those of characters."""
        return ()

    def _item(self, line: str, number: int) -> Item | None:
        file, mark, text = line.partition(_MARKS[self.separator])
        file, text = file.strip(), text.strip()
        if not mark or not file:
            raise CalibrateError(
                f"this is not a file and a text with a {self.separator} between them",
                hint="set separator if it is another one",
            )
        if text in self.skip:
            return None
        path = inside(file, self.folder, allow_outside=self.allow_outside)
        listed = f"{shown(self.annotation)}:{number}"
        return Item(shown(file), path, self.target(text), listed=listed)
