"""Guess datasets in YOLO's layouts, with boxes, outlines, oriented boxes or poses."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from calibrate.commands.new.data_guess import (
    PREFERRED,
    DataGuess,
    build_adapter,
    folders_in,
    has_image,
    names_file,
    preference,
    sorted_files,
)
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.datasets.formats.ultralytics_yaml import (
    SPLITS,
    UltralyticsData,
    labels_folder,
    read_data_yaml,
)
from calibrate.datasets.formats.yolo_places import images_of_split
from calibrate.datasets.formats.yolo_rows import parse_yolo
from calibrate.errors import CalibrateError

_LOOKED_AT = 200
"""Number of label files that are read to recognise the content of their lines."""
_CORNERS = 8


def yolo_data(path: Path) -> Iterator[DataGuess]:
    """Yield Ultralytics' layout: a `data.yaml`, or folders of images and of label files."""
    descriptions = [path] if path.is_file() else sorted((*path.glob("*.yaml"), *path.glob("*.yml")))
    for file in descriptions:
        try:
            data = read_data_yaml(file)
        except CalibrateError:
            continue  # another YAML file
        for split in SPLITS:
            files = _label_files(data, split)
            if files:
                adapter = {"type": "yolo_labeling", "data_yaml": file, "split": split}
                boxes = DataGuess(adapter, "boxes", f"{file.name} describes images and YOLO labels")
                yield from _truths(files, boxes)
                return
    if path.is_dir():
        yield from _yolo_folders(path)


def _label_files(data: UltralyticsData, split: str) -> list[Path]:
    """Return the first label files of a split; none if it cannot be read."""
    if not (data.folders[split] or data.lists[split]):
        return []
    try:
        images = images_of_split(data, split, [], allow_outside=False)
    except CalibrateError:
        return []  # there is no image; the adapter reports that if the user names the split
    return [image.labels for image in images if image.labels is not None][:_LOOKED_AT]


def _yolo_folders(path: Path) -> Iterator[DataGuess]:
    images = path / "images"
    inner = [folder for name in PREFERRED if (folder := path / name / "images").is_dir()]
    parts = sorted(folders_in(images), key=preference) if images.is_dir() else []
    below = sorted(folders_in(path), key=preference)
    for folder in (*parts, images, *inner, path, *below):
        labels = labels_folder(folder)
        if folder.is_dir() and labels.is_dir() and has_image(folder) and _has_rows(labels):
            adapter: dict[str, Any] = {
                "type": "yolo_labeling",
                "images_dir": folder,
                "annotations_dir": labels,
            }
            names = names_file(path, labels)
            if names is not None:
                adapter["labels_file"] = names
            reason = f"{labels.name} holds a YOLO label file an image"
            files = sorted_files(labels.rglob("*.txt"))[:_LOOKED_AT]
            yield from _truths(files, DataGuess(adapter, "boxes", reason))
            return


def _truths(files: Sequence[Path], boxes: DataGuess) -> Iterator[DataGuess]:
    """Yield the kinds of annotation: keypoints, oriented boxes, outlines, boxes; richest first."""
    objects = [
        entry
        for file in files
        if file.name != "classes.txt"
        for entry in parse_yolo(split_lines(read_text(file)), str(file), [])
    ]
    names = build_adapter(boxes.adapter).label_names()
    count = len(names) or max((entry.label + 1 for entry in objects), default=0)
    points = {len(entry.keypoints) for entry in objects}
    outlines = {len(entry.outline) for entry in objects} - {0}
    if len(points) == 1 and 0 not in points:
        (number,) = points
        adapter = {**boxes.adapter, "target": "keypoints"}
        reason = f"{boxes.reason} with {number} keypoints"
        yield DataGuess(adapter, "poses", reason, class_count=count, keypoints=number)
    if outlines == {_CORNERS}:
        adapter = {**boxes.adapter, "target": "oriented"}
        reason = f"{boxes.reason} with four corners"
        yield DataGuess(adapter, "oriented", reason, class_count=count)
    if outlines:
        adapter = {**boxes.adapter, "target": "masks"}
        yield DataGuess(adapter, "instances", f"{boxes.reason} with outlines", class_count=count)
    yield boxes


def _has_rows(folder: Path) -> bool:
    for file in sorted_files(folder.glob("*.txt"))[:50]:
        words = file.read_text(encoding="utf-8", errors="replace").split("\n")[0].split()
        if len(words) >= 5:
            return all(_is_number(word) for word in words)
    return False


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
