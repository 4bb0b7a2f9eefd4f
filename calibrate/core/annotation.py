"""Ground truth of one sample, one record type per task."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.phrases import (
    boxes_text,
    class_text,
    labels_text,
    map_text,
    numbers_text,
    size_text,
)


class Annotation(ABC):
    """Ground truth of one sample."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    adapters: ClassVar[tuple[str, ...]]
    """Built-in dataset adapters that read this kind, the usual ones, for messages."""

    @abstractmethod
    def describe(self, names: Sequence[str]) -> str:
        """Describe the annotation in a few words.

        Args:
            names: of the classes; may be empty.
        """


def annotation_text(annotation: object, names: Sequence[str]) -> str:
    """Describe an annotation in a few words; for a plugin's own types, by the type's name."""
    if isinstance(annotation, Annotation):
        return annotation.describe(names)
    return "none" if annotation is None else type(annotation).__name__


@dataclass(frozen=True, slots=True)
class ClassLabel(Annotation):
    """The one class of the sample, 0-based."""

    adapters: ClassVar[tuple[str, ...]] = ("image_folder", "imagenet")

    label: int

    def describe(self, names: Sequence[str]) -> str:
        """`3 (cat)`."""
        return class_text(self.label, names)


@dataclass(frozen=True, slots=True)
class RetrievalLabel(ClassLabel):
    """The identity of a sample in re-identification.

    Attributes:
        camera: that took the image; a query is not compared with its identity's images of the
            same camera. -1 where it is unknown.
        role: whether the sample is a query, in the gallery that queries are compared with, or both.
    """

    adapters: ClassVar[tuple[str, ...]] = ("market1501_reid",)

    camera: int = -1
    role: Literal["both", "query", "gallery"] = "both"


@dataclass(frozen=True, slots=True)
class LabelSet(Annotation):
    """Every class that is present in the sample, 0-based, ascending.

    Attributes:
        labels: the classes that are present.
        ignored: classes that are unlabelled; metrics leave them out for this sample.
    """

    adapters: ClassVar[tuple[str, ...]] = ("csv", "jsonl")

    labels: tuple[int, ...]
    ignored: tuple[int, ...] = ()

    def describe(self, names: Sequence[str]) -> str:
        """`0 (cat), 1 (dog)`."""
        return labels_text(self.labels, names)


@dataclass(frozen=True, slots=True, eq=False)
class BoxSet(Annotation):
    """Objects of one image.

    Attributes:
        boxes: [N, 4] float32, xmin ymin xmax ymax, pixels of the source image.
        labels: [N] int64, class ids as the dataset numbers them.
        difficult: [N] bool, objects that VOC leaves out of the count.
        crowd: [N] bool, regions that COCO matches without counting.
        areas: [N] float32, square pixels (COCO's own, else that of the box).
        image_id: id of the image in the annotation file.
    """

    adapters: ClassVar[tuple[str, ...]] = ("voc_detection", "mscoco_detection", "yolo_labeling")

    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    difficult: NDArray[np.bool_]
    crowd: NDArray[np.bool_]
    areas: NDArray[np.float32]
    image_id: str = ""

    def describe(self, names: Sequence[str]) -> str:
        """`2 boxes: 1 (dog), 17 (cat)`."""
        return boxes_text([class_text(int(label), names) for label in self.labels])


NO_MASKS = np.zeros((0, 0, 0), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class InstanceMaskSet(BoxSet):
    """Objects of one image with their pixel masks.

    Attributes:
        masks: [N, H, ceil(W / 8)] uint8, eight pixels of a row per byte, as `numpy.packbits` does.
        width: W, pixels.
    """

    adapters: ClassVar[tuple[str, ...]] = ("mscoco_detection",)

    masks: NDArray[np.uint8] = field(default_factory=lambda: NO_MASKS)
    width: int = 0

    def pixels(self) -> NDArray[np.bool_]:
        """[N, H, W] bool."""
        return np.unpackbits(self.masks, axis=-1, count=self.width).astype(np.bool_)


NO_KEYPOINTS = np.zeros((0, 0, 3), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PoseSet(BoxSet):
    """Objects of one image with keypoints.

    Attributes:
        keypoints: [N, K, 3] float32, x, y in pixels of the source image, and 0 for keypoints that
            are not labelled, 1 for hidden and 2 for visible ones.
    """

    adapters: ClassVar[tuple[str, ...]] = ("mscoco_detection",)

    keypoints: NDArray[np.float32] = field(default_factory=lambda: NO_KEYPOINTS)


NO_CORNERS = np.zeros((0, 4, 2), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class OrientedBoxSet(BoxSet):
    """Objects of one image with oriented boxes; `boxes` are the upright ones around them.

    Attributes:
        corners: [N, 4, 2] float32, x, y in pixels of the source image, in order around the box.
    """

    adapters: ClassVar[tuple[str, ...]] = ("yolo_labeling",)

    corners: NDArray[np.float32] = field(default_factory=lambda: NO_CORNERS)


@dataclass(frozen=True, slots=True, eq=False)
class MaskTarget(Annotation):
    """A class per pixel.

    Attributes:
        mask: [H, W] or [D, H, W], uint8 or int32, class ids; those of `ignore` do not count.
        ignore: the id of unlabelled pixels, or None.
    """

    adapters: ClassVar[tuple[str, ...]] = ("voc_segmentation", "mask_pairs")

    mask: NDArray[np.integer]
    ignore: int | None = 255

    def describe(self, names: Sequence[str]) -> str:
        """`map 4×4 of 0 (sky), 1 (road)`."""
        return map_text(self.mask, names)


@dataclass(frozen=True, slots=True, eq=False)
class ImageTarget(Annotation):
    """The image that the model should produce: [H, W] or [H, W, 3] uint8, RGB."""

    adapters: ClassVar[tuple[str, ...]] = ("image_pairs",)

    image: NDArray[np.uint8]

    def describe(self, names: Sequence[str]) -> str:
        """`image 480×640`."""
        return f"image {size_text(self.image)}"


@dataclass(frozen=True, slots=True, eq=False)
class ValueTarget(Annotation):
    """Numbers to regress: [K] float32."""

    adapters: ClassVar[tuple[str, ...]] = ("csv", "jsonl")

    values: NDArray[np.float32]

    def describe(self, names: Sequence[str]) -> str:
        """`0.5, 2`."""
        return numbers_text(self.values)


@dataclass(frozen=True, slots=True, eq=False)
class TokenTarget(Annotation):
    """Token ids to predict.

    Attributes:
        tokens: [T] int64; negative ones, apart from `ignore`, match no prediction.
        ignore: marks positions that do not count.
        predicted_as: what predicted tokens count as, where not as themselves: a capital letter as
            the small one, say.
    """

    adapters: ClassVar[tuple[str, ...]] = ("csv", "jsonl", "image_texts")

    tokens: NDArray[np.int64]
    ignore: int | None = -100
    predicted_as: Mapping[int, int] = field(default_factory=dict)

    def describe(self, names: Sequence[str]) -> str:
        """`12 tokens`."""
        return f"{len(self.tokens)} tokens"


@dataclass(frozen=True, slots=True, eq=False)
class SeveralTargets(Annotation):
    """What is true of one sample for each of several decoders.

    Attributes:
        targets: by the decoder's name.
    """

    adapters: ClassVar[tuple[str, ...]] = ("csv", "jsonl")

    targets: Mapping[str, Annotation]

    def describe(self, names: Sequence[str]) -> str:
        """`age: 31; gender: 1`; class names belong to no single one."""
        return "; ".join(f"{name}: {each.describe(())}" for name, each in self.targets.items())
