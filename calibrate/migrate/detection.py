"""Adapters of the Accuracy Checker that make boxes → our detection decoders."""

from collections.abc import Callable

from calibrate.migrate.detection_parts import (
    ALL_SCORES,
    limits_of,
    listed_suppression_of,
    outputs_of,
    suppression_of,
)
from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.postprocessing import Afterwards
from calibrate.migrate.values import number, numbers

Converter = Callable[[Keys, Afterwards], Part | None]


_LEAST_OBJECT = 0.001
_CELL_ANCHORS = {
    "yolo_v2": "1.3221,1.73145,3.19275,4.00944,5.05587,8.09892,9.47112,4.84053,11.2364,10.0071",
    "tiny_yolo_v2": "1.08,1.19,3.42,4.41,6.63,11.38,9.42,5.11,16.62,10.52",
}
_STRIDES = {1: [32], 2: [16, 32], 3: [8, 16, 32], 4: [8, 16, 32, 64]}
_NAMED_ANCHORS = {
    "yolo_v3": "10,13,16,30,33,23,30,61,62,45,59,119,116,90,156,198,373,326",
    "tiny_yolo_v3": "10,14,23,27,37,58,81,82,135,169,344,319",
}


def _ssd(keys: Keys, after: Afterwards) -> Part | None:
    if keys.get("custom_output_order", False):
        keys.notes.add("lost", keys.at("custom_output_order"), "rows are read in one order here")
        return None
    return {"type": "ssd", **limits_of(after), **listed_suppression_of(keys.notes, after)}


def _ssd_onnx(keys: Keys, after: Afterwards) -> Part | None:
    names = outputs_of(
        keys, boxes_out="bboxes_out", scores_out="scores_out", labels_out="labels_out"
    )
    following = listed_suppression_of(keys.notes, after)
    return {"type": "ssd_onnx", **names, **limits_of(after), **following}


def _faster_rcnn_onnx(keys: Keys, after: Afterwards) -> Part | None:
    if "labels_out" not in keys:
        keys.notes.add("lost", keys.where, "labels behind the boxes are not read here")
        return None
    names = outputs_of(
        keys, boxes_out="boxes_out", scores_out="scores_out", labels_out="labels_out"
    )
    part: Part = {"type": "ssd_onnx", **names, "relative_boxes": False}
    return {**part, **limits_of(after), **listed_suppression_of(keys.notes, after)}


def _yolof(keys: Keys, after: Afterwards) -> Part | None:
    flat = numbers(keys.get("anchors"))
    names, grid = keys.get("outputs", []), keys.get("cells", [])
    if not flat or len(flat) % 2:
        keys.notes.add("lost", keys.at("anchors"), "these are no pairs of numbers")
        return None
    if not keys.get("raw_output", False) or not keys.get("multiple_labels", False):
        keys.notes.add("lost", keys.where, "raw outputs with several labels a box are read here")
        return None
    if not isinstance(names, list) or len(names) != 1:
        keys.notes.add("lost", keys.at("outputs"), "one level has one output", names)
        return None
    part: Part = {"type": "yolof", "output": str(names[0])}
    part["anchors"] = [flat[index : index + 2] for index in range(0, len(flat), 2)]
    part["stride"] = 16
    if after.input_size and isinstance(grid, list) and len(grid) == 1:
        part["stride"] = after.input_size[0] / grid[0]
    else:
        why = "pixels of the input a cell: those that YOLOF has are written"
        keys.notes.add("check", keys.at("cells"), why, 16)
    keys.no_meaning("the shape of the output tells it", "coords", "num", "classes", "output_format")
    least = number(keys.get("threshold", 0.001)) or 0.0
    return {**part, **limits_of(after, least), **suppression_of(keys.notes, after)}


def _mask_rcnn(keys: Keys, after: Afterwards) -> Part | None:
    names = outputs_of(
        keys,
        boxes_out="boxes_out",
        scores_out="scores_out",
        labels_out="classes_out",
        masks_out="raw_masks_out",
    )
    for key in ("detection_out", "num_detections_out"):
        if key in keys:
            keys.lost(key, "boxes, labels and masks are outputs here")
            return None
    limits = limits_of(after) | listed_suppression_of(keys.notes, after)
    if "classes_out" in keys and "raw_masks_out" in keys:
        if "scores_out" in keys:
            keys.notes.add("differs", keys.at("scores_out"), "there rows of label 0 are filling")
        return {"type": "mask_rcnn", **names, "relative_boxes": False, **limits}
    if names.keys() - {"boxes_out"}:
        keys.notes.add("lost", keys.where, "boxes alone, or boxes, labels and masks are read here")
        return None
    boxes: Part = {"output": names["boxes_out"]} if names else {}
    limits["label_offset"] = limits.get("label_offset", 0) + 1
    part: Part = {"type": "detection_list", "order": "boxes_score", **boxes}
    return {**part, "relative_boxes": False, **limits}


def _yolo_v3_onnx(keys: Keys, after: Afterwards) -> Part | None:
    part: Part = {"type": "yolo_v3_onnx"}
    part |= outputs_of(
        keys, boxes_out="boxes_out", scores_out="scores_out", indices_out="indices_out"
    )
    return {**part, **limits_of(after), **listed_suppression_of(keys.notes, after)}


def _boxes_scores(keys: Keys, after: Afterwards) -> Part | None:
    names = outputs_of(keys, boxes_out="boxes_out", scores_out="scores_out")
    least = number(keys.get("score_threshold", 0.7)) or 0.0
    part: Part = {"type": "boxes_scores", **names, "background_class": 0}
    return {**part, **limits_of(after, least), **suppression_of(keys.notes, after)}


def _yolo(kind: str) -> Converter:
    def convert(keys: Keys, after: Afterwards) -> Part | None:
        levels = _levels(keys)
        if levels is None:
            return None
        anchors, outputs = levels
        part: Part = {"type": kind, "classes": keys.get("classes", 80)}
        part |= {"outputs": outputs, "strides": _STRIDES[len(anchors)], "anchors": anchors}
        if not keys.get("raw_output", False):
            part["activated"] = True
        part["multi_label"] = bool(keys.get("multiple_labels", False))
        keys.no_meaning(
            "the shape of the outputs tells it",
            *("cells", "coords", "num", "do_reshape", "transpose"),
            *("output_format", "output_layout"),
        )
        keys.notes.add(
            "check",
            keys.where,
            "strides are those that YOLO has with so many levels",
            _STRIDES[len(anchors)],
        )
        least = number(keys.get("threshold", 0.001)) or 0.0
        if not part["multi_label"]:
            # The threshold is of the object; the score of its best class may be lower.
            part["object_threshold"], least = least, ALL_SCORES
        return {**part, **limits_of(after, least), **suppression_of(keys.notes, after)}

    return convert


def _yolo_v2(keys: Keys, after: Afterwards) -> Part | None:
    raw = str(keys.get("anchors", "yolo_v2"))
    flat = numbers(_CELL_ANCHORS.get(raw, raw))
    if not flat or len(flat) % 2:
        keys.notes.add("lost", keys.at("anchors"), "these are no pairs of numbers", raw)
        return None
    pairs = [flat[index : index + 2] for index in range(0, len(flat), 2)]
    part: Part = {"type": "yolo_v2", "classes": keys.get("classes", 20), "anchors": pairs}
    if keys.get("raw_output", False):
        part |= {"activated": False, "softmax_over": "image"}
    else:
        part["activated"] = True
    part["object_threshold"] = _LEAST_OBJECT
    keys.no_meaning("the shape of the output tells it", "cells", "coords", "num", "output_format")
    return {**part, **limits_of(after), **suppression_of(keys.notes, after)}


def _one_class(keys: Keys, after: Afterwards) -> Part | None:
    scale = keys.get("scale", 1.0)
    limits = limits_of(after) | listed_suppression_of(keys.notes, after)
    limits["label_offset"] = limits.get("label_offset", 0) + 1
    part: Part = {"type": "detection_list", "order": "boxes_score"}
    part |= outputs_of(keys, output="output_blob")
    part["relative_boxes"] = scale == 1.0
    if scale != 1.0:
        why = "right where the scale brings pixels of the model's input to 0-1"
        keys.notes.add("check", keys.at("scale"), why, scale)
    return {**part, **limits}


def _levels(keys: Keys) -> tuple[list[list[list[float]]], list[str]] | None:
    """Anchors and output names by level, smallest anchors first."""
    raw = str(keys.get("anchors", "yolo_v3"))
    flat = numbers(_NAMED_ANCHORS.get(raw, raw))
    masks, outputs = keys.get("anchor_masks"), keys.get("outputs", [])
    if not flat or len(flat) % 2:
        keys.notes.add("lost", keys.at("anchors"), "these are no pairs of numbers", raw)
        return None
    pairs = [flat[index : index + 2] for index in range(0, len(flat), 2)]
    if not isinstance(outputs, list) or len(outputs) not in _STRIDES:
        keys.notes.add("lost", keys.at("outputs"), "one output a level, 1 to 4", outputs)
        return None
    if masks is None and len(outputs) == 1:
        masks = [list(range(len(pairs)))]
    if not _are_masks(masks, len(outputs), len(pairs)):
        keys.notes.add("lost", keys.at("anchor_masks"), "one list of anchors a level", masks)
        return None
    levels = [
        ([pairs[entry] for entry in mask], str(name))
        for mask, name in zip(masks, outputs, strict=True)
    ]
    levels.sort(key=lambda level: sum(width * height for width, height in level[0]))
    return [anchors for anchors, _ in levels], [name for _, name in levels]


def _are_masks(masks: object, levels: int, anchors: int) -> bool:
    return (
        isinstance(masks, list)
        and len(masks) == levels
        and all(
            isinstance(mask, list)
            and mask
            and all(isinstance(index, int) and 0 <= index < anchors for index in mask)
            for mask in masks
        )
    )


def _yolov8(keys: Keys, after: Afterwards) -> Part | None:
    least = number(keys.get("conf_threshold", 0.25)) or 0.0
    part: Part = {"type": "yolov8", "multi_label": bool(keys.get("multi_label", True))}
    return {**part, **limits_of(after, least), **suppression_of(keys.notes, after)}


def _yolox(keys: Keys, after: Afterwards) -> Part | None:
    part: Part = {"type": "yolox", **outputs_of(keys, output="output_name")}
    if "classes" in keys:
        part["classes"] = keys.get("classes")
    keys.no_meaning("it has no anchors", "anchors", "num")
    least = number(keys.get("threshold", 0.001)) or 0.0
    return {**part, **limits_of(after, least), **suppression_of(keys.notes, after)}


def _nanodet(keys: Keys, after: Afterwards) -> Part | None:
    part: Part = {"type": "nanodet", "classes": keys.get("num_classes", 80)}
    part["reg_max"] = keys.get("reg_max", 7)
    part["strides"] = keys.get("strides", [8, 16, 32])
    if keys.get("is_legacy", False):
        part["cell_offset"] = 0.5
    least = number(keys.get("confidence_threshold", 0.05)) or 0.0
    most = keys.get("max_detections", 100)
    _only_one_suppression(keys, after)
    overlap = keys.get("nms_threshold", 0.6)
    limits = limits_of(after, least, most)
    limits.pop("clip_boxes", None)  # this adapter clips itself, before it suppresses
    return {**part, **limits, "nms_threshold": overlap}


def _only_one_suppression(keys: Keys, after: Afterwards) -> None:
    if after.suppression:
        keys.notes.add("lost", after.suppression, "boxes are suppressed once here")


def _detr(keys: Keys, after: Afterwards) -> Part | None:
    names = outputs_of(keys, logits_out="scores_out", boxes_out="boxes_out")
    return {"type": "detr", **names, **limits_of(after), **suppression_of(keys.notes, after)}


DETECTION: dict[str, Converter] = {
    "class_agnostic_detection": _one_class,
    "detr": _detr,
    "faster_rcnn_onnx": _faster_rcnn_onnx,
    "mask_rcnn": _mask_rcnn,
    "nanodet": _nanodet,
    "ssd": _ssd,
    "ssd_onnx": _ssd_onnx,
    "ultra_lightweight_face_detection": _boxes_scores,
    "yolo_v2": _yolo_v2,
    "yolo_v3": _yolo("yolo_v3"),
    "yolo_v3_onnx": _yolo_v3_onnx,
    "yolo_v5": _yolo("yolo_v5"),
    "yolof": _yolof,
    "yolov8_detection": _yolov8,
    "yolox": _yolox,
}
