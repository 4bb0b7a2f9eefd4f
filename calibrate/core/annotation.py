"""What a dataset says is true of one sample, one record a task."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ClassLabel:
    """The one class of the sample, 0-based."""

    label: int


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Every class that is present in the sample, 0-based, ascending."""

    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class BoxSet:
    """Objects of one image.

    Attributes:
        boxes: [N, 4] float32, xmin ymin xmax ymax, pixels of the source image.
        labels: [N] int64, class ids as the dataset numbers them.
        difficult: [N] bool, objects that VOC leaves out of the count.
        crowd: [N] bool, regions that COCO matches without counting.
        areas: [N] float32, square pixels (COCO's own, else that of the box).
        image_id: the id by which the annotation file knows the image.
    """

    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    difficult: NDArray[np.bool_]
    crowd: NDArray[np.bool_]
    areas: NDArray[np.float32]
    image_id: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class MaskTarget:
    """A class per pixel.

    Attributes:
        mask: [H, W] uint8 or int32, class ids; `ignore` marks pixels that do not count.
        ignore: the id of unlabelled pixels, or None.
    """

    mask: NDArray[np.integer]
    ignore: int | None = 255


@dataclass(frozen=True, slots=True, eq=False)
class ImageTarget:
    """The image that the model should produce: [H, W] or [H, W, 3] uint8, RGB."""

    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class ValueTarget:
    """Numbers to regress: [K] float32."""

    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TokenTarget:
    """Token ids to predict: [T] int64; `ignore` marks positions that do not count."""

    tokens: NDArray[np.int64]
    ignore: int | None = -100


Annotation = ClassLabel | LabelSet | BoxSet | MaskTarget | ImageTarget | ValueTarget | TokenTarget
