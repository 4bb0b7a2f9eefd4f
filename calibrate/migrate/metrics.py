"""Convert metrics of the Accuracy Checker to ours."""

from collections.abc import Callable, Mapping, Sequence

from calibrate.migrate.box_filters import FILTERS
from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.values import number, numbers

Converter = Callable[[Keys], Part]

# Metrics between 0 and 1: a reference above 1 is in per cent.
_FRACTIONS = (
    "accuracy",
    "character_accuracy",
    "coco_precision",
    "dice",
    "f1",
    "map",
    "mean_accuracy",
    "mean_iou",
    "pixel_accuracy",
    "recall_at_k",
    "retrieval_map",
    "roc_auc_score",
    "ssim",
    "wer",
    "word_accuracy",
)
_ONE_TARGET = "calibrate evaluates one annotation and one prediction per sample"


def metrics_of(
    entries: Sequence[Keys], boxes: Part | None = None, texts: Part | None = None
) -> list[Part]:
    """Return our metrics for a list of entries; metrics that we do not have are reported.

    Args:
        entries: the source's list.
        boxes: parameters of metrics of boxes that the postprocessing sets.
        texts: parameters of metrics of texts that the launcher's adapter sets.
    """
    written: list[Part] = []
    for entry in entries:
        kind = str(entry.get("type", ""))
        convert, of_boxes = METRICS.get(kind), DETECTION.get(kind)
        if convert is None and of_boxes is None:
            entry.notes.add("lost", entry.at("type"), "calibrate has no such metric", kind)
            continue
        before = set(entry.notes.of("lost"))
        part = of_boxes(entry, boxes or {}) if of_boxes else convert(entry) if convert else {}
        if kind in TEXTS:
            part |= texts or {}
        entry.no_meaning("metrics are named by their type and parameters here", "name")
        entry.no_meaning("the format of printed values is fixed here", "presenter")
        for key in ("annotation_source", "prediction_source"):
            entry.lost(key, _ONE_TARGET)
        part |= _reference(entry, part["type"])
        entry.finish(f"{kind} has no such parameter here")
        if set(entry.notes.of("lost")) - before and {"annotation_source"} & set(_names(entry)):
            continue  # it evaluates a part of the outputs that calibrate does not separate
        if part in written:
            entry.notes.add("no_meaning", entry.where, "the same metric is listed before", kind)
        else:
            written.append(part)
    return written


def _names(entry: Keys) -> list[str]:
    return [key for key in ("annotation_source", "prediction_source") if key in entry]


def _reference(keys: Keys, kind: str) -> Part:
    """Return `reference` and `abs_threshold`, as fractions where the metric is a fraction."""
    raw = keys.get("reference")
    if isinstance(raw, Mapping):
        raw = raw.get("mean", next(iter(raw.values()), None))
    value = number(raw)
    absolute, relative = keys.get("abs_threshold"), keys.get("rel_threshold")
    if value is None:
        for key in ("reference", "abs_threshold", "rel_threshold"):
            if key in keys:
                keys.notes.add("lost", keys.at(key), "there is no value to compare with")
        return {}
    per_cent = kind in _FRACTIONS and value > 1
    scale = 100 if per_cent else 1
    part: Part = {"reference": _rounded(value / scale)}
    bounds = [_rounded(bound / scale) for bound in [number(absolute)] if bound is not None]
    share = number(relative)
    if share is not None:
        bounds.append(_rounded(share * value / scale))
    if bounds:
        part["abs_threshold"] = max(bounds)
    return part


def _rounded(value: float) -> float:
    return round(value, 10)


def _accuracy(keys: Keys) -> Part:
    keys.lost_unless("match", "use f1 or multilabel_map for labels of several classes")
    keys.no_meaning("class ids are whole numbers here", "cast_to_int")
    return {"type": "accuracy", "top_k": keys.get("top_k", 1)}


def _map(keys: Keys, boxes: Part) -> Part:
    part: Part = {"type": "map", "matching": "accuracy_checker"}
    for key in ("overlap_threshold", "integral", "include_boundaries", "ignore_difficult"):
        if key in keys:
            part[key] = keys.get(key)
    multiple = "allow_multiple_matches_per_ignored"
    if keys.get(multiple, False):
        part[multiple] = True
    keys.lost_unless("distinct_conf", "detections are ranked one by one here")
    if keys.get("use_filtered_tp", False) and "detection_filter" in boxes:
        part["use_filtered_tp"] = True
    keys.lost_unless("overlap_method", "overlap is intersection over union here", default="iou")
    keys.no_meaning("labels are identified by their ids here", "label_map")
    return part | boxes


def _unfiltered(keys: Keys, boxes: Part) -> Part:
    """Return parameters without filters, which are reported: only `map` has them here."""
    filters = boxes.keys() & set(FILTERS.values())
    if filters:
        why = "boxes are filtered by their size for `map` alone here"
        keys.notes.add("lost", keys.where, why, keys.get("type"))
    return {key: value for key, value in boxes.items() if key not in filters}


def _coco_precision(keys: Keys, boxes: Part) -> Part:
    part: Part = {
        "type": "coco_precision",
        "matching": "accuracy_checker",
        "max_detections": keys.get("max_detections", 20),
    }
    threshold = keys.get("threshold")
    if threshold is not None:
        parsed = numbers(threshold)
        part["threshold"] = threshold if not parsed else parsed[0] if len(parsed) == 1 else parsed
    return part | _unfiltered(keys, boxes)


def _coco_original(keys: Keys, boxes: Part) -> Part:
    keys.lost("threshold", "give it to coco_precision")
    edge = {"detection_edge": 1} if keys.get("include_boundaries", True) else {}
    return {"type": "coco_precision", "max_detections": 100, **edge} | _unfiltered(keys, boxes)


def _coco_masks(keys: Keys, boxes: Part) -> Part:
    keys.lost("threshold", "give it to coco_precision")
    keys.no_meaning("masks have no edge to include", "include_boundaries")
    boxes = _unfiltered(keys, boxes)
    clipped = {key: value for key, value in boxes.items() if key != "clip_objects"}
    return {"type": "coco_precision", "max_detections": 100, "iou_type": "segm"} | clipped


def _segmentation(kind: str) -> Converter:
    def convert(keys: Keys) -> Part:
        keys.no_meaning("the decoder detects whether to take the arg max", "use_argmax")
        ignored = keys.get("ignore_label")
        if kind == "pixel_accuracy":
            if ignored is not None:
                why = f"{kind} leaves no class out"
                keys.notes.add("lost", keys.at("ignore_label"), why, ignored)
            return {"type": kind}
        part: Part = {"type": kind, "counting": "accuracy_checker"}
        return part if ignored is None else {**part, "ignore_label": ignored}

    return convert


def _dice(keys: Keys) -> Part:
    keys.notes.add("differs", keys.where, "there a mean over images, here over classes", "dice")
    keys.lost_unless("median", "no median over images here")
    keys.get("mean")
    return {"type": "dice"}


def _f1(keys: Keys) -> Part:
    keys.lost_unless("calculate_average", "calibrate evaluates the mean over classes", default=True)
    keys.no_meaning("labels are identified by their ids here", "label_map")
    return {"type": "f1", "average": "macro"}


def _error(kind: str) -> Converter:
    def convert(keys: Keys) -> Part:
        if kind == "rmse":
            why = "there the mean of a root for each sample, here the root of the mean over samples"
            keys.notes.add("differs", keys.where, why, kind)
        keys.no_meaning("the value is the mean here, without the largest error", "max_error")
        return {"type": kind}

    return convert


def _psnr(keys: Keys) -> Part:
    keys.no_meaning("the value is the mean here, without the largest error", "max_error")
    keys.lost_unless("normalized_images", "images are 0-255 here")
    keys.lost_unless("color_order", "images are RGB when they are compared here", default="RGB")
    # The Accuracy Checker weights the channels by ITU-R BT.601 with studio range.
    luma: Part = {"color": "y", "luma_range": "studio"}
    color = {"color": "rgb"} if keys.get("unweighted_average", False) else luma
    return {"type": "psnr", **color, "scale_border": keys.get("scale_border", 4)}


def _plain(kind: str) -> Converter:
    def convert(_: Keys) -> Part:
        return {"type": kind}

    return convert


def _ssim(keys: Keys) -> Part:
    keys.notes.add(
        "differs",
        keys.where,
        "there one window covers the whole image, here a Gaussian one slides over it (Wang et al.)",
        "ssim",
    )
    keys.no_meaning("the value is the mean here, without the largest error", "max_error")
    return {"type": "ssim", "window": "gaussian"}


def _word_accuracy(keys: Keys) -> Part:
    keys.lost_unless("remove_spaces", "spaces count as other characters do here")
    return {"type": "word_accuracy"}


def _rank(keys: Keys) -> Part:
    why = "the gallery is used whole, and its first match counts"
    keys.lost_unless("separate_camera_set", "images of other identities of the camera count here")
    keys.lost_unless("single_gallery_shot", why)
    keys.lost_unless("first_match_break", why, default=True)
    keys.no_meaning("the gallery is used whole", "number_single_shot_repeats")
    return {"type": "recall_at_k", "k": keys.get("top_k", 1)}


def _retrieval_map(keys: Keys) -> Part:
    return {"type": "retrieval_map", "interpolated": bool(keys.get("interpolated_auc", True))}


TEXTS = ("character_recognition_accuracy", "label_level_recognition_accuracy")
"""Metrics of texts, which need to know the model's blank or end."""

DETECTION: dict[str, Callable[[Keys, Part], Part]] = {
    "coco_orig_precision": _coco_original,
    "coco_orig_segm_precision": _coco_masks,
    "coco_precision": _coco_precision,
    "map": _map,
}

METRICS: dict[str, Converter] = {
    "accuracy": _accuracy,
    "character_recognition_accuracy": _word_accuracy,
    "cmc": _rank,
    "dice": _dice,
    "dice_index": _dice,
    "f1-score": _f1,
    "label_level_recognition_accuracy": _plain("character_accuracy"),
    "mae": _error("mae"),
    "mean_accuracy": _segmentation("mean_accuracy"),
    "mean_iou": _segmentation("mean_iou"),
    "mse": _error("mse"),
    "psnr": _psnr,
    "reid_map": _retrieval_map,
    "rmse": _error("rmse"),
    "roc_auc_score": _plain("roc_auc_score"),
    "segmentation_accuracy": _segmentation("pixel_accuracy"),
    "ssim": _ssim,
}
