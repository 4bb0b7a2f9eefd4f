"""The Accuracy Checker's rules: values of its own functions on the same random boxes."""

import numpy as np
import pytest

from calibrate.core.annotation import BoxSet
from calibrate.core.predictions.detections import Detections
from calibrate.core.sample import Facts, Geometry
from calibrate.metrics.coco_precision import CocoPrecision
from calibrate.metrics.map import VocMap

CLASSES = 3


def images(seed):
    """20 images with up to 5 objects, some difficult or crowds, and detections near them."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(20):
        count = rng.integers(0, 6)
        low = rng.uniform(0, 60, (count, 2))
        boxes = np.round(np.concatenate([low, low + rng.uniform(5, 40, (count, 2))], axis=1))
        labels = rng.integers(0, CLASSES, count)
        difficult, crowd = rng.random(count) < 0.25, rng.random(count) < 0.1
        rows, classes = [], []
        for box, label in zip(boxes, labels, strict=True):
            for _ in range(rng.integers(0, 4)):
                rows.append(np.round(box + rng.uniform(-6, 6, 4)))
                classes.append(label if rng.random() < 0.9 else rng.integers(CLASSES))
        for _ in range(rng.integers(0, 3)):
            corner = rng.uniform(0, 60, 2)
            rows.append(np.concatenate([corner, corner + rng.uniform(5, 30, 2)]))
            classes.append(rng.integers(CLASSES))
        result = np.array(rows, np.float32).reshape(-1, 4)
        result[:, 2:] = np.maximum(result[:, 2:], result[:, :2] + 1)
        scores = (rng.permutation(1000)[: len(result)] / 1000 + number * 1e-5).astype(np.float32)
        areas = np.ones(count, np.float32)
        truth = BoxSet(boxes.astype(np.float32), labels, difficult, crowd, areas, str(number))
        made.append((Detections(result, scores, np.array(classes, np.int64)), truth))
    return made


def value(metric, pairs):
    square = Geometry(100, 100, 100, 100)
    evidence = [metric.score(*pair, Facts(pair[1].image_id, geometry=square)) for pair in pairs]
    return float(metric.aggregate(evidence, np.ones((1, len(evidence)), np.int64))[0])


@pytest.mark.parametrize(
    ("seed", "most", "expected"),
    [
        (0, 5, 0.056466787809346865),
        (0, 100, 0.05764859997174532),
        (1, 5, 0.10148084441464578),
        (1, 100, 0.10435121755050136),
    ],
)
def test_coco_precision(seed, most, expected):
    metric = CocoPrecision(matching="accuracy_checker", max_detections=most)
    assert value(metric, images(seed)) == pytest.approx(expected, rel=1e-12)
    assert value(CocoPrecision(max_detections=most), images(seed)) < 0.9 * expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, 0.2311424083592887),
        ({"include_boundaries": False}, 0.17906454498334842),
        ({"integral": "11point"}, 0.23676910911759394),
        ({"allow_multiple_matches_per_ignored": True}, 0.2337144248201941),
        (
            {"allow_multiple_matches_per_ignored": True, "integral": "11point"},
            0.2395749452567634,
        ),
    ],
)
def test_map(parameters, expected):
    metric = VocMap(matching="accuracy_checker", **parameters)
    assert value(metric, images(0)) == pytest.approx(expected, rel=1e-12)


SIDES = {"height_range": [20], "aspect_ratio": [0.666, 2]}
HEIGHT = {"height_range": [20]}
MULTIPLE = {"allow_multiple_matches_per_ignored": True}


@pytest.mark.parametrize(
    ("objects", "detections", "parameters", "expected"),
    [
        ({"height_range": [20, 36]}, None, {}, 0.15286023500309212),
        ({"height_range": [20, 36]}, None, MULTIPLE, 0.18278867102396515),
        (SIDES, SIDES, {}, 0.42175925925925933),
        (HEIGHT, HEIGHT, MULTIPLE, 0.1957551707551707),
        (HEIGHT, HEIGHT, {**MULTIPLE, "use_filtered_tp": True}, 0.22184644059644057),
        ({"area_ratio": [0.25]}, {"width_range": [15]}, {}, 0.3941798941798942),
    ],
)
def test_filtered_boxes(objects, detections, parameters, expected):
    metric = VocMap(
        matching="accuracy_checker",
        object_filter=objects,
        detection_filter=detections,
        **parameters,
    )
    assert value(metric, images(0)) == pytest.approx(expected, rel=1e-12)


def test_classes_without_a_detection_are_left_out_of_the_mean():
    box = np.array([[0, 0, 9, 9]], np.float32)
    truth = BoxSet(
        np.tile(box, (2, 1)),
        np.array([0, 1]),
        np.zeros(2, np.bool_),
        np.zeros(2, np.bool_),
        np.full(2, 81, np.float32),
    )
    detections = Detections(box, np.array([0.9], np.float32), np.array([0]))
    assert value(VocMap(), [(detections, truth)]) == 0.5
    assert value(VocMap(matching="accuracy_checker"), [(detections, truth)]) == 1


def test_classes_that_are_only_detected_count_as_0():
    box = np.array([[0, 0, 9, 9]], np.float32)
    none, area = np.zeros(1, np.bool_), np.full(1, 81, np.float32)
    truth = BoxSet(box, np.array([0]), none, none, area)
    scores = np.array([0.9, 0.8, 0.7], np.float32)
    found = Detections(np.tile(box, (3, 1)), scores, np.array([0, 4, 7]))
    assert value(VocMap(), [(found, truth)]) == 1
    assert value(VocMap(matching="accuracy_checker"), [(found, truth)]) == pytest.approx(1 / 3)


def test_the_rules_are_in_the_label():
    assert VocMap(matching="accuracy_checker").label == "map@50 accuracy_checker"
    label = CocoPrecision(matching="accuracy_checker").label
    assert label == "coco_ap@50:95 matching=accuracy_checker"


@pytest.mark.parametrize(
    ("metric", "parameters"),
    [
        (VocMap, {"allow_multiple_matches_per_ignored": True}),
        (VocMap, {"detection_filter": {"height_range": [1]}}),
        (VocMap, {"use_filtered_tp": True}),
        (VocMap, {"matching": "accuracy_checker", "iou_type": "obb"}),
        (CocoPrecision, {"matching": "accuracy_checker", "iou_type": "segm"}),
        (CocoPrecision, {"matching": "accuracy_checker", "area": "small"}),
        (CocoPrecision, {"detection_edge": 1, "iou_type": "segm"}),
    ],
)
def test_rules_that_do_not_go_together(metric, parameters):
    with pytest.raises(ValueError, match=r"accuracy_checker|detection_edge"):
        metric(**parameters)
