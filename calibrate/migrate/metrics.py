"""Metrics of the Accuracy Checker → ours."""

from collections.abc import Callable, Mapping, Sequence

from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.values import number, numbers

Converter = Callable[[Keys], Part]

# Values between 0 and 1: a reference above 1 is one in per cent.
_FRACTIONS = (
    "accuracy",
    "coco_precision",
    "dice",
    "f1",
    "map",
    "mean_iou",
    "pixel_accuracy",
    "roc_auc_score",
    "ssim",
    "wer",
)
_ONE_TARGET = "one annotation and one prediction are judged here"


def metrics_of(entries: Sequence[Keys]) -> list[Part]:
    """Our metrics for a list of the source's; those that we do not have are reported."""
    written: list[Part] = []
    for entry in entries:
        kind = str(entry.get("type", ""))
        convert = METRICS.get(kind)
        if convert is None:
            entry.notes.add("lost", entry.at("type"), "there is no such metric here", kind)
            continue
        before = set(entry.notes.of("lost"))
        part = convert(entry)
        entry.no_meaning("metrics are named by their type and parameters here", "name")
        entry.no_meaning("how a value is printed is settled here", "presenter")
        for key in ("annotation_source", "prediction_source"):
            entry.lost(key, _ONE_TARGET)
        part |= _reference(entry, part["type"])
        entry.finish(f"{kind} has no such parameter here")
        if set(entry.notes.of("lost")) - before and {"annotation_source"} & set(_names(entry)):
            continue  # it judges a part of the outputs that nothing here separates
        if part in written:
            entry.notes.add("no_meaning", entry.where, "the same metric stands before it", kind)
        else:
            written.append(part)
    return written


def _names(entry: Keys) -> list[str]:
    return [key for key in ("annotation_source", "prediction_source") if key in entry]


def _reference(keys: Keys, kind: str) -> Part:
    """`reference` and `abs_threshold` as fractions where the metric is one."""
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
    keys.lost_unless("match", "labels of several classes are judged by f1 or multilabel_map here")
    keys.no_meaning("class ids are whole numbers here", "cast_to_int")
    return {"type": "accuracy", "top_k": keys.get("top_k", 1)}


def _map(keys: Keys) -> Part:
    keys.notes.add(
        "differs",
        keys.where,
        "there difficult objects and equal overlaps are matched by rules of its own, here by those "
        "of the VOC development kit",
        "map",
    )
    part: Part = {"type": "map"}
    for key in ("overlap_threshold", "integral", "include_boundaries", "ignore_difficult"):
        if key in keys:
            part[key] = keys.get(key)
    multiple = "allow_multiple_matches_per_ignored"
    if keys.get(multiple, False):
        keys.notes.add(
            "differs",
            keys.at(multiple),
            "what is found on a difficult object is left out here too, but by intersection over "
            "union, and there by the share of the found box",
        )
    for key in ("distinct_conf", "use_filtered_tp"):
        keys.lost_unless(key, "matching follows the VOC devkit here")
    keys.lost_unless("overlap_method", "overlap is intersection over union here", default="iou")
    keys.no_meaning("labels are told by their ids here", "label_map")
    return part


def _coco_precision(keys: Keys) -> Part:
    keys.notes.add(
        "differs",
        keys.where,
        "there precision is counted by code of its own, here by pycocotools, as published values "
        "are; coco_orig_precision with include_boundaries: false is the same in both",
        "coco_precision",
    )
    part: Part = {"type": "coco_precision", "max_detections": keys.get("max_detections", 20)}
    threshold = keys.get("threshold")
    if threshold is not None:
        found = numbers(threshold)
        part["threshold"] = threshold if not found else found[0] if len(found) == 1 else found
    return part


def _coco_original(keys: Keys) -> Part:
    edges = keys.get("include_boundaries", True)
    if edges:
        keys.notes.add(
            "differs",
            keys.at("include_boundaries"),
            "there a pixel is added to the width and height of what was found; pycocotools, and "
            "this tool, add none",
            edges,
        )
    keys.lost("threshold", "give it to coco_precision")
    return {"type": "coco_precision", "max_detections": 100}


def _segmentation(kind: str) -> Converter:
    def convert(keys: Keys) -> Part:
        keys.no_meaning("the decoder sees whether the highest is still to be taken", "use_argmax")
        ignored = keys.get("ignore_label")
        if ignored is None:
            return {"type": kind}
        if kind != "mean_iou":
            keys.notes.add("lost", keys.at("ignore_label"), f"{kind} leaves no class out", ignored)
            return {"type": kind}
        keys.notes.add(
            "differs",
            keys.at("ignore_label"),
            "there pixels of this class, and pixels taken for it, do not count for others either",
            ignored,
        )
        return {"type": kind, "ignore_label": ignored}

    return convert


def _dice(keys: Keys) -> Part:
    keys.notes.add("differs", keys.where, "there a mean over images, here over classes", "dice")
    keys.lost_unless("median", "no median over images here")
    keys.get("mean")
    return {"type": "dice"}


def _f1(keys: Keys) -> Part:
    keys.lost_unless("calculate_average", "the mean over classes is judged here", default=True)
    keys.no_meaning("labels are told by their ids here", "label_map")
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
    # Their weights of the channels are those of ITU-R BT.601 with head room.
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
        "there one window spans the whole image, here a Gaussian one moves over it (Wang et al.)",
        "ssim",
    )
    keys.no_meaning("the value is the mean here, without the largest error", "max_error")
    return {"type": "ssim", "window": "gaussian"}


METRICS: dict[str, Converter] = {
    "accuracy": _accuracy,
    "coco_orig_precision": _coco_original,
    "coco_precision": _coco_precision,
    "dice": _dice,
    "dice_index": _dice,
    "f1-score": _f1,
    "mae": _error("mae"),
    "map": _map,
    "mean_iou": _segmentation("mean_iou"),
    "mse": _error("mse"),
    "psnr": _psnr,
    "rmse": _error("rmse"),
    "roc_auc_score": _plain("roc_auc_score"),
    "segmentation_accuracy": _segmentation("pixel_accuracy"),
    "ssim": _ssim,
}
