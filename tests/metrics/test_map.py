"""`map` on cases worked by hand with the rules of the VOC devkit."""

import numpy as np
import pytest

from calibrate.core.annotation import BoxSet, ClassLabel
from calibrate.core.predictions.detections import Detections
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.map import VocMap

A, B, C, FAR = (1, 1, 100, 100), (201, 1, 300, 100), (1, 201, 100, 300), (401, 401, 500, 500)
# 80 of 100 rows of A: IoU 0.8.
NEAR_A = (1, 21, 100, 100)


def objects(*boxes, labels=None, difficult=None):
    count = len(boxes)
    array = np.array(boxes, np.float32).reshape(-1, 4)
    return BoxSet(
        boxes=array,
        labels=np.array(labels or [1] * count, np.int64),
        difficult=np.array(difficult or [False] * count, bool),
        crowd=np.zeros(count, bool),
        areas=(array[:, 2:] - array[:, :2]).prod(1),
    )


def detections(*rows):
    return Detections(
        np.array([row[0] for row in rows], np.float32).reshape(-1, 4),
        np.array([row[1] for row in rows], np.float32),
        np.array([row[2] if len(row) > 2 else 1 for row in rows], np.int64),
    )


def value(metric, *images):
    evidence = [
        metric.score(detections, truth, Facts(str(index)))
        for index, (truth, detections) in enumerate(images)
    ]
    return metric.aggregate(evidence, np.ones((1, len(images)), np.int64))[0]


@pytest.mark.parametrize(
    ("images", "area", "eleven"),
    [
        pytest.param([(objects(A), detections((A, 0.9)))], 1, 1, id="one of one"),
        pytest.param([(objects(A), detections())], 0, 0, id="nothing found"),
        pytest.param([(objects(), detections((A, 0.9)))], np.nan, np.nan, id="no object"),
        # Hit, miss, hit of two: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1.
        # Area 1/2 + 2/3 / 2; eleven points: six (0 ... 0.5) at 1, five at 2/3.
        pytest.param(
            [(objects(A, B), detections((A, 0.9), (FAR, 0.8), (B, 0.7)))],
            1 / 2 + 1 / 3,
            (6 + 5 * 2 / 3) / 11,
            id="hit, miss, hit",
        ),
        # The same object twice: the second is a false positive, behind all hits.
        pytest.param(
            [(objects(A, B), detections((A, 0.9), (A, 0.8), (B, 0.7)))],
            1 / 2 + 1 / 3,
            (6 + 5 * 2 / 3) / 11,
            id="found twice",
        ),
        # Difficult B: what finds it does not count, however often, and it is no object to find.
        pytest.param(
            [(objects(A, B, difficult=[False, True]), detections((B, 0.95), (B, 0.92), (A, 0.9)))],
            1,
            1,
            id="difficult",
        ),
        pytest.param(
            [(objects(A, difficult=[True]), detections((A, 0.9)))],
            np.nan,
            np.nan,
            id="only difficult",
        ),
        # Two images: the miss of the second stands between the hits of the first.
        pytest.param(
            [(objects(A, C), detections((A, 0.9), (C, 0.3))), (objects(), detections((A, 0.5)))],
            1 / 2 + 1 / 3,
            (6 + 5 * 2 / 3) / 11,
            id="two images",
        ),
        # Class 2 is never found, class 3 has no object: mean over 1 and 2.
        pytest.param(
            [(objects(A, B, labels=[1, 2]), detections((A, 0.9, 1), (B, 0.8, 3)))],
            0.5,
            0.5,
            id="classes",
        ),
    ],
)
def test_hand_worked(images, area, eleven):
    assert value(VocMap(), *images) == pytest.approx(area, abs=1e-14, nan_ok=True)
    assert value(VocMap(integral="11point"), *images) == pytest.approx(
        eleven, abs=1e-14, nan_ok=True
    )


@pytest.mark.parametrize(
    ("threshold", "expected"), [(0.8, 1.0), (0.8001, 0.0)], ids=["equal is enough", "just above"]
)
def test_overlap_threshold(threshold, expected):
    assert (
        value(VocMap(overlap_threshold=threshold), (objects(A), detections((NEAR_A, 0.9))))
        == expected
    )


def test_boundaries_make_boxes_a_pixel_wider():
    # Two of three pixels of a row are shared; without the boundary it is one of two.
    case = (objects((0, 0, 2, 0)), detections(((0, 0, 1, 0), 0.9)))
    assert value(VocMap(overlap_threshold=0.6), case) == 1
    wide = (objects((0, 0, 2, 1)), detections(((0, 0, 1, 1), 0.9)))
    assert value(VocMap(overlap_threshold=0.5, include_boundaries=False), wide) == 1
    assert value(VocMap(overlap_threshold=0.6, include_boundaries=False), wide) == 0


def test_difficult_objects_count_if_asked():
    case = (objects(A, B, difficult=[False, True]), detections((A, 0.9)))
    assert value(VocMap(ignore_difficult=False), case) == 0.5
    assert value(VocMap(), case) == 1


def test_a_taken_object_is_not_exchanged_for_a_free_one():
    # Both overlap A most, so the devkit calls the second a false positive although B' is free.
    beside = (1, 41, 100, 140)
    case = (objects(A, beside), detections((A, 0.9), (NEAR_A, 0.8), (beside, 0.7)))
    assert value(VocMap(overlap_threshold=0.4), case) == pytest.approx(1 / 2 + 1 / 3)


def loop_average_precision(rows, total, integral):
    """The devkit's own loops: rows of (score, hit) that count, `total` objects."""
    ranked = sorted(rows, key=lambda row: -row[0])
    hits = np.cumsum([hit for _, hit in ranked])
    precision = hits / np.arange(1, len(ranked) + 1)
    recall = hits / total
    if integral == "11point":
        best = [precision[recall >= point / 10] for point in range(11)]
        return sum(values.max() if values.size else 0.0 for values in best) / 11
    recall = np.concatenate([[0], recall, [1]])
    precision = np.concatenate([[0], precision, [0]])
    for index in range(len(precision) - 2, -1, -1):
        precision[index] = max(precision[index], precision[index + 1])
    steps = np.flatnonzero(recall[1:] != recall[:-1]) + 1
    return float(((recall[steps] - recall[steps - 1]) * precision[steps]).sum())


@pytest.mark.parametrize("integral", ["11point", "max"])
def test_resampled_sets_equal_a_plain_loop(integral):
    rng = np.random.default_rng(2)
    images, rows_of = [], []
    for _ in range(30):
        hits = rng.random(8) < 0.5
        places = np.arange(8) * 200 + 1
        boxes = [(x, 1, x + 99, 100) for x in places]
        scores = rng.random(8).astype(np.float32)
        shifted = [
            box if hit else (box[0], 501, box[2], 600) for box, hit in zip(boxes, hits, strict=True)
        ]
        images.append((objects(*boxes), detections(*zip(shifted, scores, strict=True))))
        rows_of.append(list(zip(scores, hits, strict=True)))
    metric = VocMap(integral=integral)
    evidence = [
        metric.score(detections, truth, Facts(str(index)))
        for index, (truth, detections) in enumerate(images)
    ]
    counts = rng.multinomial(30, np.full(30, 1 / 30), size=5)
    for row, drawn in zip(metric.aggregate(evidence, counts), counts, strict=True):
        rows = [pair for index in np.repeat(np.arange(30), drawn) for pair in rows_of[index]]
        assert row == pytest.approx(loop_average_precision(rows, 8 * 30, integral), abs=1e-12)


def test_label():
    assert VocMap().label == "map@50"
    assert VocMap(overlap_threshold=0.75, integral="11point").label == "map@75 11point"


def test_wrong_kinds_are_refused():
    with pytest.raises(CalibrateError, match="use the dataset adapter voc_detection"):
        VocMap().score(detections(), ClassLabel(1), Facts("7"))


def test_classes_that_are_left_out():
    pair = (objects(A, B, labels=[1, 2]), detections((A, 0.9), (B, 0.8, 3), (FAR, 0.7)))
    assert value(VocMap(), pair) == 0.5
    assert value(VocMap(labels=[1]), pair) == 1
    assert value(VocMap(labels=[1], matching="accuracy_checker"), pair) == 1
    assert VocMap(labels=[1, 2]).label == "map@50 labels=1,2"
