"""COCO's layout for detection: one instances_*.json and a folder of images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.annotation import BoxSet, InstanceMaskSet, PoseSet
from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.annotated_boxes import check_size, most_frequent
from calibrate.datasets.formats.coco import CocoTable, read_coco
from calibrate.datasets.formats.coco_entries import class_ids, class_names, image_paths
from calibrate.datasets.formats.coco_segments import Segments, draw
from calibrate.datasets.formats.images import ImageComponent, read_image_item
from calibrate.errors import CalibrateError


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    items: tuple[Item, ...]
    segments: Mapping[str, tuple[Segments, ...]]
    sizes: Mapping[str, tuple[int, int]]
    names: tuple[str, ...]


class MsCocoDetection(ImageComponent):
    """COCO layout with boxes: instances_*.json and a folder of images.

    Every image of the file is listed, also those without objects, in the file's order. Boxes
    become corners in pixels as written; crowd regions are kept and marked; areas are the file's
    own. The file is read once, and only what evaluation needs of it is kept.

    Example:
        type: mscoco_detection
        annotation_file: annotations/instances_val2017.json
        images_dir: val2017
    """

    annotation_file: AnchoredPath
    """The JSON with `images`, `annotations` and `categories`."""
    images_dir: AnchoredPath
    """Folder that the file names of the JSON are relative to."""
    use_full_label_map: bool = False
    """True: class ids are the file's category ids (1-90 for COCO); False: 0, 1, 2 ... by
    ascending category id (0-79 for COCO)."""
    has_background: bool = False
    """True: 0 is the background, and contiguous ids begin at 1."""
    only_present: bool = False
    """True leaves out images whose file is not in `images_dir`, for a part of a dataset."""
    keypoints: int = Field(default=0, ge=0)
    """Keypoints of an object, for the AP of keypoints: 17 for COCO's persons; 0 for none."""
    masks: bool = False
    """Whether objects come with their masks, for the AP of instance segmentation."""
    bad_objects: Literal["error", "drop"] = "error"
    """How to handle objects of unknown categories and boxes with no area inside the image."""
    allow_outside: bool = False
    """Whether file names and links may lead out of `images_dir`."""

    def items(self) -> Sequence[Item]:
        """One item an image; all problems of the file come together."""
        return self._index.items

    def read(self, item: Item) -> Sample:
        """Decode one image and compare its size with the one in the JSON."""
        sample = read_image_item(
            item, None if self.allow_outside else self.images_dir, bits=self.bits
        )
        height, width = sample.image.shape[:2]
        check_size((height, width), self._index.sizes[item.id], sample.source)
        if not self.masks:
            return sample
        return replace(sample, annotation=self._with_masks(item, (height, width)))

    def sources(self) -> Sequence[Path]:
        """The JSON and the folder of the images."""
        return [self.annotation_file, self.images_dir]

    def label_names(self) -> Sequence[str]:
        """Category names by class id; ids that the file leaves out have an empty name."""
        return self._index.names

    def _with_keypoints(self, item: Item, table: CocoTable, row: int) -> Item:
        """The item with the keypoints of its objects; those without any have unlabelled ones."""
        boxes, count = item.annotation, self.keypoints
        assert isinstance(boxes, BoxSet)  # noqa: S101  # as `_item` makes them
        points = np.zeros((len(boxes.labels), count, 3), np.float32)
        for index, given in enumerate(table.keypoints[table.objects(row)]):
            if given is None:
                continue
            if len(given) != count:
                raise CalibrateError(
                    f"an object has {len(given)} keypoints, not {count}",
                    f"{shown(self.annotation_file)} {item.id}",
                    "set the adapter's `keypoints`",
                )
            points[index] = given
        fields_given = {part.name: getattr(boxes, part.name) for part in fields(boxes)}
        return replace(item, annotation=PoseSet(**fields_given, keypoints=points))

    def _with_masks(self, item: Item, size: tuple[int, int]) -> InstanceMaskSet:
        """The item's boxes with the masks drawn."""
        boxes, segments = item.annotation, self._index.segments[item.id]
        assert isinstance(boxes, BoxSet)  # noqa: S101  # as `_item` makes them
        try:
            drawn = [draw(segment, *size) for segment in segments]
        except CalibrateError as error:
            where = f"{shown(self.annotation_file)} {item.id}"
            raise CalibrateError(error.message, where, error.hint) from error
        pixels = np.stack(drawn) if drawn else np.zeros((0, *size), np.bool_)
        given = {part.name: getattr(boxes, part.name) for part in fields(boxes)}
        return InstanceMaskSet(**given, masks=np.packbits(pixels, axis=-1), width=size[1])

    @cached_property
    def _index(self) -> _Index:
        table = read_coco(
            self.annotation_file, segments=self.masks, drop=self.bad_objects == "drop"
        )
        paths = image_paths(
            table,
            shown(self.annotation_file),
            self.images_dir,
            only_present=self.only_present,
            allow_outside=self.allow_outside,
        )
        full, background = self.use_full_label_map, self.has_background
        labels = class_ids(table, full=full, background=background)[table.categories]
        not_difficult = np.zeros(len(labels), np.bool_)
        items = tuple(_item(table, row, path, labels, not_difficult) for row, path in paths.items())
        if self.keypoints:
            rows = zip(items, paths, strict=True)
            items = tuple(self._with_keypoints(item, table, row) for item, row in rows)
        return _Index(
            items=items,
            segments={
                shown(table.file_names[row]): table.segments[table.objects(row)] for row in paths
            },
            sizes={shown(table.file_names[row]): table.sizes[row] for row in paths},
            names=class_names(table, full=full, background=background),
        )


def _item(
    table: CocoTable,
    row: int,
    path: Path,
    labels: NDArray[np.int64],
    difficult: NDArray[np.bool_],
) -> Item:
    objects = table.objects(row)
    boxes = BoxSet(
        boxes=table.boxes[objects],
        labels=labels[objects],
        difficult=difficult[objects],
        crowd=table.crowd[objects],
        areas=table.areas[objects],
        image_id=table.image_ids[row],
    )
    stratum = most_frequent(labels[objects].tolist())
    return Item(shown(table.file_names[row]), path, boxes, stratum)
