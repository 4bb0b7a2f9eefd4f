"""The VOC layout for detection: JPEGImages, Annotations/*.xml, ImageSets/Main/<split>.txt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats import voc
from calibrate.datasets.formats.annotated_boxes import (
    DROP_HINT,
    GivenObject,
    box_problem,
    box_set,
    check_size,
    most_frequent,
    report_or_drop,
)
from calibrate.datasets.formats.class_names import ClassNames
from calibrate.datasets.formats.contents import read_contents
from calibrate.datasets.formats.findings import raise_problems
from calibrate.datasets.formats.images import ImageComponent, read_image_item
from calibrate.datasets.formats.paths import inside
from calibrate.datasets.formats.voc_xml import VocImage, VocObject, parse_voc
from calibrate.errors import CalibrateError

CLASS_HINT = "add it to classes, or leave such objects out with bad_objects: drop"


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    items: tuple[Item, ...]
    sizes: Mapping[str, tuple[int, int]]


class VocDetection(ImageComponent):
    """VOC layout with boxes: JPEGImages, Annotations, ImageSets/Main, or any folders of such files.

    Every image of the split is listed, also those without objects. Boxes that cross the image's
    border are kept as written. Difficult objects are kept and marked.

    Example:
        type: voc_detection
        data_source: VOCdevkit/VOC2007
        split: test
    """

    data_source: AnchoredPath
    """Folder with `JPEGImages`, `Annotations` and `ImageSets`."""
    split: str | None = "val"
    """Name of the list in `ImageSets/Main`, without `.txt`; null takes every XML file in the folder
    of annotations, for datasets without lists."""
    imageset_file: AnchoredPath | None = None
    """The list of ids, if it is elsewhere; used instead of `split`."""
    images_dir: AnchoredPath | None = None
    """Folder of the images, where it is not `JPEGImages`."""
    annotations_dir: AnchoredPath | None = None
    """Folder of the XML files, where it is not `Annotations`."""
    classes: ClassNames = voc.CLASSES
    """Class names in the order of their ids; VOC's 20 by default."""
    has_background: bool = True
    """True: 0 is the background and the first class is 1; False: the first class is 0."""
    one_based: bool = False
    """True subtracts 1 from every coordinate, for files that count pixels from 1 as VOC's own do
    (the Accuracy Checker subtracts it always)."""
    bad_objects: Literal["error", "drop"] = "error"
    """How to handle objects of unknown classes and of boxes with no area inside the image."""
    allow_outside: bool = False
    """Whether ids and links may lead out of the folders."""

    def items(self) -> Sequence[Item]:
        """One item an id of the list; all problems of all annotations come together."""
        return self._index.items

    def read(self, item: Item) -> Sample:
        """Decode one image and compare its size with that of its annotation."""
        sample = read_image_item(item, self._fence(self._images), bits=self.bits)
        height, width = sample.image.shape[:2]
        check_size((height, width), self._index.sizes[item.id], sample.source)
        return sample

    def sources(self) -> Sequence[Path]:
        """The list, where there is one, and both folders."""
        lists = [] if self._imageset is None else [self._imageset]
        return [*lists, self._images, self._annotations]

    def label_names(self) -> Sequence[str]:
        """Class names, after `background` where 0 is that."""
        return ("background", *self.classes) if self.has_background else self.classes

    @property
    def _imageset(self) -> Path | None:
        if self.split is None and self.imageset_file is None:
            return None
        return voc.imageset(self.data_source, "Main", self.split, self.imageset_file)

    @property
    def _images(self) -> Path:
        return self.images_dir or self.data_source / voc.IMAGES

    @property
    def _annotations(self) -> Path:
        return self.annotations_dir or self.data_source / voc.ANNOTATIONS

    @cached_property
    def _index(self) -> _Index:
        imageset = self._imageset
        ids = voc.read_ids(imageset) if imageset else voc.ids_of_folder(self._annotations)
        paths = voc.image_paths(self._images, ids, allow_outside=self.allow_outside)
        problems: list[CalibrateError] = []
        unusable: list[CalibrateError] = []
        items: list[Item] = []
        sizes: dict[str, tuple[int, int]] = {}
        for key in ids:
            place, image = self._annotation(key, problems)
            given = (self._given(entry, image, place, unusable) for entry in image.objects)
            objects = [entry for entry in given if entry is not None]
            name = shown(key)
            stratum = most_frequent([entry.label for entry in objects])
            items.append(Item(name, paths[key], box_set(objects, name), stratum))
            sizes[name] = (image.height, image.width)
        report_or_drop(
            unusable, problems, drop=self.bad_objects == "drop", place=shown(self._annotations)
        )
        raise_problems(problems)
        return _Index(tuple(items), sizes)

    @cached_property
    def _ids(self) -> Mapping[str, int]:
        return {name: i for i, name in enumerate(self.classes, int(self.has_background))}

    def _fence(self, folder: Path) -> Path | None:
        return None if self.allow_outside else folder

    def _annotation(self, key: str, problems: list[CalibrateError]) -> tuple[str, VocImage]:
        folder = self._annotations
        try:
            path = inside(f"{key}.xml", folder, allow_outside=self.allow_outside)
            content = read_contents(path, self._fence(folder))
        except CalibrateError as error:
            where = error.where or shown(self._imageset or folder)
            problems.append(CalibrateError(error.message, where, error.hint))
            return where, VocImage(0, 0, ())
        return shown(path), parse_voc(content, shown(path), problems)

    def _given(
        self, entry: VocObject, image: VocImage, place: str, unusable: list[CalibrateError]
    ) -> GivenObject | None:
        where = f"{place}:{entry.line}"
        label = self._ids.get(entry.name)
        if label is None:
            message = f"unknown class '{shown(entry.name)}'"
            unusable.append(CalibrateError(message, where, CLASS_HINT))
            return None
        shift = 1.0 if self.one_based else 0.0
        xmin, ymin, xmax, ymax = (edge - shift for edge in entry.box)
        reason = box_problem((xmin, ymin, xmax, ymax), image.height, image.width)
        if reason:
            unusable.append(CalibrateError(reason, where, DROP_HINT))
            return None
        return GivenObject(label, (xmin, ymin, xmax, ymax), difficult=entry.difficult)
