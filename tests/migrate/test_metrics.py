import pytest

from calibrate.migrate.keys import Keys
from calibrate.migrate.metrics import metrics_of
from calibrate.migrate.notes import Notes


def converted(*metrics: dict[str, object]) -> tuple[list[dict], Notes]:
    notes = Notes()
    return metrics_of(Keys({"m": list(metrics)}, "", notes).entries("m")), notes


CHECKER_MAP = {"type": "map", "matching": "accuracy_checker"}
CHECKER_COCO = {"type": "coco_precision", "matching": "accuracy_checker"}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"type": "accuracy"}, {"type": "accuracy", "top_k": 1}),
        (
            {"type": "accuracy", "name": "accuracy@top5", "top_k": 5, "reference": 0.897},
            {"type": "accuracy", "top_k": 5, "reference": 0.897},
        ),
        # In per cent, as older configs have it.
        (
            {"type": "accuracy", "reference": 71.85, "abs_threshold": 0.5},
            {"type": "accuracy", "top_k": 1, "reference": 0.7185, "abs_threshold": 0.005},
        ),
        (
            {"type": "mae", "reference": 20.0, "rel_threshold": 0.1, "abs_threshold": 1},
            {"type": "mae", "reference": 20.0, "abs_threshold": 2.0},
        ),
        (
            {"type": "map", "integral": "11point", "ignore_difficult": True},
            {**CHECKER_MAP, "integral": "11point", "ignore_difficult": True},
        ),
        (
            {"type": "map", "allow_multiple_matches_per_ignored": True},
            {**CHECKER_MAP, "allow_multiple_matches_per_ignored": True},
        ),
        ({"type": "coco_precision"}, {**CHECKER_COCO, "max_detections": 20}),
        (
            {"type": "coco_precision", "max_detections": 100, "threshold": "0.5"},
            {**CHECKER_COCO, "max_detections": 100, "threshold": 0.5},
        ),
        (
            {"type": "coco_precision", "threshold": "0.5:0.05:0.95"},
            {**CHECKER_COCO, "max_detections": 20, "threshold": "0.5:0.05:0.95"},
        ),
        (
            {"type": "coco_orig_precision"},
            {"type": "coco_precision", "max_detections": 100, "detection_edge": 1},
        ),
        (
            {"type": "coco_orig_precision", "include_boundaries": False},
            {"type": "coco_precision", "max_detections": 100},
        ),
        (
            {"type": "mean_iou", "use_argmax": False, "reference": {"road": 0.9, "mean": 0.844}},
            {"type": "mean_iou", "counting": "accuracy_checker", "reference": 0.844},
        ),
        (
            {"type": "mean_accuracy", "ignore_label": 3},
            {"type": "mean_accuracy", "counting": "accuracy_checker", "ignore_label": 3},
        ),
        ({"type": "segmentation_accuracy"}, {"type": "pixel_accuracy"}),
        (
            {"type": "cmc", "top_k": 5, "reference": 96.2},
            {"type": "recall_at_k", "k": 5, "reference": 0.962},
        ),
        (
            {"type": "coco_orig_segm_precision"},
            {"type": "coco_precision", "max_detections": 100, "iou_type": "segm"},
        ),
        ({"type": "reid_map"}, {"type": "retrieval_map", "interpolated": True}),
        (
            {"type": "reid_map", "interpolated_auc": False},
            {"type": "retrieval_map", "interpolated": False},
        ),
        ({"type": "f1-score"}, {"type": "f1", "average": "macro"}),
        (
            {"type": "psnr"},
            {"type": "psnr", "color": "y", "luma_range": "studio", "scale_border": 4},
        ),
        (
            {"type": "psnr", "unweighted_average": True, "scale_border": 0},
            {"type": "psnr", "color": "rgb", "scale_border": 0},
        ),
    ],
)
def test_metrics(theirs, ours):
    metrics, notes = converted(theirs)
    assert metrics == [ours]
    assert notes.full


@pytest.mark.parametrize(
    ("theirs", "kind", "where"),
    [
        ({"type": "clip_accuracy"}, "lost", "m[0].type"),
        ({"type": "rmse"}, "differs", "m[0]"),
        ({"type": "ssim"}, "differs", "m[0]"),
        ({"type": "accuracy", "match": True}, "lost", "m[0].match"),
        ({"type": "cmc", "single_gallery_shot": True}, "lost", "m[0].single_gallery_shot"),
        ({"type": "map", "overlap_method": "ioa"}, "lost", "m[0].overlap_method"),
        ({"type": "map", "distinct_conf": True}, "lost", "m[0].distinct_conf"),
        ({"type": "segmentation_accuracy", "ignore_label": 11}, "lost", "m[0].ignore_label"),
        ({"type": "psnr", "normalized_images": True}, "lost", "m[0].normalized_images"),
        ({"type": "accuracy", "reference": "high"}, "lost", "m[0].reference"),
    ],
)
def test_what_is_not_the_same_is_reported(theirs, kind, where):
    _, notes = converted(theirs)
    assert where in [note.where for note in notes.of(kind)]


def test_a_part_of_the_outputs_is_not_judged_as_the_whole():
    metrics, notes = converted({"type": "accuracy", "annotation_source": "gender"})
    assert metrics == []
    assert [note.where for note in notes.of("lost")] == ["m[0].annotation_source"]


def test_the_same_metric_is_written_once():
    metrics, notes = converted({"type": "mse"}, {"type": "mse", "name": "again"})
    assert metrics == [{"type": "mse"}]
    assert notes.full
