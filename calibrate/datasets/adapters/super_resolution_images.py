"""Images of which the model gets a smaller copy and should make the original again."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field, model_validator

from calibrate.core.annotation import ImageTarget
from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample, image_sample
from calibrate.core.text import shown
from calibrate.datasets.formats.image_sizes import image_size
from calibrate.datasets.formats.images import ENDINGS, ImageComponent, read_target_image
from calibrate.datasets.formats.paths import list_files
from calibrate.errors import CalibrateError


def centre_crop(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """The middle of an image, [height, width, 3]; of an odd rest the smaller half is above."""
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]


def shrink(image: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
    """A copy `scale` times smaller per side, by Pillow's bicubic filter with antialiasing."""
    size = (image.shape[1] // scale, image.shape[0] // scale)
    small = Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)
    return np.array(small, np.uint8)


class ReducedImages(ImageComponent):
    """A folder of images: each is the target, its bicubic reduction the input.

    Example:
        type: super_resolution_images
        data_source: images
        scale: 3
        size: 288
        smaller: skip
    """

    data_source: AnchoredPath
    """The folder of images; those in folders below it belong to them."""
    scale: int = Field(ge=2)
    """How many times smaller than the target the input is, per side."""
    size: int | tuple[int, int] | None = None
    """Side, or height and width, of the crop from the middle, in pixels; null: the whole image,
    cut to a multiple of `scale`."""
    smaller: Literal["error", "skip"] = "error"
    """How to handle images that are smaller than the crop."""
    first: int | None = Field(default=None, ge=1)
    """Only so many files, by the order of their names; counted before smaller ones are skipped."""
    allow_outside: bool = False
    """Whether links may lead out of `data_source`."""

    @model_validator(mode="after")
    def _fits(self) -> "ReducedImages":
        if self.size is not None and any(side < 1 or side % self.scale for side in self._crop):
            raise ValueError(f"size has to be a positive multiple of scale, {self.scale}")
        return self

    @property
    def _crop(self) -> tuple[int, int]:
        if self.size is None:
            return self.scale, self.scale
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    def items(self) -> Sequence[Item]:
        """The images in the order of their names; only their headers are read, for their sizes."""
        names = list_files(self.data_source, ENDINGS)[: self.first]
        items = [Item(shown(name), self.data_source / name) for name in names]
        if self.smaller == "skip":
            items = [item for item in items if self._is_large_enough(item)]
        if not items:
            message = "no image is in this folder" if not names else "all images are smaller"
            raise CalibrateError(message, shown(self.data_source))
        return items

    def read(self, item: Item) -> Sample:
        """Decode an image, crop it and make it smaller."""
        if item.source is None:
            raise CalibrateError("the entry has no image file", item.id)
        folder = None if self.allow_outside else self.data_source
        image = read_target_image(item.source, folder, bits=self.bits)
        height, width = self._crop
        if image.shape[0] < height or image.shape[1] < width:
            raise CalibrateError(
                f"the image is {image.shape[1]}x{image.shape[0]}, the crop {width}x{height}",
                shown(item.source),
                "leave such images out with smaller: skip",
            )
        if self.size is None:
            height = image.shape[0] // self.scale * self.scale
            width = image.shape[1] // self.scale * self.scale
        target = np.ascontiguousarray(centre_crop(image, height, width))
        sample = image_sample(item, shrink(target, self.scale))
        return replace(sample, annotation=ImageTarget(target), source=shown(item.source))

    def sources(self) -> Sequence[Path]:
        """The folder."""
        return [self.data_source]

    def label_names(self) -> Sequence[str]:
        """None: images have no classes."""
        return ()

    def _is_large_enough(self, item: Item) -> bool:
        if item.source is None:
            return False
        try:
            height, width = image_size(item.source)
        except CalibrateError:
            # It stays in the list, so that reading it tells what is wrong.
            return True
        return height >= self._crop[0] and width >= self._crop[1]
