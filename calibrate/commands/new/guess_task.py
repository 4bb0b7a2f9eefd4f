"""Look at a model's outputs and say which decoders could read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calibrate.commands.new.guess_dataset import Truth

_LEAST_MAP = 8
"""Sides from which an output is a map of the image."""
_ELONGATED = 4
"""Ratio of sides from which two dimensions are rows of numbers, and no map."""


@dataclass(frozen=True, slots=True)
class TaskGuess:
    """What the model could be for.

    Attributes:
        truth: what has to be annotated for it; `none` where only FP32 can be compared with.
        decoders: sections that could read the outputs, likeliest first.
        metrics: sections that judge it.
        reason: what was seen, one clause.
    """

    truth: Truth
    decoders: tuple[Mapping[str, Any], ...]
    metrics: tuple[Mapping[str, Any], ...]
    reason: str


def guess_tasks(shapes: Mapping[str, tuple[int, ...]], adapter: str) -> tuple[TaskGuess, ...]:
    """Every task that the outputs' shapes allow, likeliest first; judging against FP32 last.

    Args:
        shapes: of the outputs, with the batch, -1 dynamic.
        adapter: type of the dataset's adapter: it decides between the metrics of detection.
    """
    sides = [[side for side in shape[1:] if side != 1] for shape in shapes.values()]
    told = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
    return (
        *_detection(shapes, sides, adapter, told),
        *_maps(sides, told),
        *_classes(sides, told),
        TaskGuess(
            "none",
            ({"type": "raw"},),
            ({"type": "cosine_similarity", "max_drop": 0.01},),
            f"the outputs ({told}) are compared with FP32's",
        ),
    )


def _detection(
    shapes: Mapping[str, tuple[int, ...]],
    sides: Sequence[Sequence[int]],
    adapter: str,
    told: str,
) -> tuple[TaskGuess, ...]:
    metric = {"type": "coco_precision" if adapter == "mscoco_detection" else "map"}
    lists = [shape for shape in shapes.values() if len(shape) in (2, 4) and shape[-1] == 7]
    if len(shapes) == 1 and lists:
        reason = f"rows of seven ({told}) are DetectionOutput's"
        return (TaskGuess("boxes", _labelled({"type": "ssd"}), (metric,), reason),)
    rows = [side for side in sides if len(side) == 2]
    if len(sides) == 2 and len(rows) == 2 and any(side[-1] == 4 for side in rows):
        reason = f"four numbers and a score a class of each box ({told})"
        return (TaskGuess("boxes", _labelled({"type": "boxes_scores"}), (metric,), reason),)
    if len(sides) == 1 and len(rows) == 1 and max(rows[0]) >= _ELONGATED * min(rows[0]) > 0:
        kinds = ("yolov8", "yolox", "yolo_v5") if rows[0][0] < rows[0][1] else ("yolo_v5", "yolox")
        decoders = tuple({"type": kind} for kind in kinds)
        return (TaskGuess("boxes", decoders, (metric,), f"rows of boxes and classes ({told})"),)
    return ()


def _labelled(decoder: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The ways in which a detector may number classes: as the dataset, or with a background."""
    return (
        decoder,
        {**decoder, "label_offset": -1},
        {**decoder, "label_map": "coco_91_to_80"},
        {**decoder, "label_offset": 1},
    )


def _maps(sides: Sequence[Sequence[int]], told: str) -> tuple[TaskGuess, ...]:
    if len(sides) != 1 or len(sides[0]) not in (2, 3):
        return ()
    if sum(side < 0 or side >= _LEAST_MAP for side in sides[0]) < 2:
        return ()
    if len(sides[0]) == 2 and max(sides[0]) >= _ELONGATED * min(sides[0]) > 0:
        return ()
    reason = f"a class, or a score a class, of each pixel ({told})"
    decoders = ({"type": "segmentation"},)
    return (TaskGuess("mask", decoders, ({"type": "mean_iou"},), reason),)


def _classes(sides: Sequence[Sequence[int]], told: str) -> tuple[TaskGuess, ...]:
    if len(sides) != 1 or len(sides[0]) != 1 or sides[0][0] < 2:
        return ()
    decoders: tuple[Mapping[str, Any], ...] = (
        {"type": "classification"},
        {"type": "classification", "background_offset": 1},
    )
    reason = f"one score a class ({told})"
    return (
        TaskGuess(
            "class", decoders[: 2 if sides[0][0] > 2 else 1], ({"type": "accuracy"},), reason
        ),
        TaskGuess("none", decoders[:1], ({"type": "agreement"},), reason),
    )
