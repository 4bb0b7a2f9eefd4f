"""What every decoder of detections does, shown on two plain ones."""

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.boxes_scores import BoxesScores
from calibrate.decoders.ssd import Ssd
from calibrate.decoders.ssd_onnx import SsdOnnx
from calibrate.errors import CalibrateError

# An image of 200 x 100 (width x height) in an input of 100 x 100.
FACTS = Facts("7", geometry=Geometry(100, 200, 100, 200).resized(100, 100), source="7.jpg")
BOXES = np.array([[0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 0.5, 0.48], [0.5, 0.5, 1.2, 1.0]], np.float32)
SCORES = np.array([[0.9, 0.0, 0.3], [0.8, 0.0, 0.4], [0.0, 0.7, 0.0]], np.float32)
OUTPUTS = {"boxes": BOXES, "scores": SCORES}


def predicted(fields, outputs=OUTPUTS, facts=FACTS):
    detections = BoxesScores(**fields).predict(outputs, facts)
    rows = zip(detections.labels.tolist(), detections.scores.tolist(), strict=True)
    return [(label, round(score, 4)) for label, score in rows]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [(0, 0.9), (1, 0.7), (2, 0.4)]),
        ({"nms_threshold": None}, [(0, 0.9), (0, 0.8), (1, 0.7), (2, 0.4), (2, 0.3)]),
        ({"nms_threshold": 0.97}, [(0, 0.9), (0, 0.8), (1, 0.7), (2, 0.4), (2, 0.3)]),
        ({"nms_threshold": None, "max_per_class": 1}, [(0, 0.9), (1, 0.7), (2, 0.4)]),
        ({"keep_top_k": 2}, [(0, 0.9), (1, 0.7)]),
        ({"score_threshold": 0.5}, [(0, 0.9), (1, 0.7)]),
        ({"multi_label": False}, [(0, 0.9), (1, 0.7)]),
        ({"label_offset": 1}, [(1, 0.9), (2, 0.7), (3, 0.4)]),
        ({"label_map": (5, -1, 6)}, [(5, 0.9), (6, 0.4)]),
        ({"label_map": {1: 4}}, [(4, 0.7)]),
        ({"background_class": 0}, [(0, 0.7), (1, 0.4)]),
    ],
)
def test_dense(fields, expected):
    assert predicted(fields) == expected


def test_boxes_are_in_pixels_of_the_source_and_clipped_to_it():
    boxes = BoxesScores().predict(OUTPUTS, FACTS).boxes
    np.testing.assert_allclose(boxes[:2], [[0, 0, 100, 50], [100, 50, 200, 100]], atol=1e-4)
    pixels = {"boxes": BOXES * 100, "scores": SCORES}
    again = BoxesScores(relative_boxes=False).predict(pixels, FACTS).boxes
    np.testing.assert_allclose(again, BoxesScores().predict(OUTPUTS, FACTS).boxes, atol=1e-4)


def test_letterboxed_input():
    # 200 x 100 scaled by 0.5 to 100 x 50, 25 rows of padding above and below.
    geometry = Geometry(100, 200, 100, 200).resized(50, 100).shifted(25, 0, 100, 100)
    facts = Facts("7", geometry=geometry)
    outputs = {"boxes": np.array([[0.1, 0.25, 0.6, 0.75]], np.float32), "scores": SCORES[:1]}
    boxes = BoxesScores().predict(outputs, facts).boxes
    np.testing.assert_allclose(boxes[0], [20, 0, 120, 100], atol=1e-4)


def test_suppression_sees_what_is_inside_of_the_image():
    # The two overlap little, but what the image holds of them is the same.
    boxes = np.array([[-2.0, 0.0, 0.5, 1.0], [0.0, 0.0, 0.5, 3.0]], np.float32)
    scores = np.array([[0.9], [0.8]], np.float32)
    assert predicted({}, {"boxes": boxes, "scores": scores}) == [(0, 0.9)]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("before_nms", [[0, 0, 100, 100]]),
        ("after_nms", [[0, 0, 100, 100], [0, 0, 100, 100]]),
        ("never", [[-400, 0, 100, 100], [0, 0, 100, 300]]),
    ],
)
def test_clipping_before_and_after_suppression(when, expected):
    boxes = np.array([[-2.0, 0.0, 0.5, 1.0], [0.0, 0.0, 0.5, 3.0]], np.float32)
    scores = np.array([[0.9], [0.8]], np.float32)
    for decoder, outputs in (
        (BoxesScores(clip_boxes=when), {"boxes": boxes, "scores": scores}),
        (
            SsdOnnx(clip_boxes=when, nms_threshold=0.5),
            {"boxes": boxes, "scores": scores[:, 0], "labels": np.zeros(2, np.float32)},
        ),
    ):
        np.testing.assert_allclose(decoder.predict(outputs, FACTS).boxes, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [0.9, 0.8, 0.7]),
        ({"nms_threshold": 0.5}, [0.9, 0.7]),
        ({"nms_threshold": 0.5, "class_agnostic_nms": True}, [0.9]),
        # Of 100 and 60.4 rows; with the edge 101 and 61.4, rounded up 100 and 61.
        ({"nms_threshold": 0.605}, [0.9, 0.8, 0.7]),
        ({"nms_threshold": 0.605, "nms_edge": 1}, [0.9, 0.7]),
        ({"nms_threshold": 0.605, "nms_rounding": "greater"}, [0.9, 0.7]),
        ({"nms_threshold": 0.605, "nms_rounding": "lower"}, [0.9, 0.8, 0.7]),
    ],
)
def test_lists_may_be_suppressed_again(fields, expected):
    outputs = {
        "boxes": np.array([[0, 0, 0.5, 1], [0, 0, 0.5, 0.604], [0, 0, 0.5, 1]], np.float32),
        "scores": np.array([0.9, 0.8, 0.7], np.float32),
        "labels": np.array([0, 0, 1], np.float32),
    }
    scores = SsdOnnx(relative_boxes=True, **fields).predict(outputs, FACTS).scores
    np.testing.assert_allclose(scores, expected)


@pytest.mark.parametrize(
    ("fields", "outputs", "facts", "message"),
    [
        (
            {},
            {"boxes": BOXES, "scores": SCORES[:2, :2]},
            FACTS,
            "7.jpg: 3 boxes do not fit 2 rows of scores",
        ),
        (
            {},
            {"boxes": BOXES * np.nan, "scores": SCORES},
            FACTS,
            (
                "7.jpg: output 'boxes' holds 12 of 12 values that are no finite numbers; "
                "look at the preprocessing first, then at the model"
            ),
        ),
        (
            {},
            OUTPUTS,
            Facts("7"),
            (
                "7: the sample is no image, so boxes have no place in it; "
                "use a dataset adapter of images"
            ),
        ),
        (
            {"label_map": (1, 2)},
            OUTPUTS,
            FACTS,
            (
                "label_map has 2 entries, and class 2 has none; "
                "give an entry a class, -1 for classes that the dataset does not have"
            ),
        ),
        (
            {},
            {"a": BOXES, "b": BOXES},
            FACTS,
            "7.jpg: outputs 'a' and 'b' could each be the boxes; say which by boxes_out",
        ),
    ],
)
def test_what_is_refused(fields, outputs, facts, message):
    with pytest.raises(CalibrateError) as caught:
        BoxesScores(**fields).predict(outputs, facts)
    assert str(caught.value) == message


def rows(*values):
    return {"out": np.array([[(0, *value) for value in values]], np.float32)}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [(2, 0.9), (1, 0.5)]),
        ({"keep_top_k": 1}, [(2, 0.9)]),
        ({"score_threshold": 0.6}, [(2, 0.9)]),
        ({"label_offset": -1}, [(1, 0.9), (0, 0.5)]),
        ({"label_offset": -2}, [(0, 0.9)]),
        ({"label_map": (-1, 7, -1)}, [(7, 0.5)]),
        ({"label_map": {2: 0}}, [(0, 0.9)]),
    ],
)
def test_listed(fields, expected):
    outputs = rows((1, 0.5, 0, 0, 1, 1), (2, 0.9, 0, 0, 1, 1), (1, 0.005, 0, 0, 1, 1))
    detections = Ssd(**fields).predict(outputs, FACTS)
    rounded = [round(score, 4) for score in detections.scores.tolist()]
    assert list(zip(detections.labels.tolist(), rounded, strict=True)) == expected


def test_labels_below_zero_are_refused():
    with pytest.raises(CalibrateError, match=r"7\.jpg: the model gives the class number -3"):
        Ssd().predict(rows((-3, 0.5, 0, 0, 1, 1)), FACTS)


def test_problems_are_reported_by_shape():
    assert BoxesScores().problems({"a": (1, 9, 4), "b": (1, 9, 80)}) == []
    assert BoxesScores().problems({"a": (-1, -1, 4), "b": (-1, -1, 80)}) == []
    assert BoxesScores().problems({"a": (1, 9, 5)}) == [
        (
            "no output can be the boxes, which are [*, 4] or [4, *]; "
            "the model's outputs without the batch: 'a' [9, 5]"
        )
    ]


def test_classes_that_the_dataset_does_not_have_do_not_count_in_the_divergence():
    decoder = BoxesScores(label_map=(0, -1, 1))
    signature = decoder.signature(OUTPUTS)
    other = SCORES.copy()
    other[:, 1] = 0.99
    assert decoder.divergence(signature, {"boxes": BOXES, "scores": other}) == 0
    assert BoxesScores().divergence(BoxesScores().signature(OUTPUTS), {**OUTPUTS, "scores": other})
