"""The VOC layout for segmentation: JPEGImages, SegmentationClass, ImageSets/Segmentation."""

from collections.abc import Sequence
from pathlib import Path

from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats import voc
from calibrate.datasets.formats.class_names import ClassNames
from calibrate.datasets.formats.findings import raise_problems
from calibrate.datasets.formats.images import ImageComponent
from calibrate.datasets.formats.masks import MaskCoding, read_masked
from calibrate.datasets.formats.paths import inside
from calibrate.errors import CalibrateError


class VocSegmentation(ImageComponent):
    """VOC layout with masks: JPEGImages, SegmentationClass, ImageSets/Segmentation.

    Masks are palette or grey images whose pixels are class ids, or RGB images in VOC's colours.

    Example:
        type: voc_segmentation
        data_source: VOCdevkit/VOC2012
        split: val
    """

    data_source: AnchoredPath
    """Folder with `JPEGImages`, `SegmentationClass` and `ImageSets`."""
    split: str = "val"
    """Name of the list in `ImageSets/Segmentation`, without `.txt`."""
    imageset_file: AnchoredPath | None = None
    """The list of ids, if it is elsewhere; used instead of `split`."""
    images_dir: AnchoredPath | None = None
    """Folder of the images, where it is not `JPEGImages`."""
    mask_dir: AnchoredPath | None = None
    """Folder of the masks, where it is not `SegmentationClass`."""
    classes: ClassNames = ("background", *voc.CLASSES)
    """Class names in the order of their ids, the background included."""
    ignore: int = 255
    """The id of pixels that do not count: VOC's borders between objects."""
    allow_outside: bool = False
    """Whether ids and links may lead out of the folders."""

    def items(self) -> Sequence[Item]:
        """One item an id of the list."""
        ids = voc.read_ids(self._imageset)
        paths = voc.image_paths(self._images, ids, allow_outside=self.allow_outside)
        problems: list[CalibrateError] = []
        items: list[Item] = []
        for key in ids:
            try:
                mask = inside(f"{key}.png", self._masks, allow_outside=self.allow_outside)
            except CalibrateError as error:
                problems.append(CalibrateError(error.message, shown(self._imageset), error.hint))
                continue
            items.append(Item(shown(key), paths[key], target_source=mask))
        raise_problems(problems)
        return items

    def read(self, item: Item) -> Sample:
        """Decode an image and its mask."""
        coding = MaskCoding(
            colours=voc.colours(len(self.classes), self.ignore),
            count=len(self.classes),
            ignore=self.ignore,
        )
        fences = (None, None) if self.allow_outside else (self._images, self._masks)
        return read_masked(item, coding, fences, bits=self.bits)

    def sources(self) -> Sequence[Path]:
        """The list and both folders."""
        return [self._imageset, self._images, self._masks]

    def label_names(self) -> Sequence[str]:
        """Class names by id."""
        return self.classes

    @property
    def _imageset(self) -> Path:
        return voc.imageset(self.data_source, "Segmentation", self.split, self.imageset_file)

    @property
    def _images(self) -> Path:
        return self.images_dir or self.data_source / voc.IMAGES

    @property
    def _masks(self) -> Path:
        return self.mask_dir or self.data_source / voc.MASKS
