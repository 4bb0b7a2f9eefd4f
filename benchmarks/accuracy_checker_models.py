"""Small models and data for `accuracy_checker.py`, for adapters that the zoo has no model of."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops
from PIL import Image

SIDE, CELLS, ANCHORS, CLASSES = 416, 13, 3, 6
YOLO_ANCHORS = {
    "yolo_v2": [(2 / 13, 3 / 13), (4 / 13, 6 / 13), (8 / 13, 9 / 13)],
    "yolo_v3": [(60 / 416, 90 / 416), (120 / 416, 200 / 416), (260 / 416, 300 / 416)],
}
"""Width and height by the side of the input."""
LETTERS = "?abcdefgh"
"""Labels of the recognizer; the first is the blank."""
STEP, HEIGHT, POSITIONS = 8, 32, 9
"""Columns of pixels a character, rows, and characters of a picture."""
LEVELS = 25
"""Grey levels between two labels."""


def _yolo(path: Path, head: NDArray[np.float32]) -> None:
    """A model whose head is constant but for a trace of the picture."""
    image = ops.parameter([1, 3, SIDE, SIDE], np.float32, name="data")
    trace = ops.reduce_mean(image, np.array([1, 2, 3]), keep_dims=True)
    added = ops.multiply(trace, np.float32(5e-3))
    result = ops.add(ops.constant(head), added)
    result.set_friendly_name("head")
    result.output(0).set_names({"head"})
    ov.save_model(ov.Model([result], [image], path.stem), path, compress_to_fp16=False)


def write_yolo(folder: Path) -> None:
    """Write heads of YOLOv2 and YOLOv3 and, for each, pictures whose objects lie near its boxes."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    shape = (1, ANCHORS, 5 + CLASSES, CELLS, CELLS)
    for name, anchors in YOLO_ANCHORS.items():
        head = random.normal(0, 1, shape).astype(np.float32)
        head[:, :, 2:4] *= 0.5
        head[:, :, 4] -= 1
        _yolo(folder / f"{name}.xml", head.reshape(1, -1, CELLS, CELLS))
        boxes = _decoded(head[0], np.array(anchors, np.float32))
        _write_objects(folder / name, boxes, random)


def _decoded(head: NDArray[np.float32], anchors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The surest boxes [N, 5]: label, corners in 0-1."""
    column, row = np.meshgrid(np.arange(CELLS), np.arange(CELLS))
    x = (column + 1 / (1 + np.exp(-head[:, 0]))) / CELLS
    y = (row + 1 / (1 + np.exp(-head[:, 1]))) / CELLS
    width = np.exp(head[:, 2]) * anchors[:, 0, None, None]
    height = np.exp(head[:, 3]) * anchors[:, 1, None, None]
    label = head[:, 5:].argmax(axis=1)
    boxes = np.stack([label, x - width / 2, y - height / 2, x + width / 2, y + height / 2], -1)
    surest = np.argsort(-head[:, 4].ravel())[:150]
    return boxes.reshape(-1, 5)[surest].astype(np.float32)


def _write_objects(folder: Path, boxes: NDArray[np.float32], random: np.random.Generator) -> None:
    """Write pictures of several sizes, and annotations of COCO with some of the boxes, moved."""
    folder.mkdir(exist_ok=True)
    images: list[dict[str, object]] = []
    objects: list[dict[str, object]] = []
    for number in range(20):
        width, height = (int(side) for side in random.integers(200, 500, 2))
        pixels = random.integers(0, 20 + 12 * number, (height, width, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        file = {"id": number, "file_name": f"{number}.png", "width": width, "height": height}
        images.append(file)
        for box in boxes[random.choice(len(boxes), 12, replace=False)]:
            corners = np.clip(box[1:] * (1 + random.normal(0, 0.04, 4)), 0, 1)
            if (corners[2:] - corners[:2] < 0.02).any():
                continue
            low, high = corners[:2] * (width, height), corners[2:] * (width, height)
            x, y, w, h = (round(float(value), 2) for value in (*low, *np.maximum(high - low, 1)))
            outline = [x, y, x + w, y, x + w, y + h, x, y + h]
            objects.append(
                {
                    "id": len(objects) + 1,
                    "image_id": number,
                    "category_id": int(box[0]) + 1,
                    "bbox": [x, y, w, h],
                    "area": w * h,
                    "iscrowd": 0,
                    "segmentation": [outline],
                }
            )
    classes = [{"id": number + 1, "name": f"class {number}"} for number in range(CLASSES)]
    content = {"images": images, "annotations": objects, "categories": classes}
    (folder / "objects.json").write_text(json.dumps(content))


def write_coco(source: Path, target: Path) -> None:
    """Write annotations of COCO with their boxes as outlines, which the Accuracy Checker needs."""
    content = json.loads(source.read_text())
    for entry in content["annotations"]:
        x, y, width, height = entry["bbox"]
        corners = [x, y, x + width, y, x + width, y + height, x, y + height]
        entry.setdefault("segmentation", [corners])
    target.write_text(json.dumps(content))


def write_lists(source: Path, folder: Path) -> None:
    """Write objects of COCO as CVAT's XML with class ids, and persons as a list of WIDER FACE.

    Args:
        source: annotations of COCO.
        folder: of the files `cvat.xml`, `cvat_labels.json` and `wider.txt`.
    """
    content = json.loads(source.read_text())
    names = {entry["id"]: entry["name"] for entry in content["categories"]}
    task = ET.Element("annotations")
    meta = ET.SubElement(ET.SubElement(task, "meta"), "task")
    ET.SubElement(meta, "size").text = str(len(content["images"]))
    lines = []
    for image in content["images"]:
        size = {key: str(image[key]) for key in ("width", "height")}
        element = ET.SubElement(task, "image", {"name": image["file_name"], **size})
        boxes = [entry for entry in content["annotations"] if entry["image_id"] == image["id"]]
        for entry in boxes:
            x, y, width, height = entry["bbox"]
            edges = {"xtl": x, "ytl": y, "xbr": x + width, "ybr": y + height}
            written = {key: str(value) for key, value in edges.items()}
            written["occluded"] = str(entry.get("iscrowd", 0))
            ET.SubElement(element, "box", {"label": names[entry["category_id"]], **written})
        persons = [entry["bbox"] for entry in boxes if names[entry["category_id"]] == "person"]
        rows = [" ".join(str(number) for number in box) + " 0 0 0 0 0 0" for box in persons]
        lines += [image["file_name"], str(len(rows)), *(rows or ["0 0 0 0 0 0 0 0 0 0"])]
    folder.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(task).write(folder / "cvat.xml")
    labels = {"labels": {name: key for key, name in names.items()}}
    (folder / "cvat_labels.json").write_text(json.dumps(labels))
    (folder / "wider.txt").write_text("\n".join(lines) + "\n")


def write_recognizer(folder: Path, count: int = 60) -> None:
    """Write a model that reads labels from grey levels, and pictures with texts, some wrong."""
    words = folder / "words"
    words.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    lines = []
    for number in range(count):
        labels = random.integers(0, len(LETTERS), POSITIONS)
        row = np.repeat(labels * LEVELS, STEP).astype(np.uint8)
        Image.fromarray(np.tile(row, (HEIGHT, 1))).save(words / f"{number}.png")
        kept = [n for n, label in enumerate(labels) if n == 0 or label != labels[n - 1]]
        text = [LETTERS[labels[n]] for n in kept if labels[n]] or ["a"]
        if number % 3 == 0:
            text[random.integers(len(text))] = "z" if number % 2 else "h"
        lines.append(f"{number}.png {''.join(text)}")
    (words / "gt.txt").write_text("\n".join(lines) + "\n")
    image = ops.parameter([1, 1, HEIGHT, STEP * POSITIONS], np.float32, name="imgs")
    means = ops.avg_pool(image, [HEIGHT, STEP], [0, 0], [0, 0], [HEIGHT, STEP], exclude_pad=True)
    column = ops.reshape(means, np.array([POSITIONS, 1, 1]), special_zero=False)
    grey = (np.arange(len(LETTERS)) * LEVELS).astype(np.float32).reshape(1, 1, -1)
    logits = ops.negative(ops.abs(ops.subtract(column, ops.constant(grey))))
    logits.set_friendly_name("logits")
    logits.output(0).set_names({"logits"})
    ov.save_model(
        ov.Model([logits], [image], "recognizer"), folder / "recognizer.xml", compress_to_fp16=False
    )
