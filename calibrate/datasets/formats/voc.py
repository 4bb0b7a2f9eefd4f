"""What the VOC layouts share: folders, image sets, class names and the colours of masks."""

from collections.abc import Mapping
from pathlib import Path

from calibrate.core.text import shown
from calibrate.datasets.formats.findings import raise_problems
from calibrate.datasets.formats.listing import images_by_stem, listed_ids, one_each, stem_of
from calibrate.datasets.formats.paths import inside, list_files
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.errors import CalibrateError

CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train",
    "tvmonitor",
)  # fmt: skip
"""VOC2007's and VOC2012's classes in the order of their ids, from 1 where 0 is background."""

IMAGES = "JPEGImages"
ANNOTATIONS = "Annotations"
MASKS = "SegmentationClass"


def colour(index: int) -> tuple[int, int, int]:
    """The colour of a class in VOC's palette (the development kit's `VOClabelcolormap`).

    Bits of the index go round red, green, blue, from the highest bit of each colour down.
    """
    red, green, blue = (
        sum((index >> (3 * bit + channel) & 1) << (7 - bit) for bit in range(3))
        for channel in range(3)
    )
    return red, green, blue


def colours(count: int, ignore: int) -> Mapping[tuple[int, int, int], int]:
    """Class ids by their colour, for masks that were saved as RGB; `ignore`'s own is included."""
    named = {colour(index): index for index in range(count)}
    return {**named, colour(255): ignore}


def imageset(data_source: Path, kind: str, split: str | None, given: Path | None) -> Path:
    """The file that lists the ids of a split: `ImageSets/Main/val.txt`."""
    return given if given is not None else data_source / "ImageSets" / kind / f"{split}.txt"


def read_ids(path: Path) -> list[str]:
    """The ids that an image set lists.

    Raises:
        CalibrateError: it cannot be read, is empty or lists an id twice.
    """
    problems: list[CalibrateError] = []
    ids = listed_ids(split_lines(read_text(path)), shown(path), problems)
    raise_problems(problems)
    return ids


def ids_of_folder(folder: Path) -> list[str]:
    """Return the ids of all XML files below a folder, in the order of their names.

    Raises:
        CalibrateError: the folder cannot be read, or holds none.
    """
    ids = [stem_of(name) for name in list_files(folder, (".xml",))]
    if not ids:
        raise CalibrateError("no XML file is in this folder", shown(folder))
    return ids


def image_paths(folder: Path, ids: list[str], *, allow_outside: bool) -> dict[str, Path]:
    """The image of each id: the one in the folder that has its name, whatever its ending.

    An id without an image gets the path of a JPEG, so that reading it tells what is missing.

    Raises:
        CalibrateError: an id has several images, or leads out of the folder.
    """
    problems: list[CalibrateError] = []
    images = images_by_stem(folder)
    wanted = {key: images[key] for key in ids if key in images}
    named = one_each(wanted, folder, problems)
    paths: dict[str, Path] = {}
    for key in ids:
        try:
            paths[key] = inside(named.get(key, f"{key}.jpg"), folder, allow_outside=allow_outside)
        except CalibrateError as error:
            problems.append(error)
    raise_problems(problems)
    return paths
