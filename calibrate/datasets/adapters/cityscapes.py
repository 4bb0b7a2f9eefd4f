"""Cityscapes: leftImg8bit and gtFine, label ids to the 19 train ids."""

from collections.abc import Sequence
from pathlib import Path

from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.images import ImageComponent
from calibrate.datasets.formats.listing import Affix, paired
from calibrate.datasets.formats.masks import MaskCoding, read_masked
from calibrate.datasets.formats.paths import inside

TRAIN = (
    "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign",
    "vegetation", "terrain", "sky", "person", "rider", "car", "truck", "bus", "train",
    "motorcycle", "bicycle",
)  # fmt: skip

LABELS = (
    "unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic",
    "ground", "road", "sidewalk", "parking", "rail track", "building", "wall", "fence",
    "guard rail", "bridge", "tunnel", "pole", "polegroup", "traffic light", "traffic sign",
    "vegetation", "terrain", "sky", "person", "rider", "car", "truck", "bus", "caravan",
    "trailer", "train", "motorcycle", "bicycle",
)  # fmt: skip

IGNORE = 255
TRAIN_IDS = {
    label: TRAIN.index(name) if name in TRAIN else IGNORE for label, name in enumerate(LABELS)
}
"""Train id by label id, as in the dataset's own scripts; 255 for what is not evaluated."""


class Cityscapes(ImageComponent):
    """Cityscapes: leftImg8bit/<split>/<city> and gtFine/<split>/<city>.

    Masks are read as label ids and renumbered to the 19 train ids, all else ignored; masks whose
    suffix ends in `TrainIds` are taken as they are.

    Example:
        type: cityscapes
        dataset_root_dir: Cityscapes
        images_subfolder: leftImg8bit/val
    """

    dataset_root_dir: AnchoredPath
    """The folder of the dataset."""
    images_subfolder: str = "leftImg8bit/val"
    """Folder of the cities' folders of images, from the root."""
    masks_subfolder: str = "gtFine/val"
    """Folder of the cities' folders of masks, from the root."""
    images_suffix: str = "_leftImg8bit"
    """Suffix of an image's name after the common part."""
    masks_suffix: str = "_gtFine_labelIds"
    """Suffix of a mask's name after the common part; `_gtFine_labelTrainIds` for train ids."""
    use_full_label_map: bool = False
    """True keeps the 34 label ids (0 is then the unlabelled) instead of the 19 train ids."""
    allow_outside: bool = False
    """Whether subfolders and links may lead out of the root."""

    def items(self) -> Sequence[Item]:
        """All images of the split, by city and name, each with its mask."""
        images, masks = self._folder(self.images_subfolder), self._folder(self.masks_subfolder)
        pairs = paired(
            (images, Affix(suffix=self.images_suffix)),
            (masks, Affix(suffix=self.masks_suffix)),
            wanted="mask",
        )
        return [Item(shown(image), images / image, target_source=masks / m) for image, m in pairs]

    def read(self, item: Item) -> Sample:
        """Decode an image and its mask."""
        coding = MaskCoding(
            renumbered={} if self._as_it_is else TRAIN_IDS,
            count=len(self.label_names()),
            ignore=IGNORE,
        )
        fence = None if self.allow_outside else self.dataset_root_dir
        return read_masked(item, coding, (fence, fence), bits=self.bits)

    def sources(self) -> Sequence[Path]:
        """Both folders."""
        return [self._folder(self.images_subfolder), self._folder(self.masks_subfolder)]

    def label_names(self) -> Sequence[str]:
        """The 19 classes of the train ids, or all 34."""
        return LABELS if self.use_full_label_map else TRAIN

    @property
    def _as_it_is(self) -> bool:
        return self.use_full_label_map or self.masks_suffix.endswith("TrainIds")

    def _folder(self, name: str) -> Path:
        return inside(name, self.dataset_root_dir, allow_outside=self.allow_outside)
