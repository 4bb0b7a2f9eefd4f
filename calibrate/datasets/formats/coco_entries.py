"""From a COCO table to a dataset's entries: class ids, class names and image files."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibrate.core.text import shown
from calibrate.datasets.formats.coco import CocoTable
from calibrate.datasets.formats.findings import raise_problems
from calibrate.datasets.formats.paths import inside
from calibrate.errors import CalibrateError


def class_ids(table: CocoTable, *, full: bool, background: bool) -> NDArray[np.int64]:
    """Class id of each category position: [categories] int64.

    Args:
        table: the annotation.
        full: the file's own category ids; else 0, 1, 2 ... by ascending category id.
        background: contiguous ids begin at 1, as 0 is the background.
    """
    if full:
        return np.array(table.category_ids, np.int64)
    return np.arange(len(table.category_ids), dtype=np.int64) + int(background)


def class_names(table: CocoTable, *, full: bool, background: bool) -> tuple[str, ...]:
    """Names by class id; empty for ids that the file leaves out, `background` for 0 if it is."""
    ids = class_ids(table, full=full, background=background)
    names = [""] * (int(ids.max(initial=-1)) + 1)
    if background and names:
        names[0] = "background"
    for key, name in zip(ids, table.category_names, strict=True):
        names[key] = name
    return tuple(names)


def image_paths(
    table: CocoTable, place: str, images_dir: Path, *, only_present: bool, allow_outside: bool
) -> Mapping[int, Path]:
    """The file of each image, by its row in the table.

    Args:
        table: the annotation.
        place: its file, for messages.
        images_dir: what file names are relative to.
        only_present: leave out rows whose file is not there.
        allow_outside: names may lead out of `images_dir`.

    Raises:
        CalibrateError: names lead out of the folder, or no image is left.
    """
    problems: list[CalibrateError] = []
    paths: dict[int, Path] = {}
    for row, name in enumerate(table.file_names):
        try:
            path = inside(name, images_dir, allow_outside=allow_outside)
        except CalibrateError as error:
            problems.append(CalibrateError(error.message, f"{place} images[{row}]", error.hint))
            continue
        if not only_present or path.is_file():
            paths[row] = path
    if not paths and not problems:
        message = "none of the images is there" if only_present else "the list of images is empty"
        problems.append(CalibrateError(message, shown(images_dir) if only_present else place))
    raise_problems(problems)
    return paths
