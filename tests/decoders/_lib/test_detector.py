import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders._lib.detector import are_relative, auto_relative
from calibrate.decoders.boxes_scores import BoxesScores
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([[[0.1, 0.2, 1.3, 0.9]]], True),
        ([[[0.1, 0.2, 1.3, 0.9]], [[3, 4, 20, 30]]], False),
        ([np.zeros((0, 4))], True),
        ([], True),
    ],
)
def test_boxes_of_all_samples_decide(boxes, expected):
    boxes = [np.array(each, np.float32) for each in boxes]
    assert are_relative(boxes) == expected
    assert auto_relative(BoxesScores(), boxes) == {"relative_boxes": expected}
    assert auto_relative(BoxesScores(relative_boxes=True), boxes) == {}


@pytest.mark.parametrize(
    ("fields", "relative", "expected"),
    [
        ({}, True, [10, 10, 30, 20]),
        ({}, False, [0, 0, 2, 1]),
        ({"source_boxes": True}, True, [10, 10, 30, 20]),
        ({"source_boxes": True}, False, [0.25, 0.5, 0.75, 1]),
    ],
)
def test_boxes_are_brought_to_the_source_image(fields, relative, expected):
    facts = Facts("7", geometry=Geometry(20, 40, 20, 40).resized(10, 20))
    boxes = np.array([[0.25, 0.5, 0.75, 1.0]], np.float32)
    placed = BoxesScores(**fields).to_source(boxes, facts, relative=relative)
    np.testing.assert_allclose(placed, [expected], atol=1)


def test_samples_that_are_no_images():
    with pytest.raises(CalibrateError, match="the sample is no image"):
        BoxesScores().to_source(np.zeros((1, 4), np.float32), Facts("7"), relative=True)
