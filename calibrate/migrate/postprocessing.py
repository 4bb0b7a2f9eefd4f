"""Convert postprocessing of the Accuracy Checker to parameters of our decoders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from calibrate.migrate.box_filters import FILTERS, filters_of, joined
from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.values import number, size_of

_ITSELF = "detections come back to the source image through the steps' geometry here"


@dataclass
class Afterwards:
    """Parameters that the postprocessing of a dataset sets.

    Attributes:
        limits: parameters that every detection decoder has: score_threshold, keep_top_k,
            label_offset.
        overlap: IoU threshold of non-maximum suppression; None: it is not applied.
        suppression: location of the suppression entry in the source, for reports.
        is_class_agnostic: whether boxes suppress those of other classes too.
        method: what suppression compares with the threshold.
        edge: pixels that suppression adds to width and height.
        input_size: height and width of the model's input, as far as the steps fix them.
        mask_size: what class maps are resized to.
        uncropped: place of the entry that takes padding off predicted class maps, or empty.
        resized: place of the entry that resizes predicted class maps, or empty.
        boxes: parameters of metrics of boxes; `object_filter` and `detection_filter` of `map`
            alone.
        marks: whether filtered predictions are marked as difficult instead of removed.
        clip: when predicted boxes are clipped to the image.
        rounding: of predicted boxes before suppression.
    """

    limits: Part = field(default_factory=dict)
    overlap: float | None = None
    suppression: str = ""
    is_class_agnostic: bool = False
    method: Literal["iou", "diou"] = "iou"
    edge: int = 0
    input_size: tuple[int, int] | None = None
    mask_size: Literal["mask", "input"] = "mask"
    resized: str = ""
    uncropped: str = ""
    boxes: Part = field(default_factory=dict)
    marks: bool = False
    clip: Literal["before_nms", "after_nms", "never"] = "never"
    rounding: str = "none"


def afterwards(entries: Sequence[Keys], input_size: tuple[int, int] | None = None) -> Afterwards:
    """Read a list of postprocessing entries; those without counterpart are reported.

    Args:
        entries: the source's list.
        input_size: height and width of the model's input, as far as the steps fix them.
    """
    settings = Afterwards(input_size=input_size)
    filtered: set[str] = set()
    for entry in entries:
        kind = str(entry.get("type", ""))
        read = POSTPROCESSORS.get(kind)
        if read is None:
            entry.notes.add("lost", entry.at("type"), "calibrate has no such postprocessing", kind)
            continue
        read(entry, settings)
        if kind in _TO_SOURCE and settings.edge:
            entry.notes.add(
                "differs",
                settings.suppression,
                "there a pixel is added to boxes before they are in pixels of the source image",
                kind,
            )
        _report_order(entry, kind, filtered)
        filtered |= settings.boxes.keys() & set(FILTERS.values())
        for key in ("annotation_source", "prediction_source"):
            entry.lost(key, "calibrate evaluates one annotation and one prediction per sample")
        entry.finish(f"{kind} has no counterpart of this here")
    if settings.uncropped and not (settings.resized and settings.mask_size == "mask"):
        why = "masks without padding are compared in the size of the annotation alone here"
        entries[0].notes.add("lost", settings.uncropped, why)
    return settings


def _report_order(entry: Keys, kind: str, filtered: set[str]) -> None:
    """Report an entry that changes boxes after a filter has looked at them."""
    target = entry.get("apply_to", "all")
    changed: set[str] = set()
    if kind in ("cast_to_int", "clip_boxes") and target != "prediction":
        changed.add(FILTERS["annotation"])
    if (kind in ("cast_to_int", "clip_boxes") and target != "annotation") or kind in _TO_SOURCE:
        changed.add(FILTERS["prediction"])
    if kind in ("nms", "class_aware_nms", "diou_nms"):
        changed.add(FILTERS["prediction"])
    if changed & filtered:
        why = "there boxes are filtered before this changes them, here after it"
        entry.notes.add("differs", entry.where, why, kind)


def _automatic(why: str, *keys: str) -> Callable[[Keys, Afterwards], None]:
    def read(entry: Keys, _: Afterwards) -> None:
        entry.notes.add("no_meaning", entry.where, why, entry.get("type"))
        for key in keys:
            entry.get(key)

    return read


def _clip(entry: Keys, settings: Afterwards) -> None:
    target = entry.get("apply_to", "all")
    size = size_of(entry)
    height, width = (size.get(key, size.get("size")) for key in ("dst_height", "dst_width"))
    # Boxes between 0 and 1 are those of the input: clipping them clips to the image.
    is_relative = entry.get("boxes_normalized", False) or (height, width) == (1, 1)
    is_absolute = bool(size) and not is_relative
    if target != "prediction":
        settings.boxes["clip_objects"] = [width, height] if is_absolute else True
    if target != "annotation":
        settings.clip = "after_nms" if settings.suppression else "before_nms"
        if is_absolute:
            why = "predicted boxes are clipped to the source image here"
            entry.notes.add("lost", entry.where, why, size)
    if not size:
        entry.no_meaning("one side alone is given", "size", "dst_width", "dst_height")


def _filter(entry: Keys, settings: Afterwards) -> None:
    target = entry.get("apply_to", "all")
    removes = bool(entry.get("remove_filtered", False))
    settings.boxes |= joined(entry, settings.boxes, filters_of(entry, removes=removes))
    if target == "annotation":
        entry.no_meaning("objects have neither scores nor a rank", "min_confidence", "top_k")
        entry.finish("objects of the annotation are not filtered by this here")
        return
    least, most = number(entry.get("min_confidence")), entry.get("top_k")
    settings.marks = settings.marks or (not removes and (least is not None or most is not None))
    if least is not None:
        settings.limits["score_threshold"] = least
    if most is not None:
        settings.limits["keep_top_k"] = most


def _nms(
    *, by_class: bool, method: Literal["iou", "diou"] = "iou"
) -> Callable[[Keys, Afterwards], None]:
    def read(entry: Keys, settings: Afterwards) -> None:
        settings.overlap = number(entry.get("overlap", 0.5))
        settings.suppression = entry.where
        settings.is_class_agnostic = not by_class
        if (most := entry.get("keep_top_k")) is not None:
            entry.notes.add(
                "differs",
                entry.at("keep_top_k"),
                "the Accuracy Checker counts boxes before suppression, calibrate after it",
                most,
            )
            settings.limits["keep_top_k"] = most
        settings.method = method
        settings.rounding = settings.boxes.get("round_boxes", "none")
        if entry.get("include_boundaries", True):
            settings.edge = 1
        entry.lost_unless("use_min_area", "overlap is intersection over union here")

    return read


def _rounding(entry: Keys, settings: Afterwards) -> None:
    settings.boxes["round_boxes"] = entry.get("round_policy", "nearest")


def _shift_labels(entry: Keys, settings: Afterwards) -> None:
    settings.limits["label_offset"] = entry.get("offset", 0)


def _mask(entry: Keys, settings: Afterwards) -> None:
    size = size_of(entry)
    target = entry.get("apply_to", "all")
    to_input = entry.get("to_dst_image_size", False)
    entry.no_meaning("Pillow resizes masks, to the nearest", "resize_realization")
    if target == "annotation" or (size and target == "all") or to_input:
        settings.mask_size = "input"
    if target != "annotation":
        settings.resized = entry.where
    sides = (size.get("dst_height", size.get("size")), size.get("dst_width", size.get("size")))
    if size and (target == "prediction" or sides != settings.input_size):
        entry.notes.add(
            "differs", entry.where, "masks are compared in the size of the input or the mask", size
        )


def _uncrop(entry: Keys, settings: Afterwards) -> None:
    """Padding is left out of predicted masks, which only their size before the padding shows."""
    settings.uncropped = entry.where


_TO_SOURCE = ("resize_prediction_boxes", "faster_rcnn_postprocessing_resize")
"""Postprocessing that brings boxes to the source image: suppression before it has another unit."""

_INSIDE = _automatic(_ITSELF, "rescale", "unpadding", "uncrop", "size", "dst_width", "dst_height")

POSTPROCESSORS: dict[str, Callable[[Keys, Afterwards], None]] = {
    "cast_to_int": _rounding,
    "class_aware_nms": _nms(by_class=True),
    "clip_boxes": _clip,
    "crop_padded_prediction": _uncrop,
    "diou_nms": _nms(by_class=False, method="diou"),
    "encode_segmentation_mask": _automatic(
        "masks are decoded to class ids when they are read", "apply_to"
    ),
    "faster_rcnn_postprocessing_resize": _INSIDE,
    "filter": _filter,
    "nms": _nms(by_class=False),
    "resize_prediction_boxes": _INSIDE,
    "resize": _mask,
    "resize_segmentation_mask": _mask,
    "shift_labels": _shift_labels,
}
