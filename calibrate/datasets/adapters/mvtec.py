"""MVTec AD's layout: good and defective images of a product, with masks of the defects."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from calibrate.core.annotation import ClassLabel, MaskTarget
from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.images import ENDINGS, ImageComponent, read_image_item
from calibrate.datasets.formats.masks import MaskCoding, read_masked
from calibrate.datasets.formats.paths import list_files

GOOD = "good"


class MvTec(ImageComponent):
    """MVTec AD: `test/good`, `test/DEFECT` and `ground_truth/DEFECT` of one product.

    Good images have no mask file: theirs is empty. Pixels that a mask marks are class 1.

    Example:
        type: mvtec
        data_source: mvtec/bottle
        target: mask
    """

    data_source: AnchoredPath
    """The product's folder, with `test` and `ground_truth`."""
    target: Literal["class", "mask"] = "class"
    """Kind of annotation: whether an image has a defect (class 1), or which pixels belong to
    one."""
    mask_suffix: str = "_mask"
    """Suffix of a mask's name after the name of its image."""
    allow_outside: bool = False
    """Whether links may lead out of `data_source`."""

    def items(self) -> Sequence[Item]:
        """The images of `test`, sorted by path."""
        findings = Findings(shown(self.data_source))
        items: list[Item] = []
        for name in list_files(self.data_source / "test", ENDINGS):
            defect, slash, _ = name.partition("/")
            if not slash:
                findings.add(f"the image '{shown(name)}' is in no folder of `test`")
                continue
            label = int(defect != GOOD)
            mask = self._mask(name) if label and self.target == "mask" else None
            if mask is not None and not mask.is_file():
                findings.add(f"there is no mask {shown(mask)}")
            annotation = ClassLabel(label) if self.target == "class" else None
            source = self.data_source / "test" / name
            items.append(Item(shown(name), source, annotation, label, target_source=mask))
        if not items and not findings.count:
            findings.add("no image is in `test`")
        findings.raise_any()
        return items

    def _mask(self, name: str) -> Path:
        path = self.data_source / "ground_truth" / name
        return path.with_name(f"{path.stem}{self.mask_suffix}.png")

    def read(self, item: Item) -> Sample:
        """The image with its class, or with the mask of its defects."""
        folder = None if self.allow_outside else self.data_source
        if item.target_source is not None:
            coding = MaskCoding(renumbered={255: 1}, count=2, ignore=None)
            return read_masked(item, coding, (folder, folder), bits=self.bits)
        sample = read_image_item(item, folder, bits=self.bits)
        if self.target == "class":
            return sample
        empty = np.zeros(sample.image.shape[:2], np.uint8)
        return replace(sample, annotation=MaskTarget(empty, None))

    def sources(self) -> Sequence[Path]:
        """The folders of the images, and of the masks where they are judged."""
        masks = [self.data_source / "ground_truth"] if self.target == "mask" else []
        return [self.data_source / "test", *masks]

    def label_names(self) -> Sequence[str]:
        """Good and defect."""
        return (GOOD, "defect")
