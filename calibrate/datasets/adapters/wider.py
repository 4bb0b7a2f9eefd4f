"""WIDER FACE: images in folders by event, and a list of the faces in each."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field

from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.annotated_boxes import (
    DROP_HINT,
    GivenObject,
    box_problem,
    box_set,
    report_or_drop,
)
from calibrate.datasets.formats.findings import raise_problems
from calibrate.datasets.formats.images import ImageComponent, read_image_item
from calibrate.datasets.formats.paths import inside
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.datasets.formats.wider_list import WiderImage, parse_wider
from calibrate.errors import CalibrateError


class Wider(ImageComponent):
    """WIDER FACE: a list of images with the boxes of their faces.

    All faces are of one class. Every image of the list is taken, also those without faces. Boxes
    that cross the image's border are kept as written.

    Example:
        type: wider
        annotation_file: wider_face_split/wider_face_val_bbx_gt.txt
        images_dir: WIDER_val/images
    """

    annotation_file: AnchoredPath
    """The list: `wider_face_val_bbx_gt.txt`."""
    images_dir: AnchoredPath
    """Folder of the images, to which the names in the list are relative."""
    label_start: int = Field(default=1, ge=0)
    """Class id of a face: 1 where 0 is the background, 0 where there is none."""
    invalid_faces: Literal["count", "difficult"] = "count"
    """Whether faces that the list marks as invalid count as others do, or are difficult."""
    bad_objects: Literal["error", "drop"] = "error"
    """How to handle boxes without area."""
    allow_outside: bool = False
    """Whether names and links may lead out of the folder."""

    def items(self) -> Sequence[Item]:
        """One item an image of the list; all problems come together."""
        return self._items

    def read(self, item: Item) -> Sample:
        """Decode one image."""
        return read_image_item(
            item, None if self.allow_outside else self.images_dir, bits=self.bits
        )

    def sources(self) -> Sequence[Path]:
        """The list and the folder of images."""
        return [self.annotation_file, self.images_dir]

    def label_names(self) -> Sequence[str]:
        """`face`, after `background` and as many unused ids as stand before it."""
        unused = [f"unused {index}" for index in range(1, self.label_start)]
        return [*(["background"] if self.label_start else []), *unused, "face"]

    @cached_property
    def _items(self) -> tuple[Item, ...]:
        where = shown(self.annotation_file)
        problems: list[CalibrateError] = []
        unusable: list[CalibrateError] = []
        images = parse_wider(split_lines(read_text(self.annotation_file)), where, problems)
        if not images and not problems:
            problems.append(CalibrateError("the list names no image", where))
        items: list[Item] = []
        for image in images:
            try:
                path = inside(image.name, self.images_dir, allow_outside=self.allow_outside)
            except CalibrateError as error:
                place = f"{where}:{image.line}"
                problems.append(CalibrateError(error.message, place, error.hint))
                continue
            objects = self._objects(image, where, unusable)
            name = shown(image.name)
            stratum = self.label_start if objects else None
            items.append(Item(name, path, box_set(objects, name), stratum))
        report_or_drop(unusable, problems, drop=self.bad_objects == "drop", place=where)
        raise_problems(problems)
        return tuple(items)

    def _objects(
        self, image: WiderImage, where: str, unusable: list[CalibrateError]
    ) -> list[GivenObject]:
        objects: list[GivenObject] = []
        for face in image.faces:
            if reason := box_problem(face.box, 0, 0):
                unusable.append(CalibrateError(reason, f"{where}:{face.line}", DROP_HINT))
                continue
            difficult = face.is_invalid and self.invalid_faces == "difficult"
            objects.append(GivenObject(self.label_start, face.box, difficult=difficult))
        return objects
