"""CVAT's XML for images, with boxes."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
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
from calibrate.datasets.formats.cvat_xml import CvatImage, parse_cvat
from calibrate.datasets.formats.findings import raise_problems
from calibrate.datasets.formats.images import ImageComponent, read_image_item
from calibrate.datasets.formats.label_lists import labels_entry, names_of_map
from calibrate.datasets.formats.paths import inside
from calibrate.datasets.formats.text import read_text
from calibrate.errors import CalibrateError

LOGGER = logging.getLogger(__name__)
_CLASS_HINT = "add it to the classes, or leave such objects out with bad_objects: drop"


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    items: tuple[Item, ...]
    sizes: Mapping[str, tuple[int, int]]
    names: tuple[str, ...]


class CvatDetection(ImageComponent):
    """CVAT's XML (`CVAT for images 1.1`) with boxes.

    Every image of the file is taken, also those without boxes. Boxes that are marked as occluded
    are difficult. Shapes of other kinds are left out, with a warning. An image is searched by its
    name in the file, else by the last part of that name.

    Example:
        type: cvat_object_detection
        annotation_file: annotations.xml
        images_dir: images
    """

    annotation_file: AnchoredPath
    """The XML file."""
    images_dir: AnchoredPath
    """Folder of the images."""
    classes: ClassNames = ()
    """Class names in the order of their ids; by default those of the task in the file."""
    labels_file: AnchoredPath | None = None
    """Class ids by name, as JSON: `{"labels": {"car": 1, "bus": 2}}`; instead of `classes`, with
    the ids of that file."""
    has_background: bool = True
    """True: 0 is the background and the first class is 1; False: the first class is 0."""
    bad_objects: Literal["error", "drop"] = "error"
    """How to handle objects of unknown classes and of boxes with no area inside the image."""
    allow_outside: bool = False
    """Whether names and links may lead out of the folder."""

    @model_validator(mode="after")
    def _fits(self) -> "CvatDetection":
        if self.labels_file and self.classes:
            raise ValueError("give either labels_file or classes")
        return self

    def items(self) -> Sequence[Item]:
        """One item an image of the file; all problems come together."""
        return self._index.items

    def read(self, item: Item) -> Sample:
        """Decode one image and compare its size with that in the file."""
        sample = read_image_item(
            item, None if self.allow_outside else self.images_dir, bits=self.bits
        )
        height, width = sample.image.shape[:2]
        check_size((height, width), self._index.sizes[item.id], sample.source)
        return sample

    def sources(self) -> Sequence[Path]:
        """The XML, the folder of images, and the file of class ids if there is one."""
        return [self.annotation_file, self.images_dir, *filter(None, [self.labels_file])]

    def label_names(self) -> Sequence[str]:
        """Class names by id."""
        return self._index.names

    @cached_property
    def _index(self) -> _Index:
        where = shown(self.annotation_file)
        problems: list[CalibrateError] = []
        unusable: list[CalibrateError] = []
        task = parse_cvat(read_contents(self.annotation_file, None), where, problems)
        for shape, count in task.shapes.items():
            LOGGER.warning("%s: %d shapes of the kind <%s> left out", where, count, shape)
        ids = self._ids(task.labels)
        items: list[Item] = []
        sizes: dict[str, tuple[int, int]] = {}
        for image in task.images:
            place = f"{where}:{image.line}"
            name = shown(image.name)
            if name in sizes:
                problems.append(CalibrateError(f"the image '{name}' is listed twice", place))
            sizes[name] = (image.height, image.width)
            objects = self._objects(image, ids, where, unusable)
            try:
                path = self._path(image.name)
            except CalibrateError as error:
                problems.append(CalibrateError(error.message, place, error.hint))
                continue
            stratum = most_frequent([entry.label for entry in objects])
            items.append(Item(name, path, box_set(objects, name), stratum))
        report_or_drop(unusable, problems, drop=self.bad_objects == "drop", place=where)
        raise_problems(problems)
        return _Index(tuple(items), sizes, self._names(ids))

    def _ids(self, labels: Sequence[str]) -> Mapping[str, int]:
        if self.labels_file is not None:
            return labels_entry(read_text(self.labels_file), shown(self.labels_file))
        names = self.classes or labels
        if not names:
            message, hint = "the file names no classes in <meta>", "give them as `classes`"
            raise CalibrateError(message, shown(self.annotation_file), hint)
        return {name: index for index, name in enumerate(names, int(self.has_background))}

    def _names(self, ids: Mapping[str, int]) -> tuple[str, ...]:
        has_background = self.has_background and 0 not in ids.values()
        return names_of_map({"background": 0, **ids} if has_background else ids)

    def _path(self, name: str) -> Path:
        path = inside(name, self.images_dir, allow_outside=self.allow_outside)
        if path.exists():
            return path
        last = self.images_dir / Path(name).name
        return last if last.exists() else path

    def _objects(
        self,
        image: CvatImage,
        ids: Mapping[str, int],
        where: str,
        unusable: list[CalibrateError],
    ) -> list[GivenObject]:
        objects: list[GivenObject] = []
        for entry in image.boxes:
            place = f"{where}:{entry.line}"
            label = ids.get(entry.label)
            if label is None:
                message = f"unknown class '{shown(entry.label)}'"
                unusable.append(CalibrateError(message, place, _CLASS_HINT))
                continue
            if reason := box_problem(entry.box, image.height, image.width):
                unusable.append(CalibrateError(reason, place, DROP_HINT))
                continue
            objects.append(GivenObject(label, entry.box, difficult=entry.occluded))
        return objects
