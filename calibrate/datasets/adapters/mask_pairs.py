"""A folder of images and a folder of masks that carry the same names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.class_names import ClassNames
from calibrate.datasets.formats.images import ImageComponent
from calibrate.datasets.formats.listing import Affix, paired
from calibrate.datasets.formats.mask_survey import check_ids, check_ignored, survey_masks
from calibrate.datasets.formats.masks import LARGEST_ID, MaskCoding, read_masked

Byte = Annotated[int, Field(ge=0, le=255)]
ClassId = Annotated[int, Field(ge=0, le=LARGEST_ID)]


class MaskPairs(ImageComponent):
    """Images and masks in two folders, partners by name.

    A mask holds class ids (grey or palette, 8 or 16 bits) or, with `colors`, a colour for each
    class. Images without a mask are errors; masks without an image are ignored. Up to 256
    masks are read first: an ignored id that looks like a class (masks of 0 and 255) is an error,
    and so are values between classes, as JPEG and smoothed edges leave them.

    Example:
        type: mask_pairs
        images_dir: images
        masks_dir: masks
        mask_suffix: _mask
        classes: [background, road]
        label_map: {255: 1}
        ignore: null
    """

    images_dir: AnchoredPath
    """Folder of the images; those in folders below it belong to them."""
    masks_dir: AnchoredPath
    """Folder of the masks, with the same folders below."""
    image_prefix: str = ""
    """Prefix of an image's name before the common part; files without it are ignored."""
    image_suffix: str = ""
    """Suffix of the name after the common part, before the file extension."""
    mask_prefix: str = ""
    """Prefix of a mask's name before the common part."""
    mask_suffix: str = ""
    """Suffix of the name after the common part, before the file extension."""
    classes: ClassNames = ()
    """Class names in the order of their ids; with them, other ids in a mask are errors."""
    colors: tuple[tuple[Byte, Byte, Byte], ...] | None = None
    """Red, green, blue of each class in the order of the ids; palettes then count by colour."""
    ignore_color: tuple[Byte, Byte, Byte] | None = None
    """The colour of pixels that do not count."""
    label_map: dict[int, ClassId] = Field(default_factory=dict)
    """Class ids by the ids in the masks, for instance `{255: 1}`; others stay as they are."""
    ignore: ClassId | None = 255
    """The id of pixels that do not count; null if all do."""
    threshold: int | None = Field(default=None, ge=1, le=LARGEST_ID)
    """Grey values from this on are class 1, smaller ones class 0: for masks saved as JPEG or with
    smoothed edges (128), whose values are no class ids; null: values are class ids."""
    allow_outside: bool = False
    """Whether links may lead out of the folders."""

    @model_validator(mode="after")
    def _fits(self) -> "MaskPairs":
        if self.colors is not None and len(set(self.colors)) < len(self.colors):
            raise ValueError("colors: two classes have one colour")
        if self.colors is not None and self.classes and len(self.colors) != len(self.classes):
            raise ValueError(f"{len(self.colors)} colors for {len(self.classes)} classes")
        if self.ignore_color is not None and (self.colors is None or self.ignore is None):
            raise ValueError("ignore_color needs colors and an id in ignore")
        if self.ignore_color is not None and self.ignore_color in (self.colors or ()):
            raise ValueError("ignore_color is the colour of a class")
        if self.threshold is not None and (self.colors is not None or self.label_map):
            raise ValueError("threshold makes the ids 0 and 1: leave out colors and label_map")
        return self

    def items(self) -> Sequence[Item]:
        """All images in the order of their names, each with its mask."""
        pairs = paired(
            (self.images_dir, Affix(self.image_prefix, self.image_suffix)),
            (self.masks_dir, Affix(self.mask_prefix, self.mask_suffix)),
            wanted="mask",
        )
        if self.threshold is None:
            self._check_masks([self.masks_dir / mask for _, mask in pairs])
        return [
            Item(shown(image), self.images_dir / image, target_source=self.masks_dir / mask)
            for image, mask in pairs
        ]

    def _check_masks(self, paths: Sequence[Path]) -> None:
        """Refuse masks whose values are no class ids, and an ignored id that is a class."""
        survey = survey_masks(paths, self._coding(), self._fences[1])
        if self.colors is None:
            check_ids(survey, self.masks_dir)
        stated = "ignore" in self.model_fields_set
        check_ignored(survey, self.ignore, self.masks_dir, stated=stated)

    def read(self, item: Item) -> Sample:
        """Decode an image and its mask."""
        return read_masked(item, self._coding(), self._fences, bits=self.bits)

    def _coding(self) -> MaskCoding:
        colours = None
        if self.colors is not None:
            colours = {colour: key for key, colour in enumerate(self.colors)}
            if self.ignore_color is not None and self.ignore is not None:
                colours[self.ignore_color] = self.ignore
        return MaskCoding(
            colours=colours,
            palette_by_colour=colours is not None,
            renumbered=self.label_map,
            count=len(self.classes) or (len(self.colors) if self.colors else None),
            ignore=self.ignore,
            threshold=self.threshold,
        )

    @property
    def _fences(self) -> tuple[Path | None, Path | None]:
        return (None, None) if self.allow_outside else (self.images_dir, self.masks_dir)

    def sources(self) -> Sequence[Path]:
        """Both folders."""
        return [self.images_dir, self.masks_dir]

    def label_names(self) -> Sequence[str]:
        """Class names by id, empty where none are given."""
        return self.classes
