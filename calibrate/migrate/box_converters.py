"""Converters of the Accuracy Checker for lists of boxes → our adapters: YOLO, WIDER FACE, CVAT."""

from calibrate.migrate.converter_data import Data, given_path, present
from calibrate.migrate.draft import Draft, Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.notes import Kind
from calibrate.migrate.places import parent


def yolo(keys: Keys, data: Data) -> Part | None:
    """Return the adapter for `yolo_labeling`."""
    part: Part = {
        "type": "yolo_labeling",
        "images_dir": given_path(keys, data, "images_dir") or data.source,
        "annotations_dir": given_path(keys, data, "annotations_dir"),
    }
    keys.no_meaning("images of every format are listed here", "images_suffix")
    return {**part, **present(labels_file=given_path(keys, data, "labels_file"))}


def wider(keys: Keys, data: Data) -> Part | None:
    """Return the adapter for `wider`."""
    annotation = given_path(keys, data, "annotation_file")
    listed = given_path(keys, data, "images_dir")
    images = data.source or listed or (parent(annotation) if annotation else None)
    part: Part = {"type": "wider", "annotation_file": annotation, "images_dir": images}
    if (label := keys.get("label_start", 1)) != 1:
        part["label_start"] = label
    keys.lost("dataset_meta_file", "faces have the class id `label_start` here")
    return {**part, **_dropped(keys)}


def cvat(keys: Keys, data: Data) -> Part | None:
    """Return the adapter for `cvat_object_detection`."""
    annotation = given_path(keys, data, "annotation_file")
    listed = given_path(keys, data, "images_dir")
    images = data.source or listed or (parent(annotation) if annotation else None)
    part: Part = {"type": "cvat_object_detection", "annotation_file": annotation}
    part |= {"images_dir": images, **present(labels_file=given_path(keys, data, "labels_file"))}
    if not keys.get("has_background", True):
        part["has_background"] = False
    keys.lost("dataset_meta_file", "give the class names as `classes` of the adapter")
    return {**part, **_dropped(keys)}


def limit_labels(draft: Draft, where: str) -> None:
    """Leave out detections of classes that the dataset does not have, as the Accuracy Checker does.

    Args:
        draft: with adapter, decoder and metrics.
        where: the metrics in the source.
    """
    adapter, decoder = draft.adapter or {}, draft.decoder or {}
    if adapter.get("type") == "wider":
        for part in draft.metrics:
            if part["type"] == "map":
                part["labels"] = [adapter.get("label_start", 1)]
            else:
                why = "there detections of classes that the dataset does not have are left out"
                draft.notes.add("differs", where, why, part["type"])
    if adapter.get("type") == "cvat_object_detection":
        why = "there detections of classes that the dataset does not have are left out: give its "
        why += "class ids as `labels` of `map` where the model has others"
        # YOLO's heads have a class for each of `classes`, usually those of COCO.
        kind: Kind = "differs" if "classes" in decoder else "check"
        draft.notes.add(kind, where, why)


def _dropped(keys: Keys) -> Part:
    """Boxes without area are left out, and said to be."""
    why = "boxes without area, and of unknown classes, are left out; there the former count as "
    keys.notes.add("check", keys.at("converter"), f"{why}missed unless a filter marks them")
    return {"bad_objects": "drop"}
