"""CamVid as SegNet's authors give it: lists of pairs, or folders `val` and `valannot`."""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.images import ImageComponent
from calibrate.datasets.formats.listing import Affix, paired
from calibrate.datasets.formats.masks import MaskCoding, read_masked
from calibrate.datasets.formats.paths import inside
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.errors import CalibrateError

CLASSES = (
    "Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car",
    "Pedestrian", "Bicyclist", "Unlabelled",
)  # fmt: skip

UNLABELLED = 11

COLOURS = {
    (128, 128, 128): 0, (128, 0, 0): 1, (192, 192, 128): 2, (128, 64, 128): 3, (60, 40, 222): 4,
    (128, 128, 0): 5, (192, 128, 128): 6, (64, 64, 128): 7, (64, 0, 128): 8, (64, 64, 0): 9,
    (0, 128, 192): 10, (0, 0, 0): 11,
}  # fmt: skip
"""Class ids by the colour that SegNet's authors show them in."""


def parse_pairs(lines: Iterable[str], findings: Findings) -> list[tuple[str, str]]:
    """Image and mask of each line, separated by white space.

    Of an absolute path, as in SegNet's own lists, the last folder and the name count: such lists
    were written on another machine.

    Args:
        lines: of the list; blank ones are left out.
        findings: gets lines of another form and images that are listed twice.
    """
    pairs: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        if len(words) != 2:
            findings.add("the line is not an image and a mask", number, "separate them by a space")
            continue
        image, mask = (_last_folder(word) for word in words)
        if image in pairs:
            findings.add(f"'{shown(image)}' is listed twice", number)
        pairs[image] = mask
    if not pairs and not findings.count:
        findings.add("the list is empty")
    return list(pairs.items())


def _last_folder(name: str) -> str:
    path = PurePosixPath(name)
    return "/".join(path.parts[1:][-2:]) if path.is_absolute() else name


class CamVid(ImageComponent):
    """CamVid with 11 classes: a list of image and mask pairs, or folders val and valannot.

    Example:
        type: camvid
        data_source: CamVid
        annotation_file: CamVid/val.txt
    """

    data_source: AnchoredPath
    """The folder of the dataset, which the paths of the list are relative to."""
    annotation_file: AnchoredPath | None = None
    """The list: image and mask in each line; without it `split` names the folders."""
    split: str = "val"
    """Folder of the images; masks of the same names are in the folder with `annot` behind it."""
    unlabelled_is_class: bool = False
    """True counts the unlabelled pixels as a class of their own, 11; False leaves them out."""
    allow_outside: bool = False
    """Whether paths of the list and links may lead out of `data_source`."""

    def items(self) -> Sequence[Item]:
        """All pairs, in the list's order or by name."""
        findings = Findings(shown(self.annotation_file or self.data_source))
        items: list[Item] = []
        for image, mask in self._pairs(findings):
            try:
                source, target = self._path(image), self._path(mask)
            except CalibrateError as error:
                findings.add(error.message, hint=error.hint)
                continue
            items.append(Item(shown(image), source, target_source=target))
        findings.raise_any()
        return items

    def read(self, item: Item) -> Sample:
        """Decode an image and its mask."""
        ignore = None if self.unlabelled_is_class else UNLABELLED
        coding = MaskCoding(colours=COLOURS, count=len(self.label_names()), ignore=ignore)
        fence = None if self.allow_outside else self.data_source
        return read_masked(item, coding, (fence, fence), bits=self.bits)

    def sources(self) -> Sequence[Path]:
        """The list, or both folders."""
        if self.annotation_file:
            return [self.data_source, self.annotation_file]
        return [self._path(self.split), self._path(f"{self.split}annot")]

    def label_names(self) -> Sequence[str]:
        """The 11 classes, and the unlabelled where it counts."""
        return CLASSES if self.unlabelled_is_class else CLASSES[:UNLABELLED]

    def _pairs(self, findings: Findings) -> list[tuple[str, str]]:
        if self.annotation_file:
            return parse_pairs(split_lines(read_text(self.annotation_file)), findings)
        folders = self.split, f"{self.split}annot"
        images, masks = ((self._path(folder), Affix()) for folder in folders)
        pairs = paired(images, masks, wanted="mask")
        return [(f"{folders[0]}/{image}", f"{folders[1]}/{mask}") for image, mask in pairs]

    def _path(self, name: str) -> Path:
        return inside(name, self.data_source, allow_outside=self.allow_outside)
