"""A folder of images for each class."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from calibrate.core.annotation import ClassLabel
from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.images import ENDINGS, ImageComponent, read_image_item
from calibrate.datasets.formats.label_lists import names_of_map, read_label_map, read_label_names
from calibrate.datasets.formats.paths import list_files, list_folders


def parse_names(
    names: Iterable[str], folder: Path, classes: Mapping[str, int], findings: Findings
) -> list[Item]:
    """Items of files whose first folder is their class.

    Args:
        names: file names relative to the folder: `cat/1.jpg`, `cat/more/2.jpg`.
        folder: where they are.
        classes: class ids by name of the class folder.
        findings: gets files in no class folder, and once each folder that is no class.
    """
    items: list[Item] = []
    unknown: set[str] = set()
    for name in names:
        word, slash, _ = name.partition("/")
        if not slash:
            findings.add(f"the image '{shown(name)}' is in no class folder")
        elif word in classes:
            label = classes[word]
            items.append(Item(shown(name), folder / name, ClassLabel(label), label))
        elif word not in unknown:
            unknown.add(word)
            findings.add(
                f"the folder '{shown(word)}' is none of the {len(classes)} classes",
                hint="complete the labels or the label_map, or move it away",
            )
    if not items and not findings.count:
        findings.add("no image is in this folder", hint=f"known endings: {' '.join(ENDINGS)}")
    return items


class ImageFolder(ImageComponent):
    """Images in a folder for each class, folders sorted by name giving the class ids.

    Example:
        type: image_folder
        data_source: flowers/val
        label_map: {daisy: 0, rose: 1, tulip: 2}
    """

    data_source: AnchoredPath
    """The folder of class folders; images may be in subfolders of these."""
    labels: AnchoredPath | None = None
    """Names of the classes in the order of their ids; folders carry a name or WordNet id of it."""
    label_map: dict[str, int] | AnchoredPath | None = None
    """Class ids (0-based) by folder name, or a file of such pairs."""
    allow_outside: bool = False
    """Whether links may lead out of `data_source`."""

    def items(self) -> Sequence[Item]:
        """All images, sorted by path."""
        findings = Findings(shown(self.data_source))
        names = list_files(self.data_source, ENDINGS)
        items = parse_names(names, self.data_source, self._classes(findings), findings)
        findings.raise_any()
        return items

    def _classes(self, findings: Findings) -> Mapping[str, int]:
        labels, label_map = read_label_names(self.labels), read_label_map(self.label_map)
        count = len(labels.names)
        for word, index in label_map.items():
            if index < 0 or (count and index >= count):
                findings.add(f"the label map gives '{shown(word)}' the id {index}, out of range")
        if label_map or labels.ids:
            return label_map or labels.ids
        return {word: index for index, word in enumerate(list_folders(self.data_source))}

    def read(self, item: Item) -> Sample:
        """The decoded image."""
        return read_image_item(
            item, None if self.allow_outside else self.data_source, bits=self.bits
        )

    def sources(self) -> Sequence[Path]:
        """The folder, and the files of names and map."""
        label_map = self.label_map if isinstance(self.label_map, Path) else None
        return [path for path in (self.data_source, self.labels, label_map) if path]

    def label_names(self) -> Sequence[str]:
        """Of the labels file, else the words of the map, else the folders' names."""
        if self.labels:
            return read_label_names(self.labels).names
        if self.label_map:
            return names_of_map(read_label_map(self.label_map))
        return [shown(name) for name in list_folders(self.data_source)]
