import logging
import math

import numpy as np
import pytest

from calibrate.datasets.formats.annotated_boxes import (
    GivenObject,
    box_problem,
    box_set,
    check_size,
    most_frequent,
    report_or_drop,
)
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("box", "problem"),
    [
        ((0, 0, 10, 10), ""),
        ((-5, -5, 300, 300), ""),
        ((99.5, 49.5, 100, 50), ""),
        ((5, 5, 5, 9), "the box [5, 5, 5, 9] has no area"),
        ((5, 9, 6, 5), "the box [5, 9, 6, 5] has no area"),
        ((100, 0, 110, 9), "the box [100, 0, 110, 9] lies outside the 100x50 image"),
        ((0, 50, 9, 60), "the box [0, 50, 9, 60] lies outside the 100x50 image"),
        ((-9, 0, 0, 9), "the box [-9, 0, 0, 9] lies outside the 100x50 image"),
        ((0, 0, math.nan, 9), "the box [0, 0, nan, 9] is not finite"),
        ((0, 0, math.inf, 9), "the box [0, 0, inf, 9] is not finite"),
        ((0, 0, 1e39, 9), "the box [0, 0, 1e+39, 9] lies more than 1e+09 pixels away"),
    ],
)
def test_which_boxes_can_be_used(box, problem):
    assert box_problem(box, 50, 100) == problem


def test_an_unknown_size_refuses_only_what_is_left_or_above():
    assert box_problem((1000, 1000, 1001, 1001), 0, 0) == ""
    assert box_problem((-2, -2, -1, -1), 0, 0) == "the box [-2, -2, -1, -1] lies outside the image"


def test_box_set_has_the_dtypes_of_the_contract():
    objects = [
        GivenObject(3, (0, 0, 2, 4)),
        GivenObject(1, (1, 1, 2, 2), difficult=True, crowd=True, area=0.5),
    ]
    boxes = box_set(objects, "a")
    assert boxes.boxes.tolist() == [[0, 0, 2, 4], [1, 1, 2, 2]]
    assert boxes.areas.tolist() == [8, 0.5]
    assert boxes.labels.tolist() == [3, 1]
    assert boxes.difficult.tolist() == boxes.crowd.tolist() == [False, True]
    dtypes = [a.dtype for a in (boxes.boxes, boxes.areas, boxes.labels, boxes.difficult)]
    assert dtypes == [np.float32, np.float32, np.int64, np.bool_]


def test_box_set_without_objects_keeps_its_shapes():
    boxes = box_set([], "a")
    assert boxes.boxes.shape == (0, 4)
    assert boxes.labels.shape == boxes.areas.shape == boxes.crowd.shape == (0,)


@pytest.mark.parametrize(
    ("labels", "label"), [([], None), ([4], 4), ([1, 2, 2], 2), ([9, 3, 9, 3], 3)]
)
def test_most_frequent(labels, label):
    assert most_frequent(labels) == label


def test_dropped_objects_are_reported_of(caplog):
    problems: list[CalibrateError] = []
    unusable = [CalibrateError("the box has no area", "a.xml:3"), CalibrateError("x", "a.xml:9")]
    with caplog.at_level(logging.WARNING):
        report_or_drop(unusable, problems, drop=True, place="Annotations")
    assert problems == []
    expected = "Annotations: 2 objects left out; first: a.xml:3: the box has no area"
    assert caplog.messages == [expected]
    report_or_drop(unusable, problems, drop=False, place="Annotations")
    assert problems == unusable


@pytest.mark.parametrize("stated", [(480, 640), (0, 0), (0, 640)])
def test_sizes_that_agree_or_are_unknown(stated):
    check_size((480, 640), stated, "a.jpg")


def test_sizes_that_differ():
    with pytest.raises(
        CalibrateError, match=r"the image is 480x640, .* made for 640x480"
    ) as caught:
        check_size((640, 480), (480, 640), "a.jpg")
    assert caught.value.where == "a.jpg"
