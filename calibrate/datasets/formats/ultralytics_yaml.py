"""The `data.yaml` of Ultralytics and Roboflow: class names, and where images and labels are."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from calibrate.core.text import shown
from calibrate.datasets.formats.text import read_text
from calibrate.errors import CalibrateError

SPLITS = ("val", "valid", "test", "train")
"""Keys under which a split's images stand, in the order in which they suit a calibration."""


@dataclass(frozen=True, slots=True)
class UltralyticsData:
    """What a `data.yaml` says.

    Attributes:
        path: of the file itself.
        root: the folder that it names as `path`, or its own.
        names: of the classes, by id.
        folders: of the images of each split, absolute; a split may have several.
        lists: text files of image paths, by split.
    """

    path: Path
    root: Path
    names: tuple[str, ...]
    folders: Mapping[str, tuple[Path, ...]]
    lists: Mapping[str, tuple[Path, ...]]


def read_data_yaml(path: Path) -> UltralyticsData:
    """The content of a `data.yaml`.

    A relative `path` counts from the file's own folder; where nothing is there, as in files that
    were written on another machine, the splits count from the file's folder themselves.

    Raises:
        CalibrateError: the file is no YAML mapping, or its names are no classes 0, 1, 2 ...
    """
    where = shown(path)
    content = _mapping(path)
    names = _names(content.get("names"), content.get("nc"), where)
    root = _root(content.get("path"), path)
    folders: dict[str, tuple[Path, ...]] = {}
    lists: dict[str, tuple[Path, ...]] = {}
    for split in SPLITS:
        given = content.get(split)
        entries = given if isinstance(given, list) else [given]
        paths = [_existing(str(entry), root, path.parent) for entry in entries if entry]
        folders[split] = tuple(place for place in paths if place.is_dir())
        lists[split] = tuple(place for place in paths if place.is_file())
    return UltralyticsData(path, root, names, folders, lists)


def read_yaml_names(path: Path) -> tuple[str, ...]:
    """Class names of a `data.yaml` alone; see `read_data_yaml`."""
    content = _mapping(path)
    return _names(content.get("names"), content.get("nc"), shown(path))


def labels_folder(images: Path) -> Path:
    """Where Ultralytics looks for the labels of a folder of images.

    The last part `images` of the path becomes `labels`; without one, the same folder.
    """
    parts = list(images.parts)
    for place in range(len(parts) - 1, -1, -1):
        if parts[place] == "images":
            return Path(*parts[:place], "labels", *parts[place + 1 :])
    return images


class _Texts(yaml.BaseLoader):
    """Leaves every scalar the text that it is: a class may be named `no`, `on` or `007`."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  # PyYAML's call
        """Return a mapping; a key that is given twice is an error."""
        lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if key.value in lines:
                problem = f"'{key.value}' is given twice, first on line {lines[key.value]}"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            lines[str(key.value)] = line
        return super().construct_mapping(node, deep)


def _mapping(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.load(read_text(path), Loader=_Texts)  # noqa: S506  # makes texts alone
    except (yaml.YAMLError, RecursionError) as error:
        raise CalibrateError(f"the file is not YAML ({error})", shown(path)) from error
    if not isinstance(content, dict):
        raise CalibrateError("the file is not a YAML mapping with `names`", shown(path))
    return content


def _names(given: object, count: object, where: str) -> tuple[str, ...]:
    if isinstance(given, dict):
        if set(given) != {str(index) for index in range(len(given))}:
            raise CalibrateError(f"the keys of `names` are not 0 to {len(given) - 1}", where)
        given = [given[str(index)] for index in range(len(given))]
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise CalibrateError("there is no `names`, a list of class names or names by id", where)
    if isinstance(count, str) and count.isdecimal() and int(count) != len(given):
        raise CalibrateError(f"`nc` is {count}, and `names` holds {len(given)}", where)
    return tuple(shown(str(name)) for name in given)


def _root(given: object, path: Path) -> Path:
    if not isinstance(given, str):
        return path.parent
    stated = Path(given).expanduser()
    return stated if stated.is_absolute() else path.parent / stated


def _existing(entry: str, root: Path, folder: Path) -> Path:
    # Roboflow writes ../valid/images where valid/images is meant; Ultralytics mends it likewise.
    climbing = PurePosixPath(entry).parts
    below = Path(*climbing[1:]) if climbing[:1] == ("..",) and len(climbing) > 1 else Path(entry)
    for place in (root / entry, folder / entry, root / below, folder / below):
        if place.exists():
            return place.resolve() if ".." in place.parts else place
    return root / entry
