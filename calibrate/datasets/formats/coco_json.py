"""Reading of COCO's JSON: the keys that are used, and the checks of single values."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from calibrate.core.text import shown
from calibrate.datasets.formats.coco_segments import compact
from calibrate.datasets.formats.contents import read_contents
from calibrate.errors import CalibrateError

_LARGEST = 1e7
"""Of coordinates in pixels."""

_KEPT = frozenset(
    {
        "images",
        "annotations",
        "categories",
        "id",
        "name",
        "supercategory",
        "file_name",
        "height",
        "width",
    }
    | {"image_id", "category_id", "bbox", "area", "iscrowd", "size", "counts", "keypoints"}
)


def load_json(path: Path, *, segments: bool) -> object:
    """The document with only those keys that are used; outlines in compact form.

    What is not used goes while the file is parsed, so that the peak of memory is its text.

    Raises:
        CalibrateError: the file cannot be read or is no JSON, with its line.
    """
    return parse_json(_text(path), shown(path), segments=segments)


def _text(path: Path) -> str:
    try:
        return read_contents(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CalibrateError("the file is not UTF-8 text", shown(path)) from error


def parse_json(text: str, place: str, *, segments: bool) -> object:
    """As `load_json`, from the text of a file."""
    kept = _KEPT | {"segmentation"} if segments else _KEPT

    def slim(entry: dict[str, object]) -> dict[str, object]:
        slimmed = {key: value for key, value in entry.items() if key in kept}
        if "segmentation" in slimmed:
            slimmed["segmentation"] = compact(slimmed["segmentation"])
        if isinstance(slimmed.get("keypoints"), list):
            slimmed["keypoints"] = _numbers(slimmed["keypoints"])
        return slimmed

    try:
        return json.loads(text, object_hook=slim)
    except json.JSONDecodeError as error:
        raise CalibrateError(
            f"this is not JSON ({error.msg}, column {error.colno})", f"{place}:{error.lineno}"
        ) from error
    except RecursionError as error:
        raise CalibrateError("the JSON is nested too deeply", place) from error
    except ValueError as error:
        # Python refuses integers of thousands of digits.
        raise CalibrateError(f"this is not JSON ({error})", place) from error


def _numbers(value: object) -> object:
    """A list of coordinates as an array of float32; others (names of keypoints) as they are."""
    if isinstance(value, list) and all(number(entry, _LARGEST) is not None for entry in value):
        return np.array(value, np.float32)
    return value


def entries(
    document: object, key: str, place: str, problems: list[CalibrateError]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The mappings of one of the document's lists, each with its place `a.json images[3]`.

    Args:
        document: as `load_json` gives it.
        key: `images`, `annotations` or `categories`.
        place: the file, for messages.
        problems: gets an entry where there is no such list, or something else in it.
    """
    entries = document.get(key) if isinstance(document, dict) else None
    if not isinstance(entries, list):
        hint = "a COCO file is an object with the lists images, annotations and categories"
        problems.append(CalibrateError(f"there is no list '{key}'", place, hint))
        return
    for index, entry in enumerate(entries):
        where = f"{place} {key}[{index}]"
        if isinstance(entry, dict):
            yield where, entry
        else:
            problems.append(CalibrateError("this is not an object", where))


def number(value: object, limit: float) -> float | None:
    """A finite number of at most `limit` in size, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # A comparison with NaN is false.
    return float(value) if -limit <= value <= limit else None


def whole(value: object, low: int, high: int) -> int | None:
    """A whole number between two others, or None for anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value <= high else None
