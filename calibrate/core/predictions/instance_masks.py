"""Predictions of objects with the pixels that are theirs."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.predictions.detections import Detections


@dataclass(frozen=True, slots=True, eq=False)
class InstanceMasks(Detections):
    """Objects of one image with their boxes and masks, best first.

    Attributes:
        masks: [N, H, ceil(W / 8)] uint8, eight pixels of a row of the source image a byte, as
            `numpy.packbits` packs them.
        width: W, pixels of the source image.
    """

    decoders: ClassVar[tuple[str, ...]] = ("yolo_segmentation",)

    masks: NDArray[np.uint8]
    width: int

    def pixels(self) -> NDArray[np.bool_]:
        """[N, H, W] bool."""
        return np.unpackbits(self.masks, axis=-1, count=int(self.width)).astype(np.bool_)
