"""Guess datasets with boxes: COCO and VOC layouts, and YOLO's."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from calibrate.commands.new.data_guess import (
    DataGuess,
    folders_in,
    has_image_of,
    names_file,
    preference,
    sorted_files,
)
from calibrate.commands.new.guess_yolo import yolo_data
from calibrate.datasets.formats import voc
from calibrate.datasets.formats.label_lists import read_label_names
from calibrate.datasets.formats.voc_xml import parse_voc

_ORDER = (
    "The annotations name {} classes and their order in the model is unknown: {} is assumed. "
    "List the classes in the model's order in `classes`."
)

_FILES = 20
"""Number of XML files of a folder that are read to recognise VOC's."""
_LOOKED_AT = 1000
"""Number of objects of an annotation that are read to find masks or keypoints."""


def detection_data(path: Path) -> Iterator[DataGuess]:
    """Yield the layouts with boxes that fit a folder."""
    files = {
        file
        for pattern in ("annotations/*.json", "*.json", "*/*.coco.json")
        for file in path.glob(pattern)
    }
    for file in sorted(files, key=lambda f: (preference(Path(f.parent.name)), preference(f))):
        yield from coco_data(file, path)
    yield from yolo_data(path)
    yield from _voc(path)


def coco_data(file: Path, root: Path) -> Iterator[DataGuess]:
    """Yield a COCO file with its folder of images, which is searched below `root`."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # no JSON, so no COCO file; the adapter reports that if the user names it
    if not _is_coco(content):
        return
    names = [str(image.get("file_name", "")) for image in content["images"][:1]]
    inner = folders_in(root / "images") if (root / "images").is_dir() else ()
    for folder in (file.parent, root, *folders_in(root), *inner):
        if names and (folder / names[0]).is_file():
            adapter = {"type": "mscoco_detection", "annotation_file": file, "images_dir": folder}
            reason = f"{file.name} is a COCO annotation"
            maps = _label_maps(content["categories"])
            yield from _coco_truths(content, DataGuess(adapter, "boxes", reason, label_maps=maps))
            return


def _is_coco(content: object) -> bool:
    """Return whether a JSON document has the three lists of COCO."""
    if not isinstance(content, dict):
        return False
    lists = [content.get(key) for key in ("images", "annotations", "categories")]
    return all(
        isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
        for entries in lists
    )


def _label_maps(categories: Sequence[Mapping[str, Any]]) -> tuple[Mapping[int, int], ...]:
    """Return class ids (in the order of category ids) by other numbers that models give.

    These are the places of the categories in the file, which some trainers count, and the category
    ids themselves, which torchvision's references use.
    """
    given = [entry.get("id") for entry in categories]
    ids = [number for number in given if isinstance(number, int) and number >= 0]
    if not ids or len(ids) < len(given):
        return ()
    ranks = {number: place for place, number in enumerate(sorted(ids))}
    by_place = {place: ranks[number] for place, number in enumerate(ids)}
    is_shifted = len({number - place for number, place in ranks.items()}) == 1
    maps = (by_place if ids != sorted(ids) else {}, {} if is_shifted else ranks)
    return tuple(numbers for numbers in maps if numbers)


def _coco_truths(content: dict[str, Any], boxes: DataGuess) -> Iterator[DataGuess]:
    """Yield the kinds of annotation in a COCO file: keypoints, masks, boxes; the richest first."""
    objects = content["annotations"][:_LOOKED_AT]
    keypoints = [entry["keypoints"] for entry in objects if "keypoints" in entry]
    points = {len(entry) for entry in keypoints if isinstance(entry, list)} - {0}
    if len(points) == 1 and (count := points.pop()) % 3 == 0:
        adapter = {**boxes.adapter, "keypoints": count // 3}
        yield replace(
            boxes,
            adapter=adapter,
            truth="poses",
            reason=f"{boxes.reason} with {count // 3} keypoints",
            class_count=len(content["categories"]),
            keypoints=count // 3,
        )
    has_sizes = all(image.get("height") and image.get("width") for image in content["images"])
    if has_sizes and objects and all(entry.get("segmentation") for entry in objects):
        adapter = {**boxes.adapter, "masks": True}
        yield replace(
            boxes, adapter=adapter, truth="instances", reason=f"{boxes.reason} with masks"
        )
    yield boxes


def _voc(path: Path) -> Iterator[DataGuess]:
    inner = [below for folder in (path, *folders_in(path)) for below in folders_in(folder)]
    roots = [folder for folder in (path, *inner) if (folder / voc.IMAGES).is_dir()]
    listed = [guess for root in roots[:1] for guess in _voc_with_lists(root, path)]
    yield from listed or _voc_without_list(path)


def _voc_with_lists(root: Path, path: Path) -> Iterator[DataGuess]:
    """Yield VOC's layout in a folder; `path`, the folder of the user, may contain class names."""
    lists = sorted((root / "ImageSets" / "Main").glob("*.txt"), key=preference)
    if lists and (root / voc.ANNOTATIONS).is_dir():
        adapter = {"type": "voc_detection", "data_source": root, "split": lists[0].stem}
        reason = f"VOC's folders {voc.IMAGES}, {voc.ANNOTATIONS} and ImageSets/Main are there"
        yield _with_classes(adapter, (root / voc.ANNOTATIONS, path), reason)
    masks = sorted((root / "ImageSets" / "Segmentation").glob("*.txt"), key=preference)
    if masks and (root / voc.MASKS).is_dir():
        reason = f"VOC's folders {voc.IMAGES}, {voc.MASKS} and ImageSets/Segmentation are there"
        adapter = {"type": "voc_segmentation", "data_source": root, "split": masks[0].stem}
        yield DataGuess(adapter, "mask", reason)


def _voc_without_list(path: Path) -> Iterator[DataGuess]:
    """Yield VOC's XML files beside the images or in a folder beside theirs, without a list."""
    places = sorted(folders_in(path), key=preference)
    folders = [path, *places, *(below for place in places for below in folders_in(place))]
    for folder in folders:
        files = sorted_files(folder.glob("*.xml"))[:_FILES]
        if not any(parse_voc(file.read_bytes(), str(file), []).objects for file in files):
            continue
        for images in (folder, *folders_in(folder.parent), folder.parent):
            if has_image_of(images, files[0].stem):
                adapter = {
                    "type": "voc_detection",
                    "data_source": path,
                    "split": None,
                    "images_dir": images,
                    "annotations_dir": folder,
                }
                reason = f"{folder.name} holds VOC's XML files"
                yield _with_classes(adapter, (folder, path), reason)
                return


def _with_classes(adapter: dict[str, Any], places: tuple[Path, Path], reason: str) -> DataGuess:
    """Return the layout with the classes of the annotations, where they are not VOC's.

    Args:
        adapter: its section.
        places: the folder of the XML files, and the one in which a file of names may be.
        reason: why this layout fits, one clause.
    """
    folder, root = places
    named = {
        entry.name
        for file in sorted_files(folder.glob("*.xml"))
        for entry in parse_voc(file.read_bytes(), str(file), []).objects
    }
    if named <= set(voc.CLASSES):
        return DataGuess(adapter, "boxes", reason)
    file = names_file(root)
    listed = read_label_names(file).names if file else ()
    if named <= set(listed):
        with_classes = {**adapter, "classes": list(listed), "has_background": False}
        return DataGuess(with_classes, "boxes", reason)
    classes = sorted(named)
    doubt = _ORDER.format(len(classes), ", ".join(classes[:10]))
    with_classes = {**adapter, "classes": classes, "has_background": False}
    return DataGuess(with_classes, "boxes", reason, doubts=(doubt,))
