"""One entry of a dataset: as the annotation lists it, and as decoding returns it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import Annotation, MaskTarget

IMAGE = "image"
"""The key in `Sample.data` under which adapters of images put the pixels."""


@dataclass(frozen=True, slots=True)
class Item:
    """An entry before anything of it is decoded; cheap, so that lists may be long.

    Attributes:
        id: unique in its dataset and stable between runs, for instance a relative path.
        source: the file that reading will open, or None for entries of an array.
        annotation: what is known without reading the pixels (masks come with reading).
        stratum: what the subset is stratified by, for instance the class; None where it is unknown.
        index: position inside `source`, for files that hold many samples.
        target_source: the file of the annotation's own pixels (a mask, a target image), if any.
        listed: the place of a list that names the sample, for messages: `val.txt:25`; or empty.
    """

    id: str
    source: Path | None = None
    annotation: Annotation | None = None
    stratum: int | str | None = None
    index: int = 0
    target_source: Path | None = None
    listed: str = ""


@dataclass(frozen=True, slots=True)
class Geometry:
    """How the pixels of the input relate to those of the source image.

    A point (x, y) of the source stands at (x * scale_x + offset_x, y * scale_y + offset_y) of
    the input; all four are in pixels and pixels per pixel.
    """

    source_height: int
    source_width: int
    height: int
    width: int
    scale_x: float = 1.0
    scale_y: float = 1.0
    offset_x: float = 0.0
    offset_y: float = 0.0

    def resized(self, height: int, width: int) -> "Geometry":
        """After the input was resized to height x width."""
        factor_x, factor_y = width / self.width, height / self.height
        return replace(
            self,
            height=height,
            width=width,
            scale_x=self.scale_x * factor_x,
            scale_y=self.scale_y * factor_y,
            offset_x=self.offset_x * factor_x,
            offset_y=self.offset_y * factor_y,
        )

    def shifted(self, top: int, left: int, height: int, width: int) -> "Geometry":
        """After padding (top, left >= 0) or cropping (negative) to a canvas of height x width."""
        return replace(
            self,
            height=height,
            width=width,
            offset_x=self.offset_x + left,
            offset_y=self.offset_y + top,
        )

    def to_source(self, boxes: NDArray[np.float32], *, clipped: bool = True) -> NDArray[np.float32]:
        """Boxes [N, 4] (xmin ymin xmax ymax) from input pixels to source pixels.

        Args:
            boxes: in pixels of the input.
            clipped: whether they are clipped to the source image.
        """
        scale = np.array([self.scale_x, self.scale_y] * 2, np.float32)
        offset = np.array([self.offset_x, self.offset_y] * 2, np.float32)
        moved: NDArray[np.float32] = ((boxes - offset) / scale).astype(np.float32)
        limit = np.array([self.source_width, self.source_height] * 2, np.float32)
        return np.clip(moved, np.float32(0), limit) if clipped else moved


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A decoded entry on its way through the preprocessing steps.

    Attributes:
        id: the item's.
        data: one array a model input; adapters of images give `{"image": HWC RGB}`,
            uint8 or uint16, which steps may turn into any shape and dtype.
        annotation: complete (masks are read by now), or None for unlabelled data.
        geometry: of `data["image"]`, or None for data that is no image.
        source: for messages: the file, or a description of the place in it.
    """

    id: str
    data: Mapping[str, NDArray[np.generic]]
    annotation: Annotation | None = None
    geometry: Geometry | None = None
    source: str = ""

    @property
    def image(self) -> NDArray[np.generic]:
        """`data["image"]`, HWC unless a step has changed the layout."""
        return self.data[IMAGE]

    def with_image(self, image: NDArray[np.generic], geometry: Geometry | None = None) -> "Sample":
        """The same sample with other pixels, and with another geometry where they moved."""
        return replace(self, data={**self.data, IMAGE: image}, geometry=geometry or self.geometry)

    def facts(self) -> "Facts":
        """What is kept of the sample once its pixels have become input tensors."""
        return Facts(self.id, self.annotation, self.geometry, self.source)


@dataclass(frozen=True, slots=True)
class Facts:
    """A sample without its pixels: what decoders and metrics need to know of it."""

    id: str
    annotation: Annotation | None = None
    geometry: Geometry | None = None
    source: str = ""


def image_sample(item: Item, image: NDArray[np.generic], mask: MaskTarget | None = None) -> Sample:
    """The sample of one decoded image (HWC RGB), geometry at rest."""
    height, width = image.shape[:2]
    return Sample(
        id=item.id,
        data={IMAGE: image},
        annotation=mask or item.annotation,
        geometry=Geometry(height, width, height, width),
        source=str(item.source or item.id),
    )
