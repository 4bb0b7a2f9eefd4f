"""Small models and data for `accuracy_checker.py`, for adapters that the zoo has no model of."""

import json
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops
from PIL import Image

SIDE, CELLS, ANCHORS, CLASSES = 416, 13, 3, 90
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
    added = ops.multiply(trace, np.float32(1e-3))
    result = ops.add(ops.constant(head), added)
    result.set_friendly_name("head")
    result.output(0).set_names({"head"})
    ov.save_model(ov.Model([result], [image], path.stem), path, compress_to_fp16=False)


def write_yolo(folder: Path) -> None:
    """Write heads of YOLOv2 and YOLOv3 with boxes all over the picture."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    shape = (1, ANCHORS, 5 + CLASSES, CELLS, CELLS)
    for name, object_mean in (("yolo_v2", 3.0), ("yolo_v3", -1.0)):
        head = random.normal(0, 1, shape).astype(np.float32)
        head[:, :, 2:4] *= 0.5
        head[:, :, 4] += object_mean
        head[:, :, 5] += 4  # persons, of which the data has most
        _yolo(folder / f"{name}.xml", head.reshape(1, -1, CELLS, CELLS))


def write_coco(source: Path, target: Path) -> None:
    """Write annotations of COCO with their boxes as outlines, which the Accuracy Checker needs."""
    content = json.loads(source.read_text())
    for entry in content["annotations"]:
        x, y, width, height = entry["bbox"]
        corners = [x, y, x + width, y, x + width, y + height, x, y + height]
        entry.setdefault("segmentation", [corners])
    target.write_text(json.dumps(content))


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
