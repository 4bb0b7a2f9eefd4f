"""Predictions of objects with the pixels that are theirs."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from calibrate.core.predictions.base import Pixel
from calibrate.core.predictions.detections import Detections


@dataclass(frozen=True, slots=True, eq=False)
class InstanceMasks(Detections):
    """Objects of one image with their boxes and masks, best first.

    Attributes:
        masks: [N, H, ceil(W / 8)] uint8, eight pixels of a row of the source image a byte, as
            `numpy.packbits` packs them.
        width: W, pixels of the source image.
    """

    decoders: ClassVar[tuple[str, ...]] = ("yolo_segmentation", "mask_rcnn")

    masks: NDArray[np.uint8]
    width: int

    def pixels(self) -> NDArray[np.bool_]:
        """[N, H, W] bool."""
        return np.unpackbits(self.masks, axis=-1, count=int(self.width)).astype(np.bool_)

    def overlay(self, kept: Self, lost: Self, new: Self) -> NDArray[np.uint8] | None:
        """[H, W] of `Pixel`: outlines of kept objects, the pixels of lost and of new ones."""
        drawn = np.zeros((self.masks.shape[1], int(self.width)), np.uint8)
        for mask in kept.pixels():
            drawn[mask & ~binary_erosion(mask, iterations=2)] = Pixel.OUTLINE
        drawn[lost.pixels().any(axis=0)] = Pixel.LOST
        drawn[new.pixels().any(axis=0)] = Pixel.NEW
        return drawn
