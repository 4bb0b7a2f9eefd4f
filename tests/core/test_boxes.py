import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from calibrate.core import boxes as box
from tests.fixtures.boxes import to_centres

UNIT = [0.0, 0.0, 1.0, 1.0]


def rows(*values):
    return np.array(values, np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (UNIT, UNIT, 1.0),
        (UNIT, [0.5, 0.0, 1.5, 1.0], 1 / 3),
        (UNIT, [0.5, 0.5, 1.5, 1.5], 0.25 / 1.75),
        (UNIT, [0.25, 0.25, 0.75, 0.75], 0.25),
        (UNIT, [1.0, 0.0, 2.0, 1.0], 0.0),
        (UNIT, [5.0, 5.0, 6.0, 6.0], 0.0),
        (UNIT, [0.5, 0.5, 0.5, 0.5], 0.0),
        (UNIT, [1.0, 1.0, 0.0, 0.0], 0.0),
    ],
)
def test_overlap_of_two_boxes(first, second, expected):
    assert box.iou(rows(first), rows(second))[0, 0] == pytest.approx(expected)
    assert box.paired_iou(rows(first), rows(second))[0] == pytest.approx(expected)


def test_a_point_overlaps_itself_only_as_a_pair():
    point = rows([2, 2, 2, 2])
    assert box.iou(point, point)[0, 0] == 0
    assert box.paired_iou(point, point)[0] == 1


def test_nothing_overlaps_nothing():
    assert box.iou(rows(), rows(UNIT)).shape == (0, 1)
    assert box.paired_iou(rows(), rows()).shape == (0,)


corners = arrays(np.float32, (5, 4), elements=st.integers(-20, 20).map(float))


@given(corners, corners)
def test_overlap_is_symmetric_and_a_share(first, second):
    overlap = box.iou(first, second)
    assert np.array_equal(overlap, box.iou(second, first).T)
    assert ((overlap >= 0) & (overlap <= 1)).all()


@given(corners)
def test_centres_and_back(values):
    assert np.array_equal(box.from_centres(to_centres(values)), values)


def test_distances_go_left_top_right_bottom():
    points = np.array([[10, 20]], np.float32)
    distances = np.array([[1, 2, 3, 4]], np.float32)
    assert box.from_distances(points, distances).tolist() == [[9, 18, 13, 24]]


def test_clip_keeps_what_lies_inside():
    clipped = box.clip(rows([-5, -5, 50, 5], [90, 10, 120, 60]), 100, 50)
    assert clipped.tolist() == [[0, 0, 50, 5], [90, 10, 100, 50]]
    assert clipped.dtype == np.float32


def test_areas():
    assert box.areas(rows([0, 0, 2, 3], [2, 2, 1, 1], [1, 1, 1, 9])).tolist() == [6, 0, 0]


def test_chosen_pairs_have_the_overlap_of_the_table_of_all():
    generator = np.random.default_rng(1)
    boxes = generator.uniform(0, 10, (20, 4)).astype(np.float32)  # some with negative sides
    first, second = (generator.integers(0, 20, 60) for _ in range(2))
    table = box.iou(boxes, boxes)
    assert box.pair_iou(boxes, first, second).tolist() == table[first, second].tolist()


@pytest.mark.parametrize(
    ("function", "edge", "expected"),
    [
        (box.pair_iou, 0, 1 / 7),
        (box.pair_iou, 1, 4 / 14),
        # Middles are (1, 1) apart, the box around both is 3 x 3.
        (box.pair_diou, 0, 1 / 7 - (2 / 18) ** 0.6),
        (box.pair_diou, 1, 4 / 14 - (2 / 18) ** 0.6),
    ],
)
def test_pairs(function, edge, expected):
    boxes = np.array([[0, 0, 2, 2], [1, 1, 3, 3]], np.float32)
    overlaps = function(boxes, np.array([0]), np.array([1]), edge=float(edge))
    np.testing.assert_allclose(overlaps, [expected], rtol=1e-6)
