"""A folder of images without labels."""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from pydantic import field_validator

from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.images import ENDINGS, ImageComponent, read_image_item
from calibrate.datasets.formats.paths import list_files
from calibrate.errors import CalibrateError


def parse_names(names: Iterable[str], folder: Path, glob: str, *, recursive: bool) -> list[Item]:
    """Items of file names.

    Args:
        names: relative to the folder.
        folder: where they are.
        glob: the pattern that the end of a name has to match; `*` stops at a slash.
        recursive: False leaves out names with a folder.

    Raises:
        CalibrateError: no name is left.
    """
    items = [
        Item(shown(name), folder / name)
        for name in names
        if (recursive or "/" not in name) and PurePosixPath(name).match(glob)
    ]
    if not items:
        raise CalibrateError(
            f"no image in this folder matches '{glob}'",
            shown(folder),
            f"known endings: {' '.join(ENDINGS)}",
        )
    return items


class Images(ImageComponent):
    """Images without labels, for metrics that compare with the FP32 model.

    Example:
        type: images
        data_source: frames
        glob: "left_*.png"
    """

    data_source: AnchoredPath
    """The folder of images."""
    glob: str = "*"
    """Pattern of file names, `*.png`; with a slash, of the path's end, `left/*.png`."""
    recursive: bool = True
    """Whether images in folders below count."""
    allow_outside: bool = False
    """Whether links may lead out of `data_source`."""

    @field_validator("glob")
    @classmethod
    def _relative(cls, glob: str) -> str:
        # Matching looks at the end of a path, so this prefix, which people write, says nothing.
        pattern = glob.removeprefix("**/")
        parts = pattern.split("/")
        if not pattern or "" in parts or ".." in parts or "**" in parts:
            raise ValueError("a pattern like '*.png' or 'left/*.png' is needed")
        return pattern

    def items(self) -> Sequence[Item]:
        """All images that match, sorted by path."""
        names = list_files(self.data_source, ENDINGS)
        return parse_names(names, self.data_source, self.glob, recursive=self.recursive)

    def read(self, item: Item) -> Sample:
        """The decoded image, without annotation."""
        return read_image_item(
            item, None if self.allow_outside else self.data_source, bits=self.bits
        )

    def sources(self) -> Sequence[Path]:
        """The folder."""
        return [self.data_source]

    def label_names(self) -> Sequence[str]:
        """None."""
        return []
