"""Converters of the Accuracy Checker for lists of boxes → our adapters: YOLO, WIDER FACE, CVAT."""

from calibrate.migrate.converter_data import Data, given_path, present
from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
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


def _dropped(keys: Keys) -> Part:
    """Boxes without area are left out, and said to be."""
    why = "boxes without area, and of unknown classes, are left out; there the former count as "
    keys.notes.add("check", keys.at("converter"), f"{why}missed unless a filter marks them")
    return {"bad_objects": "drop"}
