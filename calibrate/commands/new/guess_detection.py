"""Datasets with boxes: COCO and VOC layouts, and YOLO's."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from calibrate.commands.new.data_guess import DataGuess, folders_in, names_file, preference
from calibrate.commands.new.guess_yolo import yolo_data
from calibrate.datasets.formats import voc
from calibrate.datasets.formats.label_lists import read_label_names
from calibrate.datasets.formats.voc_xml import parse_voc

_ORDER = (
    "The annotations name {} classes and nothing says their order in the model: {} is assumed. "
    "Put the model's own order into `classes`."
)


_LOOKED_AT = 1000
"""Objects of an annotation by which it is known whether they have masks or keypoints."""


def detection_data(path: Path) -> Iterator[DataGuess]:
    """Layouts with boxes that a folder could be."""
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
    """A COCO file with its folder of images, which is looked for below `root`."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # no JSON is no COCO file; the adapter says more if the user names it
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= set(content):
        return
    names = [str(image.get("file_name", "")) for image in content["images"][:1]]
    inner = folders_in(root / "images") if (root / "images").is_dir() else ()
    for folder in (file.parent, root, *folders_in(root), *inner):
        if names and (folder / names[0]).is_file():
            adapter = {"type": "mscoco_detection", "annotation_file": file, "images_dir": folder}
            yield from _coco_truths(
                content, DataGuess(adapter, "boxes", f"{file.name} is a COCO annotation")
            )
            return


def _coco_truths(content: dict[str, Any], boxes: DataGuess) -> Iterator[DataGuess]:
    """Yield what the annotations hold: keypoints, masks, boxes; the most first."""
    objects = [entry for entry in content["annotations"][:_LOOKED_AT] if isinstance(entry, dict)]
    points = {len(entry.get("keypoints") or ()) for entry in objects} - {0}
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
    if (path / voc.IMAGES).is_dir():
        lists = sorted((path / "ImageSets" / "Main").glob("*.txt"), key=preference)
        if lists and (path / voc.ANNOTATIONS).is_dir():
            adapter = {"type": "voc_detection", "data_source": path, "split": lists[0].stem}
            yield _with_classes(adapter, path / voc.ANNOTATIONS, path)
        masks = sorted((path / "ImageSets" / "Segmentation").glob("*.txt"), key=preference)
        if masks and (path / voc.MASKS).is_dir():
            reason = f"VOC's folders {voc.IMAGES}, {voc.MASKS} and ImageSets/Segmentation are there"
            adapter = {"type": "voc_segmentation", "data_source": path, "split": masks[0].stem}
            yield DataGuess(adapter, "mask", reason)


def _with_classes(adapter: dict[str, Any], folder: Path, root: Path) -> DataGuess:
    reason = f"VOC's folders {voc.IMAGES}, {voc.ANNOTATIONS} and ImageSets/Main are there"
    named = {
        entry.name
        for file in sorted(folder.glob("*.xml"))
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
