"""Guess a model's tasks and decoders from the shapes of its outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from calibrate.commands.new.data_guess import DataGuess, Truth
from calibrate.core.component import Decoder
from calibrate.core.text import shapes_text
from calibrate.errors import CalibrateError
from calibrate.plugins import DECODERS, load

_LEAST_MAP = 8
"""Smallest side of an output that is taken for a map of the image."""
_ELONGATED = 4
"""Smallest ratio of sides at which two dimensions are rows of numbers, and no map."""

Shapes = Mapping[str, tuple[int, ...]]
Section = Mapping[str, Any]

DETECTORS: tuple[Section, ...] = (
    {"type": "detection_list"},
    {"type": "ssd"},
    {"type": "yolov8"},
    {"type": "yolov8", "keypoints": 17},
    {"type": "yolov8", "oriented": True},
    {"type": "yolo_v5"},
    {"type": "yolox"},
    {"type": "detr"},
    {"type": "boxes_scores"},
    {"type": "ssd_onnx"},
    {"type": "nanodet"},
    {"type": "yolo_v3"},
    {"type": "fastestdet"},
    {"type": "detection_list", "box_format": "xywh"},
    {"type": "detr", "box_format": "xywh"},
    *(
        {"type": type_, "box_format": box_format}
        for type_ in ("boxes_scores", "ssd_onnx")
        for box_format in ("yxyx", "xywh")
    ),
)
"""Decoders of boxes; first those that few outputs match by chance."""


@dataclass(frozen=True, slots=True)
class TaskGuess:
    """A task that the model may solve.

    Attributes:
        truth: the annotation that it needs; `none` to compare with FP32 only.
        decoders: sections that could read the outputs, likeliest first.
        metrics: sections of its metrics.
        reason: why, one clause.
        label_maps: label maps of the data, for its class ids by a model's class numbers.
    """

    truth: Truth
    decoders: tuple[Section, ...]
    metrics: tuple[Section, ...]
    reason: str
    label_maps: tuple[Mapping[int, int], ...] = ()


def guess_tasks(shapes: Shapes, data: DataGuess) -> tuple[TaskGuess, ...]:
    """Return every task that the outputs' shapes allow, likeliest first; comparing with FP32 last.

    Args:
        shapes: shapes of the outputs, with the batch, -1 dynamic.
        data: its adapter decides between the metrics of detection, its keypoints and classes
            between the rows of poses and of boxes.
    """
    text = shapes_text(shapes)
    is_voc = data.adapter["type"] == "voc_detection"
    boxes: Section = {"type": "map"} if is_voc else {"type": "coco_precision"}
    decisions: tuple[Section, ...] = ({"type": "accuracy"},)
    if is_single(shapes):
        decisions = (*decisions, {"type": "roc_auc_score"})
    candidates: tuple[tuple[Truth, Sequence[Section], Sequence[Section], str], ...] = (
        ("poses", _poses(shapes, data), _pose_metrics(data), "boxes and keypoints can be read"),
        ("instances", _INSTANCES, (_MASK_AP, boxes), "boxes and masks can be read"),
        ("oriented", _oriented(shapes, data), _ORIENTED_AP, "oriented boxes can be read"),
        ("boxes", DETECTORS, (boxes,), "boxes and classes can be read"),
        ("mask", _anomalies(data), _ANOMALY_AUC, "a score of each pixel"),
        ("mask", _MAPS, ({"type": "mean_iou"},), "a class, or a score a class, of each pixel"),
        ("class", _CLASSES, decisions, "one score a class"),
        ("class", _vectors(shapes), _RETRIEVAL, "a vector by which samples are compared"),
        ("labels", ({"type": "multilabel"},), ({"type": "roc_auc_score"},), "one score a label"),
        ("values", ({"type": "regression"},), _value_metrics(shapes), "numbers"),
        ("span", ({"type": "span"},), _SPANS, "scores of first and last positions"),
        ("tokens", ({"type": "token_scores"},), ({"type": "token_accuracy"},), "scores a token"),
        ("image", _PICTURES, ({"type": "psnr", "max_drop": 0.1},), "an image"),
    )
    tasks = [
        TaskGuess(truth, decoders, tuple(metrics), f"{reason} ({text})", data.label_maps)
        for truth, sections, metrics, reason in candidates
        if (decoders := readable(sections, shapes))
    ]
    return (*tasks, unlabelled_task(shapes, is_image=data.content == "images"))


_INSTANCES: tuple[Section, ...] = ({"type": "yolo_segmentation"},)
_ORIENTED_AP: tuple[Section, ...] = ({"type": "coco_precision", "iou_type": "obb"},)
_MASK_AP: Section = {"type": "coco_precision", "iou_type": "segm"}
_ANOMALY_AUC: tuple[Section, ...] = ({"type": "pixel_roc_auc"}, {"type": "roc_auc_score"})
_RETRIEVAL: tuple[Section, ...] = ({"type": "recall_at_k"}, {"type": "retrieval_map"})
_SPANS: tuple[Section, ...] = ({"type": "span_f1"}, {"type": "span_exact_match"})
_COCO_KEYPOINTS = 17
_LEAST_VECTOR = 8
"""Least length of an output that may be a vector by which samples are compared."""


def _poses(shapes: Shapes, data: DataGuess) -> tuple[Section, ...]:
    """Return the decoder of poses where rows have room for the data's classes and keypoints."""
    length = 4 + data.class_count + 3 * data.keypoints
    fits = data.keypoints and any(length in shape for shape in shapes.values())
    return ({"type": "yolo_pose", "keypoints": data.keypoints},) if fits else ()


def _anomalies(data: DataGuess) -> tuple[Section, ...]:
    return ({"type": "anomaly_map"},) if data.adapter["type"] == "mvtec" else ()


def _oriented(shapes: Shapes, data: DataGuess) -> tuple[Section, ...]:
    """Return the decoder of oriented boxes where rows have room for the classes and an angle."""
    fits = any(4 + data.class_count + 1 in shape for shape in shapes.values())
    return ({"type": "yolo_obb"},) if fits else ()


def _pose_metrics(data: DataGuess) -> tuple[Section, ...]:
    """Return the AP of keypoints, with Ultralytics' deviations 1 / K where they are not COCO's."""
    given = data.keypoints not in (0, _COCO_KEYPOINTS)
    sigmas = {"sigmas": [round(1 / data.keypoints, 6)] * data.keypoints} if given else {}
    keypoints = {"type": "coco_precision", "iou_type": "keypoints", **sigmas}
    return (keypoints, {"type": "coco_precision"})


def _vectors(shapes: Shapes) -> tuple[Section, ...]:
    sides = _sides(shapes)
    is_vector = len(sides) == 1 and len(sides[0]) == 1 and sides[0][0] >= _LEAST_VECTOR
    return ({"type": "embedding"},) if is_vector else ()


def _value_metrics(shapes: Shapes) -> tuple[Section, ...]:
    """Return the end-point error for a field of vectors [2, H, W], else the explained variance."""
    is_flow = any(len(shape) == 4 and shape[1] == 2 for shape in shapes.values())
    return ({"type": "epe", "max_drop": 0.1},) if is_flow else ({"type": "r2_score"},)


def is_single(shapes: Shapes) -> bool:
    """Return whether the only output is one number for each sample."""
    return len(shapes) == 1 and all(side == 1 for shape in shapes.values() for side in shape[1:])


_NUMBERS: tuple[Section, ...] = (
    {"type": "relative_error", "max_drop": 0.05},
    {"type": "cosine_similarity", "max_drop": 0.01},
)
_MAPS: tuple[Section, ...] = ({"type": "segmentation"},)
_CLASSES: tuple[Section, ...] = (
    {"type": "classification"},
    {"type": "classification", "background_offset": 1},
)
_PICTURES: tuple[Section, ...] = ({"type": "super_resolution"},)


def unlabelled_task(shapes: Shapes, *, is_image: bool = True) -> TaskGuess:
    """Return the task of comparing outputs with FP32's: by decisions, where there are any.

    Args:
        shapes: shapes of the outputs.
        is_image: whether the model gets images; rows of numbers are then boxes, else tokens.
    """
    sides = _sides(shapes)
    text = shapes_text(shapes)
    agreement = ({"type": "agreement"},)
    kinds: tuple[tuple[bool, Sequence[Section], str], ...] = (
        (_is_map(sides), _MAPS, "class maps"),
        (is_image and _has_rows(sides), _detectors(shapes), "detections"),
        (len(sides) == 1 and len(sides[0]) < 2, _CLASSES[:1], "decisions"),
        (len(sides) == 1 and len(sides[0]) == 2, ({"type": "token_scores"},), "tokens"),
    )
    for fits, sections, name in kinds:
        decoders = readable(sections, shapes) if fits else ()
        if decoders:
            return TaskGuess(
                "none", decoders, agreement, f"{name} ({text}) are compared with FP32's"
            )
    return numbers_task(shapes, f"the outputs ({text}) hold no decisions")


def numbers_task(shapes: Shapes, reason: str) -> TaskGuess:
    """Return the task of comparing outputs with FP32's as numbers.

    Args:
        shapes: shapes of the outputs.
        reason: why they are not compared by decisions.
    """
    # A single number has no direction: the cosine refuses it.
    has_single = any(all(side == 1 for side in shape[1:]) for shape in shapes.values())
    metrics = _NUMBERS[:1] if has_single else _NUMBERS
    return TaskGuess(
        "none", ({"type": "raw"},), metrics, f"{reason} and are compared with FP32's as numbers"
    )


def readable(sections: Sequence[Section], shapes: Shapes) -> tuple[Section, ...]:
    """Return the sections of decoders that accept the shapes of the outputs."""
    return tuple(section for section in sections if _reads(section, shapes))


def _reads(section: Section, shapes: Shapes) -> bool:
    if section["type"] not in DECODERS:
        return False
    class_ = load("decoders", str(section["type"]), folder=Path())
    try:
        parameters = {key: value for key, value in section.items() if key != "type"}
        decoder = cast("Decoder", class_.model_validate(parameters))
        return not decoder.problems(shapes)
    except (CalibrateError, ValidationError):
        return False  # it needs parameters that cannot be guessed


def with_label_numbers(
    decoders: Sequence[Section], label_maps: Sequence[Mapping[int, int]] = ()
) -> tuple[Section, ...]:
    """Return detectors with each way in which they may number classes.

    Args:
        decoders: their sections.
        label_maps: maps that the annotations suggest, beside their class ids and shifted ones.
    """
    variants: tuple[Section, ...] = (
        {},
        {"label_offset": -1},
        {"label_offset": 1},
        {"label_map": "coco_91_to_80"},
        *({"label_map": dict(numbers)} for numbers in label_maps),
    )
    return tuple({**decoder, **variant} for variant in variants for decoder in decoders)


def _sides(shapes: Shapes) -> list[list[int]]:
    """Return the dimensions of each output, without the batch and those of 1."""
    return [[side for side in shape[1:] if side != 1] for shape in shapes.values()]


def _detectors(shapes: Shapes) -> tuple[Section, ...]:
    """Return decoders of boxes; a list of finished boxes has rows of six or seven numbers."""
    lists = any(shape[-1] in (6, 7) for shape in shapes.values() if shape)
    return DETECTORS if lists else DETECTORS[1:]


def _has_rows(sides: Sequence[Sequence[int]]) -> bool:
    return any(len(side) == 2 for side in sides) or len(sides) > 1


def _is_map(sides: Sequence[Sequence[int]]) -> bool:
    if len(sides) != 1 or len(sides[0]) not in (2, 3, 4):
        return False
    if sum(side < 0 or side >= _LEAST_MAP for side in sides[0]) < 2:
        return False
    return len(sides[0]) != 2 or max(sides[0]) < _ELONGATED * min(sides[0])
