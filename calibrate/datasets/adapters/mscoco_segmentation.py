"""COCO's layout for semantic segmentation: outlines of objects become a class per pixel."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import MaskTarget
from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.annotated_boxes import check_size, most_frequent
from calibrate.datasets.formats.coco import CocoTable, read_coco
from calibrate.datasets.formats.coco_entries import class_ids, class_names, image_paths
from calibrate.datasets.formats.coco_segments import draw
from calibrate.datasets.formats.images import ImageComponent, read_image_item
from calibrate.errors import CalibrateError


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    items: tuple[Item, ...]
    table: CocoTable
    labels: NDArray[np.int64]
    names: tuple[str, ...]


class MsCocoSegmentation(ImageComponent):
    """COCO layout with outlines (polygons, run lengths) drawn as semantic masks.

    0 is the background. Objects are drawn in the file's order, a later one over an earlier one;
    crowd regions are drawn last. Masks are made when an image is read, never stored.

    Example:
        type: mscoco_segmentation
        annotation_file: annotations/instances_val2017.json
        images_dir: val2017
    """

    annotation_file: AnchoredPath
    """The JSON with `images`, `annotations` and `categories`."""
    images_dir: AnchoredPath
    """Folder that the file names of the JSON are relative to."""
    use_full_label_map: bool = False
    """True: class ids are the file's category ids (1-90 for COCO); False: 1, 2, 3 ... by
    ascending category id (1-80 for COCO)."""
    crowd: Literal["ignore", "object"] = "ignore"
    """Crowd regions: pixels that do not count, or objects like others."""
    ignore: int = 255
    """The id of pixels that do not count; no class may have it."""
    only_present: bool = False
    """True leaves out images whose file is not in `images_dir`, for a part of a dataset."""
    bad_objects: Literal["error", "drop"] = "error"
    """How to handle objects of unknown categories and outlines that cannot be drawn."""
    allow_outside: bool = False
    """Whether file names and links may lead out of `images_dir`."""

    def items(self) -> Sequence[Item]:
        """One item an image; all problems of the file come together."""
        return self._index.items

    def read(self, item: Item) -> Sample:
        """Decode one image and draw its mask."""
        sample = read_image_item(
            item, None if self.allow_outside else self.images_dir, bits=self.bits
        )
        index = self._index
        height, width = sample.image.shape[:2]
        check_size((height, width), index.table.sizes[item.index], sample.source)
        where = f"{shown(self.annotation_file)} {item.id}"
        mask = self._mask(index, item.index, (height, width), where)
        return replace(sample, annotation=mask)

    def sources(self) -> Sequence[Path]:
        """The JSON and the folder of the images."""
        return [self.annotation_file, self.images_dir]

    def label_names(self) -> Sequence[str]:
        """Category names by class id; ids that the file leaves out have an empty name."""
        return self._index.names

    @cached_property
    def _index(self) -> _Index:
        place = shown(self.annotation_file)
        table = read_coco(self.annotation_file, segments=True, drop=self.bad_objects == "drop")
        full = self.use_full_label_map
        ids = class_ids(table, full=full, background=True)
        for taken, meaning in ((0, "the background's"), (self.ignore, "that of `ignore`")):
            if taken in ids:
                name = table.category_names[ids.tolist().index(taken)]
                message = f"the class id of '{shown(name)}' is {taken}, {meaning}"
                raise CalibrateError(message, place, "change use_full_label_map or ignore")
        paths = image_paths(
            table,
            place,
            self.images_dir,
            only_present=self.only_present,
            allow_outside=self.allow_outside,
        )
        labels = ids[table.categories]
        items = tuple(
            Item(
                id=shown(table.file_names[row]),
                source=path,
                stratum=most_frequent(labels[table.objects(row)].tolist()),
                index=row,
            )
            for row, path in paths.items()
        )
        return _Index(items, table, labels, class_names(table, full=full, background=True))

    def _mask(self, index: _Index, row: int, size: tuple[int, int], where: str) -> MaskTarget:
        table = index.table
        kind = np.uint8 if max(len(index.names) - 1, self.ignore) < 256 else np.int32
        mask = np.zeros(size, kind)
        objects = table.objects(row)
        order = sorted(range(objects.start, objects.stop), key=lambda i: bool(table.crowd[i]))
        for i in order:
            label = index.labels[i]
            if table.crowd[i] and self.crowd == "ignore":
                label = np.int64(self.ignore)
            try:
                mask[draw(table.segments[i], *size)] = label
            except CalibrateError as error:
                raise CalibrateError(error.message, where, error.hint) from error
        return MaskTarget(mask, self.ignore)
