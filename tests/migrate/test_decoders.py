import pytest

from calibrate.migrate.decoders import Around, decoder_of
from calibrate.migrate.keys import Keys
from calibrate.migrate.metrics import metrics_of
from calibrate.migrate.notes import Notes
from calibrate.migrate.postprocessing import Afterwards, afterwards

KEPT = {"score_threshold": 0.0, "keep_top_k": 10000}
ALL = KEPT | {"clip_boxes": "never"}
ANCHORS = "10,14, 23,27, 37,58, 81,82, 135,169, 344,319"
SMALL = [[10, 14], [23, 27], [37, 58]]
LARGE = [[81, 82], [135, 169], [344, 319]]


def converted(
    adapter: dict[str, object], *after: dict[str, object], **around: bool
) -> tuple[dict | None, Notes]:
    notes = Notes()
    following = afterwards(Keys({"post": list(after)}, "", notes).entries("post"))
    return decoder_of(Keys(adapter, "adapter", notes), Around(following, **around)), notes


@pytest.mark.parametrize(
    ("adapter", "after", "ours"),
    [
        ({"type": "classification"}, [], {"type": "classification"}),
        (
            {"type": "classification", "classification_output": "prob", "do_softmax": True},
            [],
            {"type": "classification", "output": "prob", "probabilities": False},
        ),
        ({"type": "ssd"}, [{"type": "resize_prediction_boxes"}], {"type": "ssd", **ALL}),
        (
            {"type": "ssd"},
            [
                {"type": "filter", "apply_to": "prediction", "min_confidence": 0.3, "top_k": 50},
                {"type": "shift_labels", "offset": 1},
                {"type": "clip_boxes", "apply_to": "prediction"},
            ],
            {"type": "ssd", "score_threshold": 0.3, "keep_top_k": 50, "label_offset": 1},
        ),
        (
            {"type": "ssd"},
            [
                {"type": "cast_to_int", "round_policy": "lower"},
                {"type": "nms", "overlap": 0.6},
                {"type": "clip_boxes", "apply_to": "prediction"},
            ],
            {
                "type": "ssd",
                **KEPT,
                "clip_boxes": "after_nms",
                "nms_threshold": 0.6,
                "class_agnostic_nms": True,
                "nms_edge": 1,
                "nms_rounding": "lower",
            },
        ),
        (
            {"type": "yolo_v2", "raw_output": True},
            [{"type": "clip_boxes"}, {"type": "class_aware_nms", "include_boundaries": False}],
            {
                "type": "yolo_v2",
                "classes": 20,
                "anchors": [
                    [1.3221, 1.73145],
                    [3.19275, 4.00944],
                    [5.05587, 8.09892],
                    [9.47112, 4.84053],
                    [11.2364, 10.0071],
                ],
                "activated": False,
                "softmax_over": "image",
                "object_threshold": 0.001,
                **KEPT,
                "nms_threshold": 0.5,
                "max_per_class": None,
            },
        ),
        (
            {"type": "yolo_v3_onnx", "boxes_out": "b", "scores_out": "s", "indices_out": "i"},
            [],
            {
                "type": "yolo_v3_onnx",
                "boxes_out": "b",
                "scores_out": "s",
                "indices_out": "i",
                **ALL,
            },
        ),
        (
            {"type": "mask_rcnn", "classes_out": "l", "boxes_out": "b", "raw_masks_out": "m"},
            [],
            {
                "type": "mask_rcnn",
                "boxes_out": "b",
                "labels_out": "l",
                "masks_out": "m",
                "relative_boxes": False,
                **ALL,
            },
        ),
        (
            {
                "type": "yolof",
                "anchors": "16,16, 32,32",
                "cells": [20],
                "threshold": 0.05,
                "raw_output": True,
                "multiple_labels": True,
                "outputs": ["boxes"],
            },
            [],
            {
                "type": "yolof",
                "output": "boxes",
                "anchors": [[16, 16], [32, 32]],
                "stride": 16,
                **ALL,
                "score_threshold": 0.05,
                "nms_threshold": None,
            },
        ),
        (
            {"type": "mask_rcnn", "boxes_out": "b"},
            [],
            {
                "type": "detection_list",
                "order": "boxes_score",
                "output": "b",
                "relative_boxes": False,
                **ALL,
                "label_offset": 1,
            },
        ),
        (
            {"type": "faster_rcnn_onnx", "boxes_out": "boxes", "labels_out": "labels"},
            [],
            {
                "type": "ssd_onnx",
                "boxes_out": "boxes",
                "labels_out": "labels",
                "relative_boxes": False,
                **ALL,
            },
        ),
        (
            {"type": "yolo_v2", "classes": 3, "anchors": "1,2,3,4"},
            [{"type": "diou_nms", "overlap": 0.4, "include_boundaries": False}],
            {
                "type": "yolo_v2",
                "classes": 3,
                "anchors": [[1, 2], [3, 4]],
                "activated": True,
                "object_threshold": 0.001,
                **ALL,
                "nms_threshold": 0.4,
                "max_per_class": None,
                "class_agnostic_nms": True,
                "nms_method": "diou",
            },
        ),
        (
            {"type": "class_agnostic_detection", "output_blob": "boxes", "scale": 0.0015625},
            [],
            {
                "type": "detection_list",
                "order": "boxes_score",
                "output": "boxes",
                "relative_boxes": False,
                **ALL,
                "label_offset": 1,
            },
        ),
        (
            {"type": "ssd_onnx", "labels_out": ".*labels.*", "bboxes_out": "bboxes"},
            [],
            {"type": "ssd_onnx", "boxes_out": "bboxes", **ALL},
        ),
        (
            {
                "type": "yolo_v3",
                "anchors": ANCHORS,
                "classes": 20,
                "coords": 4,
                "num": 6,
                "threshold": 0.01,
                "anchor_masks": [[3, 4, 5], [0, 1, 2]],
                "outputs": ["large", "small"],
                "raw_output": True,
            },
            [{"type": "class_aware_nms", "overlap": 0.45}],
            {
                "type": "yolo_v3",
                "classes": 20,
                "outputs": ["small", "large"],
                "strides": [16, 32],
                "anchors": [SMALL, LARGE],
                "multi_label": False,
                "object_threshold": 0.01,
                **ALL,
                "nms_threshold": 0.45,
                "max_per_class": None,
                "nms_edge": 1,
            },
        ),
        (
            {"type": "nanodet", "is_legacy": True},
            [],
            {
                "type": "nanodet",
                "classes": 80,
                "reg_max": 7,
                "strides": [8, 16, 32],
                "cell_offset": 0.5,
                "score_threshold": 0.05,
                "keep_top_k": 100,
                "nms_threshold": 0.6,
            },
        ),
        (
            {"type": "detr", "scores_out": "scores", "boxes_out": "boxes"},
            [],
            {
                "type": "detr",
                "logits_out": "scores",
                "boxes_out": "boxes",
                **ALL,
                "nms_threshold": None,
            },
        ),
        (
            {"type": "segmentation", "make_argmax": True},
            [
                {"type": "resize_segmentation_mask", "apply_to": "prediction"},
                {"type": "encode_segmentation_mask", "apply_to": "annotation"},
            ],
            {"type": "segmentation", "resize_to": "mask", "interpolation": "nearest"},
        ),
        (
            {"type": "segmentation"},
            [
                {
                    "type": "resize_segmentation_mask",
                    "to_dst_image_size": True,
                    "apply_to": "annotation",
                }
            ],
            {"type": "segmentation", "resize_to": "input", "interpolation": "nearest"},
        ),
        (
            {"type": "super_resolution", "reverse_channels": True, "cast_to_uint8": False},
            [],
            {"type": "super_resolution", "channels": "BGR"},
        ),
        (
            {"type": "image_processing", "std": 127.5, "mean": 127.5, "cast_to_uint8": False},
            [],
            {"type": "super_resolution", "scale": 127.5, "offset": 127.5},
        ),
        (
            {"type": "multi_output_regression", "outputs": ["angle"]},
            [],
            {"type": "regression", "output": "angle"},
        ),
        (
            {"type": "reid", "target_out": "vector", "joining_method": "concatenation"},
            [],
            {"type": "embedding", "output": "vector"},
        ),
    ],
)
def test_decoders(adapter, after, ours):
    decoder, notes = converted(adapter, *after)
    assert decoder == ours
    assert notes.full


def test_a_background_that_the_dataset_counts_is_left_out_of_the_scores():
    decoder, _ = converted({"type": "classification"}, background=True)
    assert decoder == {"type": "classification", "background_offset": 1}


@pytest.mark.parametrize(
    ("adapter", "input_size", "entry", "places"),
    [
        ({}, (720, 960), {"apply_to": "annotation", "dst_height": 720, "dst_width": 960}, []),
        ({}, (720, 960), {"dst_height": 720, "dst_width": 960}, []),
        ({}, (720, 720), {"dst_height": 720, "dst_width": 960}, ["post[0]"]),
        ({}, None, {"size": 512}, ["post[0]"]),
        ({}, (512, 512), {"apply_to": "prediction", "size": 512}, ["post[0]"]),
    ],
)
def test_masks_of_another_size_than_the_input_differ(adapter, input_size, entry, places):
    notes = Notes()
    entries = Keys({"post": [{"type": "resize_segmentation_mask", **entry}]}, "", notes)
    afterwards(entries.entries("post"), input_size)
    assert [note.where for note in notes.of("differs")] == places


@pytest.mark.parametrize(
    ("adapter", "uses_argmax", "differs"),
    [({}, True, 1), ({}, False, 0), ({"make_argmax": True}, True, 0)],
)
def test_scores_that_are_resized_class_by_class_differ(adapter, uses_argmax, differs):
    _, notes = converted(
        {"type": "segmentation", **adapter},
        {"type": "resize_segmentation_mask", "apply_to": "prediction"},
        uses_argmax=uses_argmax,
    )
    assert len(notes.of("differs")) == differs


def test_a_target_that_is_read_reversed_undoes_a_reversal():
    adapter = {"type": "super_resolution", "reverse_channels": True}
    decoder, _ = converted(adapter, target_reversed=True)
    assert decoder == {"type": "super_resolution"}


@pytest.mark.parametrize(
    ("adapter", "after", "kind", "where"),
    [
        ({"type": "pixel_link_text_detection"}, [], "lost", ["adapter.type"]),
        ({}, [], "lost", ["adapter"]),
        ({"type": "mask_rcnn", "detection_out": "d"}, [], "lost", ["adapter.detection_out"]),
        ({"type": "reid", "grn_workaround": False}, [], "differs", ["adapter.grn_workaround"]),
        ({"type": "ssd", "custom_output_order": True}, [], "lost", ["adapter.custom_output_order"]),
        ({"type": "ssd"}, [{"type": "diou_nms"}], "lost", ["post[0]"]),
        ({"type": "faster_rcnn_onnx"}, [], "lost", ["adapter"]),
        (
            {"type": "yolo_v2"},
            [{"type": "cast_to_int"}, {"type": "nms"}],
            "differs",
            ["post[1]"],
        ),
        ({"type": "ssd"}, [{"type": "soft_nms"}], "lost", ["post[0].type"]),
        (
            {"type": "yolo_v2"},
            [{"type": "nms"}, {"type": "resize_prediction_boxes"}],
            "differs",
            ["post[0]"],
        ),
        (
            {"type": "ssd"},
            [{"type": "filter", "apply_to": "annotation", "labels": 60}],
            "lost",
            ["post[0].labels"],
        ),
        ({"type": "classification", "argmax_output": True}, [], "lost", ["adapter.argmax_output"]),
        ({"type": "yolo_v3", "outputs": ["a", "b"]}, [], "lost", ["adapter.anchor_masks"]),
        ({"type": "super_resolution"}, [], "differs", ["adapter.cast_to_uint8"]),
        (
            {"type": "multi_output_regression", "outputs": ["a", "b"]},
            [],
            "lost",
            ["adapter.outputs"],
        ),
        ({"type": "classification", "speed": 1}, [], "lost", ["adapter.speed"]),
    ],
)
def test_what_is_not_the_same_is_reported(adapter, after, kind, where):
    _, notes = converted(adapter, *after)
    assert [note.where for note in notes.of(kind)] == where


def test_suppression_across_classes():
    part, notes = converted({"type": "yolox"}, {"type": "nms", "overlap": 0.45})
    assert part["class_agnostic_nms"] is True
    assert part["nms_threshold"] == 0.45
    assert notes.full


def test_nothing_afterwards_changes_nothing():
    assert afterwards([]) == Afterwards()


def test_postprocessing_of_boxes_is_for_the_metrics():
    entries = [{"type": "cast_to_int", "round_policy": "lower"}, {"type": "clip_boxes"}]
    following = afterwards(Keys({"post": entries}, "", Notes()).entries("post"))
    assert following.boxes == {"round_boxes": "lower", "clip_objects": True}
    metrics = metrics_of(
        Keys({"metrics": [{"type": "map"}]}, "", Notes()).entries("metrics"), following.boxes
    )
    assert metrics == [{"type": "map", "matching": "accuracy_checker", **following.boxes}]


FILTER = {"type": "filter", "apply_to": "annotation"}


def following_of(*entries):
    notes = Notes()
    return afterwards(Keys({"post": list(entries)}, "", notes).entries("post")), notes


@pytest.mark.parametrize(
    ("entries", "boxes"),
    [
        (
            [{**FILTER, "height_range": "64, 1024", "is_empty": True}],
            {"object_filter": {"height_range": [64, 1024], "is_empty": True}},
        ),
        ([{**FILTER, "height_range": 100}], {"object_filter": {"height_range": [100]}}),
        (
            [{**FILTER, "aspect_ratio": "0.666, 5", "min_visibility": "visible"}],
            {"object_filter": {"aspect_ratio": [0.666, 5]}},
        ),
        (
            [{"type": "filter", "area_ratio": 0.03, "width_range": [5]}],
            {
                "object_filter": {"width_range": [5], "area_ratio": [0.03]},
                "detection_filter": {"width_range": [5]},
            },
        ),
        (
            [
                {**FILTER, "apply_to": "prediction", "min_confidence": 0.1},
                {**FILTER, "apply_to": "prediction", "is_empty": True},
            ],
            {"detection_filter": {"is_empty": True}},
        ),
        (
            [{"type": "clip_boxes", "apply_to": "annotation", "size": 1024}],
            {"clip_objects": [1024] * 2},
        ),
        (
            [{"type": "clip_boxes", "apply_to": "prediction", "dst_width": 1, "dst_height": 1}],
            {},
        ),
    ],
)
def test_filters_of_boxes_are_parameters_of_map(entries, boxes):
    following, notes = following_of(*entries)
    assert following.boxes == boxes
    assert notes.full


@pytest.mark.parametrize(
    ("entries", "kind", "where"),
    [
        ([{**FILTER, "height_range": 9, "remove_filtered": True}], "lost", ".height_range"),
        ([{**FILTER, "height_range": "9, 3"}], "lost", ".height_range"),
        ([{**FILTER, "labels": [1]}], "lost", ".labels"),
        ([{**FILTER, "height_range": 9}, {**FILTER, "height_range": 8}], "lost", ".height_range"),
        ([{**FILTER, "height_range": 9}, {"type": "cast_to_int"}], "differs", ""),
        (
            [{"type": "filter", "apply_to": "prediction", "is_empty": True}, {"type": "nms"}],
            "differs",
            "",
        ),
        ([{"type": "clip_boxes", "dst_width": 9, "dst_height": 8}], "lost", ""),
    ],
)
def test_filters_that_differ_are_reported(entries, kind, where):
    _, notes = following_of(*entries)
    assert [note.where for note in notes.of(kind)] == [f"post[{len(entries) - 1}]{where}"]


def test_filters_are_for_map_alone():
    following, _ = following_of({**FILTER, "height_range": 9})
    entries = [{"type": "map", "use_filtered_tp": True}, {"type": "coco_precision"}]
    notes = Notes()
    written = metrics_of(Keys({"m": entries}, "", notes).entries("m"), following.boxes)
    assert written[0]["object_filter"] == {"height_range": [9]}
    assert "use_filtered_tp" not in written[0]  # without filtered detections it changes nothing
    assert "object_filter" not in written[1]
    assert [note.where for note in notes.of("lost")] == ["m[1]"]
